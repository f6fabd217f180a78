/**
 * Connects a WebSocket to a port of a guest. The controller dials the guest's pod itself, as KubeVirt's API server
 * does. The address comes from the kubelet's status of the pod that the controller made for the VMI, never from
 * the guest, who could name any host of the cluster.
 */
import { createSocket } from 'node:dgram';
import type { Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIPv4 } from 'node:net';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { labels } from '../api/constants.ts';
import { pods } from '../api/kinds.ts';
import type { Pod, Vmi } from '../api/types.ts';
import type { HttpRequest, Upgrade } from '../http/types.ts';
import { acceptWebSocket, joinWebSocket, keepAlive } from '../http/websocket.ts';
import type { KubeClient } from '../kube/types.ts';
import { isOver } from '../pod/facts.ts';
import { messageOf } from '../support/errors.ts';
import { badRequest, internal } from './refusal.ts';

interface Endpoint {
  host: string;
  port: number;
}

const dialTimeoutMs = 10_000;
/** Datagrams of a guest that its client does not take are lost beyond this, in bytes. */
const maxBacklog = 1024 * 1024;

/**
 * Prepares a stream to the port that the path names.
 * @throws HttpError 400 for a port or protocol that is none, and for a VMI without an address.
 */
export async function forwardPort(
  client: Pick<KubeClient, 'list'>,
  vmi: Vmi,
  { params, signal }: Pick<HttpRequest, 'params' | 'signal'>,
): Promise<(upgrade: Upgrade) => Promise<void>> {
  const port = portOf(params['port'] ?? '');
  const protocol = params['protocol'] ?? 'tcp';
  if (protocol !== 'tcp' && protocol !== 'udp') {
    throw badRequest(`protocol ${JSON.stringify(protocol)} cannot be forwarded: use tcp or udp`);
  }
  const guest = { host: await addressOf(client, vmi, signal), port };
  return protocol === 'tcp'
    ? (upgrade) => forwardTcp(guest, upgrade)
    : (upgrade) => forwardUdp(guest, upgrade);
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65536) return port;
  throw badRequest(`port ${JSON.stringify(text)} is none: use a number from 1 to 65535`);
}

/** Address of the pod whose network the guest has. */
async function addressOf(client: Pick<KubeClient, 'list'>, vmi: Vmi, signal: AbortSignal): Promise<string> {
  const onPodNetwork = vmi.spec.networks?.some(({ pod }) => pod !== undefined) === true;
  const { namespace, uid } = vmi.metadata;
  if (!onPodNetwork || namespace === undefined) throw badRequest('no network interfaces are present');
  const selection = { namespace, labelSelector: `${labels.createdBy}=${uid}` };
  const { items } = await client.list<Pod>(pods, selection, signal);
  const pod = items.find((candidate) => runsGuest(candidate, vmi));
  const { podIP, podIPs = [] } = pod?.status ?? {};
  const known = [...podIPs.map(({ ip }) => ip), podIP].flatMap((ip) => (ip === undefined ? [] : [ip]));
  const host = known.find((ip) => isIPv4(ip)) ?? known[0];
  if (host === undefined) throw badRequest('no network interfaces are present: the pod has no address yet');
  return host;
}

/** Users can make pods and label them; who runs the guest stands in the VMI's status, which they cannot write. */
function runsGuest(pod: Pod, vmi: Vmi): boolean {
  const { activePods = {}, nodeName } = vmi.status ?? {};
  return activePods[pod.metadata.uid] !== undefined && pod.spec?.nodeName === nodeName && !isOver(pod);
}

async function forwardTcp(guest: Endpoint, upgrade: Upgrade): Promise<void> {
  const connection = await dial(guest, upgrade.signal);
  try {
    const client = await acceptWebSocket(upgrade);
    if (client === undefined) return;
    // Whichever side broke: both are closed, and there is nobody to tell.
    await joinWebSocket(client, connection, upgrade.signal).catch(() => undefined);
  } finally {
    connection.destroy();
  }
}

async function dial({ host, port }: Endpoint, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const connection = connect({ host, port, noDelay: true });
  // Stays for the socket's life: an error that nobody listens for would end the process.
  connection.on('error', () => connection.destroy());
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(dialTimeoutMs)]);
  try {
    await once(connection, 'connect', { signal: bounded });
    return connection;
  } catch (error) {
    connection.destroy();
    throw internal(`dialing VM: ${messageOf(error)}`);
  }
}

/** A message is a datagram, both ways. */
async function forwardUdp(guest: Endpoint, upgrade: Upgrade): Promise<void> {
  const socket = createSocket(isIPv4(guest.host) ? 'udp4' : 'udp6');
  try {
    socket.connect(guest.port, guest.host);
    await once(socket, 'connect');
    const client = await acceptWebSocket(upgrade);
    if (client !== undefined) await exchange(client, socket);
  } finally {
    socket.close();
  }
}

async function exchange(client: WebSocket, socket: DatagramSocket): Promise<void> {
  keepAlive(client);
  const closed = once(client, 'close');
  client.on('error', () => client.terminate());
  client.on('message', (data: Buffer) => socket.send(data));
  socket.on('message', (data) => {
    if (client.bufferedAmount < maxBacklog) client.send(data);
  });
  // The guest says that nobody listens there.
  socket.on('error', (error) => client.close(1011, error.message.slice(0, 100)));
  await closed;
}
