/** Passes what concerns a guest on to the agent of its node, and what the agent says back to the user. */
import type { Vmi } from '../api/types.ts';
import { HttpError } from '../http/status.ts';
import type { Upgrade } from '../http/types.ts';
import * as v from 'valibot';
import { askAgent, connectAgent, findAgent } from './agent-endpoint.ts';
import type { AgentAnswer, AgentQuestion } from './agent-endpoint.ts';
import type { SubresourceDeps } from './deps.ts';
import { internal } from './refusal.ts';
import { handshake, splice } from './splice.ts';
import { mustBeReachable } from './vmi-checks.ts';

export interface GuestQuestion extends Omit<AgentQuestion, 'path'> {
  /** The agent's name of what is asked, with a query if it takes one. */
  action: string;
  /** Find the agent, but ask it nothing. */
  dryRun?: boolean;
}

/**
 * Asks the agent of the VMI's node.
 * @returns its answer; an empty one after a dry run.
 * @throws HttpError 400 when there is no agent, what the agent refused with when the user can mend it, else 500.
 */
export async function askGuest(
  deps: SubresourceDeps,
  vmi: Vmi,
  { action, dryRun = false, ...question }: GuestQuestion,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const address = await reach(deps, vmi, signal);
  if (dryRun) return { status: 200, contentType: undefined, body: Buffer.alloc(0) };
  const answer = await askAgent(
    address,
    deps.agentTls(),
    { ...question, path: agentPath(vmi, action) },
    signal,
  );
  if (answer.status < 300) return answer;
  throw refusalOf(answer);
}

/** Joins a WebSocket with the same stream at the agent. Resolves when both are closed. */
export async function streamGuest(
  deps: SubresourceDeps,
  vmi: Vmi,
  action: string,
  upgrade: Upgrade,
): Promise<void> {
  // Before anything is opened that a refusal would have to close again.
  const opening = handshake(agentPath(vmi, action), upgrade.headers);
  const address = await reach(deps, vmi, upgrade.signal);
  await splice(upgrade, await connectAgent(address, deps.agentTls(), upgrade.signal), opening);
}

async function reach(
  { client, namespace }: SubresourceDeps,
  vmi: Vmi,
  signal: AbortSignal,
): ReturnType<typeof findAgent> {
  const unreachable = mustBeReachable(vmi);
  if (unreachable !== undefined) throw unreachable;
  return findAgent(client, namespace, vmi, signal);
}

function agentPath(vmi: Vmi, action: string): string {
  const namespace = encodeURIComponent(vmi.metadata.namespace ?? '');
  return `/v1/namespaces/${namespace}/virtualmachineinstances/${encodeURIComponent(vmi.metadata.name)}/${action}`;
}

const statusSchema = v.object({ reason: v.string(), message: v.string() });

/** What is wrong between us and the agent is none of the user's business: 401 and 403 are ours. */
function refusalOf({ status, body }: AgentAnswer): HttpError {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), statusSchema), body.toString('utf8'));
  const said = parsed.success
    ? parsed.output
    : { reason: 'InternalError', message: `the node agent answered with status ${status}` };
  const passes = status >= 400 && status < 500 && status !== 401 && status !== 403;
  return passes ? new HttpError(status, said.reason, said.message) : internal(said.message);
}
