import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { netSetup, shellScript } from './setup.ts';
import { bridgePlan, plan, passtPlan, tapPlan } from './testing/plan.ts';

const links = [
  { name: 'lo', mtu: 65536 },
  { name: 'eth0', mtu: 1450 },
];
const served = {
  name: 'eth0',
  mtu: 1450,
  mac: '0a:58:0a:f4:00:05',
  address: {
    address: '10.244.0.5',
    prefixLength: 24,
    routes: [
      { destination: '0.0.0.0/0', gateway: '10.244.0.1' },
      { destination: '10.244.0.0/24', gateway: '0.0.0.0' },
    ],
  },
};
const secondary = { podInterface: 'pod16477688c0e', bridge: 'k6t-16477688c0e', tap: 'tap16477688c0e' };
const made = [...links, { name: 'k6t-eth0', mtu: 1450 }, { name: 'tap0', mtu: 1450 }];

for (const { name, plans, present } of [
  { name: 'all-ports', plans: [plan()], present: links },
  {
    name: 'listed-ports',
    plans: [
      plan({
        ports: [
          { port: 80, protocol: 'tcp' },
          { port: 443, protocol: 'tcp' },
          { port: 53, protocol: 'udp' },
        ],
      }),
    ],
    present: links,
  },
  { name: 'set-up-before', plans: [plan()], present: made },
  {
    name: 'port-ranges',
    plans: [
      plan({
        ports: [
          { port: 80, protocol: 'tcp' },
          { port: 8000, end: 8999, protocol: 'tcp' },
        ],
      }),
    ],
    present: links,
  },
  { name: 'dual-stack', plans: [plan()], present: [{ ...served, ipv6Address: 'fd00:77::2' }] },
  {
    name: 'ipv6-alone',
    plans: [plan({ ports: [{ port: 80, protocol: 'tcp' }] })],
    present: [{ name: 'eth0', mtu: 1450, ipv6Address: 'fd00:77::2' }],
  },
  { name: 'multiqueue', plans: [plan({ queues: 4 })], present: links },
  { name: 'bridge', plans: [bridgePlan()], present: [served] },
  {
    name: 'bridge-set-up-before',
    plans: [bridgePlan()],
    present: [served, ...['eth0-nic', 'k6t-eth0', 'tap0'].map((link) => ({ name: link, mtu: 1450 }))],
  },
  { name: 'passt', plans: [passtPlan()], present: [served] },
  {
    name: 'taps-of-plug-ins',
    plans: [bridgePlan({ dhcp: false }), tapPlan({ name: 'blue', ...secondary })],
    present: [served, { name: secondary.tap, mtu: 1450 }],
  },
  {
    name: 'masquerade-and-secondary-bridge',
    plans: [plan(), bridgePlan({ name: 'blue', ...secondary, nic: '16477688c0e-nic' })],
    present: [...links, { name: secondary.podInterface, mtu: 9000, mac: '02:00:00:00:99:99' }],
  },
]) {
  test(`script for ${name}`, async () => {
    const script = shellScript(netSetup(plans, present));
    const golden = new URL(`testdata/${name}.sh`, import.meta.url);
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(golden, script);
    assert.equal(script, await readFile(golden, 'utf8'));
  });
}

test('a pod without the interface is refused', () => {
  assert.throws(() => netSetup([plan({ podInterface: 'eth7' })], links), { reason: 'PodInterfaceMissing' });
});

test('an interface that was renamed and not replaced is given up', () => {
  const present = [{ name: 'eth0-nic', mtu: 1450 }];
  assert.throws(() => netSetup([bridgePlan()], present), {
    reason: 'NetworkSetupInterrupted',
    retry: 'never',
  });
});
