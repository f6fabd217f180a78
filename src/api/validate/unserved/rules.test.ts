import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cause } from '../cause.ts';
import { cloneRules, exportRules } from './copies.ts';
import { migrationRules, policyRules } from './migration.ts';
import { poolRules } from './pool.ts';
import { restoreRules, snapshotRules } from './snapshot.ts';

type AnyRule = (spec: never) => Cause[];

const rules: Record<string, readonly AnyRule[]> = {
  migration: migrationRules,
  policy: policyRules,
  pool: poolRules,
  snapshot: snapshotRules,
  restore: restoreRules,
  export: exportRules,
  clone: cloneRules,
};

const vm = { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' };
const sound: Record<string, object> = {
  migration: { vmiName: 'web' },
  policy: { selectors: {} },
  pool: {
    selector: { matchLabels: { app: 'web' } },
    virtualMachineTemplate: { metadata: { labels: { app: 'web' } }, spec: {} },
  },
  snapshot: { source: vm },
  restore: { target: vm, virtualMachineSnapshotName: 's' },
  export: { source: vm },
  clone: { source: vm },
};

const rows: { name: string; of: string; set: object; field: string; says?: RegExp }[] = [
  {
    name: 'migrationNamesInstance',
    of: 'migration',
    set: { vmiName: '' },
    field: 'spec.vmiName',
    says: /^vmiName is missing/,
  },
  {
    name: 'migrationPriorityIsOurs',
    of: 'migration',
    set: { priority: 'high' },
    field: 'spec.migrationPriority',
    says: /^Migration priority queue/,
  },
  {
    name: 'migrationIdsAgree',
    of: 'migration',
    set: { sendTo: { migrationID: 'a' }, receive: { migrationID: 'b' } },
    field: 'spec.receive.migrationID',
    says: /^sendTo migrationID a does not match receive migrationID b/,
  },
  {
    name: 'policyTimeoutIsPositive',
    of: 'policy',
    set: { completionTimeoutPerGiB: -1 },
    field: 'spec.completionTimeoutPerGiB',
    says: /must not be negative/,
  },
  {
    name: 'policyBandwidthIsPositive',
    of: 'policy',
    set: { bandwidthPerMigration: '-1Mi' },
    field: 'spec.bandwidthPerMigration',
    says: /must not be negative/,
  },
  {
    name: 'poolSelectorIsValid',
    of: 'pool',
    set: { selector: { matchLabels: { 'a b': '' } } },
    field: 'spec.selector',
  },
  {
    name: 'poolSelectorMatches',
    of: 'pool',
    set: { selector: { matchLabels: { app: 'mail' } } },
    field: 'spec.selector',
    says: /^selector does not match labels\./,
  },
  {
    name: 'poolMaxUnavailableIsUsable: zero',
    of: 'pool',
    set: { maxUnavailable: 0 },
    field: 'spec.maxUnavailable',
    says: /greater than 0/,
  },
  {
    name: 'poolMaxUnavailableIsUsable: no percentage',
    of: 'pool',
    set: { maxUnavailable: '5' },
    field: 'spec.maxUnavailable',
    says: /must end with %/,
  },
  {
    name: 'poolMaxUnavailableIsUsable: too much',
    of: 'pool',
    set: { maxUnavailable: '101%' },
    field: 'spec.maxUnavailable',
    says: /between 1 and 100/,
  },
  {
    name: 'poolMaxUnavailableIsUsable: a fraction',
    of: 'pool',
    set: { maxUnavailable: '1.5%' },
    field: 'spec.maxUnavailable',
    says: /between 1 and 100/,
  },
  {
    name: 'poolUpdatesInOneWay',
    of: 'pool',
    set: { updateStrategy: { unmanaged: {}, opportunistic: {} } },
    field: 'spec.updateStrategy',
    says: /found opportunistic, unmanaged strategies/,
  },
  {
    name: 'poolScalesInInOneWay',
    of: 'pool',
    set: { scaleInStrategy: { unmanaged: {}, proactive: {} } },
    field: 'spec.scaleInStrategy',
    says: /^only one strategy/,
  },
  {
    name: 'snapshotIsOfMachine: no group',
    of: 'snapshot',
    set: { source: { kind: 'VirtualMachine', name: 'a' } },
    field: 'spec.source.apiGroup',
    says: /^missing apiGroup/,
  },
  {
    name: 'snapshotIsOfMachine: group',
    of: 'snapshot',
    set: { source: { ...vm, apiGroup: 'apps' } },
    field: 'spec.source.apiGroup',
    says: /^invalid apiGroup/,
  },
  {
    name: 'snapshotIsOfMachine: kind',
    of: 'snapshot',
    set: { source: { ...vm, kind: 'Pod' } },
    field: 'spec.source.kind',
    says: /^invalid kind/,
  },
  {
    name: 'restoreIsToMachine',
    of: 'restore',
    set: { target: { ...vm, kind: 'Pod' } },
    field: 'spec.target.kind',
  },
  {
    name: 'restoreOverridesSay: no volume',
    of: 'restore',
    set: { volumeRestoreOverrides: [{ volumeName: '', restoreName: 'a' }] },
    field: 'spec.volumeRestoreOverrides[0].volumeName',
    says: /^must provide a volume name/,
  },
  {
    name: 'restoreOverridesSay: nothing',
    of: 'restore',
    set: { volumeRestoreOverrides: [{ volumeName: 'a' }] },
    field: 'spec.volumeRestoreOverrides[0]',
    says: /^must provide at least one overriden field/,
  },
  {
    name: 'restoreVolumePolicyIsKnown',
    of: 'restore',
    set: { volumeRestorePolicy: 'Any' },
    field: 'spec.volumeRestorePolicy',
    says: /"Any" doesn't exist/,
  },
  {
    name: 'restoreOwnershipPolicyIsKnown',
    of: 'restore',
    set: { volumeOwnershipPolicy: 'Any' },
    field: 'spec.volumeOwnershipPolicy',
    says: /"Any" doesn't exist/,
  },
  {
    name: 'exportSourceIsKnown: kind',
    of: 'export',
    set: { source: { kind: 'toString', name: 'a' } },
    field: 'spec.source.kind',
    says: /^invalid kind/,
  },
  {
    name: 'exportSourceIsKnown: name',
    of: 'export',
    set: { source: { ...vm, name: '' } },
    field: 'spec.source.name',
    says: /^Virtual Machine name must not be empty/,
  },
  {
    name: 'exportSourceIsKnown: group',
    of: 'export',
    set: { source: { kind: 'PersistentVolumeClaim', apiGroup: 'v1', name: 'a' } },
    field: 'spec.source.apiGroup',
    says: /^PVC API group must be missing or blank/,
  },
  {
    name: 'cloneSourceIsKnown: kind',
    of: 'clone',
    set: { source: { ...vm, kind: 'Pod' } },
    field: 'spec.source.kind',
    says: /^Source kind is not supported/,
  },
  {
    name: 'cloneSourceIsKnown: group',
    of: 'clone',
    set: { source: { ...vm, apiGroup: '' } },
    field: 'spec.source.apiGroup',
    says: /^Source's APIGroup/,
  },
  {
    name: 'cloneSourceIsKnown: name',
    of: 'clone',
    set: { source: { ...vm, name: '' } },
    field: 'spec.source.name',
    says: /^Source's name/,
  },
  {
    name: 'cloneTargetIsKnown: kind',
    of: 'clone',
    set: { target: { ...vm, kind: 'Pod' } },
    field: 'spec.target.kind',
    says: /^Target kind/,
  },
  {
    name: 'cloneTargetIsKnown: itself',
    of: 'clone',
    set: { target: vm },
    field: 'spec.target.name',
    says: /^Target name cannot be equal/,
  },
  {
    name: 'cloneAddressesAreMac',
    of: 'clone',
    set: { newMacAddresses: { net: '02:00' } },
    field: 'spec.newMacAddresses.net',
    says: /malformed MAC address \(02:00\)/,
  },
  {
    name: 'clonePatchesAreJson',
    of: 'clone',
    set: { patches: ['{}', '{'] },
    field: 'spec.patches[1]',
    says: /not valid JSON/,
  },
  {
    name: 'cloneFiltersAreUsable',
    of: 'clone',
    set: { labelFilters: ['*', '!a/*', 'a*b'] },
    field: 'spec.labels',
    says: /'a\*b'/,
  },
];

const causesOf = (of: string, spec: object): Cause[] =>
  (rules[of] ?? []).flatMap((rule) => rule(spec as never));

for (const { name, of, set, field, says } of rows) {
  test(name, () => {
    const found = causesOf(of, { ...sound[of], ...set }).filter((cause) => cause.field === field);
    assert.equal(found.length > 0, true);
    assert.match(found.map(({ message }) => message).join('\n'), says ?? /.{10}/);
  });
}

for (const [of, spec] of Object.entries(sound)) {
  test(`a sound ${of} passes`, () => assert.deepEqual(causesOf(of, spec), []));
}

describe('every rule', () => {
  for (const { name } of Object.values(rules).flat()) {
    test(`${name} has a row`, () => assert.ok(rows.some((row) => row.name.split(':')[0] === name)));
  }
});
