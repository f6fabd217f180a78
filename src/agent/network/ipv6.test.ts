/** IPv6 behind NAT, in real network namespaces; needs root, `ip`, `nft` and `nsenter`. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { PodLink } from '../../network/links.ts';
import { until } from '../../kube/testing/until.ts';
import { applyNetwork } from './apply.ts';
import { applying } from './testing/applying.ts';
import { canMakeNamespaces, run } from './testing/namespaces.ts';
import { plan } from './testing/plan.ts';

const id = `m6${process.pid}`;
const ns = { pod: `${id}p`, outside: `${id}o`, guest: `${id}g` };
const inNs = (name: string, ...command: string[]): string => run('ip', 'netns', 'exec', name, ...command);
const ip = (name: string, ...args: string[]): string => run('ip', '-n', name, ...args);

/** A pod that has IPv6 alone, as a network plugin leaves it, and its neighbour. */
function makePod(): void {
  for (const name of Object.values(ns)) run('ip', 'netns', 'add', name);
  const pair = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', ns.outside];
  ip(ns.pod, 'link', 'add', 'eth0', 'mtu', '1400', ...pair);
  ip(ns.pod, 'address', 'add', 'fd77::2/64', 'dev', 'eth0', 'nodad');
  ip(ns.outside, 'address', 'add', 'fd77::1/64', 'dev', 'eth0', 'nodad');
  for (const name of Object.values(ns)) ip(name, 'link', 'set', 'lo', 'up');
  for (const name of [ns.pod, ns.outside]) ip(name, 'link', 'set', 'eth0', 'up');
}

/** Stands in for the guest: what QEMU would do on the tap, a veth on the same bridge does. */
function plugGuest(): void {
  ip(ns.pod, 'link', 'add', 'guest', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns.guest);
  ip(ns.pod, 'link', 'set', 'guest', 'master', 'k6t-eth0', 'up');
  ip(ns.guest, 'address', 'add', 'fd10:0:2::2/128', 'dev', 'eth0', 'nodad');
  ip(ns.guest, 'link', 'set', 'eth0', 'up');
  ip(ns.guest, 'route', 'add', 'default', 'via', 'fe80::ff:fe00:1', 'dev', 'eth0');
}

async function apply(plans = [plan()], onWarning?: (text: string) => void): Promise<PodLink[]> {
  const namespace = await open(`/run/netns/${ns.pod}`, 'r');
  try {
    return await applyNetwork(namespace.fd, plans, applying(onWarning));
  } finally {
    await namespace.close();
  }
}

/** Answers each connection with its name and the address it comes from. */
const server = `require('node:net').createServer((s) => s.end(process.argv[1] + ' ' + s.remoteAddress)).listen(+process.argv[2], process.argv[3], () => console.log('up'))`;
/** Prints what a server answers, or "refused". */
const client = `const s = require('node:net').connect({ port: +process.argv[2], host: process.argv[1], localAddress: process.argv[3] }); s.setTimeout(1500, () => s.destroy(new Error())); s.on('data', (d) => process.stdout.write(d)); s.on('error', () => process.stdout.write('refused'))`;

const ask = (from: string, address: string, port: number, ...local: string[]): string =>
  inNs(from, process.execPath, '-e', client, address, String(port), ...local);

