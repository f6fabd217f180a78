/** State change requests: what start, stop and restart leave in a VM's status. Pure. */
import type { Vm, Vmi, VmStatus } from '../../api/types.ts';
import { runStrategyOf } from '../../api/run-strategy.ts';
import { isEnding } from './vmi-facts.ts';
import { isFinal } from '../../pod/facts.ts';

export type Requests = NonNullable<VmStatus['stateChangeRequests']>;

export const requestsOf = (vm: Vm): Requests => vm.status?.stateChangeRequests ?? [];

/** Only the first request counts; the next one's turn comes when it is done. */
const firstOf = (vm: Vm): Requests[number] | undefined => requestsOf(vm)[0];

export const asksStart = (vm: Vm): boolean => firstOf(vm)?.action === 'Start';

export const asksPausedStart = (vm: Vm): boolean => asksStart(vm) && firstOf(vm)?.data?.paused === 'true';

export function asksStopOf(vm: Vm, vmi: Vmi): boolean {
  const first = firstOf(vm);
  return first?.action === 'Stop' && first.uid === vmi.metadata.uid;
}

/** The requests without those that are done, or that can never be. */
export function pendingRequests(vm: Vm, vmi: Vmi | undefined): Requests {
  const [first, ...rest] = requestsOf(vm);
  if (first === undefined) return [];
  return isDone(first, vm, vmi) ? rest : [first, ...rest];
}

function isDone(request: Requests[number], vm: Vm, vmi: Vmi | undefined): boolean {
  if (request.action === 'Stop') return vmi === undefined || request.uid !== vmi.metadata.uid;
  if (vmi === undefined || isEnding(vmi)) return false;
  // One that has ended already was started too: a request that outlived it would refuse every later one. Only a
  // halted VM may have an older one that is about to go.
  return !isFinal(vmi) || runStrategyOf(vm) !== 'Halted';
}
