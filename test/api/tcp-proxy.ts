/** A TCP relay on loopback whose connections can be broken, frozen and refused. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  readonly connections: number;
  /** Breaks all connections; new ones are relayed again. */
  cut(): void;
  /** Frozen connections stay open and carry nothing: the half-open case. New ones are frozen too. */
  freeze(frozen: boolean): void;
  /** Breaks all connections and refuses new ones until called with false. */
  refuse(refusing: boolean): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let refusing = false;
  let frozen = false;
  const cut = (): void => pairs.forEach((pair) => pair.forEach((socket) => socket.destroy()));
  const server = createServer((inner) => {
    if (refusing) {
      inner.destroy();
      return;
    }
    const outer = connect(target, '127.0.0.1');
    const pair = [inner, outer] as const;
    pairs.add(pair);
    relay(inner, outer, () => frozen);
    relay(outer, inner, () => frozen);
    for (const socket of pair) socket.on('close', () => pairs.delete(pair));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    get connections() {
      return pairs.size;
    },
    cut,
    freeze: (value) => {
      frozen = value;
    },
    refuse(value) {
      refusing = value;
      if (value) cut();
    },
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What arrives while frozen is lost, as on a network that drops packets for longer than TCP repeats them. */
function relay(from: Socket, to: Socket, isFrozen: () => boolean): void {
  from.on('data', (chunk: Buffer) => {
    if (!isFrozen()) to.write(chunk);
  });
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}
