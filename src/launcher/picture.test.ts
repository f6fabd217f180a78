import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { asPng } from './picture.ts';

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);

/** Chunks of a PNG by their type. */
function chunks(data: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = 8; at < data.length;) {
    const length = data.readUInt32BE(at);
    found.set(data.toString('latin1', at + 4, at + 8), data.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return found;
}

test('a PNG is passed on as it is', async () => {
  assert.equal(await asPng({ mime: 'image/png', data: png }), png);
});

test('a PPM becomes a PNG of the same pixels', async () => {
  const pixels = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const data = Buffer.concat([Buffer.from('P6\n2 2\n255\n'), pixels]);
  const made = await asPng({ mime: 'image/x-portable-pixmap', data });
  const found = chunks(made);
  assert.deepEqual([...found.keys()], ['IHDR', 'IDAT', 'IEND']);
  assert.deepEqual([...(found.get('IHDR') ?? [])], [0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0]);
  assert.deepEqual(
    [...inflateSync(found.get('IDAT') ?? Buffer.alloc(0))],
    [0, 1, 2, 3, 4, 5, 6, 0, 7, 8, 9, 10, 11, 12],
  );
  // The last chunk is the same in every PNG there is, its checksum too.
  assert.equal(made.subarray(-12).toString('hex'), '0000000049454e44ae426082');
});

for (const [name, text] of [
  ['something else', 'GIF89a'],
  ['too few pixels', 'P6\n100 100\n255\nabc'],
  ['more than eight bits', 'P6\n1 1\n65535\nabcdef'],
  ['nothing', ''],
] as const) {
  test(`${name} is no picture`, async () => {
    const picture = { mime: 'image/x', data: Buffer.from(text) };
    await assert.rejects(asPng(picture), { reason: 'PictureUnknown' });
  });
}
