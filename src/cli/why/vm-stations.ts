/** What the VM and its instance say. Pure. */
import { runStrategyOf } from '../../api/run-strategy.ts';
import type { Vm, Vmi } from '../../api/types.ts';
import type { Facts, Look } from './facts.ts';
import { conditionIn, said, station, warningOf } from './facts.ts';

const isAbsent: Look = ({ vm, vmi, name, namespace }) => {
  if (vm !== undefined) return undefined;
  if (vmi !== undefined) return { state: 'ok', text: 'none: the instance stands on its own' };
  return {
    state: 'problem',
    text: `there is no VirtualMachine or VirtualMachineInstance ${JSON.stringify(name)} in namespace ${namespace}`,
    remedy: 'check name and namespace with "kubectl get vm,vmi -A"',
  };
};

const isLeaving =
  (which: (facts: Facts) => Vm | Vmi | undefined): Look =>
  (facts) => {
    const metadata = which(facts)?.metadata;
    if (metadata?.deletionTimestamp === undefined) return undefined;
    const keepers = metadata.finalizers?.join(', ') ?? 'nothing';
    return {
      state: 'wait',
      text: `is being deleted since ${metadata.deletionTimestamp}; waits for ${keepers}`,
    };
  };

const hasFailed: Look = ({ vm }) => {
  const failure = conditionIn(vm, 'Failure');
  return failure?.status === 'True' ? { state: 'problem', text: said(failure) } : undefined;
};

const startsInVain: Look = (facts) => {
  const failure = facts.vm?.status?.startFailure;
  if (facts.vmi !== undefined || !failure?.retryAfterTimestamp) return undefined;
  const { consecutiveFailCount = 1, retryAfterTimestamp, lastFailedVMIUID } = failure;
  const last = warningOf(facts, lastFailedVMIUID) ?? warningOf(facts, facts.vm?.metadata.uid);
  const words = `its guest failed to start ${consecutiveFailCount} times in a row; the next try is at ${retryAfterTimestamp}`;
  return {
    state: 'problem',
    text: withWords(words, '. ', last?.message),
    remedy: 'mend what the last failure names, then wait, or stop and start it',
  };
};

const withWords = (words: string, joint: string, more: string | undefined): string =>
  more === undefined ? words : `${words}${joint}${more}`;

const hasInstance: Look = ({ vm, vmi }) => {
  if (vm === undefined || vmi === undefined) return undefined;
  const changed = conditionIn(vm, 'RestartRequired');
  const note = changed?.status === 'True' ? `; RestartRequired: ${changed.message ?? ''}` : '';
  return { state: 'ok', text: `runStrategy ${runStrategyOf(vm)}${note}` };
};

const wantsInstance: Look = ({ vm, name }) => {
  if (vm === undefined) return undefined;
  const strategy = runStrategyOf(vm);
  if (strategy === 'Always' || strategy === 'Once') {
    return {
      state: 'wait',
      text: `runStrategy ${strategy}: its instance is not made yet`,
      remedy: 'if this lasts, look at the log of the controllers',
    };
  }
  return {
    state: 'wish',
    text: `runStrategy ${strategy}: nobody asked for it to run`,
    remedy: `start it with "kubectl virt start ${name}"`,
  };
};

export const machineStation = station(
  'VirtualMachine',
  isAbsent,
  isLeaving(({ vm }) => vm),
  hasFailed,
  startsInVain,
  hasInstance,
  wantsInstance,
);

const noInstance: Look = ({ vmi }) =>
  vmi === undefined ? { state: 'wait', text: 'there is none' } : undefined;

const hasEnded: Look = (facts) => {
  const { phase, reason } = facts.vmi?.status ?? {};
  if (facts.vmi === undefined || (phase !== 'Succeeded' && phase !== 'Failed')) return undefined;
  const end = withWords(phase, ', ', reason);
  return {
    state: phase === 'Failed' ? 'problem' : 'wish',
    text: withWords(end, ': ', warningOf(facts, facts.vmi.metadata.uid)?.message),
    remedy: facts.vm === undefined ? afterInstance : 'its VirtualMachine decides what comes next',
  };
};

const afterInstance = 'an instance runs once: delete it and make it again, or use a VirtualMachine';

const hasNoPod: Look = ({ vmi, pods }) => {
  const synchronized = conditionIn(vmi, 'Synchronized');
  return pods.length === 0 && synchronized?.status === 'False'
    ? { state: 'problem', text: said(synchronized) }
    : undefined;
};

export const instanceStation = station(
  'VirtualMachineInstance',
  noInstance,
  hasEnded,
  isLeaving(({ vmi }) => vmi),
  hasNoPod,
  ({ vmi }) => ({ state: 'ok', text: `phase ${vmi?.status?.phase ?? 'Pending'}` }),
);
