/** The test guest has what other tests ask of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { bootGuest } from './support/guest.ts';

let cluster: TestCluster;

before(async () => {
  cluster = await testCluster('guest-tools');
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

const disk = (name: string, bus: string) => ({ name, serial: name, disk: { bus } });
const empty = (name: string) => ({ name, emptyDisk: { capacity: '64Mi' } });

test('disks of virtio, SCSI and SATA hold a journalled file system, and the network has its tools', async () => {
  await using guest = await bootGuest(cluster, {
    name: 'tools',
    disks: [disk('one', 'virtio'), disk('two', 'scsi'), disk('three', 'sata')],
    volumes: ['one', 'two', 'three'].map(empty),
  });
  assert.equal(await guest.run('cat /sys/block/vda/serial'), 'one');
  for (const device of ['vda', 'sda', 'sdb']) {
    await guest.run(`mkfs.ext4 -q /dev/${device} && mount -t ext4 /dev/${device} /mnt && umount /mnt`);
    assert.match(await guest.run(`blkid /dev/${device}`), /TYPE="ext4"/);
  }
  assert.match(await guest.run('peer ask udp 127.0.0.1 7 hello'), /^tools 127\.0\.0\.1 hello$/);
  assert.match(await guest.run('nslookup kubernetes.default.svc.cluster.local'), /Address/);
});
