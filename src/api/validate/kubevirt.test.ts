import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeVirtManifest } from '../manifests.ts';
import { withField } from '../testing/vmi.ts';
import { kubeVirtRules, validateKubeVirt, warningsOfKubeVirt } from './kubevirt.ts';

/** The object that KubeVirt's own instructions tell people to apply. */
const usual: KubeVirtManifest = {
  spec: {
    certificateRotateStrategy: {},
    configuration: { developerConfiguration: { featureGates: [] } },
    customizeComponents: {},
    imagePullPolicy: 'IfNotPresent',
    workloadUpdateStrategy: {},
  },
};

const rows: { name: string; path: string; value: unknown }[] = [
  { name: 'settingsAreHonoured: group', path: 'configuration.migrations', value: { allowPostCopy: true } },
  { name: 'settingsAreHonoured: top', path: 'productName', value: 'x' },
  {
    name: 'instancetypesAreReferenced',
    path: 'configuration.instancetype',
    value: { referencePolicy: 'expandAll' },
  },
  { name: 'uninstallStrategyIsKnown', path: 'uninstallStrategy', value: 'Burn' },
  { name: 'cpuRequestIsAQuantity', path: 'configuration.cpuRequest', value: '-1' },
  {
    name: 'overheadRatioIsANumber',
    path: 'configuration.additionalGuestMemoryOverheadRatio',
    value: 'much',
  },
  { name: 'ratiosArePositive', path: 'configuration.developerConfiguration.cpuAllocationRatio', value: 0 },
  {
    name: 'gatesAreEitherOnOrOff',
    path: 'configuration.developerConfiguration',
    value: { featureGates: ['HostDisk', 'Root'], disabledFeatureGates: ['Root'] },
  },
  { name: 'clusterEvictionStrategyIsKnown', path: 'configuration.evictionStrategy', value: 'LiveMigrate' },
  {
    name: 'defaultInterfaceIsMasquerade',
    path: 'configuration.network.defaultNetworkInterface',
    value: 'bridge',
  },
  {
    name: 'defaultArchitectureIsOurs',
    path: 'configuration.architectureConfiguration.defaultArchitecture',
    value: 'arm64',
  },
];

describe('rules on the KubeVirt object', () => {
  for (const { name, path, value } of rows) {
    test(name, () => {
      const causes = validateKubeVirt(withField(usual, `spec.${path}`, value));
      assert.deepEqual(
        causes.map(({ field }) => field.startsWith(`spec.${path}`)),
        [true],
        JSON.stringify(causes),
      );
    });
  }

  test('every rule has a row', () => {
    const tested = new Set(rows.map(({ name }) => name.split(':')[0]));
    assert.deepEqual(
      kubeVirtRules.map((rule) => rule.name).filter((name) => !tested.has(name)),
      [],
    );
  });

  test('the usual object is accepted', () => {
    assert.deepEqual(validateKubeVirt(usual), []);
    assert.deepEqual(warningsOfKubeVirt(usual), []);
  });

  test('a feature gate is accepted with a warning', () => {
    const gated = withField(usual, 'spec.configuration.developerConfiguration.featureGates', ['Snapshot']);
    assert.deepEqual(validateKubeVirt(gated), []);
    assert.deepEqual(warningsOfKubeVirt(gated), [
      'feature gate Snapshot has no effect: this release of monovirt does not have what it opens',
    ]);
  });
});
