/**
 * The launcher's side of IPv6, unprivileged: against the kernel, which takes router advertisements, and against a
 * DHCPv6 client on a socket. In network namespaces; needs root, `ip`, `nft`, `nsenter` and libvirt's library.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { applyNetwork } from '../../agent/network/apply.ts';
import { applying } from '../../agent/network/testing/applying.ts';
import { canMakeNamespaces, run } from '../../agent/network/testing/namespaces.ts';
import { plan } from '../../agent/network/testing/plan.ts';
import { until } from '../../kube/testing/until.ts';
import { stopChild } from '../stop.ts';
import { Transcript } from '../testing/eventually.ts';
import type { Ipv6Lease } from './lease.ts';
import { clientId, clientMessage, wanted } from './testing.ts';

const id = `mr${process.pid}`;
const ns = { pod: `${id}p`, guest: `${id}g` };
const ip = (name: string, ...args: string[]): string => run('ip', '-n', name, ...args);
const inNs = (name: string, ...command: string[]): string => run('ip', 'netns', 'exec', name, ...command);
const mac = '02:11:22:33:44:55';

const lease: Ipv6Lease = {
  name: 'default',
  mac,
  guestAddress: 'fd10:0:2::2',
  network: 'fd10:0:2::',
  prefixLength: 120,
  servers: ['fd77::53'],
  search: ['ns.svc.cluster.local', 'cluster.local'],
  mtu: 1380,
};

function makePod(): void {
  for (const name of Object.values(ns)) run('ip', 'netns', 'add', name);
  ip(ns.pod, 'link', 'add', 'eth0', 'mtu', '1400', 'type', 'bridge');
  ip(ns.pod, 'address', 'add', 'fd77::2/64', 'dev', 'eth0', 'nodad');
  ip(ns.pod, 'link', 'set', 'eth0', 'up');
}

/** What QEMU would do on the tap, a veth on the same bridge does. It asks for routers as it comes up. */
function plugGuest(): void {
  const guest = ['name', 'eth0', 'address', mac, 'netns', ns.guest];
  ip(ns.pod, 'link', 'add', 'guest', 'mtu', '1400', 'type', 'veth', 'peer', ...guest);
  ip(ns.pod, 'link', 'set', 'guest', 'master', 'k6t-eth0', 'up');
  ip(ns.guest, 'link', 'set', 'eth0', 'mtu', '1400', 'up');
}

/** What a container has: a device that its user may open. */
const withTap =
  'tun=$(mktemp -u); mknod -m 666 $tun c 10 200; mount --bind $tun /dev/net/tun; rm $tun; exec "$@"';

/** As in a pod: user 107 without capabilities. */
async function serve(said: Transcript): Promise<ChildProcess> {
  const code = `import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const { readSync } = fs;
    let reads = 0;
    fs.readSync = (...given) => {
      const length = readSync(...given);
      reads += 1;
      return length;
    };
    syncBuiltinESMExports();
    process.on('SIGUSR2', () => console.log('frames read: ' + reads + '.'));
    const { serveIpv6 } = await import(${JSON.stringify(join(import.meta.dirname, 'serve.ts'))});
    const log = { debug() {}, info() {}, warn: console.error, error: console.error, child: () => log };
    await serveIpv6({ lease: ${JSON.stringify(lease)}, tap: 'nd0', log });
    console.log('serving');
    setInterval(() => undefined, 1e6);`;
  const user = [
    '--reuid',
    '107',
    '--regid',
    '107',
    '--clear-groups',
    '--bounding-set=-all',
    '--inh-caps=-all',
  ];
  const command = [
    'sh',
    '-c',
    withTap,
    'sh',
    'setpriv',
    ...user,
    process.execPath,
    '--input-type=module',
    '-e',
    code,
  ];
  const server = spawn('ip', ['netns', 'exec', ns.pod, ...command]);
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk: Buffer) => said.add(chunk));
  await said.says('serving', 20_000);
  return server;
}

const skip = canMakeNamespaces() ? false : 'needs root, ip and nft';

