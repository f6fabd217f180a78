import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig } from '../cluster-config.ts';
import { testRules } from '../testing/rules.ts';
import type { Row } from '../testing/rules.ts';
import { specWith } from '../testing/vmi.ts';
import * as requested from './requested.ts';
import { validateVmiSpec } from './vmi.ts';

const resources = 'domain.resources';

const rows: Row[] = [
  {
    name: 'requestedResourceCanBe: no resource of containers',
    set: { [resources]: { requests: { key: '2' } } },
    field: `${resources}.requests.key`,
    says: /use one of cpu, memory, ephemeral-storage, or/,
  },
  {
    name: 'requestedResourceCanBe: no domain',
    set: { [resources]: { limits: { 'Example!/device': '1' } } },
    field: `${resources}.limits.Example!/device`,
  },
  {
    name: 'requestedResourceCanBe: pages',
    set: { [resources]: { requests: { 'hugepages-2Mi': '64Mi' } } },
    field: `${resources}.requests.hugepages-2Mi`,
    says: /set domain\.memory\.hugepages\.pageSize instead/,
  },
  {
    name: 'requestedDevicesAreWhole: no limit',
    set: { [resources]: { requests: { 'example.com/device': '1' } } },
    field: `${resources}.limits.example.com/device`,
  },
  {
    name: 'requestedDevicesAreWhole: another limit',
    set: { [resources]: { requests: { 'example.com/device': '1' }, limits: { 'example.com/device': '2' } } },
    field: `${resources}.limits.example.com/device`,
  },
  {
    name: 'requestedDevicesAreWhole: a part',
    set: { [resources]: { limits: { 'example.com/device': '500m' } } },
    field: `${resources}.limits.example.com/device`,
    says: /is counted whole/,
  },
  ...['99999999999999999999Ei', '1e99', '9223372036854775807'].map((guest) => ({
    name: `memoryIsAddressable: guest of ${guest}`,
    set: { 'domain.memory.guest': guest },
    field: 'domain.memory.guest',
    says: /use at most 4Pi/,
  })),
  {
    name: 'memoryIsAddressable: pages',
    set: { 'domain.memory': { hugepages: { pageSize: '4Ei' } } },
    field: 'domain.memory.hugepages.pageSize',
  },
  {
    name: 'memoryIsAddressable: requested',
    set: { [resources]: { requests: { memory: '8Pi' } } },
    field: `${resources}.requests.memory`,
  },
];

testRules(rows, requested);

const accepted: Record<string, Record<string, unknown>> = {
  'ephemeral storage': { requests: { 'ephemeral-storage': '1Gi' } },
  'a device by its limit': { limits: { 'example.com/device': '2' } },
  'a device by both': { requests: { 'example.com/d': '1' }, limits: { 'example.com/d': '1' } },
  "Kubernetes' own": { requests: { 'alpha.kubernetes.io/gpu': '1' } },
};

for (const [name, given] of Object.entries(accepted)) {
  test(`accepted: ${name}`, () => {
    const spec = specWith({ [resources]: given });
    assert.deepEqual(validateVmiSpec({ spec, path: 'spec', config: defaultConfig }), []);
  });
}

test('the largest guest', () => {
  const spec = specWith({ 'domain.memory.guest': '4Pi' });
  assert.deepEqual(validateVmiSpec({ spec, path: 'spec', config: defaultConfig }), []);
});
