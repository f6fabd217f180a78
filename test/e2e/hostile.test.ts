/** A guest that floods all it can reach, and pods that plant links: others and the node agent do not notice. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { virtualMachineInstances } from '../../src/api/kinds.ts';
import type { Vmi } from '../../src/api/types.ts';
import { createInformer } from '../../src/kube/informer.ts';
import { apply, vmiAction } from './support/actions.ts';
import { claim, claimPod } from './support/claims.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { bootGuest, guestInstance, openGuest } from './support/guest.ts';
import { killOn, nodeRun, pidsOn } from './support/node.ts';
import { domainState } from './support/virsh.ts';

const flooder = 'flooder';
const neighbour = 'neighbour';
const mebibyte = 1024 * 1024;
let cluster: TestCluster;
let node: string;

before(async () => {
  cluster = await testCluster('hostile');
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

/** Consoles, agent and DHCP server, each as fast as the guest can; the agent's port is opened and closed as well. */
const floods = `load virtio_console; sleep 1; port=$(ls /dev/vport*p* | head -n 1); test -c $port
cat >/flood <<END
sleep 3
(while :; do timeout 2 yes >$port; : >$port; done) &
(while :; do yes | timeout 5 nc -u 10.0.2.1 67; done) &
(while :; do udhcpc -i eth0 -n -q -t 1 -T 1 -s /bin/true; done >/dev/null 2>&1) &
yes '{}' >/dev/ttyS0
END
setsid sh /flood >/dev/null 2>&1 </dev/null & true`;

/** What is wrong with a VMI, as its condition says. */
const synchronized = ({ status }: Pick<Vmi, 'status'>): string =>
  status?.conditions?.find(({ type }) => type === 'Synchronized')?.message ?? '';

/** Processor time of the node agent so far in seconds, and its memory in bytes. */
async function agentLoad(): Promise<{ seconds: number; rss: number }> {
  const [pid] = await pidsOn(node, 'monovirt --role node-agent');
  const ticks = await nodeRun(node, `sed 's/.*) //' /proc/${pid}/stat | cut -d ' ' -f 12,13`);
  const rss = await nodeRun(node, `sed -n 's/VmRSS: *\\([0-9]*\\) kB/\\1/p' /proc/${pid}/status`);
  const [user = 0, system = 0] = ticks.trim().split(' ').map(Number);
  return { seconds: (user + system) / 100, rss: Number(rss) * 1024 };
}

/** Counts how often an object is written until it is disposed of. */
async function countWrites(name: string): Promise<AsyncDisposable & { count(): number }> {
  const versions = new Set<string>();
  const stop = new AbortController();
  const informer = createInformer<Vmi>(cluster.session.client, virtualMachineInstances, {
    namespace: cluster.namespace,
  });
  informer.onChange(({ object }) => {
    if (object.metadata.name === name) versions.add(object.metadata.resourceVersion);
  });
  const watching = informer.run(stop.signal);
  await informer.synced;
  return {
    count: () => versions.size - 1,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await watching;
    },
  };
}

