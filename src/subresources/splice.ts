/**
 * Hands a WebSocket through to the node agent: the upgrade request is repeated there and the two connections
 * are joined byte by byte, so frames are made and read once, at the agent.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import type { Upgrade } from '../http/types.ts';
import { badRequest } from './refusal.ts';

/** Headers of the client's handshake that the agent needs; nothing else crosses. */
const forwarded = [
  'upgrade',
  'connection',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
] as const;

/**
 * The handshake as the agent gets it.
 * @param path absolute path at the agent, already encoded.
 * @throws HttpError 400 when a header could smuggle a second request.
 */
export function handshake(path: string, headers: Upgrade['headers']): string {
  const lines = forwarded.flatMap((name) => {
    const value = headers[name];
    if (value === undefined) return [];
    return [`${name}: ${Array.isArray(value) ? value.join(', ') : value}`];
  });
  const text = [`GET ${path} HTTP/1.1`, 'host: node-agent', ...lines];
  if (text.some((line) => /[\r\n]/.test(line)))
    throw badRequest('the handshake has a line break in a header');
  return `${text.join('\r\n')}\r\n\r\n`;
}

/** A node that vanished is noticed even on a stream that is silent for hours. */
const keepAliveProbeMs = 30_000;

/**
 * Joins client and agent until either side ends. Resolves when both are closed.
 * @param opening the handshake, as `handshake` makes it.
 */
export async function splice(upgrade: Upgrade, agent: Socket, opening: string): Promise<void> {
  agent.write(opening);
  if (upgrade.head.length > 0) agent.write(upgrade.head);
  const { socket } = upgrade;
  agent.setNoDelay(true);
  agent.setKeepAlive(true, keepAliveProbeMs);
  await Promise.all([flow(socket, agent), flow(agent, socket)]);
}

/** One direction. A side that breaks ends the other: there is nobody left to tell. */
function flow(from: Duplex, to: Duplex): Promise<void> {
  return new Promise((resolve) => {
    pipeline(from, to, () => {
      from.destroy();
      to.destroy();
      resolve();
    });
  });
}
