/** One request with authentication refresh, retries and counting: what every verb is made of. */
import type { Clock } from './clock.ts';
import type { KubeConfig } from './kube-config.ts';
import type { RequestMetrics } from './metrics.ts';
import type { RetryPolicy } from './retry.ts';
import { retryDelay } from './retry.ts';
import { errorOfAnswer } from './status.ts';
import type { HttpRequest, HttpResponse } from './http-messages.ts';
import type { Transport } from './transport.ts';
import type { ApiError } from './types.ts';

export interface Call extends HttpRequest {
  verb: string;
  resource: string;
}

export interface RequesterParts {
  config: KubeConfig;
  transport: Transport;
  metrics: RequestMetrics;
  clock: Clock;
  userAgent: string;
  policy: RetryPolicy;
}

/** Returns answers below 400; everything else rejects as KubeClient says. */
export type Requester = (call: Call, policy?: RetryPolicy) => Promise<HttpResponse>;

export function createRequester(parts: RequesterParts): Requester {
  return async function request(call, policy = parts.policy) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await authenticated(call, parts);
      } catch (error) {
        const idempotent = call.method === 'GET';
        const random = parts.clock.random();
        const delay = retryDelay(error, { attempt, idempotent, random, policy });
        if (delay === undefined || call.signal?.aborted === true) throw error;
        await parts.clock.sleep(delay, call.signal);
        call.signal?.throwIfAborted();
      }
    }
  };
}

/** A refused credential is read anew and tried once more: tokens rotate under us. */
async function authenticated(call: Call, parts: RequesterParts): Promise<HttpResponse> {
  const first = await once(call, parts);
  if (first.status < 400) return first;
  if (first.status !== 401) throw await refusal(first, call);
  first.discard();
  parts.config.invalidate();
  const second = await once(call, parts);
  if (second.status < 400) return second;
  throw await refusal(second, call);
}

async function once(call: Call, { transport, metrics, userAgent }: RequesterParts): Promise<HttpResponse> {
  const { verb, resource } = call;
  const headers = { accept: 'application/json', 'user-agent': userAgent, ...call.headers };
  try {
    const answer = await transport.request({ ...call, headers });
    metrics.observe({ verb, resource, code: String(answer.status) });
    return call.stream === true ? answer : await complete(answer);
  } catch (error) {
    if (call.signal?.aborted !== true) metrics.observe({ verb, resource, code: 'error' });
    throw error;
  }
}

/** Reads the body here, so that a connection that breaks half-way counts as a failed request. */
async function complete(answer: HttpResponse): Promise<HttpResponse> {
  const text = await answer.text();
  return { ...answer, text: () => Promise.resolve(text), discard: () => undefined };
}

async function refusal(answer: HttpResponse, call: Call): Promise<ApiError> {
  const retryAfter = answer.headers['retry-after'];
  return errorOfAnswer({
    status: answer.status,
    body: await answer.text(),
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
    what: `${call.method} ${call.path}`,
  });
}
