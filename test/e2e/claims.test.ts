/**
 * A claim that fills up, grows, is wanted by two, and holds what is no disk: each said by the VMI, and over when its
 * cause is. One guest for all of it, and one that takes its claim over.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { apply, vmiAction } from './support/actions.ts';
import { blockClaim } from './support/claims.ts';
import type { BlockClaim } from './support/claims.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { bootGuest, guestInstance, openGuest } from './support/guest.ts';
import type { BootedGuest, GuestOptions } from './support/guest.ts';
import { localCluster, nodeRun } from './support/node.ts';

const mebibyte = 1024 * 1024;

let cluster: TestCluster;
let node: string;
/** The folder of the claim on the node: a file system of its own, which can be full. */
let folder: string;
let device: BlockClaim;
let guest: BootedGuest;

const optionsOf = (name: string, disks: readonly string[]): GuestOptions => ({
  name,
  interfaces: [],
  disks: disks.map((disk) => ({ name: disk, disk: { bus: 'virtio' } })),
  volumes: disks.map((disk) => ({ name: disk, persistentVolumeClaim: { claimName: disk } })),
});

before(async () => {
  cluster = await testCluster('claims');
  [node = ''] = (await localCluster()).nodes;
  folder = `/var/lib/${cluster.namespace}`;
  await nodeRun(node, `mkdir ${folder} && mount -t tmpfs -o size=24m tmpfs ${folder}`);
  await makeClaim('data', '20Mi');
  device = await blockClaim(cluster, 'device', { storage: '16Mi', blockSize: 512 });
  guest = await bootGuest(cluster, optionsOf('first', ['data', 'device']));
});

after(async () => {
  await guest[Symbol.asyncDispose]();
  await cluster.kubectl('delete', 'vmi', '--all', '--wait');
  await device[Symbol.asyncDispose]();
  await cluster.kubectl('delete', 'pvc', '--all', '--wait=false');
  await cluster.kubectl('delete', 'pv', cluster.namespace, '--wait=false');
  await cluster.kubectl('delete', 'storageclass', cluster.namespace);
  await eventually('the folder is let go of', () =>
    nodeRun(node, `umount ${folder} && rmdir ${folder} && echo gone`),
  );
  await cluster[Symbol.asyncDispose]();
});

/** A claim on the folder, of a class that lets claims grow. */
async function makeClaim(name: string, storage: string): Promise<void> {
  const shared = { accessModes: ['ReadWriteOnce'], storageClassName: cluster.namespace };
  const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  await apply(cluster, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: cluster.namespace },
    provisioner: 'kubernetes.io/no-provisioner',
    allowVolumeExpansion: true,
  });
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: cluster.namespace },
    spec: {
      ...shared,
      capacity: { storage },
      persistentVolumeReclaimPolicy: 'Retain',
      local: { path: folder },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
    },
  });
  await cluster.kubectl(
    'wait',
    'pv',
    cluster.namespace,
    '--for=jsonpath={.status.phase}=Available',
    '--timeout=30s',
  );
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { ...shared, resources: { requests: { storage } } },
  });
}

/** What a resizer does when it is done. */
async function grow(claim: string, storage: string): Promise<void> {
  const status = JSON.stringify({ status: { capacity: { storage } } });
  await cluster.kubectl('patch', 'pvc', claim, '--subresource=status', '--type=merge', '-p', status);
}

const conditionOf = async (
  name: string,
  type: string,
): Promise<{ reason?: string; message?: string } | undefined> =>
  (await cluster.vmi(name)).status?.conditions?.find((condition) => condition.type === type);

const bytesOf = async (disk: string): Promise<number> =>
  Number(await guest.run(`blockdev --getsize64 /dev/${disk}`));

