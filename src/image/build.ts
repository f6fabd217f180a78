/** Makes images as OCI archives. Nothing but Debian's packages is needed: no container engine, no registry. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../support/cache-directory.ts';
import { MonovirtError } from '../support/errors.ts';
import { baseLayer, debian, type BuildContext, type DebianSource } from './base.ts';
import { keyOf } from './cache.ts';
import { buildDebianGuest } from './debian.ts';
import { buildExecutable, buildHelper } from './executable.ts';
import { buildGuests, type GuestFiles } from './guest.ts';
import { imageKinds, imageName, type ImageKind } from './names.ts';
import {
  compressLayer,
  layerFromEntries,
  writeOciArchive,
  type Compression,
  type ImageArchive,
  type ImageConfig,
  type Layer,
} from './oci.ts';
import type { TarEntry } from './tar.ts';

export interface BuildImagesOptions {
  /** Root of the source tree. */
  readonly root: string;
  /** Where archives go; `<cacheDir>/images` unless given. */
  readonly out?: string;
  /** Directory of kept layers; the user's cache unless given. */
  readonly cacheDir?: string;
  /** Kinds to make; those that a local cluster is given unless said. */
  readonly only?: readonly ImageKind[];
  /** Compression of layers; none unless given, which is fastest on one machine. */
  readonly compression?: Compression;
  readonly source?: DebianSource;
  readonly progress?: (step: string) => void;
  readonly signal?: AbortSignal;
}

interface Plan {
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

interface Build extends BuildContext {
  /** Where executables and new layers are put. */
  readonly work: string;
}

const makers: Readonly<Record<ImageKind, (build: Build) => Promise<Plan>>> = {
  monovirt: async (build) => ({
    layers: [await baseLayer(build), await binaryLayer(build)],
    config: {
      Entrypoint: ['/usr/bin/monovirt'],
      Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'MALLOC_ARENA_MAX=2'],
      WorkingDir: '/',
    },
  }),
  pause: async (build) => {
    const hold = await buildHelper('hold', { root: build.root, out: build.work }, build.signal);
    return scratch(build, [executable('hold', hold)], { Entrypoint: ['/hold'], User: '65532:65532' });
  },
  guest: async (build) => scratch(build, bootEntries(await buildGuests(build))),
  'guest-pc': async (build) => scratch(build, bootEntries(await buildGuests(build, 'pc'))),
  'guest-disk': async (build) => {
    const { disk } = await buildGuests(build);
    return scratch(build, diskEntries(disk));
  },
  debian: async (build) => scratch(build, diskEntries(await buildDebianGuest(build))),
  toolbox: async (build) => {
    return scratch(build, toolboxEntries(await buildGuests(build)), {
      Entrypoint: ['/bin/sh'],
      Env: ['PATH=/bin'],
    });
  },
};

/**
 * Makes images, each in `<out>/<kind>.tar`. What did not change since the last time comes from the cache.
 * @throws MonovirtError of the step that failed: `ToolFailed`, `EntryMissing`, `BundleFailed`.
 */
export async function buildImages(options: BuildImagesOptions): Promise<ImageArchive[]> {
  const { root, signal, compression = 'none', source = debian, progress = () => undefined } = options;
  const cache = join(options.cacheDir ?? cacheDirectory(), 'images');
  const build: Build = { root, cache, work: join(cache, 'work'), source, signal, progress };
  const version = await versionOf(root);
  const archives: ImageArchive[] = [];
  // One after the other: they share caches, and two at once are no faster on the machines this is for.
  for (const kind of options.only ?? imageKinds) {
    const { layers, config } = await makers[kind](build);
    const packed = await compressAll(layers, compression, build);
    const image = { name: imageName(kind, version), layers: packed, config };
    archives.push(await writeOciArchive(image, join(options.out ?? cache, `${kind}.tar`), signal));
  }
  return archives;
}

async function compressAll(
  layers: readonly Layer[],
  compression: Compression,
  build: Build,
): Promise<Layer[]> {
  if (compression === 'none') return [...layers];
  return Promise.all(
    layers.map((layer) => {
      const file = join(build.work, `${layer.digest.slice('sha256:'.length)}.${compression}`);
      return compressLayer(layer, file, compression, build.signal);
    }),
  );
}

async function scratch(build: Build, entries: readonly TarEntry[], config: ImageConfig = {}): Promise<Plan> {
  // Sources too: two kinds may have the same paths and be made at once.
  const key = keyOf(entries.flatMap((entry) => [entry.path, sourceOf(entry)]));
  return { layers: [await layerFromEntries(entries, join(build.work, `${key}.tar`))], config };
}

const sourceOf = (entry: TarEntry): string =>
  entry.type === 'file' && 'file' in entry.content ? entry.content.file : '';

async function binaryLayer(build: Build): Promise<Layer> {
  build.progress('building the executable');
  const built = await buildExecutable({ root: build.root, out: build.work }, build.signal);
  const entries: TarEntry[] = [
    // The base layer leaves /dev out; container runtimes mount over it.
    directory('dev'),
    directory('usr'),
    directory('usr/bin'),
    directory('usr/lib'),
    directory('usr/lib/monovirt'),
    executable('usr/bin/monovirt', built.monovirt),
    { type: 'symlink', path: 'usr/bin/kubectl-virt', target: 'monovirt' },
    executable('usr/lib/monovirt/hold', built.hold),
    executable('usr/lib/monovirt/probe', built.probe),
    readable('usr/lib/monovirt/koffi.node', built.koffi),
  ];
  return layerFromEntries(entries, join(build.work, 'binary.tar'));
}

const diskEntries = (disk: string): TarEntry[] => [directory('disk'), readable('disk/disk.img', disk)];

function bootEntries({ kernel, initrd }: GuestFiles): TarEntry[] {
  return [directory('boot'), readable('boot/vmlinuz', kernel), readable('boot/initrd', initrd)];
}

function toolboxEntries({ busybox, peer }: GuestFiles): TarEntry[] {
  return [
    directory('bin'),
    executable('bin/busybox', busybox),
    executable('bin/peer', peer),
    ...toolboxApplets
      .split(' ')
      .map((name): TarEntry => ({ type: 'symlink', path: `bin/${name}`, target: 'busybox' })),
    directory('etc'),
    { type: 'file', path: 'etc/passwd', content: Buffer.from('root:x:0:0:root:/:/bin/sh\n') },
    { type: 'file', path: 'etc/group', content: Buffer.from('root:x:0:\n') },
    { type: 'directory', path: 'tmp', mode: 0o1777 },
  ];
}

/** What shell commands in tests' pods use; all of them are in Debian's static busybox. */
const toolboxApplets =
  'awk basename cat chmod cp cut date dd df dirname echo env expr false find free grep head hostname httpd id ifconfig ip kill ln ls mkdir mktemp mount mv nc netstat nslookup od ping ping6 printf ps pwd readlink rm rmdir route sed seq sh sleep sort stat stty tail tar tee telnet test timeout top touch tr traceroute true umount uname uniq uptime vi wc wget which xargs yes';

const directory = (path: string): TarEntry => ({ type: 'directory', path });
const executable = (path: string, file: string): TarEntry => ({
  type: 'file',
  path,
  mode: 0o755,
  content: { file },
});
/** Readable by everyone: launchers read guests' files as user 107. */
const readable = (path: string, file: string): TarEntry => ({ type: 'file', path, content: { file } });

/** monovirt's version, from the source tree's package.json. */
export async function versionOf(root: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new MonovirtError('NoVersion', `${join(root, 'package.json')} names no version`, 'never');
}
