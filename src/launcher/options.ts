/** The launcher's command line. */
import { parseArgs } from 'node:util';
import { defaultSmbios, smbiosOf } from '../api/smbios.ts';
import type { Smbios } from '../api/smbios.ts';
import { MonovirtError } from '../support/errors.ts';

export interface LauncherOptions {
  namespace: string;
  name: string;
  /** Of the VMI. */
  uid: string;
  /** There is no /dev/kvm: QEMU translates. */
  emulation: boolean;
  /** Who the guest believes made its computer. */
  smbios: Smbios;
  /** How long a guest may take to stop when the pod is told to end. */
  gracePeriodSeconds: number;
  /** How many hook sidecars are beside the launcher. */
  hookSidecars: number;
  logLevel: string;
}

const defaultGrace = 30;

/** Reads the arguments after `--role launcher`. @throws MonovirtError `UsageError`. */
export function parseOptions(args: readonly string[]): LauncherOptions {
  const { values } = parse(args);
  const { namespace, name, uid } = values;
  if (namespace === undefined || name === undefined || uid === undefined) {
    throw usage('--namespace, --name and --uid of the VMI are needed');
  }
  const grace = values['grace-period-seconds'];
  const gracePeriodSeconds = grace === undefined ? defaultGrace : Number(grace);
  if (!(gracePeriodSeconds >= 0))
    throw usage(`--grace-period-seconds must be 0 or more, not ${JSON.stringify(grace)}`);
  return {
    namespace,
    name,
    uid,
    emulation: values.emulation ?? false,
    smbios: parseSmbios(values.smbios),
    gracePeriodSeconds,
    hookSidecars: Number(values['hook-sidecars'] ?? 0),
    logLevel: values['log-level'] ?? 'info',
  };
}

// eslint-disable-next-line typescript/explicit-function-return-type -- parseArgs infers it from the table.
function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        namespace: { type: 'string' },
        name: { type: 'string' },
        uid: { type: 'string' },
        emulation: { type: 'boolean' },
        smbios: { type: 'string' },
        'grace-period-seconds': { type: 'string' },
        'hook-sidecars': { type: 'string' },
        'log-level': { type: 'string' },
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function parseSmbios(text: string | undefined): Smbios {
  if (text === undefined) return defaultSmbios;
  try {
    return smbiosOf({ ...JSON.parse(text) });
  } catch {
    throw usage(`--smbios must be a JSON object, not ${JSON.stringify(text)}`);
  }
}

const usage = (why: string): MonovirtError => new MonovirtError('UsageError', why, 'never');