describe('IPv6 of a guest', { skip, timeout: 120_000 }, () => {
  let server: ChildProcess;
  const said = new Transcript();

  before(async () => {
    makePod();
    const namespace = await open(`/run/netns/${ns.pod}`, 'r');
    await applyNetwork(namespace.fd, [plan()], applying());
    await namespace.close();
    server = await serve(said);
    plugGuest();
  });

  after(async () => {
    await stopChild(server, 1_000);
    for (const name of Object.values(ns)) run('ip', 'netns', 'del', name);
  });

  const inGuest = async (code: string): Promise<string> => {
    const command = ['netns', 'exec', ns.guest, process.execPath, '-e', code];
    return (await promisify(execFile)('ip', command, { timeout: 20_000 })).stdout.trim();
  };

  test('a guest that comes up has a router, a network on its link, an MTU, and no address of its own making', async () => {
    await inGuest(untilRouted);
    assert.match(ip(ns.guest, '-6', 'route'), /default via fe80::ff:fe00:1 dev eth0 proto ra/);
    assert.match(ip(ns.guest, '-6', 'route'), /fd10:0:2::\/120 dev eth0/);
    const mtu = inNs(ns.guest, 'cat', '/proc/sys/net/ipv6/conf/eth0/mtu');
    assert.equal(Number(mtu), lease.mtu);
    assert.doesNotMatch(ip(ns.guest, '-6', 'address', 'show', 'dev', 'eth0'), /fd10/);
  });

  test('it gets its address over DHCPv6', async () => {
    const answer = await inGuest(ask);
    assert.ok(answer.includes('fd100000000200000000000000000002'), answer);
    assert.ok(answer.includes('fd770000000000000000000000000053'), answer);
  });

  test('with it the guest reaches the pod by way of its router', () => {
    ip(ns.guest, 'address', 'add', 'fd10:0:2::2/128', 'dev', 'eth0', 'nodad');
    inNs(ns.guest, 'busybox', 'ping', '-6', '-c', '1', '-W', '3', 'fd77::2');
  });

  /** How many frames the service has read so far. */
  const framesRead = async (): Promise<number> => {
    const start = said.text.length;
    const count = /frames read: (\d+)\./;
    server.kill('SIGUSR2');
    await until(() => count.test(said.text.slice(start)), 'the service counts');
    return Number(count.exec(said.text.slice(start))?.[1]);
  };

  test('of a flood of questions the launcher reads a few, and answers afterwards', async () => {
    const began = performance.now();
    const earlier = await framesRead();
    await inGuest(flood);
    const read = (await framesRead()) - earlier;
    const seconds = (performance.now() - began) / 1000;
    // 40 at once and 20 a second, and as much again for what the guest's kernel asks by itself.
    const bound = 2 * (40 + 20 * seconds);
    assert.ok(bound < floodFrames, 'the flood took too long to be one');
    assert.ok(read <= bound, `${read} of ${floodFrames} frames were read in ${seconds} s`);
    assert.match(await inGuest(ask), /fd100000000200000000000000000002/);
  });

  test('a tap that is gone is told of once', async () => {
    const start = said.text.length;
    const warnings = (): number => said.text.slice(start).split('is not served').length - 1;
    ip(ns.pod, 'link', 'del', 'nd0');
    await until(() => warnings() > 0, 'a word about it');
    // Two turns of its loop later there would be more.
    for (const turn of [1, 2]) assert.ok((await framesRead()) >= 0, `turn ${turn}`);
    assert.equal(warnings(), 1);
  });
});

/** Waits for a default route. */
const untilRouted = `
const look = () => require('node:fs').readFileSync('/proc/net/ipv6_route', 'utf8').split('\\n').some((line) => /^0{32} 00 0{32} 00 fe80/.test(line));
setInterval(() => look() && process.exit(), 50);`;

/** Asks for an address until there is an answer, which it prints. */
const ask = `
const socket = require('node:dgram').createSocket('udp6');
const message = Buffer.from('${clientMessage('solicit', clientId, wanted).toString('hex')}', 'hex');
socket.on('message', (answer) => { console.log(answer.toString('hex')); process.exit(); });
socket.bind(546, () => setInterval(() => socket.send(message, 547, 'ff02::1:2%eth0'), 200));`;

const floodFrames = 20_000;

/** Questions as fast as they go; those that the guest's kernel has no room for count. */
const flood = `
const socket = require('node:dgram').createSocket('udp6');
const message = Buffer.from('${clientMessage('solicit', clientId, wanted).toString('hex')}', 'hex');
let sent = 0;
const go = () => {
  for (let i = 0; i < 500; i++) socket.send(message, 547, 'ff02::1:2%eth0', () => ++sent === ${floodFrames} && process.exit());
  asked += 500;
  if (asked < ${floodFrames}) setImmediate(go);
};
let asked = 0;
socket.bind(546, go);`;
