/** Container images as OCI archives, made without a container engine and the same bytes every time. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { writeTar, type Content, type TarEntry } from './tar.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** A layer on disk, ready to be put into any number of images. */
export interface Layer {
  readonly file: string;
  readonly mediaType: string;
  /** Digest and size, bytes, of the file as it is stored. */
  readonly digest: string;
  readonly size: number;
  /** Digest of the uncompressed tar. */
  readonly diffId: string;
}

/** The part of an image's configuration that containers take as their defaults. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

export interface Image {
  /** Fully qualified: registry, repository and tag. */
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

export interface ImageArchive {
  readonly name: string;
  /** Path of the OCI archive. */
  readonly file: string;
  /** Digest of the image's manifest. */
  readonly digest: string;
  /** Size of the archive, bytes. */
  readonly size: number;
}

const mediaTypes = {
  none: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
} as const;
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';

/** Writes entries as a layer file. */
export function layerFromEntries(
  entries: Iterable<TarEntry>,
  file: string,
  compression: Compression = 'none',
  signal?: AbortSignal,
): Promise<Layer> {
  return writeLayer(Readable.from(writeTar(entries), { objectMode: false }), file, { compression, signal });
}

/** Describes a tar that exists as an uncompressed layer. */
export async function layerFromTar(file: string, signal?: AbortSignal): Promise<Layer> {
  const tar = new Digest();
  await pipeline(readTar(file), tar.tap, discard, signal === undefined ? {} : { signal });
  const digest = tar.value();
  return { file, mediaType: mediaTypes.none, digest, size: tar.size, diffId: digest };
}

/** Writes a compressed copy of an uncompressed layer: smaller to carry, slower to make and to unpack. */
export function compressLayer(
  layer: Layer,
  file: string,
  compression: Compression,
  signal?: AbortSignal,
): Promise<Layer> {
  return writeLayer(readTar(layer.file), file, { compression, signal });
}

const readTar = (file: string): Readable => createReadStream(file, { highWaterMark: 1 << 20 });

async function discard(source: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of source) void chunk;
}

async function writeLayer(
  tar: Readable,
  file: string,
  { compression, signal }: { compression: Compression; signal?: AbortSignal | undefined },
): Promise<Layer> {
  const [plain, stored] = [new Digest(), new Digest()];
  await mkdir(dirname(file), { recursive: true });
  await replaceFile(file, async (temporary) => {
    const out = createWriteStream(temporary);
    const options = signal === undefined ? {} : { signal };
    const packer = compressor(compression);
    if (packer === undefined) await pipeline(tar, plain.tap, out, options);
    else await pipeline(tar, plain.tap, packer, stored.tap, out, options);
  });
  const kept = compression === 'none' ? plain : stored;
  return {
    file,
    mediaType: mediaTypes[compression],
    digest: kept.value(),
    size: kept.size,
    diffId: plain.value(),
  };
}

function compressor(compression: Compression): NodeJS.ReadWriteStream | undefined {
  if (compression === 'gzip') return createGzip({ level: 6 });
  if (compression === 'zstd') {
    return createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 6 } });
  }
  return undefined;
}

/** Hashes and counts what flows through. */
class Digest {
  readonly #hash = createHash('sha256');
  #value: string | undefined;
  size = 0;
  /** A pipeline stage that passes everything on unchanged. */
  readonly tap = async function* (this: Digest, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.#hash.update(chunk);
      this.size += chunk.length;
      yield chunk;
    }
  }.bind(this);

  value(): string {
    this.#value ??= `sha256:${this.#hash.digest('hex')}`;
    return this.#value;
  }
}

/**
 * Writes an image as an OCI archive that `ctr images import`, `kind load image-archive`, `docker load` and
 * `skopeo` take. The file appears whole or not at all.
 */
export async function writeOciArchive(
  image: Image,
  file: string,
  signal?: AbortSignal,
): Promise<ImageArchive> {
  const config = jsonBlob({
    architecture: 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: image.config,
    rootfs: { type: 'layers', diff_ids: image.layers.map((layer) => layer.diffId) },
    history: image.layers.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'monovirt' })),
  });
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor(configType, config),
    layers: image.layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  });
  const entries = archiveEntries(image, config, manifest);
  await mkdir(dirname(file), { recursive: true });
  await replaceFile(file, (temporary) =>
    pipeline(writeTar(entries), createWriteStream(temporary), signal === undefined ? {} : { signal }),
  );
  return { name: image.name, file, digest: manifest.digest, size: (await stat(file)).size };
}

interface Blob {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly size: number;
}

function jsonBlob(value: unknown): Blob {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, size: bytes.length };
}

const descriptor = (mediaType: string, { digest, size }: Blob): object => ({ mediaType, digest, size });

function archiveEntries(image: Image, config: Blob, manifest: Blob): TarEntry[] {
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        ...descriptor(manifestType, manifest),
        annotations: {
          'io.containerd.image.name': image.name,
          'org.opencontainers.image.ref.name': image.name.slice(image.name.lastIndexOf(':') + 1),
        },
        platform: { architecture: 'amd64', os: 'linux' },
      },
    ],
  };
  const blobs = new Map<string, Content>([
    [config.digest, config.bytes],
    [manifest.digest, manifest.bytes],
    ...image.layers.map((layer): [string, Content] => [layer.digest, { file: layer.file }]),
  ]);
  return [
    { type: 'file', path: 'oci-layout', content: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    { type: 'file', path: 'index.json', content: Buffer.from(JSON.stringify(index)) },
    { type: 'directory', path: 'blobs' },
    { type: 'directory', path: 'blobs/sha256' },
    ...[...blobs].map(([digest, content]): TarEntry => ({
      type: 'file',
      path: `blobs/${digest.replace(':', '/')}`,
      content,
    })),
  ];
}

/** Lets `write` fill a temporary file beside `file` and renames it into place. */
export async function replaceFile(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await write(temporary);
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Keeps a layer's description beside its file, so that a cached layer need not be read again.
 * @returns the description when the file of that size is still there.
 */
export async function cachedLayer(file: string): Promise<Layer | undefined> {
  try {
    const layer = JSON.parse(await readFile(`${file}.json`, 'utf8')) as Layer;
    return (await stat(file)).size === layer.size ? { ...layer, file } : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the description that `cachedLayer` reads; returns the layer. */
export async function rememberLayer(layer: Layer): Promise<Layer> {
  await replaceFile(`${layer.file}.json`, (temporary) => writeFile(temporary, JSON.stringify(layer)));
  return layer;
}

/** Path of a cached layer by its kind and key. */
export const layerFile = (directory: string, kind: string, key: string): string =>
  join(directory, `${kind}-${key}.tar`);
