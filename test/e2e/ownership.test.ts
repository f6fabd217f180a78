/** Whose an instance is, and what becomes of it when it ends, with the garbage collector of a real cluster. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apply } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { openConsole } from './support/console.ts';
import { eventually } from './support/eventually.ts';
import { guestVm } from './support/manifests.ts';

let cluster: TestCluster;

before(async () => {
  cluster = await testCluster('owners');
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

test('a VM that is deleted alone leaves its guest running, which the next VM of its name takes over', async () => {
  await apply(cluster, guestVm({ name: 'left' }));
  const vmi = await cluster.untilPhase('left', ['Running']);
  await cluster.kubectl('delete', 'vm', 'left', '--cascade=orphan', '--wait=true', '--timeout=60s');
  await eventually('nobody owns the instance', async () => {
    const { metadata, status } = await cluster.vmi('left');
    return metadata.ownerReferences === undefined && status?.phase === 'Running';
  });
  await apply(cluster, guestVm({ name: 'left' }));
  await eventually('the new VM owns and shows it', async () => {
    const [vm, { metadata }] = [await cluster.vm('left'), await cluster.vmi('left')];
    const owner = metadata.ownerReferences?.[0]?.uid;
    return owner === vm.metadata.uid && vm.status?.printableStatus === 'Running';
  });
  assert.equal((await cluster.vmi('left')).metadata.uid, vmi.metadata.uid);
  await cluster.kubectl('delete', 'vm', 'left', '--cascade=foreground', '--wait=true', '--timeout=90s');
  await cluster.untilGone('left');
});

test('a guest that reboots stays in its instance; one that powers off under RerunOnFailure stays off', async () => {
  await apply(cluster, guestVm({ name: 'rerun', runStrategy: 'RerunOnFailure' }));
  const vmi = await cluster.untilPhase('rerun', ['Running']);
  {
    await using console = await openConsole(cluster.session, cluster.namespace, 'rerun');
    await console.login();
    console.send('reboot -f\n');
    await console.login();
  }
  assert.equal((await cluster.vmi('rerun')).metadata.uid, vmi.metadata.uid);
  {
    await using console = await openConsole(cluster.session, cluster.namespace, 'rerun');
    await console.login();
    console.send('poweroff -f\n');
  }
  await eventually('the VM is stopped', async () => {
    const { status } = await cluster.vm('rerun');
    return status?.printableStatus === 'Stopped' && status.created === false;
  });
  await cluster.kubectl('delete', 'vm', 'rerun', '--wait=true', '--timeout=90s');
});

test('a Secret that is missing is named on the VM, and the VM starts once it is there', async () => {
  const vm = guestVm({ name: 'nosecret' }) as {
    spec: { template: { spec: Record<string, unknown> } };
  };
  vm.spec.template.spec['volumes'] = [
    { name: 'seed', cloudInitNoCloud: { secretRef: { name: 'seed-of-vm' } } },
  ];
  await apply(cluster, vm);
  await eventually('the VM names the Secret', async () => {
    const { conditions = [] } = (await cluster.vm('nosecret')).status ?? {};
    const told = conditions.find(({ type }) => type === 'Synchronized');
    return told?.reason === 'FailedMount' && /seed-of-vm/.test(told.message ?? '');
  });
  await cluster.kubectl('create', 'secret', 'generic', 'seed-of-vm', '--from-literal=userdata=#cloud-config');
  // The kubelet looks again within some two minutes.
  await cluster.untilPhase('nosecret', ['Running'], 180_000);
  await eventually('the complaint is gone', async () => {
    const { conditions = [] } = (await cluster.vm('nosecret')).status ?? {};
    return !conditions.some(({ type }) => type === 'Synchronized');
  });
  await cluster.kubectl('delete', 'vm', 'nosecret', '--wait=true', '--timeout=90s');
});
