/** Finds and speaks to the node agent of a VMI over mutual TLS. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:tls';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { commonNames, components, labels, ports } from '../api/constants.ts';
import { pods } from '../api/kinds.ts';
import type { Pod, Vmi } from '../api/types.ts';
import type { KubeClient } from '../kube/types.ts';
import { messageOf } from '../support/errors.ts';
import { badRequest, internal } from './refusal.ts';

export interface AgentTls {
  certificate: string;
  key: string;
  /** PEM bundle that signs agents. */
  ca: string;
}

export interface AgentAddress {
  host: string;
  port: number;
}

const connectTimeoutMs = 10_000;
/** Longer than an agent waits for its launcher. */
const answerTimeoutMs = 25_000;
/** A picture of the largest screen; all other answers are far smaller. */
const maxAnswerBytes = 64 * 1024 * 1024;

/**
 * Address of the agent on the VMI's node.
 * @throws HttpError 400 when there is no ready agent: nothing can be done to the guest from outside then.
 */
export async function findAgent(
  client: Pick<KubeClient, 'list'>,
  namespace: string,
  vmi: Vmi,
  signal: AbortSignal,
): Promise<AgentAddress> {
  const node = vmi.status?.nodeName ?? '';
  const selection = {
    namespace,
    labelSelector: `${labels.component}=${components.agent}`,
    fieldSelector: `spec.nodeName=${node}`,
  };
  const { items } = await client.list<Pod>(pods, selection, signal);
  const host = items.find((pod) => pod.metadata.deletionTimestamp === undefined && pod.status?.podIP)?.status
    ?.podIP;
  if (host === undefined) {
    throw badRequest(
      `no node agent runs on node ${JSON.stringify(node)}: look at ` +
        `"kubectl -n ${namespace} get pods -l ${labels.component}=${components.agent} -o wide"`,
    );
  }
  return { host, port: ports.agent };
}

/** Chain against our CA, and the name that only agents are given: a pod's address proves nothing. */
function checkAgent(_host: string, certificate: PeerCertificate): Error | undefined {
  const name = certificate.subject.CN;
  return name === commonNames.agent
    ? undefined
    : new Error(`expected the node agent's certificate, got one of ${JSON.stringify(name)}`);
}

const tlsOptions = (tls: AgentTls) => ({
  cert: tls.certificate,
  key: tls.key,
  ca: tls.ca,
  servername: '',
  checkServerIdentity: checkAgent,
  ALPNProtocols: ['http/1.1'],
});

/**
 * Opens a verified TLS connection, for a stream that is spliced.
 * @throws HttpError 500 when the agent cannot be reached within ten seconds.
 */
export async function connectAgent(
  address: AgentAddress,
  tls: AgentTls,
  signal: AbortSignal,
): Promise<TLSSocket> {
  signal.throwIfAborted();
  const socket = connect({ ...address, ...tlsOptions(tls) });
  // Stays for the socket's life: an error that nobody listens for would end the process.
  socket.on('error', () => socket.destroy());
  try {
    await once(socket, 'secureConnect', {
      signal: AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]),
    });
    return socket;
  } catch (error) {
    socket.destroy();
    throw internal(`cannot reach the node agent at ${address.host}: ${messageOf(error)}`);
  }
}

export interface AgentQuestion {
  method: 'GET' | 'PUT';
  path: string;
  /** Sent as JSON. */
  body?: unknown;
}

export interface AgentAnswer {
  status: number;
  contentType: string | undefined;
  body: Buffer;
}

/**
 * One request to an agent. Its answer is read up to `maxAnswerBytes`.
 * @throws HttpError 500 when the agent cannot be reached or does not answer in time.
 */
export function askAgent(
  address: AgentAddress,
  tls: AgentTls,
  question: AgentQuestion,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const payload = question.body === undefined ? undefined : Buffer.from(JSON.stringify(question.body));
  const { promise, resolve, reject } = Promise.withResolvers<AgentAnswer>();
  const call = request(
    {
      ...address,
      ...tlsOptions(tls),
      method: question.method,
      path: question.path,
      headers: payload && { 'content-type': 'application/json', 'content-length': payload.length },
      signal,
      timeout: answerTimeoutMs,
      agent: false,
    },
    (response) => void readAnswer(response).then(resolve, reject),
  );
  call.on('timeout', () => call.destroy(new Error('it did not answer in time')));
  call.on('error', (error) => reject(internal(`cannot reach the node agent: ${error.message}`)));
  call.end(payload);
  return promise;
}

async function readAnswer(response: IncomingMessage): Promise<AgentAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxAnswerBytes) throw new Error('it is too long');
      chunks.push(chunk);
    }
  } catch (error) {
    throw internal(`the answer of the node agent cannot be read: ${messageOf(error)}`);
  }
  return {
    status: response.statusCode ?? 500,
    contentType: response.headers['content-type'],
    body: Buffer.concat(chunks),
  };
}
