/** The node agent's settings: the downward API's environment and flags that tests and odd hosts change. */
import { parseArgs } from 'node:util';
import { ports } from '../api/constants.ts';
import { MonovirtError } from '../support/errors.ts';

export interface AgentConfig {
  node: string;
  namespace: string;
  logLevel: string;
  port: number;
  /** The kubelet's directory of pods. */
  podsDir: string;
  /** The kubelet's directory of device plugin sockets; the same whatever the kubelet's root is. */
  devicePluginDir: string;
  /** The kubelet's note of how it gives processors to pods; the agent shares the host's processes. */
  cpuManagerState: string;
  /** The kubelet's folder of seccomp profiles. */
  seccompDir: string;
  /** Where the host's /dev is mounted. */
  deviceDir: string;
  /** Directory of the host that holds the static helper, as the host and as the agent sees it. */
  hostHoldDir: string;
  holdDir: string;
  /** Directory of the host for what libvirt learned about QEMU, as the host and as the agent sees it. */
  hostCacheDir: string;
  cacheDir: string;
  /** The helper in the agent's image. */
  holdSource: string;
  /** Directory with tls.crt, tls.key and ca.crt. */
  certificateDir: string;
}

const flags = {
  'log-level': { type: 'string', default: 'info' },
  port: { type: 'string', default: String(ports.agent) },
  'pods-dir': { type: 'string', default: '/var/lib/kubelet/pods' },
  'device-plugin-dir': { type: 'string', default: '/var/lib/kubelet/device-plugins' },
  'cpu-manager-state': { type: 'string', default: '/proc/1/root/var/lib/kubelet/cpu_manager_state' },
  'seccomp-dir': { type: 'string', default: '/var/lib/kubelet/seccomp' },
  'device-dir': { type: 'string', default: '/dev' },
  'host-hold-dir': { type: 'string', default: '/var/lib/monovirt/bin' },
  'hold-dir': { type: 'string', default: '/var/lib/monovirt/bin' },
  'host-cache-dir': { type: 'string', default: '/var/lib/monovirt/cache' },
  'cache-dir': { type: 'string', default: '/var/lib/monovirt/cache' },
  'hold-source': { type: 'string', default: '/usr/lib/monovirt/hold' },
  'certificate-dir': { type: 'string', default: '/etc/monovirt/certificates' },
} as const;

/**
 * Reads the settings once.
 * @throws MonovirtError `BadConfiguration` naming the flag or variable.
 */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): AgentConfig {
  const values = parseFlags(args);
  const node = env['NODE_NAME'] ?? '';
  if (node === '') throw bad('NODE_NAME is not set: take it from spec.nodeName by the downward API');
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw bad(`--port ${values.port} is no port`);
  return {
    node,
    namespace: env['POD_NAMESPACE'] ?? 'kubevirt',
    logLevel: values['log-level'],
    port,
    podsDir: values['pods-dir'],
    devicePluginDir: values['device-plugin-dir'],
    cpuManagerState: values['cpu-manager-state'],
    seccompDir: values['seccomp-dir'],
    deviceDir: values['device-dir'],
    hostHoldDir: values['host-hold-dir'],
    holdDir: values['hold-dir'],
    hostCacheDir: values['host-cache-dir'],
    cacheDir: values['cache-dir'],
    holdSource: values['hold-source'],
    certificateDir: values['certificate-dir'],
  };
}

type Flags = Record<keyof typeof flags, string>;

function parseFlags(args: readonly string[]): Flags {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true }).values;
  } catch (error) {
    throw new MonovirtError('BadConfiguration', 'the node agent does not know these flags', 'never', {
      cause: error,
    });
  }
}

const bad = (message: string): MonovirtError => new MonovirtError('BadConfiguration', message, 'never');
