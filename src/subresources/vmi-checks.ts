/** What must hold before a VMI's subresource is passed on to its node agent. Pure; KubeVirt's codes and words. */
import type { Vmi } from '../api/types.ts';
import type { HttpError } from '../http/status.ts';
import { badRequest, conflict, forbidden } from './refusal.ts';
import type { Subject } from './refusal.ts';

/** Undefined when the request may go on. */
export type VmiCheck = (vmi: Vmi) => HttpError | undefined;

const subjectOf = (vmi: Vmi): Subject => ({ kind: 'virtualmachineinstance', name: vmi.metadata.name });
const isPaused = (vmi: Vmi): boolean =>
  (vmi.status?.conditions ?? []).some(
    (condition) => condition.type === 'Paused' && condition.status === 'True',
  );

const mustRun: VmiCheck = (vmi) =>
  vmi.status?.phase === 'Running' ? undefined : conflict(subjectOf(vmi), 'VM is not running');

const mustBePausable: VmiCheck = (vmi) => {
  const probe = vmi.spec.livenessProbe;
  if (probe === undefined || probe.guestAgentPing !== undefined) return undefined;
  return forbidden(
    `virtualmachineinstance ${JSON.stringify(vmi.metadata.name)}: ` +
      'Pausing VMIs with a non-GuestAgentPing LivenessProbe is not supported',
  );
};

const mustNotBePaused: VmiCheck = (vmi) =>
  isPaused(vmi) ? conflict(subjectOf(vmi), 'VMI is already paused') : undefined;

const mustBePaused: VmiCheck = (vmi) =>
  isPaused(vmi) ? undefined : conflict(subjectOf(vmi), 'VMI is not paused');

const mustNotHaveFailed: VmiCheck = (vmi) =>
  vmi.status?.phase === 'Failed' ? conflict(subjectOf(vmi), 'VMI is in failed status') : undefined;

const mustBeReachable: VmiCheck = (vmi) => {
  const phase = vmi.status?.phase;
  if (phase === 'Running' || phase === 'Scheduled') return undefined;
  return badRequest(
    `Unable to connect to VirtualMachineInstance because phase is ${phase ?? 'Pending'} instead of Running or Scheduled`,
  );
};

const mustHaveSerial: VmiCheck = (vmi) =>
  vmi.spec.domain.devices.autoattachSerialConsole === false
    ? badRequest('No serial consoles are present.')
    : undefined;

const mustHaveGraphics: VmiCheck = (vmi) =>
  vmi.spec.domain.devices.autoattachGraphicsDevice === false
    ? badRequest('No graphics devices are present.')
    : undefined;

/** Checks of each subresource, in the order in which they are answered. */
export const vmiChecks = {
  pause: [mustRun, mustBePausable, mustNotBePaused],
  unpause: [mustRun, mustBePaused],
  console: [mustHaveSerial, mustNotHaveFailed, mustBeReachable],
  vnc: [mustHaveGraphics, mustNotHaveFailed, mustBeReachable],
} as const satisfies Record<string, readonly VmiCheck[]>;

/**
 * Applies the checks of one subresource.
 * @throws HttpError of the first that fails.
 */
export function assertVmi(vmi: Vmi, subresource: keyof typeof vmiChecks): void {
  for (const check of vmiChecks[subresource]) {
    const refusal = check(vmi);
    if (refusal !== undefined) throw refusal;
  }
}
