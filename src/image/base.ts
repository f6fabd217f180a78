/** The image's base layer: Debian's libvirt, QEMU and network tools, made by `image/rootfs.sh`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { keyOfFiles } from './cache.ts';
import { cachedLayer, layerFile, layerFromTar, rememberLayer, replaceFile, type Layer } from './oci.ts';
import { runTool } from './tool.ts';

/** Where packages come from. */
export interface DebianSource {
  readonly release: string;
  /** Empty for what mmdebstrap takes by itself: Debian's archive with its updates. */
  readonly mirror: string;
}

/** Trixie brings libvirt 11.3 and QEMU 10.0 (adr/0003). */
export const debian: DebianSource = { release: 'trixie', mirror: '' };

export interface BuildContext {
  /** Root of the source tree. */
  readonly root: string;
  /** Directory of kept layers and files. */
  readonly cache: string;
  readonly source: DebianSource;
  readonly signal?: AbortSignal | undefined;
  /** Told what is being done when it takes long. */
  readonly progress: (step: string) => void;
}

const baseInputs = ['image/packages.txt', 'image/rootfs.sh', 'image/trim.sh', 'image/rootfs'];

/** Key of the base layer: it is made again only when its inputs change. */
export const baseKey = (root: string, source: DebianSource): Promise<string> =>
  keyOfFiles(root, baseInputs, [source.release, source.mirror]);

/** The base layer, from the cache or new. */
export async function baseLayer(context: BuildContext): Promise<Layer> {
  const { root, cache, source, signal, progress } = context;
  await mkdir(cache, { recursive: true });
  const file = layerFile(cache, 'base', await baseKey(root, source));
  const kept = await cachedLayer(file);
  if (kept !== undefined) return kept;
  progress(`unpacking libvirt and QEMU of Debian ${source.release}`);
  await replaceFile(file, (temporary) =>
    runTool('sh', [join(root, 'image/rootfs.sh'), temporary], { env: debianEnv(source), signal }),
  );
  return rememberLayer(await layerFromTar(file));
}

/** Environment of the shell scripts. */
export const debianEnv = ({ release, mirror }: DebianSource): Record<string, string> => ({
  RELEASE: release,
  MIRROR: mirror,
});
