/** Sets up a real network namespace and sends packets through it; needs root, `ip`, `nft` and `nsenter`. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { applyNetwork } from './apply.ts';
import { applying } from './testing/applying.ts';
import { canMakeNamespaces, run } from './testing/namespaces.ts';
import { plan } from './testing/plan.ts';

const id = `mv${process.pid}`;
const ns = { pod: `${id}p`, outside: `${id}o`, guest: `${id}g` };
const inNs = (name: string, ...command: string[]): string => run('ip', 'netns', 'exec', name, ...command);

function makeNamespaces(): void {
  for (const name of Object.values(ns)) run('ip', 'netns', 'add', name);
  run(
    'ip',
    '-n',
    ns.pod,
    'link',
    'add',
    'eth0',
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
  run('ip', '-n', ns.pod, 'address', 'add', '10.77.0.2/24', 'dev', 'eth0');
  run('ip', '-n', ns.outside, 'address', 'add', '10.77.0.1/24', 'dev', 'eth0');
  for (const name of [ns.pod, ns.outside]) run('ip', '-n', name, 'link', 'set', 'eth0', 'up');
  for (const name of Object.values(ns)) run('ip', '-n', name, 'link', 'set', 'lo', 'up');
}

/** Stands in for the guest: what QEMU would do on the tap, a veth on the same bridge does. */
function plugGuest(): void {
  run('ip', '-n', ns.pod, 'link', 'add', 'guest', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns.guest);
  run('ip', '-n', ns.pod, 'link', 'set', 'guest', 'master', 'k6t-eth0', 'up');
  run('ip', '-n', ns.guest, 'address', 'add', '10.0.2.2/24', 'dev', 'eth0');
  run('ip', '-n', ns.guest, 'link', 'set', 'eth0', 'up');
  run('ip', '-n', ns.guest, 'route', 'add', 'default', 'via', '10.0.2.1');
}

async function apply(plans = [plan()]): Promise<void> {
  const namespace = await open(`/run/netns/${ns.pod}`, 'r');
  try {
    await applyNetwork(namespace.fd, plans, applying());
  } finally {
    await namespace.close();
  }
}

const state = (): string =>
  [inNs(ns.pod, 'ip', 'addr'), inNs(ns.pod, 'nft', 'list', 'ruleset')]
    .join('\n')
    // What time changes by itself: lifetimes, and whether the kernel still looks for a twin of an address.
    .replaceAll(/valid_lft.*| tentative/g, '');

/** Answers each connection with its name and the address it comes from. */
const server = `require('node:net').createServer((s) => s.end(process.argv[1] + ' ' + s.remoteAddress)).listen(+process.argv[2], process.argv[3], () => console.log('up'))`;
/** Prints what a server answers, or "refused". */
const client = `const s = require('node:net').connect(+process.argv[2], process.argv[1]); s.setTimeout(1500, () => s.destroy(new Error())); s.on('data', (d) => process.stdout.write(d)); s.on('error', () => process.stdout.write('refused'))`;

const ask = (from: string, address: string, port: number): string =>
  inNs(from, process.execPath, '-e', client, address, String(port));

describe('pod network', { skip: canMakeNamespaces() ? false : 'needs root, ip and nft' }, () => {
  const servers: ChildProcess[] = [];
  const serve = async (where: string, name: string, port: number, address = '0.0.0.0'): Promise<void> => {
    const child = spawn(
      'ip',
      ['netns', 'exec', where, process.execPath, '-e', server, name, String(port), address],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    servers.push(child);
    await once(child.stdout, 'data');
  };

  before(async () => {
    makeNamespaces();
    await apply();
    plugGuest();
    await serve(ns.guest, 'guest', 8080);
    await serve(ns.guest, 'guest', 9090);
    await serve(ns.outside, 'outside', 8081);
    await serve(ns.pod, 'pod', 8082, '127.0.0.1');
  });

  after(() => {
    for (const child of servers) child.kill();
    for (const name of Object.values(ns)) run('ip', 'netns', 'del', name);
  });

  for (const row of [
    {
      name: 'outside reaches every port of the guest',
      from: ns.outside,
      to: '10.77.0.2',
      port: 8080,
      want: 'guest 10.77.0.1',
    },
    {
      name: 'the guest reaches outside as the pod',
      from: ns.guest,
      to: '10.77.0.1',
      port: 8081,
      want: 'outside 10.77.0.2',
    },
    {
      name: 'the pod reaches the guest on its loopback address',
      from: ns.pod,
      to: '127.0.0.1',
      port: 8080,
      want: 'guest 10.0.2.1',
    },
    {
      name: "the guest does not reach the pod's loopback",
      from: ns.guest,
      to: '127.0.0.1',
      port: 8082,
      want: 'refused',
    },
  ]) {
    test(row.name, () => {
      if (row.from === ns.guest && row.to === '127.0.0.1') routeLoopbackOut();
      assert.equal(ask(row.from, row.to, row.port), row.want);
    });
  }

  test('the tap belongs to the launcher user and has the MTU of the pod', () => {
    const [tap] = JSON.parse(inNs(ns.pod, 'ip', '-json', 'link', 'show', 'tap0')) as {
      mtu: number;
      master: string;
    }[];
    assert.deepEqual([tap?.mtu, tap?.master], [1400, 'k6t-eth0']);
    assert.match(
      inNs(ns.pod, 'ip', '-details', 'link', 'show', 'tap0'),
      /tun type tap .*persist on user (107|libvirt-qemu|qemu) /,
    );
  });

  test('no IPv6 leaves the guest', () => {
    assert.doesNotMatch(inNs(ns.pod, 'ip', '-6', 'address', 'show', 'dev', 'k6t-eth0'), /inet6/);
    assert.doesNotMatch(inNs(ns.pod, 'ip', '-6', 'address', 'show', 'dev', 'tap0'), /inet6/);
  });

  test('the launcher user may serve DHCP', () => {
    const bind = `process.setuid(107); require('node:dgram').createSocket('udp4').bind(67, '10.0.2.1', function () { console.log('bound'); this.close(); })`;
    assert.equal(inNs(ns.pod, process.execPath, '-e', bind).trim(), 'bound');
  });

  test('setting up again changes nothing', async () => {
    const first = state();
    await apply();
    assert.equal(state(), first);
  });

  test('with listed ports only those are forwarded', async () => {
    await apply([plan({ ports: [{ port: 9090, protocol: 'tcp' }] })]);
    assert.deepEqual(
      [ask(ns.outside, '10.77.0.2', 9090), ask(ns.outside, '10.77.0.2', 8080)],
      ['guest 10.77.0.1', 'refused'],
    );
  });

  test('a tool that fails is quoted', async () => {
    const failing = apply([plan({ gatewayAddress: 'nonsense' })]);
    await assert.rejects(failing, (error: { reason: string; message: string }) => {
      assert.equal(error.reason, 'NetworkSetupFailed');
      assert.match(error.message, /nonsense/);
      return true;
    });
  });

  /** A guest is free to send packets for 127.0.0.1 to its gateway. */
  function routeLoopbackOut(): void {
    inNs(
      ns.guest,
      'sh',
      '-c',
      'ip address del 127.0.0.1/8 dev lo; ip route del local 127.0.0.0/8 table local 2>/dev/null; ip route add 127.0.0.1 via 10.0.2.1; echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet; echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet',
    );
  }
});
