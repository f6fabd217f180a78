/** Any process may be killed at any moment: the guest does not notice, and the status is right again soon. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { apply } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { openConsole } from './support/console.ts';
import { eventually } from './support/eventually.ts';
import { guestVm } from './support/manifests.ts';
import { killOn, localCluster } from './support/node.ts';

let cluster: TestCluster;
let node: string;
const name = 'fault';

before(async () => {
  cluster = await testCluster('faults');
  await apply(cluster, guestVm({ name }));
  node = (await cluster.untilPhase(name, ['Running'])).status?.nodeName ?? '';
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

/** Identity of the guest's boot, and how long it has been up in seconds. */
async function guestBoot(): Promise<{ id: string; uptime: number }> {
  await using console = await openConsole(cluster.session, cluster.namespace, name);
  await console.login();
  const id = await console.run('cat /proc/sys/kernel/random/boot_id');
  const uptime = Number((await console.run('cat /proc/uptime')).split(' ')[0]);
  return { id, uptime };
}

/** The same instance, running and ready, and its guest has run on meanwhile. */
async function assertUntouched(earlier: { id: string; uptime: number; uid: string }): Promise<void> {
  await eventually('the VM is ready', async () => (await cluster.vm(name)).status?.ready);
  const vmi = await cluster.vmi(name);
  assert.equal(vmi.metadata.uid, earlier.uid);
  assert.equal(vmi.status?.phase, 'Running');
  const now = await eventually('the console answers', guestBoot);
  assert.equal(now.id, earlier.id);
  assert.ok(now.uptime > earlier.uptime, `uptime went from ${earlier.uptime} to ${now.uptime}`);
}

async function snapshot(): Promise<{ id: string; uptime: number; uid: string }> {
  return { ...(await guestBoot()), uid: (await cluster.vmi(name)).metadata.uid };
}

const kills: { name: string; kill: () => Promise<void> }[] = [
  { name: 'the controller', kill: () => killOn(node, 'monovirt --role controller') },
  { name: 'the node agent', kill: () => killOn(node, 'monovirt --role node-agent') },
  { name: 'libvirtd in the pod', kill: () => killOn(node, 'libvirtd --') },
];

for (const row of kills) {
  test(`kill -9 of ${row.name}: the guest runs on and the status is right again`, async () => {
    const untouched = await snapshot();
    await row.kill();
    await assertUntouched(untouched);
  });
}

test('thirty seconds without an API server: the guest runs on and the status is right again', async () => {
  const machine = await localCluster();
  const untouched = await snapshot();
  await machine.kill('kube-apiserver');
  try {
    // The outage itself is what is tested: this is no waiting for a condition.
    await delay(30_000);
  } finally {
    await machine.start('kube-apiserver');
  }
  await assertUntouched(untouched);
  await clusterWorksAgain();
});

/**
 * Kubernetes' own controllers, scheduler and kubelet look again only after their back-off, and may take the node for
 * lost meanwhile: what follows is to test monovirt, not them.
 */
async function clusterWorksAgain(): Promise<void> {
  const image = (await cluster.launcherPod(name)).spec?.containers[0]?.image ?? '';
  await cluster.kubectl('run', 'probe', `--image=${image}`, '--restart=Never', '--command', '--', 'true');
  await eventually(
    'a bare pod runs again',
    async () => {
      const phase = await cluster.kubectl('get', 'pod', 'probe', '-o', 'jsonpath={.status.phase}');
      assert.equal(phase, 'Succeeded');
      return true;
    },
    180_000,
  );
  await cluster.kubectl(
    '-n',
    'kubevirt',
    'rollout',
    'status',
    'deployment/virt-controller',
    '--timeout=180s',
  );
}

test('kill -9 of QEMU: the VMI fails with a cause, and Always brings a new one', async () => {
  const { uid } = (await cluster.vmi(name)).metadata;
  await killOn(node, `qemu-system-x86_64 .*${cluster.namespace}_${name}`);
  await eventually('an event names the crash', async () => {
    const events = await cluster.kubectl('get', 'events', '-o', 'json');
    const { items } = JSON.parse(events) as {
      items: { reason: string; message: string; involvedObject: { uid: string } }[];
    };
    return items.some((event) => event.involvedObject.uid === uid && /crash/i.test(event.message));
  });
  await cluster.untilReplaced(name, uid);
});

test('a launcher killed in the middle of a boot: a new instance comes, nothing of the old stays', async () => {
  const old = await cluster.launcherPod(name);
  const { uid } = (await cluster.vmi(name)).metadata;
  await killOn(node, `monovirt --role launcher .*${cluster.namespace}`);
  await cluster.untilReplaced(name, uid);
  await eventually('the old pod is gone', async () => {
    const names = await cluster.kubectl('get', 'pods', '-o', 'name');
    return !names.includes(old.metadata.name);
  });
});
