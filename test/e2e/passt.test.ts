/** A guest that passt speaks for, in a namespace of the strictest Pod Security Standard, seen from both sides. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { apply } from './support/actions.ts';
import { testCluster } from './support/cluster.ts';
import type { TestCluster } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { bootGuest, guestInstance } from './support/guest.ts';
import type { BootedGuest } from './support/guest.ts';
import { startToolbox } from './support/toolbox.ts';

let cluster: TestCluster;
let guest: BootedGuest;
let podIps: string[];
const name = 'passt';
/** A port below 1024, where the guest answers over TCP and UDP. */
const echo = 7;
const ports = [{ port: echo }, { port: echo, protocol: 'UDP' }, { port: 8080 }];
const passt = (...listed: object[]): object => ({ name: 'default', passtBinding: {}, ports: listed });

const isIpv6 = (address: string): boolean => address.includes(':');
const fromToolbox = (protocol: string, address: string, port = echo): Promise<string> =>
  eventually(`the guest answers ${protocol} at ${address}`, () =>
    cluster.kubectl('exec', 'toolbox', '--', 'peer', 'ask', protocol, address, String(port), 'hello'),
  );

before(async () => {
  cluster = await testCluster('passt');
  const strict = 'pod-security.kubernetes.io/enforce=restricted';
  await cluster.kubectl('label', 'namespace', cluster.namespace, strict);
  [guest] = await Promise.all([
    bootGuest(cluster, { name, labels: { app: name }, interfaces: [passt(...ports)] }),
    startToolbox(cluster),
    apply(cluster, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
    }),
  ]);
  const { status } = await cluster.launcherPod(name);
  podIps = (status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
});

after(async () => {
  await guest?.[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

test("the guest has its pod's addresses and MAC address, and the status says so", async () => {
  const { status } = await cluster.vmi(name);
  const [iface] = status?.interfaces ?? [];
  assert.deepEqual(iface?.ipAddresses, podIps);
  assert.equal(await guest.run('cat /sys/class/net/eth0/address'), iface?.mac);
  await eventually('every address of the pod is in the guest', async () => {
    const seen = await guest.run('ip addr show dev eth0');
    return podIps.every((ip) => seen.includes(` ${ip}/`));
  });
});

test('TCP and UDP reach listed ports of the guest, low ones too, and no others', async () => {
  for (const address of podIps) {
    assert.match(await fromToolbox('tcp', address), /hello/);
    assert.match(await fromToolbox('udp', address), /hello/);
  }
  const [address = ''] = podIps;
  await guest.run('(nc -l -p 9999 </dev/null &) ; true');
  await assert.rejects(
    cluster.kubectl('exec', 'toolbox', '--', 'peer', 'ask', 'tcp', address, '9999', 'hello'),
  );
});

test('the guest reaches others by TCP, UDP and ping', async () => {
  const { status } = JSON.parse(await cluster.kubectl('get', 'pod', 'toolbox', '-o', 'json')) as {
    status: { podIPs: { ip: string }[] };
  };
  for (const { ip } of status.podIPs) {
    const ping = isIpv6(ip) ? 'ping6' : 'ping';
    await eventually(`the guest pings ${ip}`, () => guest.run(`${ping} -c 1 -W 5 ${ip}`));
  }
  const service = ['get', 'service', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}'];
  const kubernetes = await cluster.kubectl('-n', 'default', ...service);
  await guest.run(`nc -w 5 ${kubernetes} 443 </dev/null`);
});

test('the guest looks names of Services up and reaches them', async () => {
  const page = await eventually('a Service by its name', () => guest.run(`wget -q -O - http://${name}/`));
  assert.match(page, new RegExp(name));
});

test('a guest reaches nothing at the loopback address of its pod', async () => {
  const gateway = await guest.run("ip -4 route | sed -n 's/^default via \\([0-9.]*\\) .*/\\1/p'");
  assert.match(gateway, /^[0-9.]+$/);
  // 4567 in the kernel's own list of listening sockets.
  const heard = 'until grep -q 0100007F:11D7 /proc/net/tcp; do :; done';
  const listening = `httpd -p 127.0.0.1:4567 -h /run && timeout 10 sh -c '${heard}'`;
  await cluster.inPod(name, 'sh', '-c', listening);
  await assert.rejects(guest.run(`nc -w 3 ${gateway} 4567 </dev/null`, 20_000));
});

test('passt that dies comes back, and the guest goes on with it', async () => {
  const pid = await cluster.inPod(name, 'pidof', 'passt.avx2', 'passt');
  await cluster.inPod(name, 'kill', '-9', ...pid.trim().split(/\s+/));
  const [address = ''] = podIps;
  assert.match(await fromToolbox('tcp', address), /hello/);
  await guest.run('ip link show dev eth0 | grep -q LOWER_UP');
});

test('a node whose limit of files is too low for all ports says so, and what to do', async () => {
  const greedy = 'greedy';
  const [limit = ''] = (await cluster.inPod(name, 'sh', '-c', 'ulimit -Hn')).split('\n');
  await apply(cluster, guestInstance({ name: greedy, interfaces: [passt()] }));
  if (Number(limit) > 80_000) {
    await cluster.untilPhase(greedy, ['Running']);
    return;
  }
  await eventually('the failure is told', async () => {
    const { items } = JSON.parse(await cluster.kubectl('get', 'events', '-o', 'json')) as {
      items: { involvedObject: { name: string }; message: string }[];
    };
    return items.some(
      ({ involvedObject, message }) =>
        involvedObject.name === greedy && /list the ports that the guest serves/.test(message),
    );
  });
});
