import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pods } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/types.ts';
import type { KubeClient } from '../../kube/types.ts';
import { rememberWritten } from './written.ts';

const object = (resourceVersion: string, uid = 'u'): KubeObject => ({
  metadata: { name: 'a', uid, resourceVersion, creationTimestamp: '' },
});

for (const row of [
  { name: 'older than our write', written: '10', cached: '9', want: true },
  { name: 'our write', written: '10', cached: '10', want: false },
  { name: 'newer than our write', written: '9', cached: '10', want: false },
  { name: 'another object', written: '10', cached: '9', uid: 'v', want: false },
  { name: 'versions that are no numbers', written: 'b', cached: 'a', want: false },
  { name: 'nothing written', written: undefined, cached: '9', want: false },
]) {
  test(`the cache shows: ${row.name}`, async () => {
    const written = rememberWritten();
    const client = { patch: () => Promise.resolve(object(row.written ?? '')) } as unknown as KubeClient;
    if (row.written !== undefined) {
      await written.noting(client).patch(pods, { name: 'a' }, { type: 'merge', body: {} });
    }
    assert.equal(written.isBehind(object(row.cached, row.uid)), row.want);
    written.forget(object(row.cached));
    assert.equal(written.isBehind(object(row.cached)), false);
  });
}

test('the write that lets an object go is not waited for', async () => {
  const written = rememberWritten();
  const last = object('10');
  const gone = { ...last, metadata: { ...last.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const client = { patch: () => Promise.resolve(gone) } as unknown as KubeClient;
  await written.noting(client).patch(pods, { name: 'a' }, { type: 'merge', body: {} });
  assert.equal(written.isBehind(object('9')), false);
});

test('a version that never comes, as after a restored backup, is not waited for without end', async () => {
  let now = 0;
  const written = rememberWritten(() => now);
  const client = { patch: () => Promise.resolve(object('1000')) } as unknown as KubeClient;
  await written.noting(client).patch(pods, { name: 'a' }, { type: 'merge', body: {} });
  now = 29_000;
  assert.equal(written.isBehind(object('9')), true);
  now = 31_000;
  assert.equal(written.isBehind(object('9')), false);
});
