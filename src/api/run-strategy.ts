/** Which run strategy is in force. Pure. */
import type { Vm } from './types.ts';

export type RunStrategy = 'Always' | 'Halted' | 'Manual' | 'RerunOnFailure' | 'Once' | 'WaitAsReceiver';

const known: readonly RunStrategy[] = [
  'Always',
  'Halted',
  'Manual',
  'RerunOnFailure',
  'Once',
  'WaitAsReceiver',
];

/** The field, else what the older `running` stands for, else Halted. */
export function runStrategyOf(vm: Vm): RunStrategy {
  const stated = known.find((strategy) => strategy === vm.spec.runStrategy);
  return stated ?? (vm.spec.running === true ? 'Always' : 'Halted');
}

/** Strategies that start a VM again by themselves; the others have nothing to back off from. */
export function restartsByItself(strategy: RunStrategy): boolean {
  return strategy === 'Always' || strategy === 'RerunOnFailure' || strategy === 'Once';
}
