import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../../api/types.ts';
import type { AdmissionRequest, Verdict } from '../review.ts';
import { lookupOf, reviewContext } from '../testing.ts';
import { validateKubeVirtChange, validateKubeVirtCreate, validateKubeVirtDelete } from './kubevirt.ts';

const objectOf = (kind: string, name: string): KubeObject => ({
  kind,
  metadata: { name, namespace: 'team', uid: name, resourceVersion: '1', creationTimestamp: '' },
});
const request = (differs: Partial<AdmissionRequest>): AdmissionRequest => ({
  uid: 'r',
  operation: 'CREATE',
  userInfo: { username: 'admin' },
  ...differs,
});
const kubeVirt = (spec: object): Record<string, unknown> => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'KubeVirt',
  metadata: { name: 'kubevirt', namespace: 'kubevirt' },
  spec,
});
const messageOf = (verdict: Verdict): string | undefined =>
  !verdict.allowed && 'message' in verdict ? verdict.message : undefined;

test('the first KubeVirt object is judged by its settings', async () => {
  const context = reviewContext();
  const ask = (spec: object) => validateKubeVirtCreate(request({ object: kubeVirt(spec) }), context);
  assert.equal((await ask({})).allowed, true);
  assert.equal((await ask({ uninstallStrategy: 'Burn' })).allowed, false);
});

test('a second one is refused', async () => {
  const context = reviewContext({ lookup: lookupOf(objectOf('KubeVirt', 'first')) });
  const verdict = await validateKubeVirtCreate(request({ object: kubeVirt({}) }), context);
  assert.match(messageOf(verdict) ?? '', /^Kubevirt is already created: change team\/first/);
});

test('of one that is there the API server says so', async () => {
  const context = reviewContext({ lookup: lookupOf(objectOf('KubeVirt', 'first')) });
  const again = request({ name: 'first', namespace: 'team', object: kubeVirt({}) });
  assert.equal((await validateKubeVirtCreate(again, context)).allowed, true);
});

test('warnings come with an update', async () => {
  const spec = { configuration: { developerConfiguration: { featureGates: ['Nonsense'] } } };
  const verdict = await validateKubeVirtChange(
    request({ operation: 'UPDATE', object: kubeVirt(spec), oldObject: kubeVirt({}) }),
    reviewContext(),
  );
  assert.ok(verdict.allowed);
  assert.match(verdict.warnings?.[0] ?? '', /Nonsense is not known/);
});

describe('uninstalling', () => {
  const block = { uninstallStrategy: 'BlockUninstallIfWorkloadsExist' };
  for (const { name, spec, objects, says } of [
    {
      name: 'is blocked by a VM',
      spec: block,
      objects: [objectOf('VirtualMachine', 'a')],
      says: /still 1 VirtualMachines present/,
    },
    {
      name: 'is blocked by several kinds',
      spec: block,
      objects: [objectOf('VirtualMachineInstance', 'a'), objectOf('VirtualMachineInstanceReplicaSet', 'b')],
      says: /1 VirtualMachineInstances and 1 VirtualMachineInstanceReplicaSets present/,
    },
    { name: 'goes on without workloads', spec: block, objects: [], says: undefined },
    {
      name: 'goes on where nobody blocks it',
      spec: {},
      objects: [objectOf('VirtualMachine', 'a')],
      says: undefined,
    },
  ]) {
    test(name, async () => {
      const asked = request({ operation: 'DELETE', object: null, oldObject: kubeVirt(spec) });
      const verdict = await validateKubeVirtDelete(asked, reviewContext({ lookup: lookupOf(...objects) }));
      assert.equal(verdict.allowed, says === undefined);
      if (says) assert.match(messageOf(verdict) ?? '', says);
    });
  }
});
