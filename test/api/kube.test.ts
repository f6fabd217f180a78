/** src/kube against a real API server. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { configMaps, events, leases, namespaces } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/types.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import type { KubeConfig } from '../../src/kube/kube-config.ts';
import { loadConfig } from '../../src/kube/config.ts';
import { createEventRecorder } from '../../src/kube/events.ts';
import type { InformerExtras } from '../../src/kube/informer.ts';
import { createInformer } from '../../src/kube/informer.ts';
import type { Lease } from '../../src/kube/lease-record.ts';
import { runWithLease } from '../../src/kube/lease.ts';
import { until } from '../../src/kube/testing/until.ts';
import type { Informer } from '../../src/kube/types.ts';
import type { ApiServer } from './apiserver.ts';
import { startApiServer } from './apiserver.ts';
import type { TcpProxy } from './tcp-proxy.ts';
import { startTcpProxy } from './tcp-proxy.ts';

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}
interface StoredEvent extends KubeObject {
  count: number;
  message: string;
  involvedObject: { name: string };
}

/** Config maps bypass the API server's watch cache, so that etcd's compaction reaches their watches. */
const flags = ['--watch-cache-sizes=configmaps#0'];
const base = { apiVersion: 'v1', kind: 'ConfigMap' };

describe('against a real API server', () => {
  let server: ApiServer;
  let admin: ApiClient;
  let namespace: string;
  let counter = 0;

  before(async () => {
    server = await startApiServer({ flags });
    admin = server.client();
  });
  after(() => server.stop());
  beforeEach(async () => {
    namespace = `test-${(counter += 1)}`;
    await admin.create(namespaces, { metadata: { name: namespace } });
  });

  const put = (name: string, data: Record<string, string> = {}): Promise<ConfigMap> =>
    admin.apply<ConfigMap>(configMaps, { ...base, metadata: { namespace, name }, data }, { force: true });
  const key = (name: string): { namespace: string; name: string } => ({ namespace, name });

  describe('client', () => {
    test('create, read, patch, delete', async () => {
      const made = await admin.create<ConfigMap>(configMaps, {
        ...base,
        metadata: key('a'),
        data: { x: '1' },
      });
      await assert.rejects(admin.create(configMaps, { metadata: key('a') }), {
        reason: 'AlreadyExists',
        status: 409,
      });
      assert.deepEqual((await admin.get<ConfigMap>(configMaps, key('a'))).data, { x: '1' });
      await admin.patch(configMaps, key('a'), { type: 'merge', body: { data: { x: null, y: '2' } } });
      const patched = await admin.patch<ConfigMap>(configMaps, key('a'), {
        type: 'json',
        operations: [
          { op: 'test', path: '/data/y', value: '2' },
          { op: 'add', path: '/data/z', value: '3' },
        ],
      });
      assert.deepEqual(patched.data, { y: '2', z: '3' });
      const stale = { metadata: { resourceVersion: made.metadata.resourceVersion }, data: { y: '9' } };
      await assert.rejects(admin.patch(configMaps, key('a'), { type: 'merge', body: stale }), {
        retry: 'quiet',
      });
      await assert.rejects(admin.delete(configMaps, key('a'), { uid: 'another' }), { reason: 'Conflict' });
      await admin.delete(configMaps, key('a'), { uid: made.metadata.uid });
      await assert.rejects(admin.get(configMaps, key('a')), {
        status: 404,
        reason: 'NotFound',
        message: 'configmaps "a" not found',
      });
    });

    test('a JSON patch whose test fails is never retried', async () => {
      await put('a', { x: '1' });
      const operations = [{ op: 'test' as const, path: '/data/x', value: '2' }];
      await assert.rejects(admin.patch(configMaps, key('a'), { type: 'json', operations }), {
        retry: 'never',
      });
    });

    test('a dry run changes nothing', async () => {
      const body = { ...base, metadata: key('a') };
      await admin.apply(configMaps, body, { dryRun: true });
      await assert.rejects(admin.get(configMaps, key('a')), { status: 404 });
    });

    test('apply: another manager’s field is a conflict unless forced', async () => {
      const apply = (manager: string, x: string, force = false): Promise<ConfigMap> =>
        admin.apply<ConfigMap>(
          configMaps,
          { ...base, metadata: key('a'), data: { x } },
          { fieldManager: manager, force },
        );
      await apply('one', '1');
      await assert.rejects(apply('two', '2'), {
        status: 409,
        reason: 'Conflict',
        message: /conflict with "one"/,
      });
      assert.deepEqual((await apply('two', '2', true)).data, { x: '2' });
    });

    test('lists come in pages and complete, each object with its type', async () => {
      const names = Array.from({ length: 7 }, (_, i) => `cm-${i}`);
      await Promise.all(names.map((name) => put(name)));
      const { items } = await admin.listPaged<ConfigMap>(configMaps, { namespace }, { limit: 3 });
      assert.deepEqual(items.map(({ metadata }) => metadata.name).toSorted(), names);
      assert.ok(items.every(({ kind, apiVersion }) => kind === 'ConfigMap' && apiVersion === 'v1'));
      const selection = { namespace, fieldSelector: 'metadata.name=cm-3' };
      assert.equal((await admin.list(configMaps, selection)).items.length, 1);
    });

    test('a user without rights is told so by name', async () => {
      const jane = createKubeClient(await server.configOf('jane', ['devs']), { userAgent: 'test' });
      await assert.rejects(jane.list(configMaps, { namespace }), {
        reason: 'Forbidden',
        message: /"jane" cannot list/,
      });
      await jane.close();
    });

    const whoAmI = async (client: ApiClient): Promise<string> => {
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const review = await client.raw<{ status: { userInfo: { username: string } } }>('POST', path, {});
      return review.status.userInfo.username;
    };

    test('a rotated client certificate is used from the next request on', async () => {
      let current = await server.configOf('before');
      const rotating: KubeConfig = { ...current, tls: () => current.tls() };
      const client = createKubeClient(rotating, { userAgent: 'test' });
      assert.equal(await whoAmI(client), 'before');
      current = await server.configOf('after');
      assert.equal(await whoAmI(client), 'after');
      await client.close();
    });

    test('a kubeconfig file and a service account token both authenticate', async () => {
      const fromFile = createKubeClient(await loadConfig({ kubeconfig: server.kubeconfig }), {
        userAgent: 'test',
      });
      assert.equal(await whoAmI(fromFile), 'monovirt-test-admin');
      await fromFile.raw('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
        metadata: { name: 'robot' },
      });
      const { status } = await fromFile.raw<{ status: { token: string } }>(
        'POST',
        `/api/v1/namespaces/${namespace}/serviceaccounts/robot/token`,
        { spec: {} },
      );
      const account: KubeConfig = {
        ...fromFile.config,
        tls: () => Promise.resolve({ ca: server.ca }),
        authHeaders: () => Promise.resolve({ authorization: `Bearer ${status.token}` }),
      };
      const robot = createKubeClient(account, { userAgent: 'test' });
      assert.equal(await whoAmI(robot), `system:serviceaccount:${namespace}:robot`);
      await Promise.all([robot.close(), fromFile.close()]);
    });

    test('a server with a foreign certificate is not talked to', async () => {
      const trusting: KubeConfig = { ...(await server.configOf('x')), tls: () => Promise.resolve({}) };
      const client = createKubeClient(trusting, { userAgent: 'test', retry: { retries: 0, maxWaitMs: 0 } });
      await assert.rejects(client.list(configMaps, {}), { name: 'TransportError' });
      await client.close();
    });
  });

  describe('informer', () => {
    let proxy: TcpProxy;
    let client: ApiClient;
    let controller: AbortController;
    let running: Promise<void>;
    let facts: string[];
    let changes: string[];

    beforeEach(async () => {
      proxy = await startTcpProxy(Number(new URL(server.url).port));
      const config = { ...admin.config, server: `https://127.0.0.1:${proxy.port}` };
      client = createKubeClient(config, { userAgent: 'test' });
      facts = [];
      changes = [];
      controller = new AbortController();
      running = Promise.resolve();
    });
    afterEach(async () => {
      controller.abort();
      await running;
      await client.close();
      await proxy.stop();
    });

    async function following(tuning: InformerExtras['tuning'] = {}): Promise<Informer<ConfigMap>> {
      const selection = { namespace, fieldSelector: 'metadata.name!=kube-root-ca.crt' };
      const informer = createInformer<ConfigMap>(client, configMaps, selection, {
        freeze: true,
        onFact: (fact) => facts.push(fact),
        tuning: { backoff: { baseMs: 20, maxMs: 200, stableMs: 60_000 }, ...tuning },
      });
      informer.onChange(({ type, object }) => changes.push(`${type} ${object.metadata.name}`));
      running = informer.run(controller.signal);
      await informer.synced;
      return informer;
    }
    const watches = (): number =>
      client.metrics.snapshot().find(({ verb, code }) => verb === 'watch' && code === '200')?.count ?? 0;
    const sees = (informer: Informer<ConfigMap>, names: string[]): Promise<void> =>
      until(() => {
        const seen = informer.all().map(({ metadata }) => metadata.name);
        return seen.toSorted().join() === names.join();
      }, `the cache holds ${names.join()}`);

    for (const watchList of [true, false]) {
      test(`follows what happens, ${watchList ? 'WatchList if the server can' : 'listed in pages'}`, async () => {
        await Promise.all(['a', 'b', 'c'].map((name) => put(name)));
        const informer = await following({ watchList, pageSize: 2 });
        await sees(informer, ['a', 'b', 'c']);
        await put('d');
        await put('a', { x: '1' });
        await admin.delete(configMaps, key('b'));
        await sees(informer, ['a', 'c', 'd']);
        await until(() => informer.get(key('a'))?.data?.['x'] === '1', 'the change of a');
        assert.ok(informer.all().every(({ metadata }) => !('managedFields' in metadata)));
        assert.deepEqual(changes.slice(3), ['added d', 'updated a', 'deleted b']);
        const lists = client.metrics.snapshot().filter(({ verb }) => verb === 'list');
        assert.equal(lists.length, watchList ? 0 : 1);
      });
    }

    test('resumes after a cut without a list', async () => {
      const informer = await following({ watchList: false });
      await until(() => watches() === 1, 'the first watch');
      proxy.refuse(true);
      await put('while-away');
      proxy.refuse(false);
      await sees(informer, ['while-away']);
      assert.equal(facts.filter((fact) => fact === 'Relisted').length, 1);
    });

    test('finds missed deletes and recreations after a compaction (410)', async () => {
      await Promise.all(['kept', 'gone', 'reborn'].map((name) => put(name)));
      const informer = await following({ watchList: false });
      await until(() => watches() === 1, 'the first watch');
      proxy.refuse(true);
      changes.length = 0;
      await admin.delete(configMaps, key('gone'));
      await admin.delete(configMaps, key('reborn'));
      await put('reborn');
      await put('new');
      await server.compact();
      proxy.refuse(false);
      await sees(informer, ['kept', 'new', 'reborn']);
      assert.ok(facts.includes('Expired'), facts.join());
      assert.deepEqual(changes.toSorted(), ['added new', 'added reborn', 'deleted gone', 'deleted reborn']);
    });

    test('gives a half-open connection up and resumes', async () => {
      const informer = await following({ watchList: false, watchSeconds: [1, 1], idleGraceMs: 200 });
      await until(() => watches() === 1, 'the first watch');
      proxy.freeze(true);
      await put('unseen');
      await until(() => facts.includes('Broken'), 'the connection is given up');
      proxy.freeze(false);
      proxy.cut();
      await sees(informer, ['unseen']);
    });

    test('the agreed end of a watch is no reason to list', async () => {
      const informer = await following({ watchList: false, watchSeconds: [1, 1] });
      await until(() => watches() >= 3, 'the third watch');
      await put('late');
      await sees(informer, ['late']);
      assert.equal(facts.filter((fact) => fact === 'Relisted').length, 1);
      assert.ok(!facts.includes('Broken'), facts.join());
    });
  });

  describe('leader election', () => {
    interface Candidate {
      leading: () => boolean;
      terms: () => number;
      stop: () => Promise<void>;
    }
    const leaders = new Set<string>();
    const candidates: Candidate[] = [];
    afterEach(async () => {
      await Promise.all(candidates.splice(0).map((candidate) => candidate.stop()));
      leaders.clear();
    });

    function compete(client: ApiClient, identity: string): Candidate {
      const controller = new AbortController();
      let terms = 0;
      const lead = async (signal: AbortSignal): Promise<void> => {
        leaders.add(identity);
        terms += 1;
        assert.equal(leaders.size, 1, `${[...leaders].join(' and ')} lead at the same time`);
        await new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => resolve(), { once: true }),
        );
        leaders.delete(identity);
      };
      const options = { ...key('lock'), identity, leaseSeconds: 3, renewDeadlineMs: 1500, retryMs: 200 };
      const done = runWithLease(client, options, lead, controller.signal);
      const candidate: Candidate = {
        leading: () => leaders.has(identity),
        terms: () => terms,
        async stop() {
          controller.abort();
          await done;
        },
      };
      candidates.push(candidate);
      return candidate;
    }
    const lease = (): Promise<Lease> => admin.get<Lease>(leases, key('lock'));

    test('a leader that stops hands over at once', async () => {
      const one = compete(server.client(), 'one');
      await until(one.leading, 'one leads');
      const two = compete(server.client(), 'two');
      await until(() => leaders.size === 1, 'one leader');
      const stoppedAt = performance.now();
      await one.stop();
      await until(two.leading, 'two leads');
      assert.ok(performance.now() - stoppedAt < 2000, 'handed over without waiting for the lease to run out');
      const { spec } = await lease();
      assert.deepEqual([spec?.holderIdentity, spec?.leaseTransitions], ['two', 1]);
      await two.stop();
      assert.equal((await lease()).spec?.holderIdentity, undefined);
    });

    test('a leader that loses the server stops before another begins, and competes again', async () => {
      const proxy = await startTcpProxy(Number(new URL(server.url).port));
      const config = { ...admin.config, server: `https://127.0.0.1:${proxy.port}` };
      const remote = createKubeClient(config, { userAgent: 'test' });
      const one = compete(remote, 'one');
      await until(one.leading, 'one leads');
      const two = compete(server.client(), 'two');
      proxy.freeze(true);
      await until(() => !one.leading(), 'one stops');
      assert.equal(two.leading(), false);
      await until(two.leading, 'two leads');
      proxy.freeze(false);
      proxy.cut();
      await two.stop();
      await until(() => one.leading() && one.terms() === 2, 'one leads again', 20_000);
      await one.stop();
      await remote.close();
      await proxy.stop();
    });
  });

  test('events are stored, counted, and shown with their object', async () => {
    const stop = new AbortController();
    const recorder = createEventRecorder(admin, { component: 'tester' }, stop.signal);
    const object = await put('a');
    recorder.record(object, 'Warning', 'Broken', 'x'.repeat(5000));
    await recorder.flush();
    recorder.record(object, 'Warning', 'Broken', 'x'.repeat(5000));
    recorder.record(object, 'Normal', 'Fine', 'all is well');
    await recorder.flush();
    const selection = { namespace, fieldSelector: 'involvedObject.name=a' };
    const { items } = await admin.list<StoredEvent>(events, selection);
    const seen = items.map(({ message, count }) => `${message.length} ${count}`);
    assert.deepEqual(seen.toSorted(), ['1024 2', '11 1']);
    stop.abort();
  });
});
