/**
 * Finds koffi, the foreign function interface, which is a native addon. From a source tree it is the npm
 * package. A single executable can load nothing from `node_modules`: there the addon lies beside the binary,
 * copied by the image build from `@koromix/koffi-linux-x64/linux_x64/koffi.node`, and bundles are made with
 * `external: ['koffi']`.
 */
import type koffiPackage from 'koffi';
import { messageOf } from '../../support/errors.ts';
import { LibvirtError } from '../errors.ts';

export type Koffi = Pick<
  typeof koffiPackage,
  | 'load'
  | 'proto'
  | 'pointer'
  | 'register'
  | 'unregister'
  | 'decode'
  | 'struct'
  | 'config'
  | 'free'
  | 'disposable'
  | 'opaque'
>;

/** Where the image keeps the addon. */
export const installedAddon = '/usr/lib/monovirt/koffi.node';
/** Environment variable that names another addon file. */
export const addonVariable = 'MONOVIRT_KOFFI';

/**
 * Loads koffi: from the file in `MONOVIRT_KOFFI`, else, in a single executable, from `installedAddon`, else
 * the npm package, else `installedAddon`.
 * @throws LibvirtError `KoffiUnavailable`.
 */
export async function loadKoffi(env: NodeJS.ProcessEnv = process.env): Promise<Koffi> {
  const named = env[addonVariable];
  if (named !== undefined && named !== '') return loadAddon(named);
  if (process.getBuiltinModule('node:sea').isSea()) return loadAddon(installedAddon);
  try {
    const loaded = await import('koffi');
    return loaded.default;
  } catch {
    return loadAddon(installedAddon);
  }
}

function loadAddon(file: string): Koffi {
  const module: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(module, file);
  } catch (error) {
    throw unavailable(file, messageOf(error), error);
  }
  if (!isKoffi(module.exports)) throw unavailable(file, 'it is not koffi');
  return module.exports;
}

function isKoffi(value: unknown): value is Koffi {
  return (
    typeof value === 'object' &&
    value !== null &&
    'load' in value &&
    'register' in value &&
    'disposable' in value
  );
}

function unavailable(file: string, why: string, cause?: unknown): LibvirtError {
  const message = `cannot load the native addon ${file}: ${why}. Install koffi.node there or name it in ${addonVariable}`;
  return new LibvirtError('KoffiUnavailable', message, { retry: 'never', cause });
}
