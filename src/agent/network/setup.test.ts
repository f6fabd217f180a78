import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { netSetup, shellScript } from './setup.ts';
import { plan } from './testing/plan.ts';

const links = [
  { name: 'lo', mtu: 65536 },
  { name: 'eth0', mtu: 1450 },
];
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
] as const) {
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
