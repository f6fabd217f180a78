/** The life of one VM on a real node, told by the API, by libvirt in the pod and by the guest itself. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { openConsole } from './support/console.ts';
import { eventually } from './support/eventually.ts';
import { apply, vmAction, vmiAction } from './support/actions.ts';
import { guestVm } from './support/manifests.ts';
import { nodeRun } from './support/node.ts';
import { domainState } from './support/virsh.ts';

let cluster: TestCluster;
const name = 'life';

before(async () => {
  cluster = await testCluster('life');
  await apply(cluster, guestVm({ name }));
  await cluster.untilPhase(name, ['Running']);
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

test('kubectl get vm,vmi -o wide shows phase, address, node and readiness', async () => {
  await eventually('the VM is ready', async () => (await cluster.vm(name)).status?.ready);
  const table = await cluster.kubectl('get', 'vm,vmi', '-o', 'wide');
  const vmi = await cluster.vmi(name);
  const ip = vmi.status?.interfaces?.[0]?.ipAddress ?? 'no address';
  const node = vmi.status?.nodeName ?? 'no node';
  assert.match(table, new RegExp(`virtualmachine.kubevirt.io/${name}\\s+\\S+\\s+Running\\s+True`));
  assert.match(
    table,
    new RegExp(`virtualmachineinstance.kubevirt.io/${name}\\s+\\S+\\s+Running\\s+${ip}\\s+${node}\\s+True`),
  );
  assert.equal(ip, (await cluster.launcherPod(name)).status?.podIP);
});

test('typing into the console reaches the guest', async () => {
  await using console = await openConsole(cluster.session, cluster.namespace, name);
  await console.login();
  assert.equal(await console.run('echo $((6 * 7))'), '42');
  assert.match(await console.run('uname -r'), /^\d+\./);
});

test('the domain is what libvirt runs', async () => {
  assert.equal(await domainState(cluster, name), 'running');
});

test('pause stops the guest and takes it out of its Services; unpause lets it run on', async () => {
  await vmiAction(cluster, name, 'pause');
  assert.equal(await domainState(cluster, name), 'paused');
  await eventually('the VMI is Paused and not Ready', async () => {
    const { conditions = [] } = (await cluster.vmi(name)).status ?? {};
    const isTrue = (type: string): boolean => conditions.some((c) => c.type === type && c.status === 'True');
    return isTrue('Paused') && !isTrue('Ready');
  });
  await eventually(
    'printableStatus is Paused',
    async () => (await cluster.vm(name)).status?.printableStatus === 'Paused',
  );
  await vmiAction(cluster, name, 'unpause');
  assert.equal(await domainState(cluster, name), 'running');
  await eventually('the VM is ready again', async () => (await cluster.vm(name)).status?.ready);
});

test('restart gives the VM a new instance', async () => {
  const { uid } = (await cluster.vmi(name)).metadata;
  await vmAction(cluster, name, 'restart');
  await cluster.untilReplaced(name, uid);
});

test('stop shuts the guest down by ACPI and leaves no pod; start brings it back', async () => {
  const console = await openConsole(cluster.session, cluster.namespace, name);
  await console.login();
  await vmAction(cluster, name, 'stop');
  // Printed by the guest's init when it halts: it was asked, not switched off.
  await console.expect(/monovirt-guest stopping/);
  await cluster.untilGone(name);
  await console[Symbol.asyncDispose]();
  assert.equal((await cluster.vm(name)).spec.runStrategy, 'Halted');
  await eventually(
    'printableStatus is Stopped',
    async () => (await cluster.vm(name)).status?.printableStatus === 'Stopped',
  );
  await vmAction(cluster, name, 'start');
  await cluster.untilPhase(name, ['Running']);
});

test('a guest that powers itself off is started again under Always', async () => {
  const { uid } = (await cluster.vmi(name)).metadata;
  await using console = await openConsole(cluster.session, cluster.namespace, name);
  await console.login();
  console.send('poweroff -f\n');
  await cluster.untilReplaced(name, uid);
});

test('deleting the VM leaves no instance, pod or tap', async () => {
  const { nodeName = '' } = (await cluster.vmi(name)).status ?? {};
  const pod = await cluster.launcherPod(name);
  await cluster.kubectl('delete', 'vm', name, '--wait=true', '--timeout=90s');
  await cluster.untilGone(name);
  const left = await onNode(nodeName, pod.metadata.uid);
  assert.deepEqual(left, { processes: [], directories: [] });
});

/** What the node still has of a pod: processes in its cgroup, and the kubelet's directory of it. */
async function onNode(node: string, podUid: string): Promise<{ processes: string[]; directories: string[] }> {
  return eventually('the node has forgotten the pod', async () => {
    const processes = await nodeRun(node, `grep -ls ${podUid} /proc/[0-9]*/cgroup || true`);
    const directories = await nodeRun(node, `ls -d /var/lib/kubelet/pods/${podUid} 2>/dev/null || true`);
    const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
    const found = { processes: lines(processes), directories: lines(directories) };
    return found.processes.length + found.directories.length === 0 ? found : undefined;
  });
}
