import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../api/cluster-config.ts';
import type { VmManifest } from '../api/manifests.ts';
import { sampleVm, withField } from '../api/testing/vmi.ts';
import type { KubeObject } from '../api/types.ts';
import { fakeClient } from '../controllers/testing/cluster.ts';
import { expandGiven, expandStored } from './expand-route.ts';

const stored = (kind: string, name: string, spec: object): KubeObject =>
  ({
    kind,
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '' },
    spec,
  }) as KubeObject;

const hands = {
  client: fakeClient([
    stored('VirtualMachineClusterInstancetype', 'small', { cpu: { guest: 2 }, memory: { guest: '2Gi' } }),
    stored('VirtualMachineClusterPreference', 'guest', { devices: { preferredDiskBus: 'scsi' } }),
  ]),
  config: defaultConfig,
  signal: new AbortController().signal,
};

const silent = withField(sampleVm(), 'spec.template.spec.domain.memory', undefined);
const described: VmManifest = {
  ...withField(silent, 'spec.template.spec.domain.devices.disks', [{ name: 'root' }, { name: 'seed' }]),
  status: { instancetypeRef: { name: 'other' }, ready: true },
};
described.spec = { ...described.spec, instancetype: { name: 'small' }, preference: { name: 'guest' } };
const bodyOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('expanding', () => {
  test('a stored VM', async () => {
    const { status, body } = await expandStored(described, hands);
    const { spec, status: vmStatus } = body as VmManifest;
    assert.equal(status, 200);
    assert.deepEqual([spec.instancetype, spec.preference, vmStatus], [undefined, undefined, { ready: true }]);
    const domain = spec.template.spec?.domain;
    assert.deepEqual([domain?.cpu?.sockets, domain?.memory?.guest], [2, '2Gi']);
    assert.deepEqual(
      domain?.devices.disks?.map(({ disk }) => disk?.bus),
      ['scsi', 'scsi'],
    );
    assert.equal(domain?.machine?.type, 'q35');
  });

  test('a VM that nothing else describes stays as it is', async () => {
    assert.deepEqual((await expandStored(sampleVm(), hands)).body, sampleVm());
  });

  const refusals: { name: string; vm: VmManifest; says: RegExp }[] = [
    {
      name: 'conflict',
      vm: withField(described, 'spec.template.spec.domain.cpu', { cores: 1 }),
      says: /spec\.template\.spec\.domain\.cpu\.cores conflicts with selected instance type/,
    },
    { name: 'missing', vm: withField(described, 'spec.instancetype.name', 'gone'), says: /"gone" not found/ },
  ];
  for (const { name, vm, says } of refusals) {
    test(`${name}: the server's fault when it is stored, the user's when it is handed in`, async () => {
      await assert.rejects(expandStored(vm, hands), { status: 500, reason: 'InternalError', message: says });
      await assert.rejects(expandGiven(bodyOf(vm), 'default', hands), {
        status: 400,
        reason: 'BadRequest',
        message: says,
      });
    });
  }

  for (const { name, body } of [
    { name: 'nothing', body: Buffer.alloc(0) },
    { name: 'no JSON', body: Buffer.from('{') },
    { name: 'no object', body: bodyOf([]) },
    { name: 'no VM', body: bodyOf({ spec: { template: 7 } }) },
    { name: 'a VM of another namespace', body: bodyOf(withField(described, 'metadata.namespace', 'other')) },
  ]) {
    test(`${name} is refused`, async () => {
      await assert.rejects(expandGiven(body, 'default', hands), { status: 400, reason: 'BadRequest' });
    });
  }
});
