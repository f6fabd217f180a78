/** How a guest ended: the final phase with its reason. Pure. */
import type { Pod, Vmi } from '../../api/types.ts';
import { computeContainerName } from '../../pod/names.ts';
import { exitCodes } from '../../launcher/exit-codes.ts';
import type { DomainReport } from '../../launcher/protocol.ts';
import type { DomainReason } from '../../libvirt/domain-state.ts';

export interface Outcome {
  phase: 'Succeeded' | 'Failed';
  /** CamelCase, for `status.reason`. */
  reason?: string;
}

const reasons: Record<number, string> = {
  [exitCodes.internal]: 'LauncherFailed',
  [exitCodes.libvirtUnavailable]: 'LibvirtUnavailable',
  [exitCodes.startFailed]: 'StartFailed',
  [exitCodes.guestCrashed]: 'GuestCrashed',
  [exitCodes.guestPanicked]: 'GuestPanicked',
};

const crashed: Outcome = { phase: 'Failed', reason: 'GuestCrashed' };
/** The end that libvirt's reasons stand for; any other reason is no end unless the domain crashed. */
const outcomes: Partial<Record<DomainReason, Outcome>> = {
  crashed,
  failed: crashed,
  panicked: { phase: 'Failed', reason: 'GuestPanicked' },
  shutdown: { phase: 'Succeeded' },
};

/** What the domain's own state says; undefined while the guest has not ended. */
export function outcomeOfDomain(vmi: Vmi, report: DomainReport): Outcome | undefined {
  if (report.state !== 'shutoff' && report.state !== 'crashed') return undefined;
  if (report.reason === 'destroyed') return destroyed(vmi);
  return outcomes[report.reason] ?? (report.state === 'crashed' ? crashed : undefined);
}

/** With ACPI the guest was asked to stop first: being destroyed means that it did not in time. */
function destroyed(vmi: Vmi): Outcome {
  return hasGracefulStop(vmi) ? { phase: 'Failed', reason: 'GracePeriodExceeded' } : { phase: 'Succeeded' };
}

function hasGracefulStop({ spec }: Vmi): boolean {
  return spec.terminationGracePeriodSeconds !== 0 && spec.domain.features?.acpi?.enabled !== false;
}

/** What the launcher's exit code says once its container has ended; for guests that ended unseen. */
export function outcomeOfPod(pod: Pod): Outcome | undefined {
  const { phase, reason, containerStatuses = [] } = pod.status ?? {};
  const launcher = containerStatuses.find(({ name }) => name === computeContainerName);
  const ended = launcher?.state?.terminated;
  if (ended !== undefined) return outcomeOfExit(ended, reason);
  return phase === 'Failed' ? { phase, reason: reason ?? 'PodFailed' } : undefined;
}

function outcomeOfExit(
  { exitCode, reason }: { exitCode: number; reason?: string },
  podReason: string | undefined,
): Outcome {
  if (exitCode === exitCodes.guestStopped) return { phase: 'Succeeded' };
  if (reason === 'OOMKilled') return { phase: 'Failed', reason };
  return { phase: 'Failed', reason: reasons[exitCode] ?? podReason ?? 'LauncherFailed' };
}
