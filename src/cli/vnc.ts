/** A VNC viewer on this machine joined to a VM's screen. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { whenAborted } from '../support/abort.ts';
import { MonovirtError } from '../support/errors.ts';
import type { Output } from './flags.ts';
import { join } from './forward.ts';

export interface VncOptions {
  /** Local port; 0 takes a free one. */
  port: number;
  /** Start a viewer; without it the port stays open until the command is ended. */
  viewer: boolean;
}

/** Viewers in the order of preference, with the arguments that name the display. */
const viewers: readonly { command: string; args: (port: number) => string[] }[] = [
  { command: 'remote-viewer', args: (port) => [`vnc://127.0.0.1:${port}`] },
  { command: 'vncviewer', args: (port) => [`127.0.0.1::${port}`] },
];

/**
 * Listens on loopback and joins each connection to a stream of its own; with a viewer, until the viewer ends.
 * @throws MonovirtError NoVncViewer when none is installed; the first stream's refusal.
 */
export async function serveVnc(
  open: () => Promise<Duplex>,
  options: VncOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    // Before it is joined nobody else would hear of it, and that would end the command.
    client.on('error', () => client.destroy());
    void join(client, open, output);
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  output.write(`VNC server of the VM: 127.0.0.1:${port}\n`);
  try {
    await (options.viewer ? runViewer(port, signal) : whenAborted(signal));
  } finally {
    server.close();
    // A viewer that stays would keep the command from ending.
    for (const client of clients) client.destroy();
  }
}

async function runViewer(port: number, signal: AbortSignal): Promise<void> {
  for (const viewer of viewers) {
    if (await ran(viewer.command, viewer.args(port), signal)) return;
  }
  const names = viewers.map((viewer) => viewer.command).join(' or ');
  throw new MonovirtError(
    'NoVncViewer',
    `install ${names}, or use --proxy-only with a viewer of yours`,
    'never',
  );
}

/** False when there is no such program. */
async function ran(command: string, args: string[], signal: AbortSignal): Promise<boolean> {
  const child = spawn(command, args, { stdio: 'ignore', signal });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  child.once('error', (error) => resolve(!('code' in error && error.code === 'ENOENT')));
  child.once('exit', () => resolve(true));
  return promise;
}