describe('a pod with IPv6', { skip: canMakeNamespaces() ? false : 'needs root, ip and nft' }, () => {
  const servers: ChildProcess[] = [];
  const serve = async (where: string, name: string, port: number, address = '::'): Promise<void> => {
    const command = ['netns', 'exec', where, process.execPath, '-e', server, name, String(port), address];
    const child = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'] });
    servers.push(child);
    await once(child.stdout, 'data');
  };
  let found: PodLink[];

  before(async () => {
    makePod();
    found = await apply();
    plugGuest();
    await serve(ns.guest, 'guest', 8080);
    await serve(ns.guest, 'guest', 9090);
    await serve(ns.outside, 'outside', 8081);
    await serve(ns.pod, 'pod', 8082, '::1');
  });

  after(() => {
    for (const child of servers) child.kill();
    for (const name of Object.values(ns)) run('ip', 'netns', 'del', name);
  });

  test('the launcher is told of its address', () => {
    assert.equal(found[0]?.ipv6Address, 'fd77::2');
  });

  for (const row of [
    { name: 'outside reaches the guest', from: ns.outside, to: 'fd77::2', port: 8080, want: 'guest fd77::1' },
    {
      name: 'the guest reaches outside as the pod',
      from: ns.guest,
      to: 'fd77::1',
      port: 8081,
      want: 'outside fd77::2',
    },
    {
      name: 'the loopback address stays the own of the pod',
      from: ns.pod,
      to: '::1',
      port: 8082,
      want: 'pod ::1',
    },
  ]) {
    test(row.name, () => assert.equal(ask(row.from, row.to, row.port), row.want));
  }

  test('the guest is pinged at the address of the pod, and pings', () => {
    inNs(ns.outside, 'busybox', 'ping', '-6', '-c', '1', '-W', '3', 'fd77::2');
    inNs(ns.guest, 'busybox', 'ping', '-6', '-c', '1', '-W', '3', 'fd77::1');
  });

  test('nothing of the guest leaves under another address, and nothing comes in but to the pod', () => {
    ip(ns.guest, 'address', 'add', 'fd10:0:2::99/128', 'dev', 'eth0', 'nodad');
    ip(ns.outside, 'route', 'add', 'fd10:0:2::/120', 'via', 'fd77::2');
    assert.deepEqual(
      [ask(ns.guest, 'fd77::1', 8081, 'fd10:0:2::99'), ask(ns.outside, 'fd10:0:2::2', 8080)],
      ['refused', 'refused'],
    );
    assert.equal(ask(ns.guest, 'fd77::1', 8081, 'fd10:0:2::2'), 'outside fd77::2');
  });

  test('no IPv4 is made up for a pod that has none', () => {
    assert.doesNotMatch(ip(ns.pod, 'address', 'show', 'dev', 'k6t-eth0'), /inet /);
  });

  test('the launcher has a tap of its own on the bridge', () => {
    assert.match(ip(ns.pod, 'link', 'show', 'nd0'), /master k6t-eth0/);
    assert.match(ip(ns.pod, '-details', 'link', 'show', 'nd0'), /persist on user (107|libvirt-qemu|qemu) /);
  });

  test('setting up again changes nothing', async () => {
    const state = (): string =>
      [ip(ns.pod, 'address'), inNs(ns.pod, 'nft', 'list', 'ruleset')]
        .join('\n')
        .replaceAll(/valid_lft.*/g, '');
    const first = state();
    assert.deepEqual(await apply(), found);
    assert.equal(state(), first);
  });

  test('with listed ports only those are forwarded', async () => {
    await apply([plan({ ports: [{ port: 9090, protocol: 'tcp' }] })]);
    assert.deepEqual(
      [ask(ns.outside, 'fd77::2', 9090), ask(ns.outside, 'fd77::2', 8080)],
      ['guest fd77::1', 'refused'],
    );
  });

  test('a fence that the kernel refuses is told of, and the rest is made', async () => {
    const quiet: string[] = [];
    await apply([plan()], (text) => quiet.push(text));
    assert.deepEqual(quiet, []);
    inNs(ns.pod, 'nft', 'delete', 'table', 'bridge', 'monovirt');
    // A table belongs to the process that made it so: nobody else may change it.
    const owner = spawn('ip', ['netns', 'exec', ns.pod, 'nft', '-i'], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const gone = once(owner, 'exit');
    owner.stdin.write('add table bridge monovirt { flags owner; }\n');
    await until(() => inNs(ns.pod, 'nft', 'list', 'tables').includes('bridge monovirt'), 'the owned table');
    const warnings: string[] = [];
    await apply([plan()], (text) => warnings.push(text));
    owner.stdin.end('quit\n');
    await gone;
    assert.match(warnings.join(), /complaints .*bridge filter unavailable/);
    assert.equal(warnings.length, 1);
  });
});
