import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleVm } from '../../api/testing/vmi.ts';
import type { InstancetypeSpec, PreferenceSpec } from '../../api/types.ts';
import type { Cause } from '../../api/validate/cause.ts';
import type { Matcher } from '../find/matchers.ts';
import { instancetypeRules, validateInstancetype, warningsOfInstancetype } from './instancetype.ts';
import { matcherRules, validateMatchers } from './matchers.ts';
import { preferenceRules, validatePreference, warningsOfPreference } from './preference.ts';

interface Row {
  /** The rule, and after a colon which of its cases. */
  name: string;
  causes: readonly Cause[];
  type?: Cause['type'];
  field: string;
  says: RegExp;
}

const size = (set: Partial<InstancetypeSpec>): Cause[] =>
  validateInstancetype({ cpu: { guest: 1 }, memory: { guest: '1Gi' }, ...set });
const spread = (spreadOptions: NonNullable<PreferenceSpec['cpu']>['spreadOptions']): Cause[] =>
  validatePreference({ cpu: { preferredCPUTopology: 'spread', spreadOptions } });
const matched = (instancetype: Matcher, old?: Matcher): Cause[] => {
  const vm = sampleVm();
  const before = old && { ...vm, spec: { ...vm.spec, instancetype: old } };
  return validateMatchers({ ...vm, spec: { ...vm.spec, instancetype } }, before);
};
const preferred = (preference: Matcher): Cause[] => {
  const vm = sampleVm();
  return validateMatchers({ ...vm, spec: { ...vm.spec, preference } }, undefined);
};

const rows: Row[] = [
  {
    name: 'overcommitIsAPercentage: too much',
    causes: size({ memory: { guest: '1Gi', overcommitPercent: 101 } }),
    field: 'spec.memory.overcommitPercent',
    says: /^spec\.memory\.overcommitPercent '101': must be in range between 0 and 100\./,
  },
  {
    name: 'overcommitIsAPercentage: negative',
    causes: size({ memory: { guest: '1Gi', overcommitPercent: -1 } }),
    field: 'spec.memory.overcommitPercent',
    says: /'-1'/,
  },
  {
    name: 'overcommitHasNoHugepages',
    causes: size({ memory: { guest: '1Gi', overcommitPercent: 10, hugepages: { pageSize: '2Mi' } } }),
    field: 'spec.memory.overcommitPercent',
    says: /^spec\.memory\.overcommitPercent and spec\.memory\.hugepages should not be requested together\./,
  },
  {
    name: 'sizeIsPositive: CPU',
    causes: size({ cpu: { guest: 0 } }),
    field: 'spec.cpu.guest',
    says: /at least 1/,
  },
  {
    name: 'sizeIsPositive: memory',
    causes: size({ memory: { guest: '0' } }),
    field: 'spec.memory.guest',
    says: /such as 1Gi/,
  },
  {
    name: 'topologyIsKnown',
    causes: validatePreference({ cpu: { preferredCPUTopology: 'pyramid' } }),
    field: 'spec.cpu.preferredCPUTopology',
    says: /^unknown preferredCPUTopology pyramid/,
  },
  {
    name: 'spreadIsKnown',
    causes: spread({ across: 'Dies' }),
    field: 'spec.cpu.spreadOptions.across',
    says: /^across Dies is not supported/,
  },
  {
    name: 'threadsAreTwo',
    causes: spread({ across: 'CoresThreads', ratio: 3 }),
    field: 'spec.cpu.spreadOptions.ratio',
    says: /^only a ratio of 2 \(1 core 2 threads\) is allowed/,
  },
  {
    name: 'ratioIsPositive',
    causes: spread({ ratio: 0 }),
    field: 'spec.cpu.spreadOptions.ratio',
    says: /at least 1/,
  },
  {
    name: 'matcherNamesSomething: instancetype',
    causes: matched({}),
    type: 'FieldValueNotFound',
    field: 'spec.instancetype',
    says: /^Either Name or InferFromVolume should be provided within the InstancetypeMatcher/,
  },
  {
    name: 'matcherNamesSomething: preference',
    causes: preferred({}),
    type: 'FieldValueNotFound',
    field: 'spec.preference',
    says: /within the PreferenceMatcher/,
  },
  {
    name: 'inferenceStandsAlone: name',
    causes: matched({ name: 'a', inferFromVolume: 'root' }),
    type: 'FieldValueNotSupported',
    field: 'spec.instancetype.name',
    says: /^Name already set, should be cleared before setting inferFromVolume/,
  },
  {
    name: 'inferenceStandsAlone: kind',
    causes: preferred({ kind: 'VirtualMachinePreference', inferFromVolume: 'root' }),
    type: 'FieldValueNotSupported',
    field: 'spec.preference.kind',
    says: /^Kind already set/,
  },
  {
    name: 'failurePolicyIsKnown',
    causes: matched({ inferFromVolume: 'root', inferFromVolumeFailurePolicy: 'Shrug' }),
    field: 'spec.instancetype.inferFromVolumeFailurePolicy',
    says: /^Invalid value 'Shrug' for InferFromVolumeFailurePolicy/,
  },
  {
    name: 'matcherKindIsKnown',
    causes: matched({ name: 'a', kind: 'VirtualMachinePreference' }),
    type: 'FieldValueNotSupported',
    field: 'spec.instancetype.kind',
    says: /^got unexpected kind in InstancetypeMatcher/,
  },
  {
    name: 'revisionFollowsName',
    causes: matched({ name: 'b', revisionName: 'r' }, { name: 'a', revisionName: 'r' }),
    field: 'spec.instancetype.revisionName',
    says: /^the Matcher Name has been updated without updating the RevisionName/,
  },
];

for (const { name, causes, type = 'FieldValueInvalid', field, says } of rows) {
  test(name, () => {
    const found = causes.find((cause) => cause.field === field && cause.type === type);
    assert.ok(found, JSON.stringify(causes));
    assert.match(found.message, says);
  });
}

describe('every rule', () => {
  const tested = new Set(rows.map(({ name }) => name.split(':')[0]));
  for (const { name } of [...instancetypeRules, ...preferenceRules, ...matcherRules]) {
    test(`${name} has a row`, () => assert.ok(tested.has(name)));
  }
});

test('what is right is accepted', () => {
  assert.deepEqual(size({ memory: { guest: '1Gi', overcommitPercent: 100 } }), []);
  assert.deepEqual(spread({ across: 'CoresThreads' }), []);
  assert.deepEqual(validatePreference({}), []);
  for (const kind of ['', 'VirtualMachineInstancetype', 'virtualmachineclusterinstancetypes']) {
    assert.deepEqual(matched({ name: 'a', kind }), [], kind);
  }
  assert.deepEqual(matched({ name: 'b' }, { name: 'a', revisionName: 'r' }), []);
});

test('what goes is warned of', () => {
  assert.equal(
    warningsOfInstancetype({ cpu: { guest: 1 }, memory: { guest: '1Gi' }, launchSecurity: {} }).length,
    1,
  );
  assert.deepEqual(warningsOfPreference({ cpu: { preferredCPUTopology: 'cores' } }), []);
  assert.match(
    warningsOfPreference({ volumes: { preferredStorageClassName: 'fast' } })[0] ?? '',
    /preferredStorageClassName has no effect/,
  );
  assert.match(
    warningsOfPreference({ cpu: { preferredCPUTopology: 'preferCores' } })[0] ?? '',
    /^PreferredCPUTopology preferCores is deprecated .* please use cores instead$/,
  );
});
