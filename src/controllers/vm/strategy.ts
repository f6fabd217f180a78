/** Run strategy × what is there → what to do. Pure. */
import type { Vm, Vmi } from '../../api/types.ts';
import { backoffLeftMs } from './backoff.ts';
import { asksStart, asksStopOf } from './requests.ts';
import { runStrategyOf } from '../../api/run-strategy.ts';
import type { RunStrategy } from '../../api/run-strategy.ts';
import { isEnding } from './vmi-facts.ts';
import { isFinal } from '../../pod/facts.ts';

export type Action =
  | { do: 'nothing' }
  | { do: 'create' }
  | { do: 'delete' }
  /** The instance failed: delete it, and remember that another one is wanted. */
  | { do: 'replace' }
  /** A start of a halted VM was asked for in its status: the one spec that is ever written, on request. */
  | { do: 'switch-on' }
  | { do: 'wait'; ms: number };

type Rule = (vm: Vm, vmi: Vmi | undefined, now: Date) => Action;

const nothing: Action = { do: 'nothing' };

const createAfterBackoff = (vm: Vm, now: Date): Action => {
  const ms = backoffLeftMs(vm, now);
  return ms > 0 ? { do: 'wait', ms } : { do: 'create' };
};

const rules: Record<RunStrategy, Rule> = {
  Always: (vm, vmi, now) => {
    if (vmi === undefined) return createAfterBackoff(vm, now);
    return isFinal(vmi) || asksStopOf(vm, vmi) ? { do: 'delete' } : nothing;
  },
  RerunOnFailure: (vm, vmi, now) => {
    if (vmi === undefined) return rerunWanted(vm) ? createAfterBackoff(vm, now) : nothing;
    if (vmi.status?.phase === 'Failed') return { do: 'replace' };
    return isFinal(vmi) || asksStopOf(vm, vmi) ? { do: 'delete' } : nothing;
  },
  Manual: (vm, vmi) => {
    if (vmi === undefined) return asksStart(vm) ? { do: 'create' } : nothing;
    return asksStopOf(vm, vmi) ? { do: 'delete' } : nothing;
  },
  Once: (_vm, vmi) => (vmi === undefined ? { do: 'create' } : nothing),
  Halted: (vm, vmi) => {
    if (vmi !== undefined) return { do: 'delete' };
    return asksStart(vm) ? { do: 'switch-on' } : nothing;
  },
  // Admission refuses it; a VM that has it all the same is left alone.
  WaitAsReceiver: () => nothing,
};

/** Asked for, or the strategy has only just been chosen. */
function rerunWanted(vm: Vm): boolean {
  return asksStart(vm) || vm.status?.runStrategy !== 'RerunOnFailure';
}

/** What the VM's strategy asks for now. An instance that is ending already is waited for. */
export function actionFor(vm: Vm, vmi: Vmi | undefined, now: Date): Action {
  if (vmi !== undefined && isEnding(vmi)) return nothing;
  return rules[runStrategyOf(vm)](vm, vmi, now);
}

/** Whether the strategy wants an instance where there is none; what Stopped and Starting differ in. */
export function wantsInstance(action: Action): boolean {
  return action.do === 'create' || action.do === 'switch-on';
}
