import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { MonovirtError } from '../../support/errors.ts';
import { inspectedBytes, inspectImage } from './format.ts';
import { diskBytes } from './quantity.ts';

const gib = 1024n ** 3n;
/** Bytes of a file with all that `qcow2` says. */
const whole = (3 << 16) + 16;

function qcow2(change: (header: Buffer) => void = () => undefined): Buffer {
  const header = Buffer.alloc(inspectedBytes);
  header.write('QFI\xfb', 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(gib, 24);
  // Two entries of 512 MiB each, the tables in the clusters after the header.
  header.writeUInt32BE(2, 36);
  header.writeBigUInt64BE(3n << 16n, 40);
  header.writeBigUInt64BE(1n << 16n, 48);
  header.writeUInt32BE(1, 56);
  change(header);
  return header;
}

suite('images', () => {
  test('raw is what has no magic', () => {
    assert.deepEqual(inspectImage(Buffer.alloc(512), 1 << 20), { format: 'raw', virtualSize: 1n << 20n });
  });
  test('qcow2, old and new, with the features that are harmless', () => {
    assert.deepEqual(inspectImage(qcow2(), whole), { format: 'qcow2', virtualSize: gib });
    const features = (header: Buffer) => header.writeBigUInt64BE(0b1001n, 72);
    assert.equal(inspectImage(qcow2(features), whole).format, 'qcow2');
    const old = (header: Buffer) => {
      header.writeUInt32BE(2, 4);
      header.writeBigUInt64BE(0xffffn, 72);
    };
    assert.equal(inspectImage(qcow2(old), whole).format, 'qcow2');
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
    ['one that is marked as corrupt', qcow2((header) => header.writeBigUInt64BE(2n, 72)), /qemu-img check/],
    ['tables for half a disk', qcow2((header) => header.writeUInt32BE(1, 36)), /less than its disk/],
    [
      'a table of many GiB',
      qcow2((header) => header.writeUInt32BE(0xffffffff, 36)),
      /a table of 34359738360 bytes/,
    ],
    ['many counts of references', qcow2((header) => header.writeUInt32BE(0xffff, 56)), /a table of/],
    ['no table', qcow2((header) => header.writeBigUInt64BE(0n, 40)), /no tables where/],
    ['a table between clusters', qcow2((header) => header.writeBigUInt64BE(0x30001n, 40)), /no tables where/],
    ['a table beyond the end', qcow2((header) => header.writeBigUInt64BE(4n << 16n, 40)), /cut short/],
    [
      'a table at the end of all numbers',
      qcow2((header) => header.writeBigUInt64BE(0xffffffffffff0000n, 48)),
      /cut short/,
    ],
    ['many snapshots', qcow2((header) => header.writeUInt32BE(1 << 20, 60)), /1048576 snapshots/],
    ['a header cut short', qcow2().subarray(0, 50), /ends within/],
    ['VMDK', Buffer.from('KDMV'.padEnd(512)), /VMDK.*qemu-img/],
    ['VHDX', Buffer.from('vhdxfile'.padEnd(512)), /VHDX/],
    ['gzip', Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(510)]), /gzip/],
    ['an empty file', Buffer.alloc(0), /0 bytes long/],
  ];
  for (const [name, head, why] of refused) {
    test(`refuses ${name}`, () =>
      assert.throws(
        () => inspectImage(head, Math.max(head.length, head.length === inspectedBytes ? whole : 0)),
        { reason: 'ImageInvalid', message: why },
      ));
  }
  for (const [name, options, size] of [
    ['small', [], '1M'],
    ['large', [], '8T'],
    ['with small clusters', ['cluster_size=512'], '1G'],
    ['with large clusters', ['cluster_size=2M'], '10G'],
    ['with extended entries', ['extended_l2=on,cluster_size=64k'], '10G'],
    ['of the old version', ['compat=0.10'], '1G'],
    ['with its metadata written', ['preallocation=metadata'], '16M'],
  ] satisfies [string, string[], string][]) {
    test(`what qemu-img makes is taken: ${name}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'mvi-'));
      try {
        const file = join(folder, 'image');
        const chosen = options.flatMap((option) => ['-o', option]);
        execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...chosen, file, size]);
        const content = await readFile(file);
        const { format } = inspectImage(content.subarray(0, inspectedBytes), content.length);
        assert.equal(format, 'qcow2');
        assert.throws(() => inspectImage(content.subarray(0, inspectedBytes), 512), {
          reason: 'ImageInvalid',
        });
      } finally {
        await rm(folder, { recursive: true });
      }
    });
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
