import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { MonovirtError } from '../../support/errors.ts';
import { inspectedBytes, inspectImage } from './format.ts';
import { diskBytes } from './quantity.ts';

const gib = 1024n ** 3n;

function qcow2(change: (header: Buffer) => void = () => undefined): Buffer {
  const header = Buffer.alloc(inspectedBytes);
  header.write('QFI\xfb', 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(gib, 24);
  change(header);
  return header;
}

suite('images', () => {
  test('raw is what has no magic', () => {
    assert.deepEqual(inspectImage(Buffer.alloc(512), 1 << 20), { format: 'raw', virtualSize: 1n << 20n });
  });
  test('qcow2, old and new, with the features that are harmless', () => {
    assert.deepEqual(inspectImage(qcow2(), 4096), { format: 'qcow2', virtualSize: gib });
    const features = (header: Buffer) => header.writeBigUInt64BE(0b1001n, 72);
    assert.equal(inspectImage(qcow2(features), 4096).format, 'qcow2');
    const old = (header: Buffer) => {
      header.writeUInt32BE(2, 4);
      header.writeBigUInt64BE(0xffffn, 72);
    };
    assert.equal(inspectImage(qcow2(old), 4096).format, 'qcow2');
  });
  const refused: [string, Buffer, RegExp][] = [
    ['a backing file', qcow2((header) => header.writeBigUInt64BE(104n, 8)), /backing file/],
    ['an external data file', qcow2((header) => header.writeBigUInt64BE(4n, 72)), /another file/],
    ['an unknown feature', qcow2((header) => header.writeBigUInt64BE(1n << 40n, 72)), /unknown/],
    ['encryption', qcow2((header) => header.writeUInt32BE(1, 32)), /encrypted/],
    ['a version that does not exist', qcow2((header) => header.writeUInt32BE(9, 4)), /version 9/],
    ['no size', qcow2((header) => header.writeBigUInt64BE(0n, 24)), /0 bytes/],
    ['an absurd size', qcow2((header) => header.writeBigUInt64BE(1n << 60n, 24)), /accepted/],
    ['absurd clusters', qcow2((header) => header.writeUInt32BE(31, 20)), /2\^31/],
    ['a header cut short', qcow2().subarray(0, 50), /ends within/],
    ['VMDK', Buffer.from('KDMV'.padEnd(512)), /VMDK.*qemu-img/],
    ['VHDX', Buffer.from('vhdxfile'.padEnd(512)), /VHDX/],
    ['gzip', Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(510)]), /gzip/],
    ['an empty file', Buffer.alloc(0), /0 bytes long/],
  ];
  for (const [name, head, why] of refused) {
    test(`refuses ${name}`, () =>
      assert.throws(() => inspectImage(head, head.length), { reason: 'ImageInvalid', message: why }));
  }
  test('nothing that an image begins with is a crash', () => {
    for (let round = 0; round < 5_000; round += 1) {
      const head =
        round % 2 === 0
          ? randomBytes(round % 513)
          : qcow2((header) => randomBytes(100).copy(header, 4)).subarray(0, round % 513);
      try {
        inspectImage(head, head.length);
      } catch (error) {
        assert.ok(error instanceof MonovirtError);
      }
    }
  });
});

suite('quantities of disk', () => {
  const rows: [string, number][] = [
    ['512', 512],
    ['1', 512],
    ['1Ki', 1024],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['2G', 2_000_000_000],
    ['1e3', 1024],
    ['1000000m', 1024],
  ];
  for (const [text, bytes] of rows) test(text, () => assert.equal(diskBytes(text), bytes));
  for (const text of ['', '0', '-1Gi', '1 Gi', '1GiB', 'Gi', '1e99', 'x', '9007199254740993']) {
    test(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(() => diskBytes(text), { reason: 'QuantityInvalid' }));
  }
});
