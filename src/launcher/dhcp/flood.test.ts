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
import { stopChild } from '../stop.ts';
import { Transcript } from '../testing/eventually.ts';
import { processorMs } from '../testing/processor.ts';
import type { Lease } from './lease.ts';
import { clientPacket } from './testing.ts';

const id = `mf${process.pid}`;
const ns = { pod: `${id}p`, guest: `${id}g` };
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
  ip(ns.pod, 'link', 'add', 'eth0', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'far');
  ip(ns.pod, 'address', 'add', '10.77.0.2/24', 'dev', 'eth0');
  for (const link of ['eth0', 'far']) ip(ns.pod, 'link', 'set', link, 'up');
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

const serving = (serverAddress: string): string => `
import { serveDhcp } from ${JSON.stringify(join(import.meta.dirname, 'server.ts'))};
const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
await serveDhcp([${JSON.stringify(lease(serverAddress))}], { log });
console.log('serving');`;

/** Three seconds of questions; prints how many. */
const flood = `
const socket = require('node:dgram').createSocket('udp4');
const packet = Buffer.from('${clientPacket({ mac }).toString('hex')}', 'hex');
let sent = 0;
const end = performance.now() + 3000;
const go = () => {
  for (let i = 0; i < 500; i++) socket.send(packet, 67, '255.255.255.255', () => sent++);
  if (performance.now() < end) return setImmediate(go);
  console.log(sent);
  process.exit();
};
socket.bind(68, '10.0.2.77', () => { socket.setBroadcast(true); go(); });`;

/** Asks until there is an answer. */
const ask = `
const socket = require('node:dgram').createSocket('udp4');
const packet = Buffer.from('${clientPacket({ mac }).toString('hex')}', 'hex');
socket.on('message', () => { console.log('answered'); process.exit(); });
socket.bind(68, () => { socket.setBroadcast(true); setInterval(() => socket.send(packet, 67, '255.255.255.255'), 200); });`;

const skip = canMakeNamespaces() ? false : 'needs root, ip and nft';

for (const { name, planned, serverAddress } of [
  { name: 'behind NAT', planned: plan(), serverAddress: '10.0.2.1' },
  { name: 'in the place of its pod', planned: bridgePlan(), serverAddress: '169.254.75.10' },
]) {
  test(`a flood of DHCP of a guest ${name} costs next to nothing`, { skip, timeout: 60_000 }, async () => {
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
      const idle = await processorMs(server.pid ?? 0);
      const sent = Number(await inGuest(flood));
      const used = (await processorMs(server.pid ?? 0)) - idle;
      assert.ok(sent > 10_000, `only ${sent} packets were sent`);
      // Interrupts that hit the process count, too; without a bound it would be all of the time.
      assert.ok(used < 900, `${used} ms of processor time in three seconds`);
      assert.equal(await inGuest(ask), 'answered');
    } finally {
      await stopChild(server, 1_000);
      for (const namespace of Object.values(ns)) run('ip', 'netns', 'del', namespace);
    }
  });
}