describe('a claim', { concurrency: 1 }, () => {
  test('that is full pauses its guest, which says so, and loses nothing once there is room', async () => {
    await nodeRun(node, `dd if=/dev/zero of=${folder}/filler bs=1M count=20 2>/dev/null`);
    const written = guest.run(
      'dd if=/dev/urandom of=/dev/vda bs=1M count=8 conv=fsync 2>&1; md5sum /dev/vda',
      120_000,
    );
    const paused = await eventually('it is paused', () => conditionOf('first', 'Paused'));
    assert.equal(paused.reason, 'PausedIOError');
    assert.match(paused.message ?? '', /volume data \(PVC data\) is full; make room, or enlarge the claim/);
    const events = await cluster.kubectl('get', 'events', '-o', 'jsonpath={.items[*].reason}');
    assert.match(events, /\bIOerror\b/);
    await nodeRun(node, `rm ${folder}/filler`);
    await vmiAction(cluster, 'first', 'unpause');
    const [sum] = (await written).split('\n').at(-1)?.split(' ') ?? [];
    assert.match(await nodeRun(node, `md5sum ${folder}/disk.img`), new RegExp(`^${sum} `));
    assert.equal(await conditionOf('first', 'Paused'), undefined);
  });

  test('with a file system grows under its guest, less what the file system keeps', async () => {
    assert.equal(await bytesOf('vda'), 20 * mebibyte);
    await nodeRun(node, `mount -o remount,size=64m ${folder}`);
    const wanted = JSON.stringify({ spec: { resources: { requests: { storage: '40Mi' } } } });
    await cluster.kubectl('patch', 'pvc', 'data', '-p', wanted);
    await grow('data', '40Mi');
    await eventually('the guest sees it', async () => (await bytesOf('vda')) === 37 * mebibyte);
    const { status } = await cluster.vmi('first');
    const known = status?.volumeStatus?.find(({ name }) => name === 'data')?.persistentVolumeClaimInfo;
    assert.deepEqual(known?.capacity, { storage: '40Mi' });
  });

  test('that is a block device grows under its guest', async () => {
    assert.equal(await bytesOf('vdb'), 16 * mebibyte);
    await nodeRun(
      node,
      `truncate -s 32M $(losetup -n -O BACK-FILE ${device.path}) && losetup -c ${device.path}`,
    );
    await grow('device', '32Mi');
    await eventually('the guest sees it', async () => (await bytesOf('vdb')) === 32 * mebibyte);
  });

  test('that two want goes to the second when the first has ended, as raw whatever it says', async () => {
    // What would have QEMU open another file, were it to believe a guest.
    const header = String.raw`QFI\373\0\0\0\003\0\0\0\0\0\0\0\150\0\0\0\013\0\0\0\020\0\0\0\0\100\0\0\0`;
    await guest.run(
      `printf '${header}' | dd of=/dev/vda conv=notrunc,fsync 2>/dev/null; printf /etc/passwd | dd of=/dev/vda bs=1 seek=104 conv=notrunc,fsync 2>/dev/null`,
    );
    await apply(cluster, guestInstance(optionsOf('second', ['data'])));
    await eventually('the second says who has it', async () => {
      const { message = '' } = (await conditionOf('second', 'Synchronized')) ?? {};
      return /VolumeInUse: volume data: PVC data is in use by VirtualMachineInstance first;/.test(message);
    });
    await guest[Symbol.asyncDispose]();
    await cluster.kubectl('delete', 'vmi', 'first', '--wait');
    guest = await openGuest(cluster, 'second');
    assert.equal(await bytesOf('vda'), 37 * mebibyte);
    assert.match(
      await guest.run('dd if=/dev/vda bs=115 count=1 2>/dev/null | tr -cd A-Za-z; echo'),
      /^QFI.*passwd/,
    );
  });

  test('that holds no disk is refused with the reason, and nothing is followed', async () => {
    await guest[Symbol.asyncDispose]();
    await cluster.kubectl('delete', 'vmi', 'second', '--wait');
    await nodeRun(node, `rm ${folder}/disk.img && ln -s /etc/passwd ${folder}/disk.img`);
    await apply(cluster, guestInstance(optionsOf('third', ['data'])));
    const { status } = await cluster.untilPhase('third', ['Failed', 'Running']);
    assert.equal(status?.phase, 'Failed');
    const events = await cluster.kubectl('get', 'events', '-o', 'jsonpath={.items[*].message}');
    assert.match(
      events,
      /VolumeNotUsable: volume data: disk\.img: it is a symbolic link, which is not followed/,
    );
  });
});
