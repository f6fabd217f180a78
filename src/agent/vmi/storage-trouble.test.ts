/** What a VMI says of a disk that is full, or that another VM holds; and what a launcher is told of claims. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Vmi, Volume } from '../../api/types.ts';
import type { DomainReport, IoError } from '../../launcher/protocol.ts';
import { libvirtError } from '../../libvirt/errors.ts';
import { vmiOf } from '../testing/cluster.ts';
import { claimSizes } from './claim-sizes.ts';
import { explainInUse } from './in-use.ts';
import { ioErrorEvents, ioErrorOf } from './io-error.ts';

const onClaim: Volume = { name: 'data', persistentVolumeClaim: { claimName: 'shared' } };
function vmi(uid: string, volumes: Volume[] = [onClaim], more: Partial<Vmi> = {}): Vmi {
  const base = vmiOf(more);
  return {
    ...base,
    metadata: { ...base.metadata, name: uid, uid, ...more.metadata },
    spec: { ...base.spec, volumes },
  };
}

describe('an I/O error', () => {
  const volumes = [onClaim, { name: 'scratch', emptyDisk: { capacity: '1Gi' } }];
  const rows: [string, IoError | undefined, RegExp][] = [
    [
      'of a full claim',
      { volume: 'data', full: true },
      /^: volume data \(PVC shared\) is full; make room, or enlarge the claim, then .*virtctl unpause vmi a$/,
    ],
    [
      'of a full node',
      { volume: 'scratch', full: true },
      /^: volume scratch is full; make room on the node, then/,
    ],
    [
      'of storage that is broken',
      { volume: 'data', full: false },
      /^: volume data \(PVC shared\) could not be read or written; see to its storage/,
    ],
    ['of a volume that the guest does not have', { volume: 'forged', full: true }, /^$/],
    ['of nobody knows what', undefined, /^$/],
  ];
  for (const [name, ioError, says] of rows) {
    test(name, () => {
      const report: DomainReport = { state: 'paused', reason: 'ioError', sequence: 1, interfaces: [] };
      assert.match(
        ioErrorOf(vmi('a', volumes), ioError === undefined ? report : { ...report, ioError }),
        says,
      );
    });
  }

  test('is told once', () => {
    const paused = [{ type: 'Paused', status: 'True' as const, reason: 'PausedIOError', message: 'full' }];
    assert.deepEqual(ioErrorEvents(vmi('a'), paused), [
      { type: 'Warning', reason: 'IOerror', message: 'full' },
    ]);
    assert.deepEqual(ioErrorEvents(vmi('a', [], { status: { conditions: paused } }), paused), []);
    assert.deepEqual(ioErrorEvents(vmi('a'), []), []);
  });
});

describe('a disk in use', () => {
  const said = (path: string) =>
    libvirtError('start the domain', {
      code: 1,
      domain: 10,
      message: `internal error: qemu unexpectedly closed the monitor: -device virtio-blk: Failed to get "write" lock\nIs another process using the image [${path}]?`,
    });
  const inFolder = '/var/run/kubevirt-private/vmi-disks/data/disk.img';
  const away = { metadata: { ...vmiOf().metadata, namespace: 'elsewhere' } };
  const rows: [string, string, Vmi[], RegExp][] = [
    [
      'names who has it',
      inFolder,
      [vmi('b')],
      /^volume data: PVC shared is in use by VirtualMachineInstance b; stop/,
    ],
    ['names all who have it', inFolder, [vmi('c'), vmi('b')], /by VirtualMachineInstance b, c;/],
    [
      'that is a device names who has it',
      '/dev/volumes/data',
      [vmi('b')],
      /PVC shared is in use by VirtualMachineInstance b/,
    ],
    ['of whom this node does not know', inFolder, [], /PVC shared is in use by another VM/],
    [
      'is not held by who has another claim',
      inFolder,
      [vmi('b', [{ name: 'data', persistentVolumeClaim: { claimName: 'own' } }])],
      /by another VM/,
    ],
    [
      'is not held by who has ended',
      inFolder,
      [vmi('b', [onClaim], { status: { phase: 'Succeeded' } })],
      /by another VM/,
    ],
    ['is not held by who is in another namespace', inFolder, [vmi('b', [onClaim], away)], /by another VM/],
    [
      'that no volume is on is told as it came',
      '/elsewhere',
      [vmi('b')],
      /^another running VM uses this disk/,
    ],
  ];
  for (const [name, path, others, says] of rows) {
    test(name, () => {
      const { reason, message } = said(path);
      const own = vmi('a');
      const explained = explainInUse({ reason, message }, own, [own, ...others]);
      assert.equal(explained.reason, 'VolumeInUse');
      assert.match(explained.message, says);
    });
  }

  test('is not what other failures are about', () => {
    const failure = { reason: 'LibvirtInternalError', message: inFolder };
    assert.equal(explainInUse(failure, vmi('a'), [vmi('b')]), failure);
  });
});

test('what a launcher is told of is the sizes of claims, and only of claims', () => {
  const status = (storage: string) => ({
    volumeStatus: [
      { name: 'scratch', target: 'vdb' },
      { name: 'data', target: 'vda', persistentVolumeClaimInfo: { capacity: { storage } } },
    ],
  });
  assert.equal(claimSizes(vmi('a')), undefined);
  const [one, two] = ['1Gi', '2Gi'].map((size) => claimSizes(vmi('a', [onClaim], { status: status(size) })));
  assert.ok(one);
  assert.notEqual(one, two);
  assert.equal(one, claimSizes(vmi('b', [onClaim], { status: { ...status('1Gi'), phase: 'Running' } })));
});
