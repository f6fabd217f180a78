import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { featureGates, gatesInForce, warningsOfGates } from './feature-gates.ts';
import type { GateSettings } from './feature-gates.ts';

describe('a gate is in force', () => {
  const rows: { name: string; gate: string; settings: GateSettings; want: boolean }[] = [
    { name: 'GA by default', gate: 'LiveMigration', settings: {}, want: true },
    { name: 'GA though disabled', gate: 'NUMA', settings: { disabledFeatureGates: ['NUMA'] }, want: true },
    { name: 'beta by default', gate: 'Snapshot', settings: {}, want: true },
    {
      name: 'beta, disabled',
      gate: 'Snapshot',
      settings: { disabledFeatureGates: ['Snapshot'] },
      want: false,
    },
    {
      name: 'beta, in both lists',
      gate: 'Snapshot',
      settings: { featureGates: ['Snapshot'], disabledFeatureGates: ['Snapshot'] },
      want: true,
    },
    { name: 'alpha by default', gate: 'HostDisk', settings: {}, want: false },
    { name: 'alpha, enabled', gate: 'HostDisk', settings: { featureGates: ['HostDisk'] }, want: true },
    { name: 'lists that are null', gate: 'HostDisk', settings: { featureGates: null }, want: false },
    { name: 'deprecated by default', gate: 'HotplugVolumes', settings: {}, want: false },
    {
      name: 'deprecated, enabled',
      gate: 'HotplugVolumes',
      settings: { featureGates: ['HotplugVolumes'] },
      want: true,
    },
    { name: 'discontinued, enabled', gate: 'Macvtap', settings: { featureGates: ['Macvtap'] }, want: false },
    { name: 'unknown, enabled', gate: 'Wonder', settings: { featureGates: ['Wonder'] }, want: false },
  ];
  for (const { name, gate, settings, want } of rows) {
    test(name, () => assert.equal(gatesInForce(settings).has(gate), want));
  }
});

describe('naming a gate', () => {
  const rows: { name: string; settings: GateSettings; says: RegExp | undefined }[] = [
    { name: 'that acts', settings: { featureGates: ['HostDisk'] }, says: undefined },
    { name: 'that opens nothing here', settings: { featureGates: ['VSOCK'] }, says: /VSOCK has no effect/ },
    { name: 'that is GA', settings: { featureGates: ['NonRoot'] }, says: /always on/ },
    { name: 'that is deprecated', settings: { featureGates: ['MultiArchitecture'] }, says: /deprecated/ },
    { name: 'that is gone', settings: { featureGates: ['Passt'] }, says: /discontinued/ },
    { name: 'nobody knows', settings: { featureGates: ['HostDisc'] }, says: /check its spelling/ },
    { name: 'to be off', settings: { disabledFeatureGates: ['Snapshot'] }, says: undefined },
    { name: 'to be off, GA', settings: { disabledFeatureGates: ['NUMA'] }, says: /cannot be disabled/ },
    {
      name: 'to be off, always on here',
      settings: { disabledFeatureGates: ['NodeRestriction'] },
      says: /cannot be disabled/,
    },
    { name: 'to be off, unknown', settings: { disabledFeatureGates: ['Sn'] }, says: /check its spelling/ },
  ];
  for (const { name, settings, says } of rows) {
    test(name, () => {
      const warnings = warningsOfGates(settings);
      assert.equal(warnings.length, says === undefined ? 0 : 1, warnings.join());
      if (says !== undefined) assert.match(warnings[0] ?? '', says);
    });
  }
});

test('a gate has one stage', () => assert.equal(featureGates.size, 15 + 31 + 31 + 4 + 4));
