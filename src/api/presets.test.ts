import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withPresets } from './presets.ts';
import type { PresetLike } from './presets.ts';
import { sampleVmi, withField } from './testing/vmi.ts';
import type { VmiManifest } from './manifests.ts';

const preset = (name: string, domain: object): PresetLike => ({
  metadata: { name },
  spec: { selector: { matchLabels: { size: 'small' } }, domain: domain as never },
});

const labelled = (domain: object = {}, annotations?: Record<string, string>): VmiManifest => {
  const vmi = {
    ...sampleVmi(),
    metadata: { name: 'v', labels: { size: 'small' }, ...(annotations && { annotations }) },
  };
  return withField(vmi, 'spec.domain', { devices: {}, ...domain }) as VmiManifest;
};

const applied = { 'virtualmachinepreset.kubevirt.io/p': 'kubevirt.io/v1' };

describe('a preset fills in what an instance lacks', () => {
  const rows: { name: string; preset: object; vmi?: object; want: object }[] = [
    { name: 'cpu', preset: { cpu: { cores: 2 } }, want: { cpu: { cores: 2 } } },
    {
      name: 'requests',
      preset: { resources: { requests: { memory: '64M' } } },
      vmi: { resources: { limits: { memory: '1G' } } },
      want: { resources: { limits: { memory: '1G' }, requests: { memory: '64M' } } },
    },
    { name: 'firmware', preset: { firmware: { serial: 'x' } }, want: { firmware: { serial: 'x' } } },
    { name: 'features', preset: { features: { acpi: {} } }, want: { features: { acpi: {} } } },
    { name: 'ioThreadsPolicy', preset: { ioThreadsPolicy: 'auto' }, want: { ioThreadsPolicy: 'auto' } },
    {
      name: 'watchdog beside other devices',
      preset: { devices: { watchdog: { name: 'w' } } },
      vmi: { devices: { rng: {} } },
      want: { devices: { rng: {}, watchdog: { name: 'w' } } },
    },
    {
      name: 'a time zone beside timers',
      preset: { clock: { timezone: 'Europe/Berlin' } },
      vmi: { clock: { timer: { hpet: {} } } },
      want: { clock: { timezone: 'Europe/Berlin', timer: { hpet: {} } } },
    },
    {
      name: 'timers beside a time zone',
      preset: { clock: { timer: { hpet: {} } } },
      vmi: { clock: { timezone: 'Europe/Berlin' } },
      want: { clock: { timezone: 'Europe/Berlin', timer: { hpet: {} } } },
    },
  ];
  for (const row of rows) {
    test(row.name, () => {
      const result = withPresets(labelled(row.vmi), [preset('p', row.preset)]);
      assert.ok(result.causes === undefined);
      const { domain } = JSON.parse(JSON.stringify(result.vmi.spec)) as { domain: object };
      assert.deepEqual(domain, { devices: {}, ...row.vmi, ...row.want });
      assert.deepEqual(result.vmi.metadata?.annotations, applied);
      assert.deepEqual(result.warnings, []);
    });
  }
});

test('what an instance states stays, and the user is told', () => {
  const vmi = labelled({ cpu: { cores: 1 } });
  const result = withPresets(vmi, [preset('p', { cpu: { cores: 2 }, ioThreadsPolicy: 'auto' })]);
  assert.ok(result.causes === undefined);
  assert.deepEqual(result.vmi.spec.domain.cpu, { cores: 1 });
  assert.deepEqual(result.vmi.metadata?.annotations, applied);
  assert.match(result.warnings.join(), /^spec\.domain\.cpu is kept: preset 'p'/);
});

test('a preset that gives nothing leaves no mark', () => {
  const result = withPresets(labelled({ cpu: { cores: 1 } }), [preset('p', { cpu: { cores: 2 } })]);
  assert.ok(result.causes === undefined);
  assert.equal(result.vmi.metadata?.annotations, undefined);
});

test('the same amount in other words is no conflict', () => {
  const vmi = labelled({ resources: { requests: { memory: '1Gi' } } });
  const result = withPresets(vmi, [preset('p', { resources: { requests: { memory: '1024Mi', cpu: '1' } } })]);
  assert.ok(result.causes === undefined);
  assert.deepEqual(result.warnings, []);
  assert.deepEqual(result.vmi.spec.domain.resources?.requests, { memory: '1Gi' });
});

test('presets that contradict each other are refused with both names', () => {
  const result = withPresets(labelled(), [
    preset('a', { cpu: { cores: 1 } }),
    preset('b', { cpu: { cores: 2 } }),
  ]);
  assert.match(result.causes?.[0]?.message ?? '', /'b' and 'a' conflict in spec\.domain\.cpu/);
});

test('other labels, and an instance that wants none, are left alone', () => {
  const one = preset('p', { cpu: { cores: 2 } });
  const other = { ...labelled(), metadata: { labels: { size: 'large' } } };
  const excluded = labelled({}, { 'virtualmachineinstancepresets.admission.kubevirt.io/exclude': 'true' });
  for (const vmi of [other, excluded]) {
    const result = withPresets(vmi, [one]);
    assert.ok(result.causes === undefined);
    assert.equal(result.vmi, vmi);
  }
});

describe('thousands of presets hold up nobody', () => {
  const many = (count: number, domain: (index: number) => object): PresetLike[] =>
    Array.from({ length: count }, (_, index) => preset(`p${index}`, domain(index)));

  test('that contradict one another: some are told', () => {
    const result = withPresets(
      labelled(),
      many(5_000, (index) => ({ cpu: { cores: index + 1 } })),
    );
    assert.equal(result.causes?.length, 10);
  });

  test('that agree', { timeout: 5_000 }, () => {
    const everything = {
      cpu: { cores: 2 },
      firmware: { serial: 'x' },
      resources: { requests: { memory: '64M' } },
    };
    const result = withPresets(
      labelled(),
      many(20_000, () => everything),
    );
    assert.ok(result.causes === undefined);
    assert.equal(Object.keys(result.vmi.metadata?.annotations ?? {}).length, 20_000);
  });
});
