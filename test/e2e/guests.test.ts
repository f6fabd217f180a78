/**
 * What a guest is given beside volumes (volumes.test.ts): a TPM, secure firmware, the pod's own address.
 * None of it takes a right that Kubernetes' strictest Pod Security Standard withholds.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apply } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { openConsole } from './support/console.ts';
import { eventually } from './support/eventually.ts';
import { guestTemplate } from './support/manifests.ts';
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

test('the bridge binding gives the guest the address of its pod', async () => {
  const name = 'bridged';
  const toolbox = startToolbox(cluster);
  await apply(cluster, vmi(name, { devices: { rng: {}, interfaces: [{ name: 'default', bridge: {} }] } }));
  const { status } = await cluster.untilPhase(name, ['Running']);
  await using console = await openConsole(cluster.session, cluster.namespace, name);
  await console.login();
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
  await cluster.kubectl('delete', 'vmi', name, '--wait=true', '--timeout=60s');
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
