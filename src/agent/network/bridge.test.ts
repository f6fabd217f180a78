/** A guest in its pod's place, in real network namespaces; needs root, `ip`, `nft` and `nsenter`. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Vmi } from '../../api/types.ts';
import { withPodMacs } from '../../network/links.ts';
import type { PodLink } from '../../network/links.ts';
import { applyNetwork } from './apply.ts';
import { applying } from './testing/applying.ts';
import { canMakeNamespaces, run } from './testing/namespaces.ts';
import { bridgePlan } from './testing/plan.ts';

const id = `mb${process.pid}`;
const ns = { pod: `${id}p`, outside: `${id}o`, guest: `${id}g` };
const inNs = (name: string, ...command: string[]): string => run('ip', 'netns', 'exec', name, ...command);
const ip = (name: string, ...args: string[]): string => run('ip', '-n', name, ...args);
const podMac = '0a:58:0a:4d:00:02';

async function apply(): Promise<PodLink[]> {
  const namespace = await open(`/run/netns/${ns.pod}`, 'r');
  try {
    return await applyNetwork(namespace.fd, [bridgePlan()], applying());
  } finally {
    await namespace.close();
  }
}

/** What a network plugin leaves in a pod: here with a router that is outside of the pod's own subnet. */
function makePod(): void {
  for (const name of Object.values(ns)) run('ip', 'netns', 'add', name);
  for (const name of Object.values(ns)) ip(name, 'link', 'set', 'lo', 'up');
  ip(
    ns.pod,
    'link',
    'add',
    'eth0',
    'address',
    podMac,
    'mtu',
    '1400',
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    ns.outside,
  );
  ip(ns.pod, 'address', 'add', '10.77.0.2/24', 'dev', 'eth0');
  ip(ns.outside, 'address', 'add', '10.77.0.1/24', 'dev', 'eth0');
  ip(ns.outside, 'address', 'add', '192.0.2.1/32', 'dev', 'lo');
  for (const name of [ns.pod, ns.outside]) ip(name, 'link', 'set', 'eth0', 'up');
  ip(ns.pod, 'route', 'add', 'default', 'via', '10.77.0.1');
}

/** Stands in for the guest: what QEMU would do on the tap, a veth on the same bridge does. */
function plugGuest(): void {
  ip(
    ns.guest,
    'link',
    'add',
    'eth0',
    'address',
    podMac,
    'type',
    'veth',
    'peer',
    'name',
    'guest',
    'netns',
    ns.pod,
  );
  ip(ns.pod, 'link', 'set', 'guest', 'master', 'k6t-eth0', 'up');
  ip(ns.guest, 'link', 'set', 'eth0', 'up');
}

