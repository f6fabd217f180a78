/**
 * Every source of a volume and every kind of disk, seen from inside: most of them on one guest, whose rows look each at
 * its own device. Its pod takes no right that Kubernetes' strictest Pod Security Standard withholds.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apply } from './support/actions.ts';
import { blockClaim, claim, claimPod } from './support/claims.ts';
import type { BlockClaim, ClaimPod } from './support/claims.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { openGates } from './support/gates.ts';
import { bootGuest, guestInstance } from './support/guest.ts';
import type { BootedGuest } from './support/guest.ts';
import { killOn, localCluster, nodeRun } from './support/node.ts';
import { virsh } from './support/virsh.ts';
import { testImageName } from '../../src/image/names.ts';

let cluster: TestCluster;
let gates: AsyncDisposable;
const enforce = 'pod-security.kubernetes.io/enforce';

before(async () => {
  cluster = await testCluster('volumes');
  gates = await openGates(cluster, 'HostDisk', 'EnableVirtioFsStorageVolumes');
  await cluster.kubectl('label', 'namespace', cluster.namespace, `${enforce}=restricted`);
  await cluster.kubectl('create', 'configmap', 'app', '--from-literal=color=blue');
});

after(async () => {
  await gates[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

type Json = Record<string, unknown>;

const MiB = 1024 * 1024;
/** By its serial a guest finds a disk on any bus, whatever its kernel calls it. */
const disk = (name: string, bus: string, more: Json = {}): Json => ({
  name,
  serial: name,
  disk: { bus },
  ...more,
});
const cdrom = (name: string, bus: string): Json => ({ name, cdrom: { bus } });
const emptyDisk = (name: string, capacity: string): Json => ({ name, emptyDisk: { capacity } });
const onClaim = (name: string): Json => ({ name, persistentVolumeClaim: { claimName: name } });

const disks: readonly Json[] = [
  disk('image', 'virtio'),
  disk('raw', 'virtio'),
  disk('lasting', 'virtio'),
  disk('device', 'scsi', { blockSize: { matchVolume: {} } }),
  disk('overlay', 'virtio'),
  disk('empty', 'sata'),
  disk('stick', 'usb'),
  disk('locked', 'virtio', { disk: { bus: 'virtio', readonly: true } }),
  disk('sectors', 'virtio', {
    cache: 'writethrough',
    dedicatedIOThread: true,
    blockSize: { custom: { logical: 4096, physical: 4096 } },
  }),
  cdrom('app', 'sata'),
  disk('pass', 'virtio'),
  cdrom('account', 'scsi'),
  disk('fields', 'usb'),
  cdrom('answers', 'sata'),
  disk('drive', 'virtio'),
];

