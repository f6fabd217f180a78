import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterConfig } from './cluster-config.ts';
import { defaultSmbios, smbiosOf } from './smbios.ts';

test('what is given is laid over the default', () => {
  assert.deepEqual(smbiosOf({}), defaultSmbios);
  assert.deepEqual(smbiosOf({ product: 'Cloud', version: '9', sku: '', family: 7, more: 'x' }), {
    manufacturer: 'KubeVirt',
    family: 'KubeVirt',
    product: 'Cloud',
    version: '9',
  });
});

test('a cluster that says nothing leaves launchers to the default', () => {
  assert.equal(clusterConfig({}).smbios, undefined);
  assert.equal(clusterConfig({ smbios: { sku: 'S' } }).smbios?.sku, 'S');
});
