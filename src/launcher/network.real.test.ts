/**
 * A guest on the pod network, whole: the agent's set-up in a namespace that looks like a pod's, a launcher in
 * it, and a guest that asks for its address and is reached there. Needs root, libvirt and QEMU.
 */
import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { before, suite, test } from 'node:test';
import { applyNetwork } from '../agent/network/apply.ts';
import { applying } from '../agent/network/testing/applying.ts';
import { canMakeNamespaces, run } from '../agent/network/testing/namespaces.ts';
import type { Interface, Network } from '../api/types.ts';
import { skipped } from '../libvirt/testing/daemon.ts';
import { withPodMacs } from '../network/links.ts';
import { networkPlan } from '../network/plan.ts';
import { bootableVmi } from './testing/boot.ts';
import { openSession, TestAgent } from './testing/client.ts';
import { Transcript } from './testing/eventually.ts';
import { testGuest } from './testing/guest.ts';
import type { TestGuest } from './testing/guest.ts';
import { startLauncher } from './testing/real.ts';

const id = `mn${process.pid}`;
const ns = { pod: `${id}p`, outside: `${id}o` };
const inNs = (name: string, ...command: string[]): string => run('ip', 'netns', 'exec', name, ...command);
const ip = (name: string, ...args: string[]): string => run('ip', '-n', name, ...args);
const podMac = '0a:58:0a:4d:00:02';
const possible = skipped === false && canMakeNamespaces();

/** A pod with its address, and what is at the other end of its wire. */
function makePod(): Disposable {
  for (const name of Object.values(ns)) run('ip', 'netns', 'add', name);
  const pair = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', ns.outside];
  ip(ns.pod, 'link', 'add', 'eth0', 'address', podMac, 'mtu', '1400', ...pair);
  ip(ns.pod, 'address', 'add', '10.77.0.2/24', 'dev', 'eth0');
  ip(ns.outside, 'address', 'add', '10.77.0.1/24', 'dev', 'eth0');
  ip(ns.pod, 'address', 'add', 'fd77::2/64', 'dev', 'eth0', 'nodad');
  ip(ns.outside, 'address', 'add', 'fd77::1/64', 'dev', 'eth0', 'nodad');
  for (const name of Object.values(ns)) {
    ip(name, 'link', 'set', 'lo', 'up');
    ip(name, 'link', 'set', 'eth0', 'up');
  }
  ip(ns.pod, 'route', 'add', 'default', 'via', '10.77.0.1');
  return {
    [Symbol.dispose]: () => {
      for (const name of Object.values(ns)) run('ip', 'netns', 'del', name);
    },
  };
}

/** What the guest does, which the console repeats before it is done: takes a lease, tells what it got, tries the other end, and counts its queues. */
const commands = [
  `!printf '#!/bin/sh\\n[ "$1" != bound ] || { ip addr add $ip/$mask dev eth0; ip link set eth0 mtu $mtu; ip route add default via $router; echo lease $ip via $router mtu $mtu; }\\n' >/bound`,
  '!chmod +x /bound; ip link set eth0 up; udhcpc -i eth0 -n -q -f -O mtu -s /bound',
  '!echo mac $(cat /sys/class/net/eth0/address)',
  '!echo queues $(ls -d /sys/class/net/eth0/queues/rx-* | wc -l)',
  '!ping -c 1 -W 5 10.77.0.1 >/dev/null && echo "reached" the outside',
];

/** What a guest behind its pod does in IPv6: its kernel hears of the router; it takes the address that it has. */
const ipv6Commands = [
  '!for i in 1 2 3 4 5 6 7 8; do ip -6 route | grep -q ^default && break; sleep 1; done; echo "way" $(ip -6 route | grep ^default)',
  '!ip -6 addr add fd10:0:2::2/128 dev eth0; ping6 -c 3 -W 5 fd77::1 >/dev/null && echo "reached" it over IPv6',
];

suite(
  'a guest on the pod network',
  { skip: possible ? false : 'needs root and libvirt', concurrency: 1, timeout: 240_000 },
  () => {
    let guest: TestGuest;
    before(async () => {
      guest = await testGuest();
    });

    const rows: {
      name: string;
      iface: Interface;
      multiqueue?: boolean;
      address: string;
      router: string;
      mac?: string;
    }[] = [
      {
        name: 'in the place of its pod',
        iface: { name: 'default', bridge: {} },
        address: '10.77.0.2',
        router: '10.77.0.1',
        mac: podMac,
      },
      {
        name: 'behind its pod, with a queue a processor',
        iface: { name: 'default', masquerade: {}, macAddress: '02:00:00:00:00:07' },
        multiqueue: true,
        address: '10.0.2.2',
        router: '10.0.2.1',
        mac: '02:00:00:00:00:07',
      },
    ];

    for (const { name, iface, multiqueue = false, address, router, mac } of rows) {
      test(name, async () => {
        using stack = new DisposableStack();
        stack.use(makePod());
        const networks: Network[] = [{ name: 'default', pod: {} }];
        const devices = { interfaces: [iface], networkInterfaceMultiqueue: multiqueue };
        const vmi = bootableVmi(guest, { networks, domain: { devices, cpu: { cores: 2 } } });
        const namespace = await open(`/run/netns/${ns.pod}`, 'r');
        const links = await applyNetwork(namespace.fd, networkPlan(vmi), applying());
        await namespace.close();
        await using launcher = await startLauncher({ netns: ns.pod });
        const agent = await TestAgent.connect(launcher.paths.socket);
        await launcher.offer('kernel-boot');
        const sync = { vmi: withPodMacs(vmi, links), options: { networkReady: true, links } };
        const { failure } = await agent.call('sync', sync);
        assert.equal(failure, undefined);
        await launcher.stdout.says('guest is up');
        const { socket } = await openSession(launcher.paths.socket, 'console');
        const said = new Transcript();
        socket.on('data', (chunk: Buffer) => said.add(chunk));
        socket.resume();
        socket.write(`${commands.join('\n')}\n`);
        await said.says(`lease ${address} via ${router} mtu 1400`, 60_000);
        await said.says(`mac ${mac}`);
        await said.says(`queues ${multiqueue ? 2 : 1}`);
        await said.says('reached the outside', 20_000);
        if (iface.masquerade !== undefined) {
          socket.write(`${ipv6Commands.join('\n')}\n`);
          await said.says('way default via fe80::ff:fe00:1 dev eth0', 20_000);
          await said.says('reached it over IPv6', 20_000);
          inNs(ns.outside, 'busybox', 'ping', '-6', '-c', '1', '-W', '5', 'fd77::2');
        }
        inNs(ns.outside, 'busybox', 'ping', '-c', '1', '-W', '5', '10.77.0.2');
        socket.destroy();
      });
    }
  },
);
