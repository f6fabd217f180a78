/** PUT …/virtualmachines/{name}/{start,stop,restart}: reads, lets `power.ts` decide, writes. */
import { virtualMachineInstances, virtualMachines } from '../api/kinds.ts';
import type { Resource } from '../api/kinds.ts';
import type { Vm, Vmi } from '../api/types.ts';
import type { HttpRequest, HttpResponse } from '../http/types.ts';
import { findObject } from '../kube/find.ts';
import { ApiError } from '../kube/types.ts';
import type { JsonPatchOperation, Key, KubeClient } from '../kube/types.ts';
import { parseOptions, restartOptions, startOptions, stopOptions } from './options.ts';
import { planRestart, planStart, planStop } from './power.ts';
import type { PowerPlan } from './power.ts';
import { conflict, notFound } from './refusal.ts';

export const powerActions = ['start', 'stop', 'restart'] as const;
export type PowerAction = (typeof powerActions)[number];

interface Decision {
  plan: PowerPlan;
  dryRun: boolean;
}

type Decide = (body: Buffer, vm: Vm, vmi: Vmi | undefined) => Decision;

const decisions: Record<PowerAction, Decide> = {
  start: (body, vm, vmi) => {
    const options = parseOptions(body, startOptions);
    return { plan: planStart(vm, vmi, options), dryRun: isDry(options) };
  },
  stop: (body, vm, vmi) => {
    const options = parseOptions(body, stopOptions);
    return { plan: planStop(vm, vmi, seconds('gracePeriod', options.gracePeriod)), dryRun: isDry(options) };
  },
  restart: (body, vm, vmi) => {
    const options = parseOptions(body, restartOptions);
    const grace = seconds('gracePeriodSeconds', options.gracePeriodSeconds);
    return { plan: planRestart(vm, vmi, grace), dryRun: isDry(options) };
  },
};

const isDry = (options: { dryRun?: readonly string[] | null }): boolean => (options.dryRun ?? []).length > 0;

const seconds = (key: string, value: number | null | undefined): Record<string, number> =>
  value === undefined || value === null ? {} : { [key]: value };

/** Performs `action` on the VM the route names. Answers 202: the controller does the rest. */
export async function changePower(
  client: KubeClient,
  action: PowerAction,
  request: HttpRequest,
): Promise<HttpResponse> {
  const key: Key = { namespace: request.params['namespace'] ?? '', name: request.params['name'] ?? '' };
  const subject = { kind: 'virtualmachine', name: key.name } as const;
  const [body, vm, vmi] = await Promise.all([
    request.body(),
    findObject<Vm>(client, virtualMachines, key, request.signal),
    findObject<Vmi>(client, virtualMachineInstances, key, request.signal),
  ]);
  if (vm === undefined) throw notFound(subject);
  const { plan, dryRun } = decisions[action](body, vm, vmi);
  try {
    await write(client, key, plan, dryRun);
  } catch (error) {
    // A failed `test` operation: the object changed between our read and our write.
    if (error instanceof ApiError && (error.status === 409 || error.status === 422)) {
      throw conflict(subject, `${error.message}; read the VM again and repeat the request`);
    }
    throw error;
  }
  return { status: 202 };
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
