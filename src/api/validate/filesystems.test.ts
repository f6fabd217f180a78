import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterConfig, defaultConfig } from '../cluster-config.ts';
import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import { specWith } from '../testing/vmi.ts';
import * as filesystems from './filesystems.ts';
import { validateVmiSpec } from './vmi.ts';

const at = 'domain.devices.filesystems';
const share = { name: 'share', virtiofs: {} };
const config = clusterConfig({
  developerConfiguration: { featureGates: ['EnableVirtioFsStorageVolumes'] },
});
const configMap = { name: 'share', configMap: { name: 'app' } };

const rows: Row[] = [
  {
    name: 'filesystemNamesDiffer',
    set: { [at]: [share, share], 'volumes[2]': configMap },
    type: 'FieldValueDuplicate',
    field: `${at}[1].name`,
  },
  {
    name: 'filesystemHasVolume',
    set: { [at]: [share] },
    field: `${at}[0].name`,
    says: /'share' not found/,
  },
  {
    name: 'filesystemIsVirtiofs',
    set: { [at]: [{ name: 'share' }], 'volumes[2]': configMap },
    type: 'FieldValueRequired',
    field: `${at}[0].virtiofs`,
  },
  {
    name: 'filesystemNameFits',
    set: {
      [at]: [{ name: 's'.repeat(37), virtiofs: {} }],
      'volumes[2]': { name: 's'.repeat(37), configMap: { name: 'app' } },
    },
    field: `${at}[0].name`,
    says: /36 bytes/,
  },
  {
    name: 'filesystemIsOfFiles: an image',
    set: {
      [at]: [share],
      'volumes[2]': { name: 'share', containerDisk: { image: 'registry.example/disk:1' } },
    },
    type: 'FieldValueNotSupported',
    field: `${at}[0]`,
    says: /no folder of files; .* configMap, secret/,
  },
  {
    name: 'filesystemIsOfFiles: a claim below an overlay',
    set: {
      [at]: [share],
      'volumes[2]': { name: 'share', ephemeral: { persistentVolumeClaim: { claimName: 'c' } } },
    },
    type: 'FieldValueNotSupported',
    field: `${at}[0]`,
  },
  {
    name: 'sharedClaimIsNoDisk',
    set: {
      [at]: [share],
      'domain.devices.disks[2]': { name: 'share', disk: { bus: 'virtio' } },
      'volumes[2]': { name: 'share', persistentVolumeClaim: { claimName: 'c' } },
    },
    config,
    field: `${at}[0]`,
    says: /a disk of the guest as well/,
  },
  ...[
    { name: 'another volume', onClaim: { persistentVolumeClaim: { claimName: 'c' } } },
    { name: 'an overlay', onClaim: { ephemeral: { persistentVolumeClaim: { claimName: 'c' } } } },
    { name: 'a DataVolume', onClaim: { dataVolume: { name: 'c' } } },
  ].map(({ name, onClaim }) => ({
    name: `sharedClaimIsNoDisk: ${name} on the claim`,
    set: {
      [at]: [share],
      'domain.devices.disks[2]': { name: 'own', disk: { bus: 'virtio' } },
      'volumes[2]': { name: 'own', ...onClaim },
      'volumes[3]': { name: 'share', persistentVolumeClaim: { claimName: 'c' } },
    },
    config,
    field: `${at}[0]`,
    says: /claim 'c' is a disk of the guest as well/,
  })),
];

testRules(rows, filesystems);

const shared: { name: string; volume: Record<string, unknown>; gated?: true }[] = [
  { name: 'a ConfigMap', volume: { configMap: { name: 'app' } } },
  { name: 'a Secret', volume: { secret: { secretName: 'pass' } } },
  { name: 'a service account', volume: { serviceAccount: { serviceAccountName: 'default' } } },
  {
    name: 'fields of the pod',
    volume: { downwardAPI: { fields: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } },
  },
  { name: 'a claim', volume: { persistentVolumeClaim: { claimName: 'c' } }, gated: true },
  { name: 'a DataVolume', volume: { dataVolume: { name: 'c' } }, gated: true },
];

for (const { name, volume, gated } of shared) {
  test(`accepted: ${name}${gated ? ', where the gate is open' : ''}`, () => {
    const spec = specWith({ [at]: [share], 'volumes[2]': { name: 'share', ...volume } }, config);
    assert.equal(spec.domain.devices.disks?.length, 2, 'a volume that is shared gets no disk by itself');
    const causes = validateVmiSpec({ spec, path: 'spec', config: gated ? config : defaultConfig });
    assert.deepEqual(causes, []);
  });
}

test('accepted: objects of the cluster that are a disk and a file system', () => {
  const disk = { name: 'share', disk: { bus: 'virtio' } };
  const spec = specWith({ [at]: [share], 'domain.devices.disks[2]': disk, 'volumes[2]': configMap });
  assert.deepEqual(validateVmiSpec({ spec, path: 'spec', config: defaultConfig }), []);
});
