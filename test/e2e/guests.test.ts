/**
 * What a guest is given, as it sees it: lasting disks, disks of files, a TPM, secure firmware, the pod's own address.
 * None of it takes a right that Kubernetes' strictest Pod Security Standard withholds.
 */
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
  const restricted = 'pod-security.kubernetes.io/enforce=restricted';
  await cluster.kubectl('label', 'namespace', cluster.namespace, restricted);
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
  const path = `/var/lib/${cluster.namespace}`;
  await nodeRun(node, `mkdir -p ${path}`);
  const volume = localVolume(name, { node, path, volumeMode: 'Filesystem' });
  try {
    await bind(volume);
    const vm = guestVm({ name, terminationGracePeriodSeconds: 0 }) as {
      spec: { template: { spec: { domain: { devices: Json } } & Json } };
    };
    const { spec } = vm.spec.template;
    spec.domain.devices['disks'] = [virtio('data')];
    spec['volumes'] = [onClaim(name)];
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
    await remove(volume);
    await nodeRun(node, `rm -rf ${path}`);
  }
});

test('a claim that is a block device is handed to QEMU alone; the device of the node stays as it is', async () => {
  const name = 'block';
  const [node = ''] = (await localCluster()).nodes;
  const file = `/var/lib/${cluster.namespace}.img`;
  const path = (await nodeRun(node, `truncate -s 16M ${file}; losetup -f --show ${file}`)).trim();
  const owned = `stat -c '%u %a' ${path}`;
  const unchanged = await nodeRun(node, owned);
  const volume = localVolume(name, { node, path, volumeMode: 'Block' });
  try {
    await bind(volume);
    const devices = { disks: [virtio('data')] };
    const paused = { startStrategy: 'Paused', networks: [], volumes: [onClaim(name)] };
    await apply(cluster, vmi(name, { devices }, paused));
    await cluster.untilPhase(name, ['Running']);
    const xml = await virsh(cluster, name, 'dumpxml', `${cluster.namespace}_${name}`);
    assert.match(xml, /<source dev='\/dev\/volumes\/data'/);
    assert.equal(await nodeRun(node, owned), unchanged);
    await cluster.kubectl('delete', 'vmi', name, '--wait=true', '--timeout=60s');
    await cluster.untilGone(name);
  } finally {
    await remove(volume);
    await nodeRun(node, `losetup -d ${path}; rm -f ${file}`);
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

interface LocalVolume {
  node: string;
  path: string;
  volumeMode: 'Block' | 'Filesystem';
}

const volumeSize = '16Mi';

/** A volume on one node, and of one claim: `name` names all three of volume, class and claim. */
function localVolume(name: string, { node, path, volumeMode }: LocalVolume): { volume: Json; claim: Json } {
  const accessModes = ['ReadWriteOnce'];
  const volumeName = `${cluster.namespace}-${name}`;
  const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  return {
    volume: {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volumeName },
      spec: {
        capacity: { storage: volumeSize },
        accessModes,
        volumeMode,
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: volumeName,
        local: { path },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
      },
    },
    claim: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name },
      spec: {
        accessModes,
        volumeMode,
        storageClassName: volumeName,
        resources: { requests: { storage: volumeSize } },
      },
    },
  };
}

const onClaim = (claimName: string): Json => ({ name: 'data', persistentVolumeClaim: { claimName } });

/** The volume first: a claim that finds none looks again only after a while. */
async function bind({ volume, claim }: ReturnType<typeof localVolume>): Promise<void> {
  await apply(cluster, volume);
  const { name } = volume['metadata'] as { name: string };
  await cluster.kubectl('wait', 'pv', name, '--for=jsonpath={.status.phase}=Available', '--timeout=30s');
  await apply(cluster, claim);
}

async function remove({ volume }: ReturnType<typeof localVolume>): Promise<void> {
  const { name } = volume['metadata'] as { name: string };
  await cluster.kubectl('delete', 'pvc', '--all', '--wait=false');
  await cluster.kubectl('delete', 'pv', name, '--ignore-not-found', '--wait=false');
}
