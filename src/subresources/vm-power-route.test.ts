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
      ['virtualmachineinstances', 'virtualmachines', 'virtualmachineinstances'],
    );
    assert.deepEqual(patches[2]?.[1], row.undone);
  });
}
