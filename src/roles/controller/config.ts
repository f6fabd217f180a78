/** The controller's settings: the downward API's environment, and flags that tests change. */
import { parseArgs } from 'node:util';
import { defaultNamespace, ports } from '../../api/constants.ts';
import { MonovirtError } from '../../support/errors.ts';
import { version } from '../../support/version.ts';

export interface ControllerConfig {
  namespace: string;
  /** Name of our own pod; empty outside a cluster. */
  podName: string;
  logLevel: string;
  port: number;
  /** Our image when there is no pod to read it from. */
  image: string;
  version: string;
}

const flags = {
  'log-level': { type: 'string', default: 'info' },
  port: { type: 'string', default: String(ports.controller) },
  image: { type: 'string', default: '' },
} as const;

/**
 * Reads the settings once.
 * @throws MonovirtError BadConfiguration naming the flag.
 */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): ControllerConfig {
  const values = parseFlags(args);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new MonovirtError('BadConfiguration', `--port ${values.port} is no port`, 'never');
  }
  return {
    namespace: env['POD_NAMESPACE'] ?? defaultNamespace,
    podName: env['POD_NAME'] ?? '',
    logLevel: values['log-level'],
    port,
    image: values.image,
    version: env['MONOVIRT_VERSION'] ?? version,
  };
}

function parseFlags(args: readonly string[]): Record<keyof typeof flags, string> {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true }).values;
  } catch (cause) {
    throw new MonovirtError('BadConfiguration', 'the controller does not know these flags', 'never', {
      cause,
    });
  }
}
