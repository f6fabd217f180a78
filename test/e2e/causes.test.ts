/** What cannot start says why, on the object, in words that name the cause. */
import { after, before, test } from 'node:test';
import { apply } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { guestVm } from './support/manifests.ts';
import { localCluster, nodeRun } from './support/node.ts';

let cluster: TestCluster;

before(async () => {
  cluster = await testCluster('causes');
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

/** Messages of all conditions and events of a VM's instance. */
async function told(name: string): Promise<string> {
  const conditions = ((await cluster.vmi(name)).status?.conditions ?? []).map(
    ({ type, status, reason, message }) => `${type}=${status} ${reason ?? ''} ${message ?? ''}`,
  );
  const events = await cluster.kubectl('get', 'events', '--field-selector', `involvedObject.name=${name}`);
  return `${conditions.join('\n')}\n${events}`;
}

test('a container disk image that does not exist is named, and the VM starts once it is corrected', async () => {
  const vm = guestVm({ name: 'noimage' }) as {
    spec: { template: { spec: { domain: { firmware: { kernelBoot: { container: { image: string } } } } } } };
  };
  const { container } = vm.spec.template.spec.domain.firmware.kernelBoot;
  const right = container.image;
  container.image = 'docker.io/monovirt/no-such-image:1';
  await apply(cluster, vm);
  await eventually('printableStatus tells of the image', async () => {
    const status = (await cluster.vm('noimage')).status?.printableStatus;
    return status === 'ErrImagePull' || status === 'ImagePullBackOff';
  });
  await eventually('conditions or events name the image', async () =>
    /no-such-image:1/.test(await told('noimage')),
  );
  container.image = right;
  await apply(cluster, vm);
  await cluster.kubectl('delete', 'vmi', 'noimage', '--wait=true', '--timeout=90s');
  await cluster.untilPhase('noimage', ['Running']);
  await cluster.kubectl('delete', 'vm', 'noimage', '--wait=true', '--timeout=90s');
});

test('a node without /dev/net/tun is named as the cause, and the VM starts once it is back', async () => {
  const { nodes } = await localCluster();
  const onAll = (script: string): Promise<unknown> => Promise.all(nodes.map((node) => nodeRun(node, script)));
  await onAll('mv /dev/net/tun /dev/net/tun.away');
  try {
    await eventually('no node offers the device', async () => {
      const found = await cluster.kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].status.allocatable}');
      return !/devices\.kubevirt\.io\/tun":"[1-9]/.test(found);
    });
    await apply(cluster, guestVm({ name: 'notun' }));
    await eventually('the cause is told', async () => /\/dev\/net\/tun/.test(await told('notun')));
    await eventually('printableStatus says so', async () => {
      return (await cluster.vm('notun')).status?.printableStatus === 'ErrorUnschedulable';
    });
  } finally {
    await onAll('mv /dev/net/tun.away /dev/net/tun');
  }
  await cluster.untilPhase('notun', ['Running']);
});
