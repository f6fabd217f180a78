/** A guest that asks for its address as fast as it can; in network namespaces, which needs root, `ip`, `nft` and `nsenter`. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { applyNetwork } from '../../agent/network/apply.ts';
import { applying } from '../../agent/network/testing/applying.ts';
import { canMakeNamespaces, run } from '../../agent/network/testing/namespaces.ts';
import { bridgePlan, plan } from '../../agent/network/testing/plan.ts';
import type { InterfacePlan } from '../../network/plan.ts';
import { until } from '../../kube/testing/until.ts';
import { stopChild } from '../stop.ts';
import { Transcript } from '../testing/eventually.ts';
import type { Lease } from './lease.ts';
import { clientPacket } from './testing.ts';

const id = `mf${process.pid}`;
const ns = { pod: `${id}p`, guest: `${id}g`, far: `${id}f` };
const ip = (name: string, ...args: string[]): string => run('ip', '-n', name, ...args);
const mac = '02:11:22:33:44:55';
const lease = (serverAddress: string): Lease => ({
  name: 'default',
  mac,
  guestAddress: '10.0.2.2',
  prefixLength: 24,
  serverAddress,
  resolver: { servers: [], servers6: [], search: [] },
  hostname: 'testvm',
  mtu: 1400,
});

/** A pod's wire with nobody at its other end, and the guest where QEMU would be. */
async function wire(planned: InterfacePlan): Promise<void> {
  for (const name of Object.values(ns)) run('ip', 'netns', 'add', name);
  const pair = ['type', 'veth', 'peer', 'name', 'far', 'netns', ns.far];
  ip(ns.pod, 'link', 'add', 'eth0', 'mtu', '1400', ...pair);
  ip(ns.pod, 'address', 'add', '10.77.0.2/24', 'dev', 'eth0');
  ip(ns.pod, 'link', 'set', 'eth0', 'up');
  ip(ns.far, 'link', 'set', 'far', 'up');
  const namespace = await open(`/run/netns/${ns.pod}`, 'r');
  await applyNetwork(namespace.fd, [planned], applying());
  await namespace.close();
  const guest = ['name', 'eth0', 'address', mac, 'netns', ns.guest];
  ip(ns.pod, 'link', 'add', 'guest', 'mtu', '1400', 'type', 'veth', 'peer', ...guest);
  ip(ns.pod, 'link', 'set', 'guest', 'master', 'k6t-eth0', 'up');
  ip(ns.guest, 'link', 'set', 'eth0', 'up');
  ip(ns.guest, 'address', 'add', '10.0.2.77/24', 'dev', 'eth0');
  ip(ns.guest, 'route', 'add', 'default', 'dev', 'eth0');
}

/** Counts what reaches the server's sockets, and tells at a signal. */
const serving = (serverAddress: string): string => `
import { Socket } from 'node:dgram';
const { emit } = Socket.prototype;
let received = 0;
Socket.prototype.emit = function (event, ...given) {
  if (event === 'message') received += 1;
  return emit.call(this, event, ...given);
};
process.on('SIGUSR2', () => console.log('received: ' + received + '.'));
import { serveDhcp } from ${JSON.stringify(join(import.meta.dirname, 'server.ts'))};
const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
await serveDhcp([${JSON.stringify(lease(serverAddress))}], { log });
console.log('serving');`;

const floodPackets = 20_000;

/** Questions as fast as they go; those that the guest's kernel has no room for count. */
const flood = `
const socket = require('node:dgram').createSocket('udp4');
const packet = Buffer.from('${clientPacket({ mac }).toString('hex')}', 'hex');
let [asked, sent] = [0, 0];
const go = () => {
  for (let i = 0; i < 500; i++) socket.send(packet, 67, '255.255.255.255', () => ++sent === ${floodPackets} && process.exit());
  asked += 500;
  if (asked < ${floodPackets}) setImmediate(go);
};
socket.bind(68, '10.0.2.77', () => { socket.setBroadcast(true); go(); });`;

/** Asks until there is an answer. */
const ask = `
const socket = require('node:dgram').createSocket('udp4');
const packet = Buffer.from('${clientPacket({ mac }).toString('hex')}', 'hex');
socket.on('message', () => { console.log('answered'); process.exit(); });
socket.bind(68, () => { socket.setBroadcast(true); setInterval(() => socket.send(packet, 67, '255.255.255.255'), 200); });`;

const count = /received: (\d+)\./;
const skip = canMakeNamespaces() ? false : 'needs root, ip and nft';

for (const { name, planned, serverAddress } of [
  { name: 'behind NAT', planned: plan(), serverAddress: '10.0.2.1' },
  { name: 'in the place of its pod', planned: bridgePlan(), serverAddress: '169.254.75.10' },
]) {
  test(
    `of a flood of DHCP of a guest ${name} little reaches the server`,
    { skip, timeout: 60_000 },
    async () => {
      const inGuest = async (code: string): Promise<string> => {
        const command = ['netns', 'exec', ns.guest, process.execPath, '-e', code];
        return (await promisify(execFile)('ip', command, { timeout: 20_000 })).stdout.trim();
      };
      await wire(planned);
      const command = ['netns', 'exec', ns.pod, process.execPath, '--input-type=module', '-e'];
      const server = spawn('ip', [...command, serving(serverAddress)]);
      try {
        const said = new Transcript();
        server.stdout.on('data', (chunk: Buffer) => said.add(chunk));
        await said.says('serving', 20_000);
        const began = performance.now();
        await inGuest(flood);
        server.kill('SIGUSR2');
        await until(() => count.test(said.text), 'the server counts');
        const received = Number(count.exec(said.text)?.[1]);
        const seconds = (performance.now() - began) / 1000;
        // 40 at once and 20 a second, which the kernel counts in steps.
        const bound = 41 + 20 * seconds;
        assert.ok(bound < floodPackets, 'the flood took too long to be one');
        assert.ok(received > 0 && received <= bound, `${received} packets were received in ${seconds} s`);
        assert.equal(await inGuest(ask), 'answered');
      } finally {
        await stopChild(server, 1_000);
        for (const namespace of Object.values(ns)) run('ip', 'netns', 'del', namespace);
      }
    },
  );
}
