/** How long to wait after starts that failed. Pure. */
import type { Vm, Vmi, VmStatus } from '../../api/types.ts';
import { timestamp } from '../../status/conditions.ts';
import { restartsByItself, runStrategyOf } from '../../api/run-strategy.ts';
import { hasRun } from './vmi-facts.ts';
import { isFinal } from '../../pod/facts.ts';

const stepSeconds = 10;
const maxSeconds = 300;

/**
 * Seconds to wait before the next start: 10 × failures², up to half as much again, at most 300.
 * @param random in [0, 1): spreads VMs that failed together.
 */
export function startDelaySeconds(failures: number, random: number): number {
  const delay = stepSeconds * failures ** 2;
  return Math.min(delay + Math.floor(random * (delay / 2 + 1)), maxSeconds);
}

/** Milliseconds until a VM may be started again; 0 when it may now. */
export function backoffLeftMs(vm: Vm, now: Date): number {
  const retryAfter = vm.status?.startFailure?.retryAfterTimestamp;
  if (retryAfter === undefined) return 0;
  return Math.max(0, Date.parse(retryAfter) - now.getTime());
}

/**
 * The count of failed starts after what was seen. Only an instance that ended without ever running counts, and
 * it counts once; one that ran clears the count.
 */
export function startFailure(
  vm: Vm,
  vmi: Vmi | undefined,
  { now, random }: { now: Date; random: number },
): VmStatus['startFailure'] {
  const current = vm.status?.startFailure;
  if (!restartsByItself(runStrategyOf(vm))) return undefined;
  if (vmi === undefined) return current;
  if (hasRun(vmi)) return undefined;
  if (!isFinal(vmi) || current?.lastFailedVMIUID === vmi.metadata.uid) return current;
  const failures = (current?.consecutiveFailCount ?? 0) + 1;
  const retryAt = new Date(now.getTime() + startDelaySeconds(failures, random) * 1000);
  return {
    consecutiveFailCount: failures,
    lastFailedVMIUID: vmi.metadata.uid,
    retryAfterTimestamp: timestamp(retryAt),
  };
}
