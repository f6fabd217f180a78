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

const rows: { name: string; path: string; value: unknown; causes?: number }[] = [
  { name: 'settingsAreHonoured: group', path: 'configuration.migrations', value: { allowPostCopy: true } },
  { name: 'settingsAreHonoured: top', path: 'productName', value: 'x' },
  {
    name: 'instancetypesAreReferenced',
    path: 'configuration.instancetype',
    value: { referencePolicy: 'expandAll' },
  },
  { name: 'smbiosIsPlain', path: 'configuration.smbios', value: { product: 'a\nb' } },
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
  { name: 'clusterEvictionStrategyIsKnown', path: 'configuration.evictionStrategy', value: 'Pray' },
  {
    name: 'defaultInterfaceIsKnown',
    path: 'configuration.network.defaultNetworkInterface',
    value: 'slirp',
  },
  {
    name: 'defaultInterfaceIsPermitted',
    path: 'configuration.network',
    value: { defaultNetworkInterface: 'bridge', permitBridgeInterfaceOnPodNetwork: false },
  },
  { name: 'rolloutIsStaged', path: 'configuration.vmRolloutStrategy', value: 'LiveUpdate' },
  { name: 'rolesAreAggregated', path: 'configuration.roleAggregationStrategy', value: 'Manual' },
  { name: 'tlsVersionIsOurs', path: 'configuration.tlsConfiguration.minTLSVersion', value: 'VersionTLS13' },
  {
    name: 'emptySelectorsAreHonoured: every namespace',
    path: 'configuration.autoCPULimitNamespaceLabelSelector',
    value: {},
  },
  {
    name: 'oneSeccompProfile',
    path: 'configuration.seccompConfiguration.virtualMachineInstanceProfile.customProfile',
    value: { localhostProfile: 'a.json', runtimeDefaultProfile: true },
    causes: 2,
  },
  {
    name: 'emptySelectorsAreHonoured: no free page reporting',
    path: 'configuration.virtualMachineOptions.disableFreePageReporting',
    value: {},
  },
  {
    name: 'seccompProfileIsStated',
    path: 'configuration.seccompConfiguration.virtualMachineInstanceProfile',
    value: {},
  },
  { name: 'settingsAreHonoured: ciphers', path: 'configuration.tlsConfiguration.ciphers', value: ['x'] },
  {
    name: 'pluginAttachmentIsKnown',
    path: 'configuration.network.binding',
    value: { own: { domainAttachmentType: 'rope' } },
  },
  {
    name: 'pluginDoesSomething',
    path: 'configuration.network.binding',
    value: { own: { networkAttachmentDefinition: 'n' } },
  },
  {
    name: 'pluginOverheadIsMemory',
    path: 'configuration.network.binding',
    value: {
      own: {
        domainAttachmentType: 'tap',
        computeResourceOverhead: { requests: { cpu: '1', memory: 'much' }, limits: { memory: '1Gi' } },
      },
    },
    causes: 3,
  },
  {
    name: 'pluginTakesNoDeviceInfo',
    path: 'configuration.network.binding.own',
    value: { domainAttachmentType: 'tap', downwardAPI: 'device-info' },
  },
  ...['a/b/c', 'a/', '/b', 'B', 'a.b/c', '../c'].map((networkAttachmentDefinition) => ({
    name: `pluginDefinitionIsNamed: ${networkAttachmentDefinition}`,
    path: 'configuration.network.binding.own',
    value: { domainAttachmentType: 'tap', networkAttachmentDefinition },
  })),
  {
    name: 'defaultArchitectureIsOurs',
    path: 'configuration.architectureConfiguration.defaultArchitecture',
    value: 'arm64',
  },
];

describe('rules on the KubeVirt object', () => {
  for (const { name, path, value, causes: count = 1 } of rows) {
    test(name, () => {
      const causes = validateKubeVirt(withField(usual, `spec.${path}`, value));
      assert.deepEqual(
        causes.map(({ field }) => field.startsWith(`spec.${path}`)),
        Array.from({ length: count }, () => true),
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

describe('settings that work', () => {
  for (const { name, path, value } of [
    {
      name: 'a seccomp profile',
      path: 'seccompConfiguration',
      value: { virtualMachineInstanceProfile: { customProfile: { localhostProfile: 'vm.json' } } },
    },
    { name: 'a runtime class', path: 'defaultRuntimeClass', value: 'kata' },
    { name: 'an SELinux type', path: 'selinuxLauncherType', value: 'virt_launcher.process' },
    { name: 'no log of consoles', path: 'virtualMachineOptions', value: { disableSerialConsoleLog: {} } },
    { name: 'bridges by default', path: 'network.defaultNetworkInterface', value: 'bridge' },
    { name: 'no bridges', path: 'network.permitBridgeInterfaceOnPodNetwork', value: false },
    {
      name: 'a binding plug-in',
      path: 'network.binding',
      value: {
        own: {
          sidecarImage: 'i',
          networkAttachmentDefinition: 'a/b',
          domainAttachmentType: 'managedTap',
          migration: {},
          computeResourceOverhead: { requests: { memory: '64Mi' } },
        },
      },
    },
    { name: 'migration on eviction', path: 'evictionStrategy', value: 'LiveMigrate' },
    { name: 'staged changes', path: 'vmRolloutStrategy', value: 'Stage' },
    { name: 'TLS of 1.2 and later', path: 'tlsConfiguration.minTLSVersion', value: 'VersionTLS12' },
  ]) {
    test(name, () =>
      assert.deepEqual(validateKubeVirt(withField(usual, `spec.configuration.${path}`, value)), []),
    );
  }
});
