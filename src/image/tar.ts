/**
 * A deterministic tar writer (POSIX ustar): equal entries give equal bytes. Our own, because image layers need
 * exactly this and no more: fixed times, numeric owners, no extended headers.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { MonovirtError } from '../support/errors.ts';

/** Where a file's bytes are: in memory, or in a file that is streamed. */
export type Content = Buffer | { readonly file: string };

interface Owned {
  /** Path in the archive, relative, without a leading `./`. */
  readonly path: string;
  /** Permission bits; 0644 for files, 0755 for directories unless given. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export type TarEntry =
  | (Owned & { readonly type: 'file'; readonly content: Content })
  | (Owned & { readonly type: 'directory' })
  | (Owned & { readonly type: 'symlink'; readonly target: string });

const block = 512;
const typeFlags = { file: '0', symlink: '2', directory: '5' } as const;
const defaultModes = { file: 0o644, symlink: 0o777, directory: 0o755 } as const;
/** The largest size that eleven octal digits hold. */
const maxSize = 0o77777777777;

/**
 * Writes entries as a tar, in the order given; parents must come before their children.
 * @throws MonovirtError `InvalidTarEntry` when a path, link or size does not fit the format.
 */
export async function* writeTar(entries: Iterable<TarEntry>): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    const size = await sizeOf(entry);
    yield header(entry, size);
    if (entry.type !== 'file' || size === 0) continue;
    yield* body(entry.path, entry.content, size);
    yield padding(size);
  }
  yield Buffer.alloc(2 * block);
}

async function sizeOf(entry: TarEntry): Promise<number> {
  if (entry.type !== 'file') return 0;
  return Buffer.isBuffer(entry.content) ? entry.content.length : (await stat(entry.content.file)).size;
}

async function* body(path: string, content: Content, size: number): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(content)) {
    yield content;
    return;
  }
  let sent = 0;
  for await (const chunk of createReadStream(content.file, { highWaterMark: 1 << 20 })) {
    const bytes = Buffer.from(chunk);
    sent += bytes.length;
    yield bytes;
  }
  if (sent !== size) {
    throw invalid(path, `${content.file} changed from ${size} to ${sent} bytes while it was read; run again`);
  }
}

const padding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block);

function header(entry: TarEntry, size: number): Buffer {
  const path = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  const [prefix, name] = splitPath(path);
  const target = entry.type === 'symlink' ? entry.target : '';
  if (Buffer.byteLength(target) > 100) throw invalid(path, 'link target is longer than 100 bytes');
  if (size > maxSize) throw invalid(path, 'file is larger than 8 GiB');
  const bytes = Buffer.alloc(block);
  bytes.write(name, 0);
  bytes.write(octal(entry.mode ?? defaultModes[entry.type], 7), 100);
  bytes.write(octal(entry.uid ?? 0, 7), 108);
  bytes.write(octal(entry.gid ?? 0, 7), 116);
  bytes.write(octal(size, 11), 124);
  bytes.write(octal(0, 11), 136);
  bytes.write(typeFlags[entry.type], 156);
  bytes.write(target, 157);
  bytes.write('ustar\x0000', 257);
  bytes.write(prefix, 345);
  bytes.write(`${octal(checksum(bytes), 6)}\0 `, 148);
  return bytes;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

/** The sum of all header bytes, the checksum field itself counted as spaces. */
function checksum(bytes: Buffer): number {
  let sum = 8 * 0x20;
  for (const byte of bytes) sum += byte;
  return sum;
}

/** ustar keeps 100 bytes of name and 155 of prefix, split at a slash. */
function splitPath(path: string): [prefix: string, name: string] {
  if (path.startsWith('/') || path.split('/').includes('..')) {
    throw invalid(path, 'path must be relative and stay inside the archive');
  }
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (name !== '' && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155)
      return [prefix, name];
  }
  throw invalid(path, 'path is too long for the format');
}

const invalid = (path: string, problem: string): MonovirtError =>
  new MonovirtError('InvalidTarEntry', `tar entry ${JSON.stringify(path)}: ${problem}`, 'never');
