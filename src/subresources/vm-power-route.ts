/** PUT …/virtualmachines/{name}/{start,stop,restart}: reads, lets `power.ts` decide, writes. */
import { virtualMachineInstances, virtualMachines } from '../api/kinds.ts';
import type { Resource } from '../api/kinds.ts';
import type { Vm, Vmi } from '../api/types.ts';
import type { HttpRequest, HttpResponse } from '../http/types.ts';
import { findObject } from '../kube/find.ts';
import { ApiError } from '../kube/types.ts';
import type { JsonPatchOperation, Key, KubeClient } from '../kube/types.ts';
import { isDryRun, parseOptions, restartOptions, startOptions, stopOptions } from './options.ts';
import { planRestart, planStart, planStop } from './power.ts';
import type { PowerPlan } from './power.ts';
import { conflict, notFound } from './refusal.ts';
import type { Subject } from './refusal.ts';

export const powerActions = ['start', 'stop', 'restart'] as const;
export type PowerAction = (typeof powerActions)[number];

interface Decision {
  plan: PowerPlan;
  dryRun: boolean;
}

type Decide = (vm: Vm, vmi: Vmi | undefined) => Decision;

/** What a body asks for, before anything is read. @throws HttpError 400 for a body that does not fit. */
const parsers: Record<PowerAction, (body: Buffer) => Decide> = {
  start: (body) => {
    const options = parseOptions(body, startOptions);
    return (vm, vmi) => ({ plan: planStart(vm, vmi, options), dryRun: isDryRun(options) });
  },
  stop: (body) => {
    const options = parseOptions(body, stopOptions);
    const grace = seconds('gracePeriod', options.gracePeriod);
    return (vm, vmi) => ({ plan: planStop(vm, vmi, grace), dryRun: isDryRun(options) });
  },
  restart: (body) => {
    const options = parseOptions(body, restartOptions);
    const grace = seconds('gracePeriodSeconds', options.gracePeriodSeconds);
    return (vm, vmi) => ({ plan: planRestart(vm, vmi, grace), dryRun: isDryRun(options) });
  },
};

/** A VM that starts or stops changes in bursts; a plan is made anew on the newer state this often. */
const attempts = 4;

const seconds = (key: string, value: number | null | undefined): Record<string, number> =>
  value === undefined || value === null ? {} : { [key]: value };

/** Performs `action` on the VM the route names. Answers 202: the controller does the rest. */
export async function changePower(
  client: KubeClient,
  action: PowerAction,
  request: HttpRequest,
): Promise<HttpResponse> {
  const key: Key = { namespace: request.params['namespace'] ?? '', name: request.params['name'] ?? '' };
  const decide = parsers[action](await request.body());
  for (let attempt = 1; ; attempt += 1) {
    try {
      await perform(client, key, decide, request.signal);
      return { status: 202 };
    } catch (error) {
      if (!isOutdated(error)) throw error;
      if (attempt === attempts) {
        throw conflict(subjectOf(key), `${error.message}; the VM keeps changing, repeat the request`);
      }
    }
  }
}

async function perform(client: KubeClient, key: Key, decide: Decide, signal: AbortSignal): Promise<void> {
  const [vm, vmi] = await Promise.all([
    findObject<Vm>(client, virtualMachines, key, signal),
    findObject<Vmi>(client, virtualMachineInstances, key, signal),
  ]);
  if (vm === undefined) throw notFound(subjectOf(key));
  const { plan, dryRun } = decide(vm, vmi);
  await write(client, key, plan, dryRun);
}

const subjectOf = ({ name }: Key): Subject => ({ kind: 'virtualmachine', name });

/** A write that lost against another one: a conflict, or a `test` that found something else (422, in these words). */
function isOutdated(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  return error.status === 409 || (error.status === 422 && /error in our request/.test(error.message));
}

async function write(client: KubeClient, key: Key, plan: PowerPlan, dryRun: boolean): Promise<void> {
  const patch = async (resource: Resource, operations?: JsonPatchOperation[], subresource?: string) => {
    if (operations === undefined) return;
    const options = subresource === undefined ? { dryRun } : { dryRun, subresource };
    await client.patch(resource, key, { type: 'json', operations }, options);
  };
  await patch(virtualMachineInstances, plan.vmiSpec);
  try {
    await patch(virtualMachines, plan.vmSpec);
    await patch(virtualMachines, plan.vmStatus, 'status');
  } catch (error) {
    // A guest that is not stopped after all keeps the grace that it had. Whoever changed it since knows better.
    await patch(virtualMachineInstances, inverse(plan.vmiSpec)).catch(() => undefined);
    throw error;
  }
}

/** Undoes operations of which each `test` states what the next `replace` found, and an `add` found nothing. */
function inverse(operations: JsonPatchOperation[] | undefined): JsonPatchOperation[] | undefined {
  const [first, second] = operations ?? [];
  if (first === undefined) return undefined;
  if (second === undefined)
    return [
      { ...first, op: 'test' },
      { op: 'remove', path: first.path },
    ];
  return [
    { ...second, op: 'test' },
    { ...second, op: 'replace', value: first.value },
  ];
}
