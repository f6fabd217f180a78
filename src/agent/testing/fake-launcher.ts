/** A launcher that speaks the protocol over a real Unix socket and does what a test says. */
import { rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { DomainReport, Method, WireError } from '../../launcher/protocol.ts';
import { protocolVersion } from '../../launcher/protocol.ts';
import type { DomainState } from '../../libvirt/domain-state.ts';
import { waitForPath } from '../../support/watch-path.ts';
import { ControlConnection } from '../launcher-client/control.ts';
import type { Launchers } from '../launcher-client/launcher.ts';
import { openStream } from '../launcher-client/stream.ts';

export interface Call {
  method: Method;
  params: Record<string, unknown>;
}

/** A domain of which a test decides the state; starting it makes it run. */
export class FakeLauncher {
  readonly path: string;
  readonly uid: string;
  /** Requests in the order they came, without `report`. */
  readonly calls: Call[] = [];
  /** Kinds of the connections that were opened. */
  readonly openings: string[] = [];
  /** What methods answer that do not answer with a report. */
  readonly results = new Map<Method, unknown>();
  /** The picture of the screen; refused while there is none. */
  picture: Buffer | undefined;
  /** Errors that the next requests of a method are answered with. */
  readonly errors = new Map<Method, WireError[]>();
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Set<Socket>();
  #report: DomainReport = { state: 'absent', reason: 'unknown', sequence: 1, interfaces: [] };
  #server: Server | undefined;

  constructor(path: string, uid: string) {
    this.path = path;
    this.uid = uid;
  }

  listen(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    return new Promise((resolve) => {
      server.listen(this.path, () => resolve());
    });
  }

  /** Breaks all connections, as a launcher that dies. */
  async close(): Promise<void> {
    const server = this.#server;
    this.disconnect();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
    await rm(this.path, { force: true });
  }

  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Changes the domain and tells everyone. */
  become(state: DomainState, change: Partial<DomainReport> = {}): void {
    this.#report = {
      ...this.#report,
      reason: 'unknown',
      ...change,
      state,
      sequence: this.#report.sequence + 1,
    };
    for (const socket of this.#sockets) send(socket, { event: 'domain', report: this.#report });
  }

  /** Ends consoles and displays, as a guest's end does. */
  endStreams(): void {
    for (const socket of this.#streams) socket.end('bye');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#streams.delete(socket);
    });
    socket.on('error', () => undefined);
    let opened: string | undefined;
    let rest = '';
    socket.on('data', (chunk: Buffer) => {
      if (opened !== undefined && opened !== 'control') {
        socket.write(chunk);
        return;
      }
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (opened === undefined) {
          const opening = JSON.parse(line) as { open: string; wake?: boolean };
          opened = opening.open;
          this.openings.push(opening.wake === true ? `${opened}, woken` : opened);
          if (opened === 'screenshot') return this.#show(socket);
          send(socket, { ok: true, uid: this.uid, version: protocolVersion });
          if (opened === 'control') continue;
          this.#streams.add(socket);
          socket.write('hello');
        } else this.#answer(socket, JSON.parse(line) as Call & { id: number });
      }
    });
  }

  #show(socket: Socket): void {
    const error = { reason: 'LibvirtOperationInvalid', message: 'no screens to take screenshot from' };
    if (this.picture === undefined) send(socket, { ok: false, error });
    else send(socket, { ok: true, uid: this.uid, version: protocolVersion });
    socket.end(this.picture ?? '');
  }

  #answer(socket: Socket, { id, method, params }: Call & { id: number }): void {
    if (method !== 'report') this.calls.push({ method, params });
    const error = this.errors.get(method)?.shift();
    if (error !== undefined) return send(socket, { id, error });
    if (method === 'sync' && this.#report.state === 'absent') {
      this.become('running', {
        reason: 'booted',
        machineType: 'pc-q35-7.2',
        interfaces: [{ name: 'default', mac: '02:00:00:00:00:99', device: 'tap0' }],
      });
    }
    if (method === 'pause') this.become('paused', { reason: 'user' });
    if (method === 'unpause') this.become('running', { reason: 'unknown' });
    send(socket, { id, result: this.results.get(method) ?? this.#report });
  }
}

function send(socket: Socket, message: object): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
}

const connect = (path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(path, () => resolve(socket));
    socket.once('error', reject);
  });

/** Reaches fake launchers without the proofs that need root and cgroups. */
export function fakeLaunchers(
  pathOf: (podUid: string) => string,
  prepare: Launchers['prepare'] = () => Promise.resolve([]),
): Launchers {
  return {
    prepare,
    wait: (podUid, signal) => waitForPath(pathOf(podUid), signal),
    control: async ({ podUid, vmiUid }, onReport, signal) =>
      ControlConnection.open(await connect(pathOf(podUid)), vmiUid, onReport, signal),
    stream: async ({ podUid }, opening, signal) => {
      const socket = await connect(pathOf(podUid));
      await openStream(socket, opening, signal);
      return socket;
    },
  };
}
