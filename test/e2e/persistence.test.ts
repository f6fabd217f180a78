/** What lasts and what does not: a claim's file system through every end that a guest can take, and a containerDisk. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { testImageName } from '../../src/image/names.ts';
import { apply, vmAction } from './support/actions.ts';
import { claim } from './support/claims.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { guestMachine, openGuest } from './support/guest.ts';
import { killOn } from './support/node.ts';

let cluster: TestCluster;
const name = 'lasting';
const serials = ['data', 'image'];

const machine = guestMachine({
  name,
  disks: serials.map((serial) => ({ name: serial, serial, disk: { bus: 'virtio' } })),
  volumes: [
    { name: 'data', persistentVolumeClaim: { claimName: name } },
    { name: 'image', containerDisk: { image: testImageName('guest-disk') } },
  ],
});

before(async () => {
  cluster = await testCluster('persistence');
  const restricted = 'pod-security.kubernetes.io/enforce=restricted';
  await cluster.kubectl('label', 'namespace', cluster.namespace, restricted);
  await apply(cluster, claim(name, '64Mi'));
  await apply(cluster, machine);
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

/** Mounts the claim, tells what is in its file, adds a word, and writes to the containerDisk, where nothing may be of before. */
async function visit(word: string): Promise<string> {
  await using guest = await openGuest(cluster, name);
  await guest.run('stty cols 400');
  for (const [index, serial] of serials.entries()) {
    assert.equal(await guest.run(`cat /sys/block/vd${'ab'[index]}/serial`), serial);
  }
  await guest.run('mkdir -p /data /image; mount /dev/vdb1 /image');
  assert.equal(await guest.run('ls /image | grep -c written || true'), '0', 'an image begins anew each time');
  await guest.run('echo x >/image/written; sync');
  if (word === 'first') await guest.run('mkfs.ext4 -q /dev/vda');
  await guest.run('mount -t ext4 /dev/vda /data');
  const found = await guest.run('cat /data/words 2>/dev/null | tr "\\n" " "');
  await guest.run(`echo ${word} >>/data/words; sync`);
  return found.trim();
}

const replacedBy = async (end: () => Promise<unknown>): Promise<void> => {
  const { metadata } = await cluster.vmi(name);
  await end();
  await cluster.untilReplaced(name, metadata.uid);
};

const ends: { name: string; end: () => Promise<unknown> }[] = [
  {
    name: 'stop and start',
    end: async () => {
      await vmAction(cluster, name, 'stop');
      await cluster.untilGone(name);
      await vmAction(cluster, name, 'start');
    },
  },
  { name: 'restart', end: () => replacedBy(() => vmAction(cluster, name, 'restart')) },
  {
    name: 'kill -9 of QEMU',
    end: () =>
      replacedBy(async () => {
        const { status } = await cluster.vmi(name);
        await killOn(status?.nodeName ?? '', `qemu-system-x86_64 -name guest=${cluster.namespace}_${name}`);
      }),
  },
  {
    name: 'deletion of the instance',
    end: () => replacedBy(() => cluster.kubectl('delete', 'vmi', name, '--wait=false')),
  },
  {
    name: 'deletion of the VM',
    end: async () => {
      await cluster.kubectl('delete', 'vm', name, '--wait=true', '--timeout=60s');
      await cluster.untilGone(name);
      await apply(cluster, machine);
    },
  },
];

test('a new claim is a new disk', async () => {
  assert.equal(await visit('first'), '');
});

for (const [index, row] of ends.entries()) {
  test(`what a guest wrote to its claim outlives ${row.name}; what it wrote to an image does not`, async () => {
    await row.end();
    const words = ['first', ...ends.slice(0, index).map((end) => end.name.replaceAll(' ', '-'))];
    assert.equal(await visit(row.name.replaceAll(' ', '-')), words.join(' '));
  });
}

test('a claim goes when nobody uses it any more', async () => {
  await cluster.kubectl('delete', 'vm', name, '--wait=true', '--timeout=60s');
  await cluster.untilGone(name);
  await cluster.kubectl('delete', 'pvc', name, '--wait=true', '--timeout=60s');
  await eventually('no claim is left', async () => {
    const left = await cluster.kubectl('get', 'pvc', '-o', 'name');
    return left.trim() === '';
  });
});
