/** What a guest is given, as it sees it: lasting disks, disks of files, a TPM, secure firmware, the pod's own address. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apply, vmAction } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { openConsole } from './support/console.ts';
import { eventually } from './support/eventually.ts';
import { guestTemplate, guestVm } from './support/manifests.ts';
import { localCluster, nodeRun } from './support/node.ts';
import { fetchFromPod, startToolbox } from './support/toolbox.ts';
import { virsh } from './support/virsh.ts';

let cluster: TestCluster;

before(async () => {
  cluster = await testCluster('guests');
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

type Json = Record<string, unknown>;

/** A VMI; `domain` is laid over the devices and firmware that boot our guest. */
function vmi(name: string, domain: Json, spec: Json = {}): Json {
  const template = guestTemplate({ name, terminationGracePeriodSeconds: 0 }) as { spec: { domain: Json } };
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name, labels: { team: 'blue' } },
    spec: { ...template.spec, ...spec, domain: { ...template.spec.domain, ...domain } },
  };
}

const virtio = (name: string): Json => ({ name, serial: name, disk: { bus: 'virtio' } });

test('objects of the cluster are disks of files, and the bridge binding gives the guest the address of its pod', async () => {
  const name = 'files';
  const toolbox = startToolbox(cluster);
  await cluster.kubectl('create', 'configmap', 'app', '--from-literal=color=blue');
  await cluster.kubectl('create', 'secret', 'generic', 'pass', '--from-literal=word=swordfish');
  await apply(
    cluster,
    vmi(
      name,
      {
        devices: {
          rng: {},
          interfaces: [{ name: 'default', bridge: {} }],
          disks: ['config', 'secret', 'account', 'fields'].map(virtio),
        },
      },
      {
        volumes: [
          { name: 'config', configMap: { name: 'app' } },
          { name: 'secret', secret: { secretName: 'pass' } },
          { name: 'account', serviceAccount: { serviceAccountName: 'default' } },
          {
            name: 'fields',
            downwardAPI: { fields: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
          },
        ],
      },
    ),
  );
  const { status } = await cluster.untilPhase(name, ['Running']);
  await using console = await openConsole(cluster.session, cluster.namespace, name);
  await console.login();
  const file = async (disk: string, path: string): Promise<string> => {
    const device = `/dev/$(grep -lx ${disk} /sys/block/*/serial | cut -d/ -f4)`;
    await console.run(`mkdir -p /run/disk; mount -o ro ${device} /run/disk`);
    return console.run(`cat /run/disk/${path}; umount /run/disk`);
  };
  assert.equal(await file('config', 'color'), 'blue');
  assert.equal(await file('secret', 'word'), 'swordfish');
  assert.equal(await file('account', 'namespace'), cluster.namespace);
  // The header of a JSON Web Token.
  assert.match(await file('account', 'token'), /^eyJ/);
  assert.match(await file('fields', 'labels'), /team="blue"/);

  const pod = await cluster.launcherPod(name);
  const address = pod.status?.podIP ?? 'none';
  assert.match(
    await console.run('ip -4 addr show dev eth0'),
    new RegExp(`inet ${address.replaceAll('.', '\\.')}/`),
  );
  assert.equal(status?.interfaces?.[0]?.ipAddress, address);
  await toolbox;
  const page = await eventually('the guest answers at the address of its pod', () =>
    fetchFromPod(cluster, address, 8080),
  );
  assert.match(page, new RegExp(name));
  assert.equal(pod.spec?.automountServiceAccountToken, false, 'the token is the guest’s, not the pod’s');
  await cluster.kubectl('delete', 'vmi', name, '--wait=true', '--timeout=60s');
});

test('what a guest writes to a claim is there after a stop and a start', async () => {
  const name = 'lasting';
  const [node = ''] = (await localCluster()).nodes;
  const volume = `${cluster.namespace}-disk`;
  const path = `/var/lib/${volume}`;
  await nodeRun(node, `mkdir -p ${path}`);
  await apply(cluster, localVolume(volume, node, path));
  try {
    await apply(cluster, claimOf(volume));
    const vm = guestVm({ name, terminationGracePeriodSeconds: 0 }) as {
      spec: { template: { spec: { domain: { devices: Json } } & Json } };
    };
    const { spec } = vm.spec.template;
    spec.domain.devices['disks'] = [virtio('data')];
    spec['volumes'] = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    await apply(cluster, vm);
    const { metadata } = await cluster.untilPhase(name, ['Running']);
    const inGuest = async (command: string): Promise<string> => {
      await using console = await openConsole(cluster.session, cluster.namespace, name);
      await console.login();
      return await console.run(command);
    };
    await inGuest('printf remembered | dd of=/dev/vda conv=fsync 2>/dev/null');
    await vmAction(cluster, name, 'restart');
    await cluster.untilReplaced(name, metadata.uid);
    assert.equal(await inGuest('head -c 10 /dev/vda'), 'remembered');
    await cluster.kubectl('delete', 'vm', name, '--wait=true', '--timeout=60s');
    await cluster.untilGone(name);
  } finally {
    await cluster.kubectl('delete', 'pv', volume, '--ignore-not-found', '--wait=false');
    await nodeRun(node, `rm -rf ${path}`);
  }
});

test('a guest has a TPM and firmware that starts only what is signed', async () => {
  const name = 'secure';
  await apply(
    cluster,
    vmi(
      name,
      {
        features: { smm: { enabled: true } },
        firmware: { bootloader: { efi: { secureBoot: true } } },
        devices: { tpm: {}, disks: [virtio('root')] },
      },
      {
        startStrategy: 'Paused',
        networks: [],
        volumes: [{ name: 'root', emptyDisk: { capacity: '16Mi' } }],
      },
    ),
  );
  await cluster.untilPhase(name, ['Running']);
  const xml = await virsh(cluster, name, 'dumpxml', `${cluster.namespace}_${name}`);
  assert.match(xml, /<loader [^>]*secure='yes'/);
  assert.match(xml, /<nvram [^>]*template='[^']*ms\.fd'/);
  assert.match(xml, /<tpm model='tpm-tis'>/);
  const processes = await cluster.inPod(name, 'ps', '-o', 'args');
  assert.match(processes, /swtpm socket/, 'the TPM is emulated beside QEMU');
  await cluster.kubectl('delete', 'vmi', name, '--wait=true', '--timeout=60s');
});

test('a guest that wants huge pages which no node has says so', async () => {
  const name = 'huge';
  const memory = { guest: '128Mi', hugepages: { pageSize: '1Gi' } };
  await apply(cluster, vmi(name, { memory: { ...memory, guest: '1Gi' } }, { startStrategy: 'Paused' }));
  await eventually('the VMI names the pages', async () => {
    const { conditions = [] } = (await cluster.vmi(name)).status ?? {};
    const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
    return scheduled?.status === 'False' && /hugepages-1Gi/.test(scheduled.message ?? '');
  });
  await cluster.kubectl('delete', 'vmi', name, '--wait=true', '--timeout=60s');
});

function localVolume(name: string, node: string, path: string): Json {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '16Mi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: name,
      local: { path },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
          ],
        },
      },
    },
  };
}

const claimOf = (volume: string): Json => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: volume,
    volumeName: volume,
    resources: { requests: { storage: '16Mi' } },
  },
});
