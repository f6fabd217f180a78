import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Node } from '../../api/types.ts';
import { createWorkQueue } from '../../kube/work-queue.ts';
import { ApiError } from '../../kube/types.ts';
import type { ReconcileResult } from '../../kube/types.ts';
import { FakeCache } from '../testing/cluster.ts';
import { createNodeController } from './controller.ts';

const minute = 60_000;
let cache: FakeCache<Node>;
let patches: unknown[];
let failure: Error | undefined;
let reasons: string[];
let clock: number;
let reconcile: () => Promise<ReconcileResult>;

const nodeOf = (beat: string | undefined, schedulable = 'true'): Node => ({
  metadata: {
    name: 'one',
    uid: 'uid',
    resourceVersion: '7',
    creationTimestamp: '',
    labels: { 'kubevirt.io/schedulable': schedulable },
    ...(beat !== undefined && { annotations: { 'kubevirt.io/heartbeat': beat } }),
  },
});

beforeEach(() => {
  cache = new FakeCache<Node>();
  [patches, reasons, failure, clock] = [[], [], undefined, 0];
  const controller = createNodeController({
    client: {
      patch: async (_resource, _key, patch) => {
        if (failure !== undefined) throw failure;
        patches.push(patch);
        return {} as never;
      },
    },
    nodes: cache,
    queue: createWorkQueue({ name: 'test' }),
    events: {
      record: (_object: object, _type: string, reason: string) => void reasons.push(reason),
    } as never,
    log: { warn: () => undefined } as never,
    now: () => new Date(clock),
  });
  reconcile = () => controller({ name: 'one' }, new AbortController().signal);
});

describe('a node', () => {
  test('whose agent beats stays in', async () => {
    for (const beat of ['a', 'b', 'c']) {
      cache.put(nodeOf(beat));
      assert.deepEqual(await reconcile(), { requeueAfterMs: 5 * minute });
      clock += 4 * minute;
    }
    assert.deepEqual(patches, []);
  });

  test('whose agent is silent for five minutes is taken out, as it was seen', async () => {
    cache.put(nodeOf('a'));
    await reconcile();
    clock = 4 * minute;
    assert.deepEqual(await reconcile(), { requeueAfterMs: minute });
    clock = 5 * minute;
    assert.deepEqual(await reconcile(), {});
    const metadata = { resourceVersion: '7', labels: { 'kubevirt.io/schedulable': 'false' } };
    assert.deepEqual(patches, [{ type: 'merge', body: { metadata } }]);
    assert.deepEqual(reasons, ['NodeUnresponsive']);
  });

  test('whose clock is an hour late stays in while it beats', async () => {
    clock = 60 * minute;
    cache.put(nodeOf('1970-01-01T00:00:00Z'));
    assert.deepEqual(await reconcile(), { requeueAfterMs: 5 * minute });
  });

  test('that never beat is taken out too', async () => {
    cache.put(nodeOf(undefined));
    await reconcile();
    clock = 5 * minute;
    await reconcile();
    assert.equal(patches.length, 1);
  });

  test('that takes no VMs is left alone', async () => {
    cache.put(nodeOf('a', 'false'));
    await reconcile();
    clock = 10 * minute;
    assert.deepEqual(await reconcile(), {});
    assert.deepEqual(patches, []);
  });

  test('that is gone by then is forgotten', async () => {
    cache.put(nodeOf('a'));
    await reconcile();
    clock = 5 * minute;
    failure = new ApiError(404, 'NotFound', 'gone');
    assert.deepEqual(await reconcile(), {});
    assert.deepEqual(reasons, []);
  });
});
