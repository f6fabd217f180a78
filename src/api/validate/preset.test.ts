import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PresetManifest } from '../manifests.ts';
import { presetRules, validatePreset, warningsOfPreset } from './preset.ts';

const sample = (spec: object = {}): PresetManifest => ({
  metadata: { name: 'small' },
  spec: { selector: { matchLabels: { size: 'small' } }, domain: { devices: {} }, ...spec },
});

const rows: { name: string; preset: PresetManifest; field: string; says: RegExp }[] = [
  {
    name: 'presetHasDomain',
    preset: sample({ domain: undefined }),
    field: 'spec.domain',
    says: /^missing domain\./,
  },
  {
    name: 'presetSelectorIsValid',
    preset: sample({ selector: { matchLabels: { 'a b': 'c' } } }),
    field: 'spec.selector',
    says: /no label name/,
  },
];

for (const { name, preset, field, says } of rows) {
  test(name, () => {
    const found = validatePreset(preset).find((cause) => cause.field === field);
    assert.match(found?.message ?? '', says);
  });
}

describe('every rule', () => {
  for (const { name } of presetRules) {
    test(`${name} has a row`, () => assert.ok(rows.some((row) => row.name.split(':')[0] === name)));
  }
});

test('a preset without a spec is refused, not a crash', () => {
  assert.equal(validatePreset({ metadata: { name: 'x' } })[0]?.field, 'spec.domain');
});

test('what no instance will get is said', () => {
  const domain = {
    cpu: { cores: 2 },
    clock: { utc: {}, timer: { hpet: { present: false } } },
    resources: { requests: { memory: '64M' }, limits: { memory: '64M' } },
    memory: { guest: '64M' },
    devices: { watchdog: { name: 'w', i6300esb: {} }, disks: [{ name: 'd' }] },
  };
  assert.deepEqual(
    warningsOfPreset(sample({ domain })).map((warning) => warning.replace(/ .*/, '')),
    ['spec.domain.resources.limits', 'spec.domain.memory', 'spec.domain.devices.disks'],
  );
  assert.deepEqual(validatePreset(sample({ domain })), []);
});
