import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../cluster-config.ts';
import type { VmManifest } from '../manifests.ts';
import { sampleVm, withField } from '../testing/vmi.ts';
import { dataVolumeTemplateRules } from './data-volume-templates.ts';
import { validateVm, vmRules, warningsOfVm } from './vm.ts';

const rows: { name: string; path: string; value: unknown; field: string; says: RegExp }[] = [
  {
    name: 'oneWayToRun: both',
    path: 'spec.running',
    value: true,
    field: 'spec.running',
    says: /^Running and RunStrategy are mutually exclusive\./,
  },
  {
    name: 'oneWayToRun: none',
    path: 'spec.runStrategy',
    value: undefined,
    field: 'spec.running',
    says: /^RunStrategy must be specified/,
  },
  {
    name: 'runStrategyIsKnown: unknown',
    path: 'spec.runStrategy',
    value: 'Sometimes',
    field: 'spec.runStrategy',
    says: /^Invalid RunStrategy \(Sometimes\)/,
  },
  {
    name: 'runStrategyIsKnown: not yet',
    path: 'spec.runStrategy',
    value: 'WaitAsReceiver',
    field: 'spec.runStrategy',
    says: /^Invalid RunStrategy \(WaitAsReceiver\)/,
  },
  {
    name: 'vmFieldsAreHonoured',
    path: 'spec.updateVolumesStrategy',
    value: 'Migration',
    field: 'spec.updateVolumesStrategy',
    says: /not supported by this release/,
  },
  {
    name: 'templateIsValid: spec',
    path: 'spec.template.spec.domain.memory',
    value: undefined,
    field: 'spec.template.spec.domain.memory',
    says: /'spec\.template\.spec\.domain\.memory\.guest'/,
  },
  {
    name: 'templateIsValid: missing',
    path: 'spec.template.spec',
    value: undefined,
    field: 'spec.template',
    says: /^missing virtual machine template\./,
  },
  {
    name: 'templateIsValid: labels',
    path: 'spec.template.metadata.labels',
    value: { 'kubevirt.io/created-by': 'x' },
    field: 'spec.template.metadata.labels',
    says: /reserved kubevirt\.io/,
  },
  {
    name: 'templateIsValid: labels that are no text',
    path: 'spec.template.metadata.labels',
    value: { app: 1 },
    field: 'spec.template.metadata.labels',
    says: /must be text/,
  },
];

describe('rules on a VM', () => {
  for (const { name, path, value, field, says } of rows) {
    test(name, () => {
      const causes = validateVm(withField(sampleVm(), path, value), defaultConfig, false);
      const found = causes.find((cause) => cause.field === field);
      assert.ok(found, JSON.stringify(causes));
      assert.match(found.message, says);
    });
  }

  test('every rule has a row', () => {
    // Rules on DataVolumes have a table of their own.
    const tested = new Set([
      ...rows.map(({ name }) => name.split(':')[0]),
      ...dataVolumeTemplateRules.map(({ name }) => name),
    ]);
    assert.deepEqual(
      vmRules.map((rule) => rule.name).filter((name) => !tested.has(name)),
      [],
    );
  });

  for (const strategy of ['Always', 'Halted', 'Manual', 'RerunOnFailure', 'Once']) {
    test(`accepts run strategy ${strategy}`, () => {
      const vm = withField(sampleVm(), 'spec.runStrategy', strategy);
      assert.deepEqual(validateVm(vm, defaultConfig, false), []);
    });
  }

  test('accepts running, with a warning', () => {
    const vm: VmManifest = withField(
      withField(sampleVm(), 'spec.runStrategy', undefined),
      'spec.running',
      false,
    );
    assert.deepEqual(validateVm(vm, defaultConfig, false), []);
    assert.deepEqual(warningsOfVm(vm), ['spec.running is deprecated, please use spec.runStrategy instead.']);
  });

  test('validates what the defaults make of the template', () => {
    const vm = withField(sampleVm(), 'spec.template.spec.domain.devices.disks', undefined);
    assert.deepEqual(validateVm(vm, defaultConfig, false), []);
  });
});
