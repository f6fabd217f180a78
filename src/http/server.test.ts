import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { issueCa, issueLeaf } from '../pki/issue.ts';
import type { KeyPair } from '../pki/issue.ts';
import { startServer } from './server.ts';
import { HttpError } from './status.ts';
import type { Route, RunningServer, TlsIdentity, UpgradeRoute } from './types.ts';

const day = 86_400_000;
const validity = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };
const ca = issueCa('test-ca', validity);
const leaf = (commonName: string, from: KeyPair = ca): KeyPair =>
  issueLeaf(from, {
    ...validity,
    commonName,
    hosts: ['localhost', '127.0.0.1'],
    usages: ['server', 'client'],
  });
const identityOf = (pair: KeyPair): TlsIdentity => ({ ...pair, clientCa: ca.certificate });
const serverPair = leaf('server');

async function serve(
  t: TestContext,
  routes: Route[],
  extra: { upgrades?: UpgradeRoute[]; maxBodyBytes?: number; identity?: () => TlsIdentity } = {},
): Promise<RunningServer> {
  const abort = new AbortController();
  const identity = extra.identity ?? (() => identityOf(serverPair));
  const server = await startServer({ port: 0, host: '127.0.0.1', routes, ...extra, identity }, abort.signal);
  t.after(() => server.close());
  return server;
}

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

function call(server: RunningServer, options: RequestOptions & { body?: string | Buffer }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      { host: '127.0.0.1', port: server.port, ca: ca.certificate, agent: false, ...options },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

const echo: Route = {
  method: 'PUT',
  path: '/v1/namespaces/:namespace/things/:name',
  handle: async (request) => ({
    status: 202,
    body: {
      params: request.params,
      body: (await request.body()).toString(),
      q: request.query.get('q'),
      clientName: request.clientName ?? null,
    },
  }),
};
const failing: Route = {
  method: 'GET',
  path: '/fails/:how',
  handle: (request) =>
    Promise.reject(
      request.params.how === 'typed'
        ? new HttpError(409, 'Conflict', 'already running', {
            causes: [{ message: 'cause', field: 'spec' }],
          })
        : new Error('boom'),
    ),
};

test('routes answer with parameters, query and body', async (t) => {
  const server = await serve(t, [echo]);
  const answer = await call(server, {
    method: 'PUT',
    path: '/v1/namespaces/a/things/b%2Fc?q=1',
    body: 'hello',
  });
  assert.equal(answer.status, 202);
  assert.deepEqual(JSON.parse(answer.body), {
    params: { namespace: 'a', name: 'b/c' },
    body: 'hello',
    q: '1',
    clientName: null,
  });
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.equal(answer.headers['content-type'], 'application/json');
});

const refusals = [
  { name: 'unknown path', method: 'GET', path: '/nope', status: 404, reason: 'NotFound' },
  {
    name: 'known path, other method',
    method: 'GET',
    path: '/v1/namespaces/a/things/b',
    status: 405,
    reason: 'MethodNotAllowed',
  },
  {
    name: 'segment that is no UTF-8',
    method: 'PUT',
    path: '/v1/namespaces/a/things/%ff',
    status: 404,
    reason: 'NotFound',
  },
  { name: 'absolute target', method: 'GET', path: 'https://other/x', status: 400, reason: 'BadRequest' },
  { name: 'handler throws its status', method: 'GET', path: '/fails/typed', status: 409, reason: 'Conflict' },
  {
    name: 'handler throws anything',
    method: 'GET',
    path: '/fails/any',
    status: 500,
    reason: 'InternalError',
  },
];
for (const row of refusals) {
  test(`refuses: ${row.name}`, async (t) => {
    const server = await serve(t, [echo, failing]);
    const answer = await call(server, { method: row.method, path: row.path });
    assert.equal(answer.status, row.status);
    const status = JSON.parse(answer.body);
    assert.deepEqual([status.kind, status.code, status.reason], ['Status', row.status, row.reason]);
  });
}

for (const declared of [true, false]) {
  test(`a body past the bound is 413, length ${declared ? 'declared' : 'unknown'}`, async (t) => {
    const server = await serve(t, [echo], { maxBodyBytes: 1000 });
    const headers = declared ? {} : { 'transfer-encoding': 'chunked' };
    const answer = await call(server, {
      method: 'PUT',
      path: '/v1/namespaces/a/things/b',
      body: Buffer.alloc(20_000),
      headers,
    });
    assert.equal(answer.status, 413);
    assert.equal(JSON.parse(answer.body).reason, 'RequestTooLarge');
  });
}

const clients = [
  { name: 'no certificate', pair: undefined, want: null },
  {
    name: 'certificate of our CA',
    pair: leaf('kubevirt.io:system:client:virt-handler'),
    want: 'kubevirt.io:system:client:virt-handler',
  },
  {
    name: 'certificate of a foreign CA of the same name',
    pair: leaf('evil', issueCa('test-ca', validity)),
    want: null,
  },
];
for (const row of clients) {
  test(`client name: ${row.name}`, async (t) => {
    const server = await serve(t, [echo]);
    const credentials = row.pair === undefined ? {} : { cert: row.pair.certificate, key: row.pair.key };
    const answer = await call(server, { method: 'PUT', path: '/v1/namespaces/a/things/b', ...credentials });
    assert.equal(JSON.parse(answer.body).clientName, row.want);
  });
}

test('a comma in a header does not make two values of it, and a repeated header does', async (t) => {
  const route: Route = {
    method: 'GET',
    path: '/groups',
    handle: (request) => Promise.resolve({ status: 200, body: request.headersDistinct['x-remote-group'] }),
  };
  const server = await serve(t, [route]);
  const headers = { 'X-Remote-Group': ['cn=dev, system:masters', 'ops'] };
  const answer = await call(server, { path: '/groups', headers });
  assert.deepEqual(JSON.parse(answer.body), ['cn=dev, system:masters', 'ops']);
});

test('an answer that cannot be written as JSON is an error of that request alone', async (t) => {
  const broken: Route = {
    method: 'GET',
    path: '/broken',
    handle: () => Promise.resolve({ status: 200, body: { size: 1n } }),
  };
  const server = await serve(t, [broken]);
  assert.equal((await call(server, { path: '/broken' })).status, 500);
  assert.equal((await call(server, { path: '/broken' })).status, 500);
});

test('a handler learns that its client went away', async (t) => {
  const started = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const slow: Route = {
    method: 'GET',
    path: '/slow',
    handle: async (incoming) => {
      started.resolve();
      await once(incoming.signal, 'abort');
      aborted.resolve();
      return { status: 200 };
    },
  };
  const server = await serve(t, [slow]);
  const outgoing = httpsRequest({
    host: '127.0.0.1',
    port: server.port,
    ca: ca.certificate,
    path: '/slow',
    agent: false,
  });
  outgoing.on('error', () => undefined);
  outgoing.end();
  await started.promise;
  outgoing.destroy();
  await aborted.promise;
});

function dial(server: RunningServer): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port: server.port,
    ca: ca.certificate,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  return once(socket, 'secureConnect').then(() => socket);
}