test('a guest that floods console, agent and DHCP slows down nobody but itself', async (context) => {
  {
    await using guest = await bootGuest(cluster, { name: flooder });
    node = guest.vmi.status?.nodeName ?? '';
    await guest.run(floods);
  }
  const [earlier, started] = [await agentLoad(), performance.now()];
  await using writes = await countWrites(flooder);
  const pod = (await cluster.launcherPod(flooder)).metadata.name;
  const log = (): Promise<string> => cluster.kubectl('logs', pod, '--tail=-1');
  await eventually(
    'the flood is cut',
    async () => /^guest: \[\d+ lines .* dropped/m.test(await log()),
    120_000,
  );

  await using guest = await bootGuest(cluster, { name: neighbour });
  assert.equal(await guest.run('echo calm'), 'calm');
  await vmiAction(cluster, neighbour, 'pause');
  assert.equal(await domainState(cluster, neighbour), 'paused');
  await vmiAction(cluster, neighbour, 'unpause');
  assert.equal(await guest.run('echo still calm'), 'still calm');
  // The flooder is still the user's to manage.
  await vmiAction(cluster, flooder, 'pause');
  await vmiAction(cluster, flooder, 'unpause');

  const [now, seconds] = [await agentLoad(), (performance.now() - started) / 1000];
  const text = await log();
  const busy = (now.seconds - earlier.seconds) / seconds;
  const grown = (now.rss - earlier.rss) / mebibyte;
  context.diagnostic(
    `${seconds.toFixed(0)} s of flood: ${text.length} bytes of log, ${writes.count()} writes of the VMI, node agent ` +
      `${(busy * 100).toFixed(1)} % of a processor and ${grown.toFixed(1)} MiB more than before`,
  );
  assert.ok(text.length < mebibyte + seconds * 64 * 1024, `${text.length} bytes of log`);
  assert.ok(!text.split('\n').includes('{}'), 'no line is forged');
  assert.ok(writes.count() <= 40 + seconds / 2, `${writes.count()} writes`);
  assert.ok(grown < 48, `the node agent grew by ${grown} MiB`);
  assert.ok(busy < 0.5, `the node agent takes ${busy} of a processor`);
  const { status } = await cluster.launcherPod(flooder);
  assert.deepEqual(
    status?.containerStatuses?.map(({ restartCount, state }) => [restartCount, state?.running !== undefined]),
    [
      [0, true],
      [0, true],
    ],
  );
  await cluster.kubectl('delete', 'vmi', flooder, '--timeout=60s');
});

test('nothing of the image may be written, and nothing of it gives rights', async () => {
  const search = (what: string): Promise<string> =>
    cluster.inPod(neighbour, 'sh', '-c', `find / -xdev ${what} 2>/dev/null; true`);
  assert.equal(await search('-type f -perm /0022'), '');
  assert.equal(await search('-type f -perm /6000'), '');
  await assert.rejects(cluster.inPod(neighbour, 'sh', '-c', 'echo x >>/etc/passwd'));
});

test('a socket that a pod replaces by a link is not connected to, and the right one is found again', async () => {
  const inside = (script: string): Promise<string> =>
    cluster.inPod(neighbour, 'sh', '-c', `cd /run/monovirt && ${script}`);
  await inside('mv launcher.sock kept && ln -s /run/containerd/containerd.sock launcher.sock');
  await killOn(node, 'monovirt --role node-agent');
  const told = async (): Promise<string> => synchronized(await cluster.vmi(neighbour));
  const why = /UnsafeSocket: launcher\.sock of pod .* is not a socket of user 107/;
  await eventually('the new agent refuses', async () => why.test(await told()), 90_000);
  await assert.rejects(vmiAction(cluster, neighbour, 'pause'));
  await inside('mv -f kept launcher.sock');
  await eventually('the launcher is managed again', () =>
    vmiAction(cluster, neighbour, 'pause').then(() => true),
  );
  await vmiAction(cluster, neighbour, 'unpause');
  await eventually('nothing is wrong any more', async () => (await told()) === '');
  await using guest = await openGuest(cluster, neighbour);
  assert.equal(await guest.run('echo untouched'), 'untouched');
});

test('a link that a pod plants in the place of a disk is refused with the reason, and not followed', async () => {
  await apply(cluster, claim('planted', '64Mi'));
  const planter = await claimPod(cluster, 'planted');
  await planter.run('ln -s /etc/passwd /claims/planted/disk.img');
  const disks = [{ name: 'data', disk: { bus: 'virtio' } }];
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'planted' } }];
  await apply(cluster, guestInstance({ name: 'victim', disks, volumes, interfaces: [] }));
  const { status } = await cluster.untilPhase('victim', ['Failed']);
  assert.match(
    synchronized({ status }),
    /volume data: disk\.img: it is a symbolic link, which is not followed; put the image itself/,
  );
});
