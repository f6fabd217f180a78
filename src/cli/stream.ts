/** WebSocket streams of a VMI (console, VNC) through the API server. */
import { WebSocket, createWebSocketStream } from 'ws';
import type { ClientOptions } from 'ws';
import type { Duplex } from 'node:stream';
import { MonovirtError } from '../support/errors.ts';

/** Subprotocol of KubeVirt's streams: raw bytes in binary frames. */
export const streamProtocol = 'plain.kubevirt.io';
const handshakeTimeoutMs = 10_000;
/** A refusal is a `metav1.Status`; more than this of it is not read. */
const maxRefusalBytes = 64 * 1024;

/**
 * Opens a stream.
 * @param url `wss://…/apis/subresources.kubevirt.io/v1/namespaces/…`.
 * @param options TLS material and the Authorization header.
 * @param signal ends the attempt; an open stream is the caller's to end.
 * @throws MonovirtError StreamRefused with the server's words, or StreamUnreachable.
 */
export function openStream(url: string, options: ClientOptions, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, streamProtocol, { handshakeTimeout: handshakeTimeoutMs, ...options });
    const abort = (): void => socket.terminate();
    signal.addEventListener('abort', abort, { once: true });
    socket.once('open', () => {
      signal.removeEventListener('abort', abort);
      resolve(createWebSocketStream(socket));
    });
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk.slice(0, maxRefusalBytes - body.length);
      });
      response.on('close', () => reject(refusal(response.statusCode ?? 0, body)));
    });
    socket.once('error', (cause) => {
      reject(new MonovirtError('StreamUnreachable', `cannot open ${url}`, 'never', { cause }));
    });
    if (signal.aborted) abort();
  });
}

function refusal(status: number, body: string): MonovirtError {
  return new MonovirtError('StreamRefused', messageIn(body) ?? `the server answered ${status}`, 'never');
}

function messageIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const known = typeof parsed === 'object' && parsed !== null && 'message' in parsed;
    return known && typeof parsed.message === 'string' ? parsed.message : undefined;
  } catch {
    return body.trim() === '' ? undefined : body.trim();
  }
}