/** The launcher's side: DHCP as the unprivileged user, from what the agent has found. */
async function serve(links: readonly PodLink[]): Promise<ChildProcess> {
  const at = (path: string): string => JSON.stringify(join(import.meta.dirname, path));
  const code = `import { leasesOf } from ${at('../../launcher/dhcp/leases.ts')};
    import { serveDhcp } from ${at('../../launcher/dhcp/server.ts')};
    const log = { debug() {}, info() {}, warn: console.error, error: console.error, child: () => log };
    await serveDhcp(await leasesOf(${JSON.stringify(withPodMacs(vmi, links))}, ${JSON.stringify(links)}), { log });
    console.log('serving');`;
  const command = ['setpriv', '--reuid', '107', '--regid', '107', '--clear-groups', process.execPath];
  const server = spawn('ip', ['netns', 'exec', ns.pod, ...command, '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  return server;
}

const vmi = {
  metadata: { name: 'vm', namespace: 'default', uid: 'uid' },
  spec: {
    domain: { devices: { interfaces: [{ name: 'default', bridge: {} }] } },
    networks: [{ name: 'default', pod: {} }],
  },
} as unknown as Vmi;

/** What a guest does with its lease. */
const bound = `#!/bin/sh
[ "$1" != bound ] || {
  ip address add "$ip/$mask" dev eth0
  ip route add default via "$router"
  echo "$ip/$mask via $router mtu $mtu"
}
`;

async function askForAddress(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mvb-'));
  const script = join(folder, 'bound.sh');
  await writeFile(script, bound, { mode: 0o755 });
  const client = ['busybox', 'udhcpc', '-i', 'eth0', '-n', '-q', '-f', '-t', '5', '-T', '1'];
  const options = ['-O', 'mtu', '-s', script];
  try {
    return inNs(ns.guest, ...client, ...options).trim();
  } finally {
    await rm(folder, { recursive: true });
  }
}

const reaches = (from: string, address: string): boolean => {
  try {
    inNs(from, 'busybox', 'ping', '-c', '1', '-W', '2', address);
    return true;
  } catch {
    return false;
  }
};

describe(
  'a bridge to the pod network',
  { skip: canMakeNamespaces() ? false : 'needs root, ip and nft' },
  () => {
    let found: PodLink[];
    let server: ChildProcess;
    let lease: string;
    const given: PodLink = {
      name: 'default',
      mac: podMac,
      address: {
        address: '10.77.0.2',
        prefixLength: 24,
        routes: [
          { destination: '0.0.0.0/0', gateway: '10.77.0.1' },
          { destination: '10.77.0.0/24', gateway: '0.0.0.0' },
        ],
      },
    };

    before(async () => {
      makePod();
      found = await apply();
      plugGuest();
      server = await serve(found);
      lease = await askForAddress();
    });

    after(() => {
      server.kill();
      for (const name of Object.values(ns)) run('ip', 'netns', 'del', name);
    });

    test('the agent learns what the network plugin gave', () => assert.deepEqual(found, [given]));

    test('the guest gets the address of the pod over DHCP', () => {
      assert.match(lease, /10\.77\.0\.2\/24 via 10\.77\.0\.1 mtu 1400/);
    });

    test('an agent that comes back learns the same and changes nothing', async () => {
      const state = (): string => [inNs(ns.pod, 'ip', '-4', 'addr'), inNs(ns.pod, 'ip', 'route')].join('\n');
      const first = state();
      assert.deepEqual(await apply(), [given]);
      assert.equal(state(), first);
    });

    test('outside reaches the guest at the address of the pod', () => {
      assert.equal(reaches(ns.outside, '10.77.0.2'), true);
      assert.match(ip(ns.outside, 'neigh', 'show', '10.77.0.2'), new RegExp(podMac));
    });

    test('the guest reaches its neighbours and what is beyond', () => {
      assert.deepEqual([reaches(ns.guest, '10.77.0.1'), reaches(ns.guest, '192.0.2.1')], [true, true]);
    });

    test('without a guest nobody answers at that address', () => {
      ip(ns.guest, 'link', 'set', 'eth0', 'down');
      ip(ns.outside, 'neigh', 'flush', 'all');
      assert.equal(reaches(ns.outside, '10.77.0.2'), false);
      ip(ns.guest, 'link', 'set', 'eth0', 'up');
    });

    test('a link keeps name, MAC and address of the pod for those who look', () => {
      assert.match(
        ip(ns.pod, 'address', 'show', 'dev', 'eth0'),
        new RegExp(`${podMac}.*10\\.77\\.0\\.2/24`, 's'),
      );
      assert.doesNotMatch(ip(ns.pod, 'address', 'show', 'dev', 'eth0-nic'), /inet /);
    });

    test('the tap is a port of the bridge and has the MTU of the pod', () => {
      assert.match(ip(ns.pod, 'link', 'show', 'tap0'), /mtu 1400 .*master k6t-eth0/);
    });

    test('DHCP stays between guest and launcher', () => {
      assert.match(
        inNs(ns.pod, 'nft', 'list', 'ruleset'),
        /iifname "tap0" oifname "eth0-nic" udp dport \{ 67, 68 \} drop/,
      );
    });
  },
);