const volumes: readonly Json[] = [
  { name: 'image', containerDisk: { image: testImageName('guest-disk') } },
  { name: 'raw', containerDisk: { image: testImageName('guest'), path: '/boot/vmlinuz' } },
  onClaim('lasting'),
  onClaim('device'),
  { name: 'overlay', ephemeral: { persistentVolumeClaim: { claimName: 'golden' } } },
  emptyDisk('empty', '48Mi'),
  emptyDisk('stick', '16Mi'),
  emptyDisk('locked', '16Mi'),
  emptyDisk('sectors', '32Mi'),
  { name: 'app', configMap: { name: 'app', volumeLabel: 'app' } },
  { name: 'pass', secret: { secretName: 'pass' } },
  { name: 'account', serviceAccount: { serviceAccountName: 'default' } },
  {
    name: 'fields',
    downwardAPI: { fields: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
  },
  { name: 'answers', sysprep: { configMap: { name: 'answers' } } },
  { name: 'drive', cloudInitConfigDrive: { userData: '#!/bin/sh\n# not for us', networkData: 'version: 2' } },
  { name: 'live', configMap: { name: 'app' } },
  onClaim('shared'),
];

/** Shell functions of the guest: the device of a serial, a file of a disk, of a label. */
const functions = [
  'stty cols 400',
  // Virtio tells serials in a file of their own, SCSI and SATA in a page, USB some levels above the disk.
  'serial() { cat $1/serial 2>/dev/null && return; tail -c +5 $1/device/vpd_pg80 2>/dev/null && return; cat $(readlink -f $1/device)/../../../../serial; }',
  'dev() { for d in /sys/block/[sv]d*; do case "$(serial $d 2>/dev/null | tr -d " ")" in $1) echo /dev/${d##*/};; esac; done; }',
  'on() { mount -o ro $1 /mnt && cat /mnt/$2; r=$?; umount /mnt; return $r; }',
];

test('every volume on one guest', { timeout: 420_000 }, async (t) => {
  await using device = await blockClaim(cluster, 'device', { storage: '16Mi', blockSize: 4096 });
  for (const name of ['lasting', 'golden', 'shared']) await apply(cluster, claim(name, '32Mi'));
  await cluster.kubectl('create', 'configmap', 'answers', '--from-literal=autounattend.xml=<unattend/>');
  await cluster.kubectl('create', 'secret', 'generic', 'pass', '--from-literal=word=swordfish');
  const pod = await claimPod(cluster, 'golden', 'shared');
  await pod.run(prepareClaims);
  await using guest = await bootGuest(cluster, {
    name: 'all',
    labels: { team: 'blue' },
    kernel: 'pc',
    memory: '320Mi',
    // Most kernels leave to whoever fills a page to be the first to touch it.
    kernelArgs: 'init_on_alloc=0',
    disks,
    volumes,
    filesystems: ['live', 'shared'].map((name) => ({ name, virtiofs: {} })),
  });
  for (const line of functions) await guest.run(line);
  for (const { name, check } of rows) await t.test(name, () => check({ guest, pod, device }));
});

/** 96 MiB are more than a container that shares folders may have for itself. */
const prepareClaims = `set -e
cd /claims/golden; printf golden-image >disk.img; dd if=/dev/zero bs=1M count=4 of=disk.img seek=1 2>/dev/null
cd /claims/shared; echo from-a-pod >file; ln -s /etc/hostname absolute; ln -s ../../../../../etc/passwd relative
dd if=/dev/zero bs=1M count=96 of=large 2>/dev/null`;

interface World {
  guest: BootedGuest;
  pod: ClaimPod;
  device: BlockClaim;
}

interface Row {
  name: string;
  check: (world: World) => Promise<void>;
}

const bytesOf = async (guest: BootedGuest, serial: string): Promise<number> =>
  Number(await guest.run(`blockdev --getsize64 $(dev ${serial})`));

const queueOf = (guest: BootedGuest, serial: string, what: string): Promise<string> =>
  guest.run(`d=$(dev ${serial}); cat /sys/block/\${d##*/}/${what}`);

/** What a file says of the disk of files with a label. */
const fileOn = (guest: BootedGuest, label: string, path: string): Promise<string> =>
  guest.run(`on $(blkid -L ${label}) ${path}`);

const rows: readonly Row[] = [
  {
    name: 'containerDisk, qcow2: a partition with files, which the guest can write over',
    check: async ({ guest }) => {
      const command = 'd=$(dev image)1; mount $d /mnt && echo new >/mnt/new && sync && ls /mnt; umount /mnt';
      assert.match(await guest.run(command), /new[\s\S]*vmlinuz/);
    },
  },
  {
    name: 'containerDisk, raw and named by its path: the bytes of the file',
    check: async ({ guest }) => {
      const magic = await guest.run('dd if=$(dev raw) bs=1 skip=514 count=4 2>/dev/null');
      assert.equal(magic, 'HdrS', 'where Linux kernels have it');
    },
  },
  {
    name: 'persistentVolumeClaim with a file system: a disk of the size that the claim asks for',
    check: async ({ guest }) => {
      const bytes = await bytesOf(guest, 'lasting');
      assert.ok(bytes <= 32 * MiB && bytes >= 0.9 * 32 * MiB, `${bytes} bytes`);
      const command =
        'mkfs.ext4 -q $(dev lasting) && mount $(dev lasting) /mnt && df /mnt | tail -n 1; umount /mnt';
      assert.match(await guest.run(command), /\/mnt$/);
    },
  },
  {
    name: 'persistentVolumeClaim that is a block device: its bytes and its block size; the node’s own device is left alone',
    check: async ({ guest, device: { node, path } }) => {
      assert.equal(await bytesOf(guest, 'device'), 16 * MiB);
      assert.equal(await queueOf(guest, 'device', 'queue/logical_block_size'), '4096');
      await guest.run('echo written | dd of=$(dev device) bs=4096 conv=sync,fsync 2>/dev/null');
      assert.match(await nodeRun(node, `head -c 7 ${path}; stat -c ' %u' ${path}`), /^written 0$/m);
      const xml = await virsh(cluster, 'all', 'dumpxml', `${cluster.namespace}_all`);
      assert.match(xml, /<source dev='\/dev\/volumes\/device'/);
    },
  },
  {
    name: 'ephemeral: what is written vanishes, and the claim below is as it was',
    check: async ({ guest, pod }) => {
      assert.equal(await guest.run('head -c 12 $(dev overlay)'), 'golden-image');
      await guest.run('printf overwritten | dd of=$(dev overlay) conv=notrunc,fsync 2>/dev/null');
      assert.equal(await guest.run('head -c 11 $(dev overlay)'), 'overwritten');
      assert.equal(await pod.run('head -c 12 /claims/golden/disk.img'), 'golden-image');
    },
  },
  {
    name: 'emptyDisk on SATA: of its size, and empty',
    check: async ({ guest }) => {
      assert.equal(await bytesOf(guest, 'empty'), 48 * MiB);
      assert.equal(await guest.run('head -c 1048576 $(dev empty) | tr -d "\\0" | wc -c'), '0');
    },
  },
  {
    name: 'emptyDisk on USB: a stick',
    check: async ({ guest }) => {
      assert.equal(await bytesOf(guest, 'stick'), 16 * MiB);
      assert.match(await guest.run('readlink -f $(d=$(dev stick); echo /sys/block/${d##*/})'), /\/usb\d/);
    },
  },
  {
    name: 'readonly: the guest knows, and cannot write',
    check: async ({ guest }) => {
      assert.equal(await queueOf(guest, 'locked', 'ro'), '1');
      await assert.rejects(guest.run('echo x | dd of=$(dev locked) 2>/dev/null'));
    },
  },
  {
    name: 'custom block size, write-through cache and an I/O thread of its own',
    check: async ({ guest }) => {
      assert.equal(await queueOf(guest, 'sectors', 'queue/logical_block_size'), '4096');
      assert.equal(await queueOf(guest, 'sectors', 'queue/physical_block_size'), '4096');
      assert.equal(await queueOf(guest, 'sectors', 'queue/write_cache'), 'write through');
      assert.equal(await queueOf(guest, 'lasting', 'queue/write_cache'), 'write back');
      const threads = await cluster.inPod('all', 'sh', '-c', 'cat /proc/[0-9]*/task/*/comm 2>/dev/null');
      assert.match(threads, /^IO iothread\d/m);
    },
  },
  {
    name: 'discard: what the guest gives back is given back',
    check: async ({ guest }) => {
      const image = '/var/run/kubevirt-ephemeral-disks/sectors.qcow2';
      const kibibytes = async (): Promise<number> =>
        Number.parseInt(await cluster.inPod('all', 'du', '-k', image), 10);
      await guest.run('dd if=/dev/urandom of=$(dev sectors) bs=1M count=16 conv=fsync 2>/dev/null');
      assert.ok((await kibibytes()) >= 16 * 1024);
      await guest.run('blkdiscard $(dev sectors); sync');
      await eventually('the image is small again', async () => (await kibibytes()) < 4 * 1024);
    },
  },
  {
    name: 'configMap: a CD-ROM on SATA with the label that the volume names',
    check: async ({ guest }) => {
      assert.equal(await fileOn(guest, 'app', 'color'), 'blue');
      assert.match(await guest.run('blkid -L app'), /^\/dev\/sr\d$/);
    },
  },
  {
    name: 'secret: a disk of its files',
    check: async ({ guest }) => assert.equal(await guest.run('on $(dev pass) word'), 'swordfish'),
  },
  {
    name: 'serviceAccount: a CD-ROM on SCSI with token, authority and namespace; the pod has no token itself',
    check: async ({ guest }) => {
      const mounted =
        'for d in /dev/sr*; do on $d namespace 2>/dev/null && on $d token && on $d ca.crt; done; true';
      const said = await guest.run(mounted);
      assert.match(said, new RegExp(cluster.namespace));
      assert.match(said, /eyJ/, 'the header of a JSON Web Token');
      assert.match(said, /BEGIN CERTIFICATE/);
      const { spec } = await cluster.launcherPod('all');
      assert.equal(spec?.automountServiceAccountToken, false);
    },
  },
  {
    name: 'downwardAPI: fields of the pod, which has the labels of its VM, on a stick',
    check: async ({ guest }) => assert.match(await guest.run('on $(dev fields) labels'), /team="blue"/),
  },
  {
    name: 'sysprep: answers where Windows’ setup looks for them',
    check: async ({ guest }) =>
      assert.equal(await fileOn(guest, 'unattendCD', 'autounattend.xml'), '<unattend/>'),
  },
  {
    name: 'cloudInitConfigDrive: OpenStack’s files on a disk of that label',
    check: async ({ guest }) => {
      const folder = 'openstack/latest';
      assert.match(await fileOn(guest, 'config-2', `${folder}/user_data`), /# not for us/);
      assert.match(await fileOn(guest, 'config-2', `${folder}/meta_data.json`), /"hostname": ?"all"/);
      assert.match(await fileOn(guest, 'config-2', `${folder}/network_data.json`), /version: 2/);
    },
  },
  {
    name: 'virtiofs of a configMap: its files as they are now, which no guest can change; disks stay as they were',
    check: async ({ guest }) => {
      await guest.run('mkdir -p /live; mount -t virtiofs live /live');
      assert.equal(await guest.run('cat /live/color'), 'blue');
      await assert.rejects(guest.run('echo red >/live/color'), /Read-only/);
      const patch = '{"data":{"color":"green"}}';
      await cluster.kubectl('patch', 'configmap', 'app', '--type', 'merge', '-p', patch);
      // A change of the pod has the kubelet look at once, instead of within a minute.
      const { metadata } = await cluster.launcherPod('all');
      await cluster.kubectl('annotate', 'pod', metadata.name, 'test.monovirt.io/look=now');
      await eventually(
        'the guest sees the change',
        async () => (await guest.run('cat /live/color')) === 'green',
        120_000,
      );
      assert.equal(await fileOn(guest, 'app', 'color'), 'blue');
    },
  },
  {
    name: 'virtiofs of a claim: what either side writes is there for the other',
    check: async ({ guest, pod }) => {
      await guest.run('mkdir -p /share; mount -t virtiofs shared /share');
      assert.equal(await guest.run('cat /share/file'), 'from-a-pod');
      await guest.run('echo from-the-guest >/share/answer; sync');
      assert.equal(
        (await pod.run('cat /claims/shared/answer; stat -c %u /claims/shared/answer')).trim(),
        'from-the-guest\n107',
      );
    },
  },
  {
    name: 'virtiofs: a link that leads out of the volume leads nowhere but into the guest itself',
    check: async ({ guest, pod }) => {
      await guest.run('echo of-the-guest >/etc/hostname');
      assert.equal(await guest.run('cat /share/absolute'), 'of-the-guest');
      assert.match(await guest.run('cat /share/relative'), /^root::/, 'the guest’s own accounts');
      await guest.run('ln -s / /share/planted');
      assert.match(await guest.run('ls /share/planted/'), /init/);
      assert.match(await pod.run('ls /claims/shared/planted/'), /claims/, 'and for a pod into the pod');
    },
  },
  {
    name: 'virtiofs: pages of the guest’s memory that it is the first to touch are no reason to kill it',
    check: async ({ guest }) => {
      assert.equal(await guest.run('cat /share/large | wc -c'), String(96 * MiB));
      const { status } = await cluster.launcherPod('all');
      const states = status?.containerStatuses?.map(({ name, ready }) => `${name} ${ready}`) ?? [];
      assert.ok(states.includes('virtiofs-shared true'), states.join());
    },
  },
  {
    name: 'virtiofs: a guest that is asked to stop has its file systems until it has stopped',
    check: async ({ guest, pod }) => {
      // The power button of the test guest.
      const button = '/etc/acpi/PWRF/00000080';
      await guest.run(
        `printf '#!/bin/sh\\nsleep 2; echo last >/share/last; sync; poweroff -f\\n' >${button}; chmod +x ${button}`,
      );
      await cluster.kubectl('delete', 'vmi', 'all', '--wait=true', '--timeout=60s');
      await cluster.untilGone('all');
      assert.equal((await pod.run('cat /claims/shared/last')).trim(), 'last');
      assert.equal(await pod.run('head -c 12 /claims/golden/disk.img'), 'golden-image');
    },
  },
];

test('hostDisk, cloudInitNoCloud and boot order: a guest boots from the disk it is told to; its pod ends with it', async () => {
  const name = 'booted';
  const [node = ''] = (await localCluster()).nodes;
  const folder = `/var/lib/${cluster.namespace}`;
  await nodeRun(node, `install -d -o 107 -g 107 ${folder}; printf of-the-node >${folder}/found.img`);
  await nodeRun(node, `truncate -s 1M ${folder}/found.img; chown 107 ${folder}/found.img`);
  // A folder of the node is what the lesser standards forbid too.
  await cluster.kubectl('label', 'namespace', cluster.namespace, `${enforce}-`);
  try {
    await using guest = await bootGuest(cluster, {
      name,
      domain: { firmware: {} },
      disks: [
        disk('blank', 'virtio', { bootOrder: 2 }),
        disk('root', 'sata', { bootOrder: 1 }),
        cdrom('seed', 'sata'),
        disk('made', 'virtio'),
        disk('found', 'virtio'),
      ],
      volumes: [
        emptyDisk('blank', '16Mi'),
        { name: 'root', containerDisk: { image: testImageName('guest-disk') } },
        { name: 'seed', cloudInitNoCloud: { userData: '#cloud-config\nhostname: seeded\n' } },
        { name: 'made', hostDisk: { path: `${folder}/made.img`, type: 'DiskOrCreate', capacity: '8Mi' } },
        { name: 'found', hostDisk: { path: `${folder}/found.img`, type: 'Disk' } },
        { name: 'live', configMap: { name: 'app' } },
      ],
      filesystems: [{ name: 'live', virtiofs: {} }],
      spec: { nodeSelector: { 'kubernetes.io/hostname': node } },
    });
    for (const line of functions) await guest.run(line);
    assert.equal(await guest.run('hostname'), 'seeded');
    assert.equal(await bytesOf(guest, 'made'), 8 * MiB);
    assert.equal(await guest.run('head -c 11 $(dev found)'), 'of-the-node');
    await guest.run('printf of-the-guest | dd of=$(dev made) conv=fsync 2>/dev/null');
    const made = await nodeRun(node, `head -c 12 ${folder}/made.img; stat -c ' %u' ${folder}/made.img`);
    assert.equal(made.trim(), 'of-the-guest 107');
    await guest.run('mount -t virtiofs live /mnt; poweroff');
    await cluster.untilPhase(name, ['Succeeded']);
    const pod = await cluster.launcherPod(name);
    await cluster.kubectl(
      'wait',
      `pod/${pod.metadata.name}`,
      '--for=jsonpath={.status.phase}=Succeeded',
      '--timeout=30s',
    );
    const log = await cluster.kubectl('logs', pod.metadata.name, '-c', 'virtiofs-live');
    assert.match(log, /Client disconnected/, 'what was said is there to be read');
    await cluster.kubectl('delete', 'vmi', name, '--wait=true', '--timeout=60s');
    await cluster.untilGone(name);
  } finally {
    await nodeRun(node, `rm -rf ${folder}`);
  }
});

test('virtiofs: a VM whose virtiofsd was killed is not ready, and can be stopped', async () => {
  const name = 'orphan';
  await apply(
    cluster,
    guestInstance({
      name,
      interfaces: [],
      filesystems: [{ name: 'shared', virtiofs: {} }],
      volumes: [{ name: 'shared', configMap: { name: 'app' } }],
      // QEMU alone is needed.
      spec: { startStrategy: 'Paused' },
    }),
  );
  const { status } = await cluster.untilPhase(name, ['Running']);
  await killOn(status?.nodeName ?? '', '/usr/libexec/virtiofsd --socket-path=[^ ]*/shared.sock');
  await eventually('the VM is not ready, and says which container it lacks', async () => {
    const { conditions = [] } = (await cluster.vmi(name)).status ?? {};
    const ready = conditions.find(({ type }) => type === 'Ready');
    return ready?.status === 'False' && /virtiofs-shared/.test(ready.message ?? '');
  });
  await cluster.kubectl('delete', 'vmi', name, '--wait=true', '--timeout=60s');
  await cluster.untilGone(name);
});
