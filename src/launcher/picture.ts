/** Pictures of the screen as PNG, whatever QEMU made. */
import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';
import type { Picture } from '../libvirt/types.ts';
import { MonovirtError } from '../support/errors.ts';

const compress = promisify(deflate);
/** Fast enough not to be noticed; a screen is mostly one colour. */
const level = 3;
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Eight bits a channel, red, green and blue; the one compression and filter method there is; not interlaced. */
const format = [8, 2, 0, 0, 0];

/** @throws MonovirtError `PictureUnknown` for a picture that is neither PNG nor PPM. */
export async function asPng({ mime, data }: Picture): Promise<Buffer> {
  if (data.subarray(0, signature.length).equals(signature)) return data;
  const { width, height, pixels } = readPpm(data, mime);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([
    signature,
    chunk('IHDR', Buffer.concat([header, Buffer.from(format)])),
    chunk('IDAT', await compress(filtered(pixels, width, height), { level })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Every row begins with the number of its filter: none. */
function filtered(pixels: Buffer, width: number, height: number): Buffer {
  const row = width * 3;
  const rows = Buffer.alloc((row + 1) * height);
  for (let line = 0; line < height; line += 1) {
    pixels.copy(rows, line * (row + 1) + 1, line * row, (line + 1) * row);
  }
  return rows;
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}

/** Reads the binary form that QEMU writes: `P6`, width, height, 255, each ended by a blank, then the pixels. */
function readPpm(data: Buffer, mime: string): { width: number; height: number; pixels: Buffer } {
  const header = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(data.toString('latin1', 0, 32));
  const [width, height] = [Number(header?.[1]), Number(header?.[2])];
  const pixels = data.subarray(header?.[0].length);
  if (header !== null && pixels.length >= width * height * 3) return { width, height, pixels };
  const message = `the picture of the screen is of a kind that is not known: ${mime.slice(0, 100)}`;
  throw new MonovirtError('PictureUnknown', message, 'never');
}
