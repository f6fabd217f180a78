import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pods } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import { followChanges } from './changes.ts';
import { createKubeClient } from './client.ts';
import { FakeApiServer } from './testing/fake-api-server.ts';
import { until } from './testing/until.ts';

test('every object is seen once at first and at each change, without what is trimmed, and none is kept', async () => {
  const server = await FakeApiServer.start();
  const client = createKubeClient(server.config, { userAgent: 'test' });
  const stop = new AbortController();
  const seen: KubeObject[] = [];
  const names = (): string => seen.map(({ metadata }) => metadata.name).join();
  server.log.put('a');
  server.log.put('b');
  const trim = ({ metadata }: KubeObject): KubeObject => ({ metadata });
  const onObject = (object: KubeObject): void => void seen.push(object);
  const done = followChanges(client, pods, { trim, onObject }, stop.signal);
  try {
    await until(() => names() === 'a,b', 'all are seen');
    await until(() => server.watches.length === 1, 'a watch is open');
    server.log.put('b');
    server.log.remove('a');
    server.log.put('c');
    await until(() => names() === 'a,b,b,c', 'what changed is seen');
    assert.deepEqual([...new Set(seen.flatMap((object) => Object.keys(object)))], ['metadata']);
  } finally {
    stop.abort();
    await done;
    await client.close();
    await server.stop();
  }
});
