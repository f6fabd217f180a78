import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../api/types.ts';
import type { HttpRequest } from '../http/types.ts';
import { ApiError } from '../kube/types.ts';
import type { KubeClient } from '../kube/types.ts';
import { changePower } from './vm-power-route.ts';

const metadata = { namespace: 'ns', name: 'vm1', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const request: HttpRequest = {
  method: 'PUT',
  path: '/',
  params: { namespace: 'ns', name: 'vm1' },
  query: new URLSearchParams(),
  headers: {},
  headersDistinct: {},
  body: () => Promise.resolve(Buffer.from('{"gracePeriodSeconds":0}')),
  clientName: undefined,
  signal: new AbortController().signal,
};
const path = '/spec/terminationGracePeriodSeconds';

for (const row of [
  {
    name: 'that was stated',
    spec: { terminationGracePeriodSeconds: 60 },
    undone: [
      { op: 'test', path, value: 1 },
      { op: 'replace', path, value: 60 },
    ],
  },
  {
    name: 'that was not stated',
    spec: {},
    undone: [
      { op: 'test', path, value: 1 },
      { op: 'remove', path },
    ],
  },
]) {
  test(`a forced restart that another change forestalls gives back a grace ${row.name}`, async () => {
    const patches: [string, unknown][] = [];
    const changes = ['virtualmachineinstances', 'virtualmachines', 'virtualmachineinstances'];
    const objects: Record<string, unknown> = {
      virtualmachines: { metadata, spec: { runStrategy: 'Always', template: {} } },
      virtualmachineinstances: { metadata, spec: row.spec, status: { phase: 'Running' } },
    };
    const client = {
      get: ({ plural }: { plural: string }) => Promise.resolve(objects[plural] as KubeObject),
      patch: ({ plural }: { plural: string }, _key: unknown, patch: { operations: unknown }) => {
        patches.push([plural, patch.operations]);
        return plural === 'virtualmachines'
          ? Promise.reject(new ApiError(409, 'Conflict', 'changed meanwhile'))
          : Promise.resolve({});
      },
    } as unknown as KubeClient;
    await assert.rejects(changePower(client, 'restart', request), { status: 409 });
    assert.deepEqual(
      patches.map(([plural]) => plural),
      // Made again on what the VM is then, four times in all.
      [...changes, ...changes, ...changes, ...changes],
    );
    assert.deepEqual(patches[2]?.[1], row.undone);
  });
}

test('a request that loses against another write is decided again on the newer VM', async () => {
  const versions: unknown[] = [];
  let reads = 0;
  const client = {
    get: ({ plural }: { plural: string }) => {
      if (plural !== 'virtualmachines') return Promise.reject(new ApiError(404, 'NotFound', 'not found'));
      reads += 1;
      const vm = { metadata: { ...metadata, resourceVersion: `${reads}` }, status: {} };
      return Promise.resolve({ ...vm, spec: { runStrategy: 'Manual', template: {} } });
    },
    patch: (_resource: unknown, _key: unknown, patch: { operations: { value: unknown }[] }) => {
      versions.push(patch.operations[0]?.value);
      return versions.length === 1
        ? Promise.reject(
            new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request'),
          )
        : Promise.resolve({});
    },
  } as unknown as KubeClient;
  const start = { ...request, body: () => Promise.resolve(Buffer.alloc(0)) };
  assert.deepEqual(await changePower(client, 'start', start), { status: 202 });
  assert.deepEqual(versions, ['1', '2']);
});

test('a policy that refuses the write is not taken for a race', async () => {
  let patches = 0;
  const client = {
    get: ({ plural }: { plural: string }) =>
      plural === 'virtualmachines'
        ? Promise.resolve({ metadata, status: {}, spec: { runStrategy: 'Halted', template: {} } })
        : Promise.reject(new ApiError(404, 'NotFound', 'not found')),
    patch: () => {
      patches += 1;
      return Promise.reject(new ApiError(422, 'Invalid', 'admission webhook "p" denied the request: no'));
    },
  } as unknown as KubeClient;
  const start = { ...request, body: () => Promise.resolve(Buffer.alloc(0)) };
  await assert.rejects(changePower(client, 'start', start), /denied the request/);
  assert.equal(patches, 1);
});
