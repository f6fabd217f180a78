import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainCases } from '../testing/cases.ts';
import { domainName, domainUuid } from './identity.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("a domain's UUID is stable for a VMI and differs between VMIs", () => {
  const vmis = domainCases()
    .map(({ vmi }) => vmi)
    .filter((vmi) => vmi.spec.domain.firmware?.uuid === undefined);
  const uuids = vmis.map(domainUuid);
  for (const value of uuids) assert.match(value, uuid);
  assert.equal(new Set(uuids).size, vmis.length);
  assert.deepEqual(vmis.map(domainUuid), uuids);
});

test('name and a given UUID are taken over', () => {
  const found = domainCases().find(({ name }) => name === 'kernel-boot');
  assert.ok(found);
  assert.equal(domainName(found.vmi), 'default_kernel-boot');
  assert.equal(domainUuid(found.vmi), '0f6d4c1a-8f5e-4e8b-9a0b-2b3c4d5e6f70');
});
