/** Traffic to and from a guest behind the masquerade binding, seen from both sides. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apply } from './support/actions.ts';
import type { TestCluster } from './support/cluster.ts';
import { testCluster } from './support/cluster.ts';
import { openConsole } from './support/console.ts';
import { eventually } from './support/eventually.ts';
import { guestVm } from './support/manifests.ts';
import { fetchFromPod, startToolbox } from './support/toolbox.ts';

let cluster: TestCluster;
const name = 'net';
/** Where our test guest answers with its host name. */
const guestPort = 8080;

before(async () => {
  cluster = await testCluster('net');
  await Promise.all([
    apply(cluster, guestVm({ name, labels: { app: name } })),
    startToolbox(cluster),
    apply(cluster, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ port: 80, targetPort: guestPort }] },
    }),
  ]);
  await cluster.untilPhase(name, ['Running']);
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

test('a Service reaches a TCP port inside the guest from another pod', async () => {
  const { clusterIP = '' } = JSON.parse(await cluster.kubectl('get', 'service', name, '-o', 'json')).spec as {
    clusterIP?: string;
  };
  const page = await eventually('the guest answers through its Service', () =>
    fetchFromPod(cluster, clusterIP, 80),
  );
  assert.match(page, new RegExp(name), 'the page names the guest');
});

test('the address in the status is the one that pods reach', async () => {
  const { ipAddress = '' } = (await cluster.vmi(name)).status?.interfaces?.[0] ?? {};
  assert.match(await fetchFromPod(cluster, ipAddress, guestPort), new RegExp(name));
});

test('DHCP gave the guest its address, router, MTU and host name', async () => {
  await using console = await openConsole(cluster.session, cluster.namespace, name);
  await console.login();
  assert.match(await console.run('ip -4 addr show dev eth0'), /inet 10\.0\.2\.2\/24/);
  assert.match(await console.run('ip route'), /default via 10\.0\.2\.1/);
  assert.equal(await console.run('hostname'), name);
  const pod = await cluster.launcherPod(name);
  const podMtu = await cluster.kubectl(
    'exec',
    pod.metadata.name,
    '-c',
    'compute',
    '--',
    'cat',
    '/sys/class/net/eth0/mtu',
  );
  assert.equal(await console.run('cat /sys/class/net/eth0/mtu'), podMtu.trim());
});

test('the guest has the MAC address that the status shows', async () => {
  const { mac } = (await cluster.vmi(name)).status?.interfaces?.[0] ?? {};
  await using console = await openConsole(cluster.session, cluster.namespace, name);
  await console.login();
  assert.equal(await console.run('cat /sys/class/net/eth0/address'), mac);
});

test("the guest reaches the API server's service address", async () => {
  const service = JSON.parse(
    await cluster.kubectl('-n', 'default', 'get', 'service', 'kubernetes', '-o', 'json'),
  ) as {
    spec: { clusterIP: string };
  };
  await using console = await openConsole(cluster.session, cluster.namespace, name);
  await console.login();
  // The port answers TCP; what it serves needs a credential that no guest has.
  await console.run(`nc -w 5 ${service.spec.clusterIP} 443 < /dev/null`);
});
