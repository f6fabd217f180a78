import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { namespaces, pods } from '../api/kinds.ts';
import type { ApiClient, ClientOptions } from './client.ts';
import { createKubeClient } from './client.ts';
import { credentialFile } from './credential-file.ts';
import { fakeClock } from './testing/fake-clock.ts';
import { FakeApiServer, answerStatus } from './testing/fake-api-server.ts';
import type { Misbehaviour } from './testing/fake-api-server.ts';
import { messageOf } from '../support/errors.ts';
import { systemClock } from './clock.ts';
import { until } from './testing/until.ts';

const a = { namespace: 'default', name: 'a' };

const broken: Misbehaviour = (_, response) => (response.destroy(), true);
const halfBody: Misbehaviour = (_, response) => {
  response.setHeader('content-length', '100');
  response.write('{"metadata"', () => response.destroy());
  return true;
};

describe('client', () => {
  let server: FakeApiServer;
  const clients: ApiClient[] = [];
  const slept: number[] = [];
  /** Counts waits instead of waiting. */
  const clock = { ...systemClock, random: () => 0, sleep: async (ms: number) => void slept.push(ms) };

  const connect = (options: Partial<ClientOptions> = {}): ApiClient => {
    const client = createKubeClient(server.config, { userAgent: 'tester/1', clock, ...options });
    clients.push(client);
    return client;
  };
  const answer =
    (code: number, headers: Record<string, string> = {}): Misbehaviour =>
    (_, response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      answerStatus(response, code, 'SomeReason', 'some message');
      return true;
    };
  const ok: Misbehaviour = (_, response) => (response.end('{"metadata":{"name":"a"}}'), true);

  beforeEach(async () => {
    server = await FakeApiServer.start();
    slept.length = 0;
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await server.stop();
  });

  const requests: {
    name: string;
    send: (client: ApiClient) => Promise<unknown>;
    want: string;
    body?: unknown;
    type?: string;
  }[] = [
    {
      name: 'get',
      send: (client) => client.get(pods, a),
      want: 'GET /api/v1/namespaces/default/pods/a',
    },
    {
      name: 'get of a cluster-wide object ignores the namespace',
      send: (client) => client.get(namespaces, a),
      want: 'GET /api/v1/namespaces/a',
    },
    {
      name: 'create',
      send: (client) => client.create(pods, { metadata: { namespace: 'n' } }),
      want: 'POST /api/v1/namespaces/n/pods?fieldManager=tester',
      body: { metadata: { namespace: 'n' } },
      type: 'application/json',
    },
    {
      name: 'apply',
      send: (client) =>
        client.apply(pods, { metadata: a }, { force: true, fieldManager: 'm', subresource: 'status' }),
      want: 'PATCH /api/v1/namespaces/default/pods/a/status?fieldManager=m&force=true',
      body: { metadata: a },
      type: 'application/apply-patch+yaml',
    },
    {
      name: 'merge patch',
      send: (client) => client.patch(pods, a, { type: 'merge', body: { x: null } }, { dryRun: true }),
      want: 'PATCH /api/v1/namespaces/default/pods/a?fieldManager=tester&dryRun=All',
      body: { x: null },
      type: 'application/merge-patch+json',
    },
    {
      name: 'JSON patch',
      send: (client) => client.patch(pods, a, { type: 'json', operations: [{ op: 'remove', path: '/x' }] }),
      want: 'PATCH /api/v1/namespaces/default/pods/a?fieldManager=tester',
      body: [{ op: 'remove', path: '/x' }],
      type: 'application/json-patch+json',
    },
    {
      name: 'delete with preconditions',
      send: (client) =>
        client.delete(pods, a, { uid: 'u', gracePeriodSeconds: 0, propagationPolicy: 'Background' }),
      want: 'DELETE /api/v1/namespaces/default/pods/a',
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        gracePeriodSeconds: 0,
        propagationPolicy: 'Background',
        preconditions: { uid: 'u' },
      },
      type: 'application/json',
    },
    {
      name: 'names cannot reach another path',
      send: (client) => client.get(pods, { namespace: '../x', name: 'a/../../b?c' }),
      want: 'GET /api/v1/namespaces/..%2Fx/pods/a%2F..%2F..%2Fb%3Fc',
    },
  ];
  for (const { name, send, want, body, type } of requests) {
    test(name, async () => {
      server.misbehave(ok);
      await send(connect());
      const [seen] = server.requests;
      const query = seen!.query.size > 0 ? `?${seen!.query.toString()}` : '';
      assert.equal(`${seen!.method} ${seen!.path}${query}`, want);
      assert.equal(seen!.headers['user-agent'], 'tester/1');
      assert.deepEqual(seen!.body === '' ? undefined : JSON.parse(seen!.body), body);
      assert.equal(seen!.headers['content-type'], type);
    });
  }

  test('refusals carry reason and message of the Status', async () => {
    server.misbehave(answer(403));
    await assert.rejects(connect().get(pods, a), {
      name: 'ApiError',
      status: 403,
      reason: 'SomeReason',
      message: 'some message',
    });
  });

  test('an answer that is no Status is quoted', async () => {
    server.misbehave((_, response) => ((response.statusCode = 418), response.end('I am a teapot'), true));
    await assert.rejects(connect().get(pods, a), { reason: 'Unknown', message: /418: I am a teapot/ });
  });

  for (const key of [{ name: 'a' }, { namespace: 'n', name: '' }, { namespace: '..', name: 'a' }]) {
    test(`the key ${JSON.stringify(key)} is refused without a request`, async () => {
      await assert.rejects(connect().get(pods, key), { retry: 'never' });
      assert.equal(server.requests.length, 0);
    });
  }

  const retried = [
    { name: 'a read after 500', fail: answer(500), method: 'get', times: 2, waits: [0] },
    { name: 'a read after a broken connection', fail: broken, method: 'get', times: 2, waits: [0] },
    { name: 'a read whose body breaks', fail: halfBody, method: 'get', times: 2, waits: [0] },
    {
      name: 'any verb after 429, when asked',
      fail: answer(429, { 'retry-after': '2' }),
      method: 'create',
      times: 2,
      waits: [2000],
    },
    { name: 'no write after 500', fail: answer(500), method: 'create', times: 1, waits: [] },
    { name: 'no write after a broken connection', fail: broken, method: 'create', times: 1, waits: [] },
    {
      name: 'nothing that would have to wait too long',
      fail: answer(429, { 'retry-after': '31' }),
      method: 'get',
      times: 1,
      waits: [],
    },
    { name: 'no read that was refused', fail: answer(403), method: 'get', times: 1, waits: [] },
  ];
  for (const { name, fail, method, times, waits } of retried) {
    test(`retries: ${name}`, async () => {
      server.misbehave(fail);
      server.misbehave(ok);
      const client = connect();
      const sent = method === 'get' ? client.get(pods, a) : client.create(pods, { metadata: a });
      if (times === 1) await assert.rejects(sent);
      else await sent;
      assert.deepEqual([server.requests.length, slept], [times, waits]);
    });
  }

  test('retries are bounded', async () => {
    for (let i = 0; i < 10; i += 1) server.misbehave(answer(429));
    await assert.rejects(connect().get(pods, a), { status: 429 });
    assert.equal(server.requests.length, 5);
  });

  test('an unreachable server is a TransportError that names it', async () => {
    const { server: url } = server.config;
    const client = connect({ retry: { retries: 0, maxWaitMs: 0 } });
    await server.stop();
    await assert.rejects(client.get(pods, a), { name: 'TransportError', message: new RegExp(url) });
    server = await FakeApiServer.start();
  });

  test('an abort rejects with its reason, without retries', async () => {
    server.misbehave(() => true);
    const reason = new Error('enough');
    await assert.rejects(connect().get(pods, a, AbortSignal.abort(reason)), reason);
    const controller = new AbortController();
    const sent = connect().get(pods, a, controller.signal);
    setImmediate(() => controller.abort(reason));
    await assert.rejects(sent, reason);
  });

  test('a server that accepts and says nothing is given up', async () => {
    server.misbehave(() => true);
    const client = connect({ responseTimeoutMs: 50, retry: { retries: 0, maxWaitMs: 0 } });
    await assert.rejects(client.get(pods, a), { name: 'TransportError' });
  });

  test('a connection whose TLS handshake never ends is given up', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const config = { ...server.config, server: `https://127.0.0.1:${port}` };
    const client = createKubeClient(config, {
      userAgent: 'tester/1',
      connectTimeoutMs: 50,
      retry: { retries: 0, maxWaitMs: 0 },
    });
    const why = (error: unknown): boolean => /no connection within 50 ms/.test(messageOf(error));
    await assert.rejects(client.get(pods, a), why);
    await client.close();
    mute.close();
  });

  test('a watch may be silent for longer than an answer may take', async () => {
    const client = connect({ responseTimeoutMs: 40 });
    const stop = new AbortController();
    const seen = (async () => {
      for await (const event of client.watch(pods, {}, {}, stop.signal)) return event.type;
      return 'end';
    })();
    await until(() => server.watches.length === 1, 'the watch');
    await new Promise((resolve) => setTimeout(resolve, 150));
    server.log.put('a');
    assert.equal(await seen, 'ADDED');
    stop.abort();
  });

  test('requests share kept connections', async () => {
    for (let i = 0; i < 3; i += 1) server.misbehave(ok);
    const client = connect();
    for (let i = 0; i < 3; i += 1) await client.get(pods, a);
    assert.equal(server.connections, 1);
  });

  test('a refused credential is read anew and tried once more', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'monovirt-token-'));
    const path = join(directory, 'token');
    const token = credentialFile(path);
    writeFileSync(path, 'old\n');
    const client = createKubeClient(
      {
        ...server.config,
        authHeaders: async () => ({ authorization: `Bearer ${await token.read()}` }),
        invalidate: () => token.invalidate(),
      },
      { userAgent: 'tester/1' },
    );
    clients.push(client);
    server.misbehave(ok);
    await client.get(pods, a);
    writeFileSync(path, 'new\n');
    server.misbehave(answer(401));
    server.misbehave(ok);
    await client.get(pods, a);
    for (const _ of [1, 2]) server.misbehave(answer(401));
    await assert.rejects(client.get(pods, a), { status: 401 });
    assert.deepEqual(
      server.requests.map(({ headers }) => headers.authorization),
      ['Bearer old', 'Bearer old', 'Bearer new', 'Bearer new', 'Bearer new'],
    );
    rmSync(directory, { recursive: true });
  });

  test('a credential file is read again after a minute', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'monovirt-token-'));
    const path = join(directory, 'token');
    const time = fakeClock();
    const token = credentialFile(path, time);
    writeFileSync(path, 'old');
    assert.equal(await token.read(), 'old');
    writeFileSync(path, 'new');
    await time.advance(59_000);
    assert.equal(await token.read(), 'old');
    await time.advance(1000);
    assert.equal(await token.read(), 'new');
    rmSync(directory, { recursive: true });
  });

  test('requests are counted by verb, resource and code', async () => {
    server.misbehave(ok);
    server.misbehave(answer(404));
    const client = connect();
    await client.get(pods, a);
    await client.get(pods, a).catch(() => undefined);
    await client.list(pods, {});
    assert.deepEqual(client.metrics.snapshot(), [
      { verb: 'get', resource: 'pods', code: '200', count: 1 },
      { verb: 'get', resource: 'pods', code: '404', count: 1 },
      { verb: 'list', resource: 'pods', code: '200', count: 1 },
    ]);
  });
});
