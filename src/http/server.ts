/**
 * Our HTTPS edge: node:https and a small router (adr/0004 has the figures). HTTP/1.1 only, so that no rapid
 * reset of streams can be thrown at it and WebSocket upgrades need no second protocol.
 */
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { readBody } from './body.ts';
import { createRouter } from './router.ts';
import type { Router } from './router.ts';
import { commonParts, urlOf } from './request.ts';
import { send } from './respond.ts';
import { takeOver } from './upgrade.ts';
import { errorResponse, statusResponse } from './status.ts';
import type { HttpResponse, Route, RunningServer, ServerOptions, TlsIdentity } from './types.ts';

/** Largest body unless said otherwise: a review of two objects of the 3 MiB that the API server accepts at most. */
const defaultMaxBodyBytes = 7 * 1024 * 1024;
/** A client that needs longer than this for its headers or its whole request is cut off. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;
/** Longer than the 90 s after which the API server gives up an idle connection: it must not lose that race. */
const keepAliveTimeoutMs = 120_000;
/** A peer that vanished is noticed even on a console that nobody types on for hours. */
const keepAliveProbeMs = 30_000;
const handshakeTimeoutMs = 10_000;
/** How long `close` waits for requests under way before it cuts them. */
const drainTimeoutMs = 5_000;

/**
 * Listens on `options.port` and serves until `signal` aborts or `close` is called.
 * @throws the listen error (EADDRINUSE …) or the error of an unusable certificate.
 */
export async function startServer(options: ServerOptions, signal: AbortSignal): Promise<RunningServer> {
  const routes = createRouter(options.routes.map((route) => ({ path: route.path, value: route })));
  const upgrades = createRouter(
    (options.upgrades ?? []).map((route) => ({ path: route.path, value: route })),
  );
  const maxBodyBytes = options.maxBodyBytes ?? defaultMaxBodyBytes;
  const server = createServer({
    ...tlsOptions(options.identity()),
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: handshakeTimeoutMs,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveProbeMs,
    maxHeaderSize: 64 * 1024,
  });
  const upgraded = new Set<Duplex>();
  server.on('request', (message, response) => {
    void answer(routes, message, response, maxBodyBytes);
  });
  server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    void takeOver(upgrades, upgraded, { message, socket, head });
  });
  // Broken handshakes and resets are the client's affair: nothing to answer, nothing to log.
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await listen(server, options);
  // A connection that cannot be accepted, for want of file descriptors say, must not end the process.
  server.on('error', () => undefined);
  return controlOf(server, upgraded, options, signal);
}

function tlsOptions(
  identity: TlsIdentity,
): SecureContextOptions & { requestCert: true; rejectUnauthorized: false } {
  return {
    cert: identity.certificate,
    key: identity.key,
    // An empty list trusts nobody; leaving it out would trust every public authority.
    ca: identity.clientCa ?? [],
    minVersion: 'TLSv1.2',
    // Asked for even before there is a client CA: a reload may bring one.
    requestCert: true,
    // Verification decides `clientName`; each route decides whether a name is needed.
    rejectUnauthorized: false,
  };
}

function listen(server: Server, options: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, host: options.host }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function controlOf(
  server: Server,
  upgraded: ReadonlySet<Duplex>,
  options: ServerOptions,
  signal: AbortSignal,
): RunningServer {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= shutDown(server, upgraded).finally(() => signal.removeEventListener('abort', onAbort));
    return closing;
  };
  const onAbort = (): void => void close();
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    port: (server.address() as AddressInfo).port,
    reload: () => server.setSecureContext(tlsOptions(options.identity())),
    close,
  };
}

async function shutDown(server: Server, upgraded: ReadonlySet<Duplex>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  for (const socket of upgraded) socket.destroy();
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), drainTimeoutMs);
  await closed;
  clearTimeout(cut);
}

async function answer(
  routes: Router<Route>,
  message: IncomingMessage,
  response: ServerResponse,
  maxBodyBytes: number,
): Promise<void> {
  const abort = new AbortController();
  response.once('close', () => abort.abort(new Error('the client went away')));
  try {
    send(message, response, await dispatch(routes, message, maxBodyBytes, abort.signal));
  } catch (error) {
    // Not after the head was sent: that would throw again, and nobody is left to catch it.
    if (response.headersSent) response.destroy();
    else send(message, response, errorResponse(error));
  }
}

async function dispatch(
  routes: Router<Route>,
  message: IncomingMessage,
  maxBodyBytes: number,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const url = urlOf(message);
  if (url === undefined) return statusResponse(400, 'BadRequest', 'the request target is not a valid path');
  const method = message.method ?? 'GET';
  const candidates = routes.match(url.pathname);
  const found = candidates.find((candidate) => candidate.value.method === method);
  if (found === undefined)
    return noRoute(
      candidates.map((candidate) => candidate.value.method),
      method,
      url.pathname,
    );
  let whole: Promise<Buffer> | undefined;
  return found.value.handle({
    method,
    ...commonParts(message, url, found.params),
    signal,
    body: () => (whole ??= readBody(message, maxBodyBytes)),
  });
}

function noRoute(allowed: readonly string[], method: string, path: string): HttpResponse {
  if (allowed.length === 0) return statusResponse(404, 'NotFound', `nothing is served at ${path}`);
  const response = statusResponse(405, 'MethodNotAllowed', `${path} does not take ${method}`);
  return { ...response, headers: { allow: allowed.join(', ') } };
}
