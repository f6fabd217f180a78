/**
 * Just enough gRPC over a Unix socket for the kubelet's device plugins and for hook sidecars: unary calls both ways and
 * streams from server to client, over node:http2.
 */
import { connect, constants, createServer } from 'node:http2';
import type { ClientHttp2Session, Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { MonovirtError, messageOf } from '../support/errors.ts';

const { HTTP2_HEADER_PATH, HTTP2_HEADER_METHOD, HTTP2_HEADER_STATUS, HTTP2_HEADER_CONTENT_TYPE } = constants;
const status = { ok: 0, unimplemented: 12, internal: 13 } as const;
/** Longest message accepted, in bytes; those of kubelets and sidecars are far below. */
const maxMessageBytes = 4 * 1024 * 1024;

/** Answers one method: `send` may be called any number of times before the promise settles. */
export type Method = (request: Buffer, send: (message: Buffer) => void, signal: AbortSignal) => Promise<void>;

export interface GrpcServer {
  close(): Promise<void>;
}

/**
 * Serves gRPC methods on a Unix socket.
 * @param methods by full path, such as `/v1beta1.DevicePlugin/Allocate`.
 */
export async function serveGrpc(
  socketPath: string,
  methods: Readonly<Record<string, Method>>,
): Promise<GrpcServer> {
  const server = createServer();
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => stream.destroy());
    void answer(stream, methods[String(headers[HTTP2_HEADER_PATH])]);
  });
  server.on('sessionError', () => undefined);
  await listen(server, socketPath);
  return { close: () => closeServer(server, sockets) };
}

function listen(server: Http2Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closeServer(server: Http2Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}

async function answer(stream: ServerHttp2Stream, method: Method | undefined): Promise<void> {
  const gone = new AbortController();
  stream.on('close', () => gone.abort());
  const finish = (code: number, message = ''): void => {
    if (stream.destroyed) return;
    stream.once('wantTrailers', () =>
      stream.sendTrailers({ 'grpc-status': String(code), 'grpc-message': encodeURIComponent(message) }),
    );
    stream.end();
  };
  stream.respond(
    { [HTTP2_HEADER_STATUS]: 200, [HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc' },
    { waitForTrailers: true },
  );
  if (method === undefined) return finish(status.unimplemented, 'this server has no such method');
  try {
    const request = unframe(await readAll(stream));
    await method(request, (message) => void (stream.destroyed || stream.write(frame(message))), gone.signal);
    finish(status.ok);
  } catch (error) {
    finish(status.internal, messageOf(error));
  }
}

/**
 * Makes one unary call over a Unix socket and closes the connection.
 * @param path full method path, such as `/v1beta1.Registration/Register`.
 * @returns the response message.
 * @throws MonovirtError `GrpcCallFailed` when the socket is not served or the server answers with an error.
 */
export async function callGrpc(
  socketPath: string,
  path: string,
  request: Buffer,
  signal: AbortSignal,
): Promise<Buffer> {
  const session = connect('http://localhost', { createConnection: () => createConnection(socketPath) });
  try {
    return await callOn(session, path, request, signal);
  } catch (error) {
    throw new MonovirtError('GrpcCallFailed', `calling ${path} on ${socketPath} failed`, 'backoff', {
      cause: error,
    });
  } finally {
    session.destroy();
  }
}

function callOn(
  session: ClientHttp2Session,
  path: string,
  request: Buffer,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request(
      {
        [HTTP2_HEADER_METHOD]: 'POST',
        [HTTP2_HEADER_PATH]: path,
        [HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
        te: 'trailers',
      },
      { signal },
    );
    let trailers: Record<string, unknown> = {};
    stream.on('response', (headers) => (trailers = { ...trailers, ...headers }));
    stream.on('trailers', (headers) => (trailers = { ...trailers, ...headers }));
    stream.on('error', reject);
    readAll(stream)
      .then((body) => resolve(responseOf(body, trailers)))
      .catch(reject);
    stream.end(frame(request));
  });
}

function responseOf(body: Buffer, trailers: Record<string, unknown>): Buffer {
  const code = Number(trailers['grpc-status'] ?? Number.NaN);
  if (code === status.ok) return unframe(body);
  const text = typeof trailers['grpc-message'] === 'string' ? trailers['grpc-message'] : 'no message';
  throw new MonovirtError('GrpcStatus', `gRPC status ${code}: ${decodeURIComponent(text)}`);
}

/** Puts gRPC's prefix before a message: not compressed, length. */
export function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function unframe(body: Buffer): Buffer {
  if (body.length < 5) throw new MonovirtError('MalformedMessage', 'a gRPC message is cut short', 'never');
  const end = 5 + body.readUInt32BE(1);
  if (body[0] !== 0 || end > body.length) {
    throw new MonovirtError('MalformedMessage', 'a gRPC message is compressed or cut short', 'never');
  }
  return body.subarray(5, end);
}

/** Collects a stream without destroying it at its end, as iterating it would: the answer goes the same way. */
function readAll(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxMessageBytes) chunks.push(chunk);
      else
        reject(
          new MonovirtError('MessageTooLarge', `a gRPC message exceeds ${maxMessageBytes} bytes`, 'never'),
        );
    });
    stream.on('end', () => resolve(Buffer.concat(chunks)));
    stream.on('error', reject);
    stream.on('close', () =>
      reject(new MonovirtError('ConnectionClosed', 'the gRPC stream was closed early')),
    );
  });
}
