/** A network binding plug-in: registered, refused when it is not, with a sidecar that changes the guest's computer. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apply } from './support/actions.ts';
import { testCluster } from './support/cluster.ts';
import type { TestCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { bootGuest, guestInstance } from './support/guest.ts';
import type { BootedGuest } from './support/guest.ts';
import { registerPlugin } from './support/plugins.ts';
import { sidecarImage } from './support/sidecar-image.ts';
import { startToolbox } from './support/toolbox.ts';

let cluster: TestCluster;
let guest: BootedGuest;
let registered: AsyncDisposable;
const name = 'plugged';
const plugin = 'marker';
const interfaces = [{ name: 'default', binding: { name: plugin } }];

before(async () => {
  cluster = await testCluster('plugins');
  const strict = 'pod-security.kubernetes.io/enforce=restricted';
  await cluster.kubectl('label', 'namespace', cluster.namespace, strict);
  registered = await registerPlugin(cluster, plugin, {
    sidecarImage: await sidecarImage(),
    domainAttachmentType: 'managedTap',
    computeResourceOverhead: { requests: { memory: '8Mi' } },
  });
  [guest] = await Promise.all([bootGuest(cluster, { name, interfaces }), startToolbox(cluster)]);
});

after(async () => {
  await guest?.[Symbol.asyncDispose]();
  await registered?.[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

test('an interface of a plug-in that nobody registered is refused, with those that are', async () => {
  const unknown = guestInstance({
    name: 'unknown',
    interfaces: [{ name: 'default', binding: { name: 'none' } }],
  });
  await assert.rejects(
    apply(cluster, unknown),
    /network binding plug-in "none" is not registered; registered are marker;/,
  );
});

test('what its sidecar changed of the domain is seen inside the guest', async () => {
  await guest.run(`grep -qa '${plugin}:${name}' /sys/firmware/dmi/tables/DMI`);
});

test('the tap that was made for it is on the network of the pod, and the guest is told nothing', async () => {
  const { spec, status } = await cluster.launcherPod(name);
  const [podIp = ''] = (status?.podIPs ?? []).flatMap(({ ip }) => (ip?.includes('.') === true ? [ip] : []));
  assert.ok(spec?.containers.some((container) => container.name === 'hook-sidecar-0'));
  assert.equal(
    await guest.run('ip -4 addr show dev eth0'),
    await guest.run('ip -4 addr show dev eth0 scope link'),
  );
  const { mac } = (await cluster.vmi(name)).status?.interfaces?.[0] ?? {};
  assert.equal(await guest.run('cat /sys/class/net/eth0/address'), mac);
  const prefix = await cluster.inPod(
    name,
    'sh',
    '-c',
    `ip -4 addr show dev eth0 | sed -n 's|.*inet ${podIp}/\\([0-9]*\\).*|\\1|p'`,
  );
  const router = await cluster.inPod(
    name,
    'sh',
    '-c',
    "ip route | sed -n 's/^default via \\([0-9.]*\\) .*/\\1/p'",
  );
  await guest.run(
    `ip addr add ${podIp}/${prefix.trim()} dev eth0 && ip route add default via ${router.trim()}`,
  );
  const answer = await eventually('the guest answers', () =>
    cluster.kubectl('exec', 'toolbox', '--', 'peer', 'ask', 'tcp', podIp, '7', 'hello'),
  );
  assert.match(answer, /hello/);
});

test('a sidecar that fails is named with what it said', async () => {
  const why = 'this computer is not to be';
  const refused = { name: 'refused', interfaces, annotations: { 'test.monovirt.io/refuse': why } };
  await apply(cluster, guestInstance(refused));
  await eventually('the failure is told', async () => {
    const { items } = JSON.parse(await cluster.kubectl('get', 'events', '-o', 'json')) as {
      items: { involvedObject: { name: string }; message: string }[];
    };
    const said = items.filter(({ involvedObject }) => involvedObject.name === 'refused');
    assert.ok(
      said.some(
        ({ message }) =>
          message.includes(`hook-sidecar-0 (marker) failed at OnDefineDomain`) && message.includes(why),
      ),
      JSON.stringify(said.map(({ message }) => message)),
    );
    return true;
  });
});

test('the sidecar hears of the end, and the pod ends with its guest', async () => {
  const { metadata } = await cluster.launcherPod(name);
  const log = cluster.kubectl('logs', '-f', metadata.name, '-c', 'hook-sidecar-0');
  guest.console.send('poweroff -f\n');
  assert.match(await log, /told of the end/);
  await cluster.untilPhase(name, ['Succeeded']);
});
