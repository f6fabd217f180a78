/** Local ports joined to ports of a guest. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { MonovirtError, messageOf } from '../support/errors.ts';
import { printable } from '../support/printable.ts';
import type { Output } from './flags.ts';

export interface PortMapping {
  /** 0 takes a free one. */
  local: number;
  remote: number;
}

/**
 * Reads `[tcp/]LOCAL[:REMOTE]`; without a remote port it is the local one.
 * @throws MonovirtError InvalidPort.
 */
export function parseMapping(text: string): PortMapping {
  const [, protocol = 'tcp', first = '', second = first] = /^(?:(\w+)\/)?(\d*)(?::(\d+))?$/.exec(text) ?? [];
  const [local, remote] = [Number(first), Number(second)];
  if (remote < 1 || remote > 65_535 || local > 65_535) throw invalid(text);
  if (protocol !== 'tcp') {
    throw new MonovirtError(
      'InvalidPort',
      `${text}: only TCP ports are forwarded; reach UDP ports of a VM through a Service`,
      'never',
    );
  }
  return { local, remote };
}

const invalid = (text: string): MonovirtError =>
  new MonovirtError(
    'InvalidPort',
    `${JSON.stringify(text)} is no port mapping: give LOCAL or LOCAL:REMOTE`,
    'never',
  );

export type OpenPort = (port: number) => Promise<Duplex>;

/** Listens until `signal` aborts; each connection gets a stream of its own. */
export async function listen(
  { local, remote }: PortMapping,
  address: string,
  open: OpenPort,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<void> {
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    // Before it is joined nobody else would hear of it, and that would end the command.
    client.on('error', () => client.destroy());
    void join(client, () => open(remote), output);
  });
  server.listen({ port: local, host: address, signal });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  output.write(`Forwarding from ${address}:${port} -> ${remote}\n`);
  signal.addEventListener('abort', () => clients.forEach((client) => client.destroy()), { once: true });
  await once(server, 'close');
}

/**
 * Joins a local connection to a stream that is opened for it; what goes wrong is said, and ends the connection. A
 * client that has said all still hears the answer: a WebSocket cannot be closed by half, so it stays open until the
 * guest closes or the client is gone.
 */
export async function join(client: Duplex, open: () => Promise<Duplex>, output: Output): Promise<void> {
  try {
    const stream = await open();
    client.once('close', () => stream.destroy());
    stream.once('error', () => client.destroy());
    stream.once('close', () => client.end());
    client.pipe(stream, { end: false });
    stream.pipe(client);
  } catch (error) {
    output.write(`${printable(messageOf(error))}\n`);
    client.destroy();
  }
}
