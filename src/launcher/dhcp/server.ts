/** The DHCP server of one VM: knows one guest an interface and answers nobody else. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { messageOf, MonovirtError } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import { rateLimit } from '../rate-limit.ts';
import type { Lease } from './lease.ts';
import { answer } from './lease.ts';
import { decodePacket } from './packet.ts';

export interface DhcpOptions {
  log: Logger;
  /** 67 and 68 unless a test says otherwise. */
  serverPort?: number;
  clientPort?: number;
}

/** A guest boots with a handful of packets; one that sends more than this is not answered. */
const packetsPerSecond = 20;

/**
 * Serves the guests of `leases` until disposed.
 *
 * Requests arrive as broadcasts on a socket of the wildcard address, renewals on one of the bridge's address.
 * Answers leave from the latter: Linux sends a limited broadcast out of the interface that owns the bound source
 * address, so neither a capability nor a raw socket is needed.
 * @throws MonovirtError `DhcpUnavailable` when the port cannot be bound.
 */
export async function serveDhcp(leases: readonly Lease[], options: DhcpOptions): Promise<AsyncDisposable> {
  const { log, serverPort = 67, clientPort = 68 } = options;
  const open = new AsyncDisposableStack();
  const limit = rateLimit(packetsPerSecond, 2 * packetsPerSecond);
  const senders = new Map<Lease, Socket>();
  const receive = (bytes: Buffer): void => {
    if (!limit.take()) return;
    const packet = decodePacket(bytes);
    if (packet === undefined) return;
    for (const [lease, sender] of senders) {
      const reply = answer(lease, packet);
      if (reply === undefined) continue;
      log.debug('answered the guest over DHCP', {
        interface: lease.name,
        messageType: packet.messageType,
      });
      sender.send(reply.bytes, clientPort, reply.address, (error) => {
        if (error !== null) log.warn('a DHCP answer was not sent', { error: messageOf(error) });
      });
    }
  };
  try {
    for (const lease of leases) {
      senders.set(lease, await bind(open, { address: lease.serverAddress, port: serverPort, receive, log }));
    }
    await bind(open, { address: '0.0.0.0', port: serverPort, receive, log });
  } catch (error) {
    await open.disposeAsync();
    throw new MonovirtError(
      'DhcpUnavailable',
      `cannot listen for the guest's DHCP requests on port ${serverPort}: ${messageOf(error)}; the node agent has to ` +
        'make the bridge and set net.ipv4.ip_unprivileged_port_start in the network namespace of the pod first',
      'backoff',
      { cause: error },
    );
  }
  return open;
}

interface Binding {
  address: string;
  port: number;
  receive: (bytes: Buffer) => void;
  log: Logger;
}

async function bind(open: AsyncDisposableStack, { address, port, receive, log }: Binding): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  open.defer(() => closed(socket));
  socket.bind({ address, port, exclusive: true });
  await once(socket, 'listening');
  socket.setBroadcast(true);
  socket.on('message', receive);
  socket.on('error', (error) => log.warn('DHCP socket failed', { error: messageOf(error) }));
  return socket;
}

async function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  try {
    socket.close(resolve);
  } catch {
    resolve();
  }
  await promise;
}
