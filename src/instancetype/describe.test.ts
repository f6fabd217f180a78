import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../api/cluster-config.ts';
import type { KubeObject, Vm } from '../api/types.ts';
import { fakeClient } from '../controllers/testing/cluster.ts';
import type { FakeClient } from '../controllers/testing/cluster.ts';
import { ApiError } from '../kube/types.ts';
import { captureDescription, describedTemplate } from './describe.ts';
import type { Matcher, Ref } from './find/matchers.ts';
import { revisionFor } from './find/revision.ts';
import type { Original } from './find/revision.ts';
import { instancetypes } from '../api/kinds.ts';

const { signal } = new AbortController();
const stored = (kind: string, name: string, rest: object): KubeObject => ({
  kind,
  metadata: {
    name,
    namespace: 'ns',
    uid: `uid-${name}`,
    resourceVersion: '1',
    creationTimestamp: '',
    generation: 2,
  },
  ...rest,
});
const small = stored('VirtualMachineInstancetype', 'small', {
  spec: { cpu: { guest: 2 }, memory: { guest: '1Gi' } },
});
const local: Matcher = { name: 'small', kind: 'VirtualMachineInstancetype' };

function vmOf(instancetype?: Matcher, instancetypeRef?: Ref, domain: object = {}): Vm {
  const { metadata } = stored('VirtualMachine', 'vm', {});
  const template = { spec: { domain: { devices: {}, ...domain } } };
  return {
    metadata,
    spec: { template, ...(instancetype && { instancetype }) },
    ...(instancetypeRef && { status: { instancetypeRef } }),
  };
}

const revisionName = 'vm-small-v1beta1-uid-small-2';
const kept: Ref = { ...local, controllerRevisionRef: { name: revisionName } };
const capture = (client: FakeClient, vm: Vm): Promise<Vm> =>
  captureDescription(vm, { client, config: defaultConfig, signal });

/** A cluster that has the revision already. */
function crowded(revision: KubeObject): FakeClient {
  const client = fakeClient([small, revision]);
  return {
    ...client,
    create: () => Promise.reject(new ApiError(409, 'AlreadyExists', 'there is one')),
  };
}

const wanted = revisionFor(vmOf(local), small as Original, instancetypes);
const existing = (change: object): KubeObject => ({
  ...wanted,
  metadata: { ...stored('', '', {}).metadata, ...wanted.metadata },
  ...change,
});

describe('keeping what a VM names', () => {
  test('a VM that names nothing, and one whose status names it, ask nothing', async () => {
    const client = fakeClient();
    for (const vm of [vmOf(), vmOf(local, kept)]) assert.equal(await capture(client, vm), vm);
    assert.deepEqual(client.asked, []);
  });

  test('a revision that a VM names without a name is looked up once', async () => {
    const client = fakeClient();
    const vm = vmOf({ inferFromVolume: 'root', revisionName }, { ...kept, inferFromVolume: 'root' });
    assert.equal(await capture(client, vm), vm);
    assert.deepEqual(client.asked, []);
  });

  test('what is new is kept, and named in the status', async () => {
    const client = fakeClient([small]);
    await capture(client, vmOf(local));
    assert.deepEqual(client.asked, [
      'get virtualmachineinstancetypes',
      'create controllerrevisions',
      'patch virtualmachines/status',
    ]);
    const [body] = client.patches as [{ metadata: object; status: { instancetypeRef: Ref } }];
    assert.deepEqual(body.metadata, { resourceVersion: '1' });
    const { name, kind, controllerRevisionRef } = body.status.instancetypeRef;
    assert.deepEqual({ name, kind, controllerRevisionRef }, kept);
  });

  test('what is named no more goes from the status', async () => {
    const client = fakeClient();
    await capture(client, vmOf(undefined, kept));
    assert.deepEqual(client.patches, [
      { metadata: { resourceVersion: '1' }, status: { instancetypeRef: null } },
    ]);
  });

  test('what contradicts the template is not kept', async () => {
    const client = fakeClient([small]);
    const vm = vmOf(local, undefined, { cpu: { cores: 4 } });
    await assert.rejects(capture(client, vm), {
      reason: 'FailedCreate',
      message: /domain\.cpu\.cores conflicts/,
    });
    assert.deepEqual(client.asked, ['get virtualmachineinstancetypes']);
  });

  test('a crash after it was kept does no harm', async () => {
    const client = crowded(existing({}));
    await capture(client, vmOf(local));
    assert.deepEqual(client.asked.at(-1), 'patch virtualmachines/status');
  });

  for (const { name, change, retry } of [
    {
      name: 'of a former VM of that name is waited for',
      change: { metadata: { ...existing({}).metadata, ownerReferences: [] } },
      retry: 'quiet',
    },
    { name: 'of another content is named', change: { data: { spec: {} } }, retry: 'backoff' },
  ]) {
    test(`a revision ${name}`, async () => {
      await assert.rejects(capture(crowded(existing(change)), vmOf(local)), {
        reason: 'FailedCreate',
        retry,
      });
    });
  }
});

describe('the template that an instance is made of', () => {
  const hands = (client: FakeClient): Parameters<typeof describedTemplate>[1] => ({
    client,
    config: defaultConfig,
    signal,
  });

  test('a VM that names nothing: its own', async () => {
    const vm = vmOf();
    assert.equal(await describedTemplate(vm, hands(fakeClient())), vm.spec.template);
  });

  test('is made of what is kept, and says where it comes from', async () => {
    const revision = existing({});
    const { metadata, spec } = await describedTemplate(vmOf(local, kept), hands(fakeClient([revision])));
    assert.equal(spec?.domain.cpu?.sockets, 2);
    assert.deepEqual(metadata?.annotations, { 'kubevirt.io/instancetype-name': 'small' });
  });
});
