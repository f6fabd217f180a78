/** The image of the tests' hook sidecar: Node with the libraries it needs, and the bundled sidecar. */
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { layerFromEntries, writeOciArchive } from '../../../src/image/oci.ts';
import { testImageName } from '../../../src/image/names.ts';
import type { TarEntry } from '../../../src/image/tar.ts';
import { run } from '../../../src/localcluster/exec.ts';
import { localCluster } from './node.ts';

const timeoutMs = 120_000;

/** Makes it and puts it into every node. @returns its name. */
export async function sidecarImage(): Promise<string> {
  const cluster = await localCluster();
  const work = join(cluster.config.cacheDir, 'images', 'work');
  const script = join(work, 'sidecar.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../sidecar/main.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
    logLevel: 'silent',
  });
  const entries: TarEntry[] = [
    ...['bin', 'lib', 'var', 'var/run', 'var/run/kubevirt-hooks', 'tmp'].map(folder),
    program('bin/node', process.execPath),
    program('sidecar.mjs', script),
    ...(await libraries(process.execPath)),
  ];
  const name = testImageName('toolbox').replace('toolbox', 'sidecar');
  const layer = await layerFromEntries(entries, join(work, 'sidecar.tar'));
  const config = { Entrypoint: ['/bin/node', '/sidecar.mjs'] };
  const archive = join(work, 'sidecar-image.tar');
  const { file } = await writeOciArchive({ name, layers: [layer], config }, archive);
  await cluster.importImage(file, AbortSignal.timeout(timeoutMs));
  return name;
}

/** What the dynamic linker of this machine would load, where it looks for it. */
async function libraries(executable: string): Promise<TarEntry[]> {
  const lines = (await run(['ldd', executable])).split('\n');
  const loader = /^\s*(\/\S*ld-linux\S*)/;
  return lines.flatMap((line) => {
    const own = loader.exec(line)?.[1];
    const file = own ?? /=> (\/\S+)/.exec(line)?.[1];
    if (file === undefined) return [];
    // The loader's path is written in the executable; for others it has its own list, which has /lib.
    const path = own?.slice(1) ?? `lib/${basename(file)}`;
    return path.startsWith('lib64/') ? [folder('lib64'), program(path, file)] : [program(path, file)];
  });
}

const folder = (path: string): TarEntry => ({ type: 'directory', path });
const program = (path: string, file: string): TarEntry => ({
  type: 'file',
  path,
  mode: 0o755,
  content: { file },
});
