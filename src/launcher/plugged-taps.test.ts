import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bridgePlan, tapPlan } from '../agent/network/testing/plan.ts';
import { withPluggedTaps } from './plugged-taps.ts';

for (const { name, links, plans, taps, mtus } of [
  {
    name: 'a tap has its own name',
    links: { tap0: '1400' },
    plans: [tapPlan()],
    taps: ['tap0'],
    mtus: { tap0: 1400 },
  },
  {
    name: "a macvtap has the pod interface's",
    links: { eth0: '9000' },
    plans: [tapPlan()],
    taps: ['eth0'],
    mtus: { eth0: 9000 },
  },
  {
    name: 'an MTU that is none is not told',
    links: { tap0: '0' },
    plans: [tapPlan()],
    taps: ['tap0'],
    mtus: {},
  },
  { name: 'ours are left alone', links: {}, plans: [bridgePlan()], taps: ['tap0'], mtus: undefined },
]) {
  test(name, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mvtaps-'));
    try {
      for (const [link, mtu] of Object.entries(links)) {
        await mkdir(join(folder, link));
        await writeFile(join(folder, link, 'mtu'), `${mtu}\n`);
      }
      const found = withPluggedTaps(plans, folder);
      assert.deepEqual([found.interfaces.map(({ tap }) => tap), found.mtus], [taps, mtus]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}