test('reload takes a new certificate without closing connections; only HTTP/1.1 is offered', async (t) => {
  let pair = leaf('first');
  const server = await serve(t, [echo], { identity: () => identityOf(pair) });
  const before = await dial(server);
  assert.equal(before.alpnProtocol, 'http/1.1');
  pair = leaf('second');
  server.reload();
  const after = await dial(server);
  assert.equal(before.getPeerCertificate().subject.CN, 'first');
  assert.equal(after.getPeerCertificate().subject.CN, 'second');
  before.write('GET /nope HTTP/1.1\r\nhost: a\r\n\r\n');
  const [data] = (await once(before, 'data')) as [Buffer];
  assert.match(data.toString(), /^HTTP\/1\.1 404 /);
  before.destroy();
  after.destroy();
});

const raw: UpgradeRoute = {
  path: '/stream/:name',
  handle: ({ socket, params }) => {
    if (params.name === 'refused') throw new HttpError(400, 'BadRequest', 'no serial console is present');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n');
    socket.pipe(socket);
    return Promise.resolve();
  },
};
const upgradeTo = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n`;

for (const row of [
  { path: '/stream/refused', want: /^HTTP\/1\.1 400 [\s\S]*no serial console/ },
  { path: '/elsewhere', want: /^HTTP\/1\.1 404 / },
]) {
  test(`an upgrade to ${row.path} is refused in plain HTTP`, async (t) => {
    const server = await serve(t, [], { upgrades: [raw] });
    const socket = await dial(server);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.write(upgradeTo(row.path));
    await once(socket, 'end');
    assert.match(text, row.want);
  });
}

test('an upgraded connection carries raw bytes and is closed with the server', async (t) => {
  const server = await serve(t, [], { upgrades: [raw] });
  const socket = await dial(server);
  socket.write(upgradeTo('/stream/x'));
  const [head] = (await once(socket, 'data')) as [Buffer];
  assert.match(head.toString(), /^HTTP\/1\.1 101 /);
  socket.write('ping');
  assert.equal(String((await once(socket, 'data'))[0]), 'ping');
  const closed = once(socket, 'close');
  await server.close();
  await closed;
});

test('close lets a request under way finish, and its signal closes the server', async () => {
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const route: Route = {
    method: 'GET',
    path: '/held',
    handle: async () => {
      started.resolve();
      await release.promise;
      return { status: 200, body: 'done' };
    },
  };
  const abort = new AbortController();
  const server = await startServer(
    { port: 0, host: '127.0.0.1', routes: [route], identity: () => identityOf(serverPair) },
    abort.signal,
  );
  const answer = call(server, { path: '/held' });
  await started.promise;
  abort.abort();
  release.resolve();
  assert.equal((await answer).body, 'done');
  await server.close();
  await assert.rejects(call(server, { path: '/held' }));
});

test('a client CA may come with a reload; before it, no certificate counts', async (t) => {
  const identity: TlsIdentity = { ...serverPair };
  const server = await serve(t, [echo], { identity: () => identity });
  const pair = leaf('someone');
  const ask = async (): Promise<unknown> => {
    const path = '/v1/namespaces/a/things/b';
    const answer = await call(server, { method: 'PUT', path, cert: pair.certificate, key: pair.key });
    return JSON.parse(answer.body).clientName;
  };
  assert.equal(await ask(), null);
  identity.clientCa = ca.certificate;
  server.reload();
  assert.equal(await ask(), 'someone');
});
