import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { pods } from '../api/kinds.ts';
import type { KubeObject } from '../api/types.ts';
import type { ApiClient } from './client.ts';
import { createKubeClient } from './client.ts';
import type { InformerExtras } from './informer.ts';
import { createInformer } from './informer.ts';
import { FakeApiServer, answerStatus, statusOf } from './testing/fake-api-server.ts';
import type { Misbehaviour } from './testing/fake-api-server.ts';
import { until } from './testing/until.ts';
import type { Informer, InformerOptions } from './types.ts';

const quick = { baseMs: 1, maxMs: 4, stableMs: 60_000 };

interface Followed {
  informer: Informer<KubeObject>;
  /** `origin type name/uid` of each change. */
  changes: string[];
  facts: string[];
  stop: () => Promise<void>;
}

describe('informer', () => {
  let server: FakeApiServer;
  let client: ApiClient;
  const stops: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    server = await FakeApiServer.start();
    client = createKubeClient(server.config, { userAgent: 'test' });
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await client.close();
    await server.stop();
  });

  function follow(
    tuning: InformerExtras['tuning'] = {},
    options: InformerOptions<KubeObject> = {},
  ): Followed {
    const facts: string[] = [];
    const changes: string[] = [];
    const informer = createInformer<KubeObject>(client, pods, options, {
      freeze: true,
      onFact: (fact) => facts.push(fact),
      tuning: { backoff: quick, watchList: false, ...tuning },
    });
    informer.onChange(({ type, object }, origin) =>
      changes.push(`${origin} ${type} ${object.metadata.name}/${object.metadata.uid}`),
    );
    const controller = new AbortController();
    const done = informer.run(controller.signal);
    const stop = async (): Promise<void> => {
      controller.abort();
      await done;
    };
    stops.push(stop);
    return { informer, changes, facts, stop };
  }

  const names = (informer: Informer<KubeObject>): string[] =>
    informer
      .all()
      .map((object) => object.metadata.name)
      .toSorted();
  const watching = (n = 1): Promise<void> =>
    until(() => server.watches.length === 1 && server.count('watch') >= n, `watch ${n} is open`);
  const nextWatch = (answer: Misbehaviour): void =>
    server.misbehave((request, response) => request.query.has('watch') && answer(request, response));

  test('lists in pages, then watches from the version of the list', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.log.put(name);
    const { informer } = follow({ pageSize: 2 });
    await informer.synced;
    assert.deepEqual(names(informer), ['a', 'b', 'c', 'd', 'e']);
    assert.equal(server.count('list'), 3);
    await watching();
    const watch = server.requests.at(-1)!;
    assert.equal(watch.query.get('resourceVersion'), server.log.version);
    assert.equal(watch.query.get('allowWatchBookmarks'), 'true');
    const seconds = Number(watch.query.get('timeoutSeconds'));
    assert.ok(seconds >= 300 && seconds <= 600, `timeoutSeconds ${seconds}`);
  });

  test('an expired continue token starts the list over', async () => {
    for (const name of ['a', 'b', 'c']) server.log.put(name);
    server.expireNextContinueToken();
    const { informer, facts } = follow({ pageSize: 2 });
    await informer.synced;
    assert.deepEqual(names(informer), ['a', 'b', 'c']);
    assert.deepEqual(facts, ['Relisted']);
  });

  test('listed and watched objects have one shape, without managedFields', async () => {
    server.log.put('listed');
    const { informer } = follow();
    await watching();
    server.log.put('watched');
    await until(() => informer.all().length === 2, 'both are cached');
    for (const object of informer.all()) {
      assert.equal(object.kind, 'Pod');
      assert.equal(object.apiVersion, 'v1');
      assert.ok(!('managedFields' in object.metadata));
      assert.ok(Object.isFrozen(object.metadata));
    }
  });

  test('indexes follow additions, changes and deletes', async () => {
    server.log.put('a', { app: 'x' });
    server.log.put('b', { app: 'x' });
    const byApp = (object: KubeObject): string[] => [object.metadata.labels?.['app'] ?? ''];
    const { informer } = follow({}, { indexes: { app: byApp } });
    await watching();
    const inApp = (app: string): number => informer.byIndex('app', app).length;
    assert.equal(inApp('x'), 2);
    server.log.put('a', { app: 'y' });
    server.log.remove('b');
    await until(() => inApp('y') === 1 && inApp('x') === 0, 'the indexes moved');
    assert.throws(() => informer.byIndex('nope', 'x'), { reason: 'InternalError' });
  });

  test('WatchList publishes all initial objects at once, at the mark', async () => {
    server.watchList = 'supported';
    server.log.put('a');
    server.log.put('b');
    const { informer, changes } = follow({ watchList: true });
    const sizes: number[] = [];
    informer.onChange(() => sizes.push(informer.all().length));
    await informer.synced;
    assert.deepEqual(sizes, [2, 2]);
    assert.equal(server.count('list'), 0);
    server.log.put('c');
    await until(() => changes.includes('live added c/uid-3'), 'the same connection goes on as a watch');
    assert.equal(server.count('watch'), 1);
  });

  const fallbacks = [
    { name: 'a server that refuses WatchList is listed', mode: 'refused' as const },
    { name: 'a server whose etcd is too old for WatchList is listed', mode: 'refused-by-event' as const },
    { name: 'a server that never sends the mark is listed', mode: 'without-mark' as const },
  ];
  for (const { name, mode } of fallbacks) {
    test(name, async () => {
      server.watchList = mode;
      server.log.put('a');
      const { informer, facts } = follow({ watchList: true, watchListTimeoutMs: 30 });
      await informer.synced;
      assert.deepEqual(names(informer), ['a']);
      assert.deepEqual(facts, ['WatchListUnavailable', 'Relisted']);
      assert.equal(server.count('list'), 1);
    });
  }

  test('a clean close resumes from the version of the last event, without a list', async () => {
    const { informer } = follow();
    await watching();
    server.log.put('a');
    await until(() => informer.all().length === 1, 'a is seen');
    const version = server.log.version;
    server.watches[0]!.close();
    await watching(2);
    assert.equal(server.requests.at(-1)!.query.get('resourceVersion'), version);
    assert.equal(server.count('list'), 1);
    server.log.put('b');
    await until(() => informer.all().length === 2, 'b is seen');
  });

  test('a bookmark moves the version', async () => {
    const { informer } = follow();
    await watching();
    server.watches[0]!.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '777' } } });
    server.watches[0]!.send({ type: 'ADDED', object: { ...server.log.put('a') } });
    await until(() => informer.all().length === 1, 'a is seen');
    server.watches[0]!.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '888' } } });
    server.watches[0]!.close();
    await watching(2);
    assert.equal(server.requests.at(-1)!.query.get('resourceVersion'), '888');
  });

  test('a connection cut in the middle of a line loses nothing', async () => {
    const { informer, facts } = follow();
    await watching();
    server.stalled = true;
    const object = server.log.put('a');
    server.watches[0]!.write(JSON.stringify({ type: 'ADDED', object }).slice(0, 40));
    server.stalled = false;
    server.watches[0]!.cut();
    await until(() => informer.all().length === 1, 'a comes with the next watch');
    assert.deepEqual(facts, ['Relisted', 'Broken']);
  });

  test('a character split between two chunks arrives whole', async () => {
    const { informer } = follow();
    await watching();
    server.stalled = true;
    const object = server.log.put('a', { text: 'grüße €' });
    const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    const euro = bytes.indexOf(Buffer.from('€')) + 1;
    server.watches[0]!.write(bytes.subarray(0, euro));
    await new Promise((resolve) => setImmediate(resolve));
    server.watches[0]!.write(bytes.subarray(euro));
    await until(() => informer.all().length === 1, 'a is seen');
    assert.equal(informer.all()[0]!.metadata.labels?.['text'], 'grüße €');
  });

  test('a half-open connection is given up after the idle time and resumed', async () => {
    const { informer, facts } = follow({ watchSeconds: [0, 0], idleGraceMs: 60 });
    await watching();
    server.stalled = true;
    server.log.put('a');
    server.stalled = false;
    await until(() => informer.all().length === 1, 'a comes with the next watch');
    assert.ok(facts.includes('Broken'));
    assert.equal(server.count('list'), 1);
  });

  const expiries: { name: string; answer: Misbehaviour }[] = [
    {
      name: '410 as the status of a watch',
      answer: (_, response) => (answerStatus(response, 410, 'Expired', 'too old'), true),
    },
    {
      name: '410 as an ERROR event',
      answer: (_, response) => {
        response.end(`${JSON.stringify({ type: 'ERROR', object: statusOf(410, 'Expired', 'too old') })}\n`);
        return true;
      },
    },
  ];
  for (const { name, answer } of expiries) {
    test(`${name} lists again and finds what was missed`, async () => {
      server.log.put('kept');
      server.log.put('deleted while away');
      server.log.put('recreated while away');
      const { informer, changes, facts } = follow();
      await watching();
      changes.length = 0;
      server.stalled = true;
      server.log.remove('deleted while away');
      server.log.remove('recreated while away');
      server.log.put('recreated while away');
      server.log.put('new');
      server.stalled = false;
      nextWatch(answer);
      server.watches[0]!.cut();
      await until(() => facts.filter((fact) => fact === 'Relisted').length === 2, 'the second list');
      assert.deepEqual(names(informer), ['kept', 'new', 'recreated while away']);
      assert.deepEqual(changes, [
        'relist deleted deleted while away/uid-2',
        'relist deleted recreated while away/uid-3',
        'relist added recreated while away/uid-4',
        'relist added new/uid-5',
      ]);
      assert.ok(facts.includes('Expired'));
    });
  }

  test('a version compacted away is found by the server itself', async () => {
    server.log.put('a');
    const { informer, facts } = follow();
    await watching();
    server.stalled = true;
    server.log.remove('a');
    server.log.forget();
    server.stalled = false;
    server.watches[0]!.cut();
    await until(() => informer.all().length === 0, 'the missed delete');
    assert.ok(facts.includes('Expired'));
  });

  test('delete and recreate under one name within a watch', async () => {
    const { changes } = follow();
    await watching();
    server.log.put('a');
    server.log.remove('a');
    server.log.put('a');
    await until(() => changes.length === 3, 'three changes');
    assert.deepEqual(changes, ['live added a/uid-1', 'live deleted a/uid-1', 'live added a/uid-2']);
  });

  test('a version that the server has not reached lists again', async () => {
    const { facts } = follow();
    await watching();
    nextWatch(
      (_, response) => (answerStatus(response, 504, 'Timeout', 'Too large resource version: 9'), true),
    );
    server.watches[0]!.cut();
    await until(() => server.count('list') === 2, 'the second list');
    assert.ok(facts.includes('VersionTooLarge'));
    assert.equal(
      server.requests.findLast(({ query }) => !query.has('watch'))!.query.get('resourceVersion'),
      null,
    );
  });

  test('429 retries the watch after the time asked for, without a list', async () => {
    const { informer, facts } = follow();
    await watching();
    let refusedAt = 0;
    nextWatch((_, response) => {
      refusedAt = performance.now();
      response.setHeader('retry-after', '1');
      answerStatus(response, 429, 'TooManyRequests', 'slow down');
      return true;
    });
    server.watches[0]!.cut();
    await until(() => facts.includes('Throttled'), 'the refusal');
    await watching(3);
    assert.ok(performance.now() - refusedAt >= 990);
    assert.equal(server.count('list'), 1);
    server.log.put('a');
    await until(() => informer.all().length === 1, 'a is seen');
  });

  test('a version whose watches close at once again and again is taken for dead', async () => {
    const { facts } = follow();
    await watching();
    for (let i = 0; i < 3; i += 1) nextWatch((_, response) => (response.end(), true));
    server.watches[0]!.cut();
    await until(() => facts.at(-1) === 'Relisted' && facts.length > 1, 'the second list');
    assert.deepEqual(facts.slice(1), ['Broken', 'ClosedAtOnce', 'ClosedAtOnce', 'VersionDead', 'Relisted']);
  });

  test('a list that fails is tried until it works', async () => {
    server.log.put('a');
    const failures: Misbehaviour[] = [
      (_, response) => (answerStatus(response, 500, 'InternalError', 'no'), true),
      (_, response) => (answerStatus(response, 403, 'Forbidden', 'no'), true),
      (_, response) => (response.destroy(), true),
      (_, response) => (response.end('{"metadata":'), true),
    ];
    failures.forEach((failure) => server.misbehave(failure));
    const { informer } = follow();
    await informer.synced;
    assert.deepEqual(names(informer), ['a']);
    assert.equal(server.count('list'), 5);
  });

  test('a subscription ends with its signal', async () => {
    const { informer, changes } = follow();
    const [ended, over] = [new AbortController(), AbortSignal.abort()];
    const heard: string[] = [];
    informer.onChange(({ object }) => heard.push(object.metadata.name), ended.signal);
    informer.onChange(({ object }) => heard.push(`never ${object.metadata.name}`), over);
    server.log.put('a');
    await until(() => changes.length === 1, 'the first change is seen');
    ended.abort();
    server.log.put('b');
    await until(() => changes.length === 2, 'the second change is seen');
    assert.deepEqual(heard, ['a']);
  });

  test('a throwing handler costs the others nothing', async () => {
    const { informer, changes } = follow();
    informer.onChange(() => {
      throw new Error('defect');
    });
    const after: string[] = [];
    informer.onChange(({ object }) => after.push(object.metadata.name));
    await watching();
    server.log.put('a');
    await until(() => after.length === 1, 'the handler behind is called');
    assert.equal(changes.length, 1);
  });

  test('lastEventAge starts anew with every word of the server', async () => {
    const { informer } = follow();
    await watching();
    const before = informer.lastEventAge();
    await until(() => informer.lastEventAge() > before + 20, 'silence');
    server.log.bookmark();
    await until(() => informer.lastEventAge() < 20, 'a bookmark is a word too');
  });

  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const stopping = [
    { name: 'during a watch', arrange: () => watching() },
    {
      name: 'during back-off',
      arrange: async () => {
        server.misbehave(
          (_, response) => (
            response.setHeader('retry-after', '600'),
            answerStatus(response, 429, 'X', 'x'),
            true
          ),
        );
        await until(() => server.count('list') === 1, 'the refused list');
      },
    },
    {
      name: 'while the server does not answer',
      arrange: async () => {
        server.misbehave(() => true);
        await until(() => server.count('list') === 1, 'the list without an answer');
      },
    },
  ];
  for (const { name, arrange } of stopping) {
    test(`stopping ${name} ends at once, without timers or later requests`, async () => {
      const before = timers();
      const { stop, changes, facts } = follow();
      await arrange();
      await new Promise((resolve) => setImmediate(resolve));
      const known = facts.length;
      await stop();
      assert.deepEqual(facts.slice(known), []);
      await client.close();
      assert.equal(timers(), before);
      const requests = server.requests.length;
      server.log.put('late');
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(server.requests.length, requests);
      assert.deepEqual(changes, []);
    });
  }
});
