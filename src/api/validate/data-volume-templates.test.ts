import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig } from '../cluster-config.ts';
import type { CauseType } from './cause.ts';
import { sampleVm, withField } from '../testing/vmi.ts';
import { dataVolumeTemplateRules } from './data-volume-templates.ts';
import { validateVm, vmRules } from './vm.ts';

const at = 'spec.dataVolumeTemplates[0]';
const good = {
  metadata: { name: 'data' },
  spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '1Gi' } } } },
};
const storage = good.spec.storage;
const spec = (change: object) => ({ 'spec.dataVolumeTemplates[0].spec': change });

const rows: { name: string; set: Record<string, unknown>; type?: CauseType; field: string; says: RegExp }[] =
  [
    {
      name: 'dataVolumeTemplateIsNamed',
      set: { [`${at}.metadata`]: {} },
      type: 'FieldValueRequired',
      field: `${at}.name`,
      says: /^'name' field must not be empty for DataVolumeTemplate entry/,
    },
    {
      name: 'dataVolumeTemplateNamesDiffer',
      set: { 'spec.dataVolumeTemplates[1]': good },
      field: 'spec.dataVolumeTemplates[1].name',
      says: /must not have the same Name/,
    },
    {
      name: 'dataVolumeTemplateIsInNamespace',
      set: { [`${at}.metadata.namespace`]: 'other' },
      field: at,
      says: /^Embedded DataVolume namespace other differs from VM namespace default/,
    },
    {
      name: 'dataVolumeTemplateIsUsed',
      set: { [`${at}.metadata.name`]: 'lost' },
      type: 'FieldValueRequired',
      field: at,
      says: /must be referenced in the VMI template's 'volumes' list/,
    },
    {
      name: 'dataVolumeTemplateHasStorage: none',
      set: spec({ source: { blank: {} } }),
      field: `${at}.PVC.Storage`,
      says: /^Missing Data volume PVC or Storage/,
    },
    {
      name: 'dataVolumeTemplateHasStorage: two',
      set: spec({ source: { blank: {} }, storage, pvc: storage }),
      field: `${at}.PVC.Storage`,
      says: /^Duplicate storage definition, both target storage and target pvc defined/,
    },
    {
      name: 'dataVolumeTemplateHasOrigin: two',
      set: spec({ source: { blank: {} }, storage: { ...storage, dataSource: { kind: 'A', name: 'a' } } }),
      field: `${at}.source`,
      says: /^External population is incompatible with Source and SourceRef/,
    },
    {
      name: 'dataVolumeTemplateHasOrigin: none',
      set: spec({ storage }),
      field: `${at}.source.sourceRef`,
      says: /^Data volume should have either Source, SourceRef, or be externally populated/,
    },
    {
      name: 'dataVolumeTemplateHasOneSource: none',
      set: spec({ storage, source: {} }),
      field: `${at}.source`,
      says: /^Missing dataVolume valid source/,
    },
    {
      name: 'dataVolumeTemplateHasOneSource: two',
      set: spec({ storage, source: { blank: {}, upload: {} } }),
      field: `${at}.source`,
      says: /^Multiple dataVolume sources/,
    },
    {
      name: 'updateVolumesStrategyIsKnown: not yet',
      set: { 'spec.updateVolumesStrategy': 'Migration' },
      type: 'FieldValueNotSupported',
      field: 'spec.updateVolumesStrategy',
      says: /use Replacement and restart the VM/,
    },
    {
      name: 'updateVolumesStrategyIsKnown: unknown',
      set: { 'spec.updateVolumesStrategy': 'Swap' },
      field: 'spec.updateVolumesStrategy',
      says: /strategy not recognized: Swap/,
    },
  ];

const vmWith = (fields: Record<string, unknown>) =>
  Object.entries({
    'spec.dataVolumeTemplates': [good],
    'spec.template.spec.volumes[0]': { name: 'root', dataVolume: { name: 'data' } },
    ...fields,
  }).reduce((vm, [path, value]) => withField(vm, path, value), sampleVm());

for (const { name, set, type = 'FieldValueInvalid', field, says } of rows) {
  test(name, () => {
    const causes = validateVm(vmWith(set), defaultConfig, false);
    const found = causes.find((cause) => cause.field === field && cause.type === type);
    assert.ok(found, `no such cause in ${JSON.stringify(causes, null, 1)}`);
    assert.match(found.message, says);
  });
}

const tested = new Set(rows.map(({ name }) => name.split(':')[0]));
for (const rule of dataVolumeTemplateRules) {
  test(`${rule.name} has a row and is a rule of VMs`, () => {
    assert.ok(tested.has(rule.name));
    assert.ok(vmRules.includes(rule));
  });
}

test('a template that is right is accepted', () => {
  assert.deepEqual(validateVm(vmWith({}), defaultConfig, false), []);
});

test('volumes that are replaced are accepted', () => {
  const vm = withField(sampleVm(), 'spec.updateVolumesStrategy', 'Replacement');
  assert.deepEqual(validateVm(vm, defaultConfig, false), []);
});
