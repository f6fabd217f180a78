/** What is done to a guest that runs: each is passed on to its node agent, and answers 200 without a body. */
import { virtualMachines } from '../../api/kinds.ts';
import type { Vm, Vmi } from '../../api/types.ts';
import { HttpError } from '../../http/status.ts';
import type { HttpRequest, HttpResponse } from '../../http/types.ts';
import { findObject } from '../../kube/find.ts';
import { askGuest } from '../agent-call.ts';
import type { SubresourceDeps } from '../deps.ts';
import { readVmi, targetOf } from '../objects.ts';
import { durationSeconds, freezeOptions, isDryRun, parseOptions, pauseOptions } from '../options.ts';
import { badRequest, conflict } from '../refusal.ts';
import type { ActionRow } from '../route-row.ts';
import { assertVmi } from '../vmi-checks.ts';

type Action = 'pause' | 'unpause' | 'freeze' | 'unfreeze' | 'reset' | 'softreboot';

const row = (
  subresource: Action,
  summary: string,
  rest: Pick<ActionRow, 'handle' | 'options'>,
): ActionRow => ({
  method: 'PUT',
  resource: 'virtualmachineinstances',
  subresource,
  listed: true,
  summary,
  ...rest,
});

export const lifecycleRows: readonly ActionRow[] = [
  row('pause', 'Stop the processors of a virtual machine instance.', {
    options: { name: 'PauseOptions', schema: pauseOptions },
    handle: (deps, request) => pause(deps, request, 'pause'),
  }),
  row('unpause', 'Let the processors of a paused virtual machine instance go on.', {
    options: { name: 'UnpauseOptions', schema: pauseOptions },
    handle: unpause,
  }),
  row('freeze', 'Bring the file systems of a guest to rest, through its guest agent.', {
    options: { name: 'FreezeUnfreezeTimeout', schema: freezeOptions },
    handle: freeze,
  }),
  row('unfreeze', 'Let the file systems of a guest be written to again.', {
    handle: (deps, request) => plain(deps, request, 'unfreeze'),
  }),
  row('reset', 'Reset a virtual machine instance as its reset button would.', { handle: reset }),
  row('softreboot', 'Ask the guest to reboot, through its guest agent or by the power button.', {
    handle: (deps, request) => plain(deps, request, 'softreboot'),
  }),
];

async function pause(
  deps: SubresourceDeps,
  request: HttpRequest,
  action: 'pause' | 'unpause',
): Promise<HttpResponse> {
  const options = parseOptions(await request.body(), pauseOptions);
  const vmi = await readVmi(deps, request);
  assertVmi(vmi, action);
  return put(deps, vmi, { action, dryRun: isDryRun(options) }, request.signal);
}

/** A snapshot keeps a VM paused on purpose. */
async function unpause(deps: SubresourceDeps, request: HttpRequest): Promise<HttpResponse> {
  const key = targetOf(request);
  const vm = await findObject<Vm>(deps.client, virtualMachines, key, request.signal);
  if (vm?.status?.snapshotInProgress !== undefined) {
    throw conflict({ kind: 'virtualmachine', name: key.name }, 'VM snapshot is in progress');
  }
  return pause(deps, request, 'unpause');
}

async function plain(
  deps: SubresourceDeps,
  request: HttpRequest,
  action: 'unfreeze' | 'softreboot',
): Promise<HttpResponse> {
  const vmi = await readVmi(deps, request);
  assertVmi(vmi, action);
  return put(deps, vmi, { action }, request.signal);
}

async function freeze(deps: SubresourceDeps, request: HttpRequest): Promise<HttpResponse> {
  const { unfreezeTimeout } = parseOptions(await request.body(), freezeOptions);
  const vmi = await readVmi(deps, request);
  assertVmi(vmi, 'freeze');
  const body = { unfreezeTimeoutSeconds: secondsOf(unfreezeTimeout ?? undefined) };
  return put(deps, vmi, { action: 'freeze', body }, request.signal);
}

function secondsOf(unfreezeTimeout: string | undefined): number {
  if (unfreezeTimeout === undefined) {
    throw badRequest('Unfreeze timeout in freeze request is not set: send {"unfreezeTimeout": "5m0s"}');
  }
  const seconds = durationSeconds(unfreezeTimeout);
  if (seconds !== undefined) return seconds;
  const got = JSON.stringify(unfreezeTimeout);
  throw badRequest(
    `Can not unmarshal Request body to struct, error: unfreezeTimeout: ${got} is no duration such as 5m0s`,
  );
}

/** Says, when it fails, that a guest which does not run yet is the likely reason. */
async function reset(deps: SubresourceDeps, request: HttpRequest): Promise<HttpResponse> {
  const vmi = await readVmi(deps, request);
  try {
    return await put(deps, vmi, { action: 'reset' }, request.signal);
  } catch (error) {
    const phase = vmi.status?.phase ?? '';
    if (phase === 'Running' || !(error instanceof HttpError)) throw error;
    const message = `Failed to reset non-running VMI with phase ${phase}: ${error.message}`;
    throw new HttpError(error.status, error.reason, message);
  }
}

async function put(
  deps: SubresourceDeps,
  vmi: Vmi,
  what: { action: Action; dryRun?: boolean; body?: unknown },
  signal: AbortSignal,
): Promise<HttpResponse> {
  await askGuest(deps, vmi, { method: 'PUT', ...what }, signal);
  return { status: 200 };
}
