/** What must hold before a VMI's subresource is passed on to its node agent. Pure; KubeVirt's codes and words. */
import type { Vmi } from '../api/types.ts';
import type { HttpError } from '../http/status.ts';
import { isConditionTrue } from '../status/conditions.ts';
import { badRequest, conflict, forbidden } from './refusal.ts';
import type { Subject } from './refusal.ts';

/** Undefined when the request may go on. */
export type VmiCheck = (vmi: Vmi) => HttpError | undefined;

const subjectOf = (vmi: Vmi): Subject => ({ kind: 'virtualmachineinstance', name: vmi.metadata.name });
const isRunning = (vmi: Vmi): boolean => vmi.status?.phase === 'Running';
const holds = (vmi: Vmi, type: string): boolean => isConditionTrue(vmi.status?.conditions, type);
const isPaused = (vmi: Vmi): boolean => holds(vmi, 'Paused');

/** KubeVirt says "VM" in some routes and "VMI" in others; scripts match on either. */
const mustRun =
  (what: 'VM' | 'VMI'): VmiCheck =>
  (vmi) =>
    isRunning(vmi) ? undefined : conflict(subjectOf(vmi), `${what} is not running`);

const mustBePausable: VmiCheck = (vmi) => {
  const probe = vmi.spec.livenessProbe;
  if (probe === undefined || probe.guestAgentPing !== undefined) return undefined;
  return forbidden(
    `virtualmachineinstance ${JSON.stringify(vmi.metadata.name)}: ` +
      'Pausing VMIs with a non-GuestAgentPing LivenessProbe is not supported',
  );
};

const mustNotBePaused =
  (why: string): VmiCheck =>
  (vmi) =>
    isPaused(vmi) ? conflict(subjectOf(vmi), why) : undefined;

const mustBePaused: VmiCheck = (vmi) =>
  isPaused(vmi) ? undefined : conflict(subjectOf(vmi), 'VMI is not paused');

const mustHearReboot: VmiCheck = (vmi) => {
  if (holds(vmi, 'AgentConnected') || vmi.spec.domain.features?.acpi?.enabled !== false) return undefined;
  return conflict(subjectOf(vmi), 'VMI neither have the agent connected nor the ACPI feature enabled');
};

const mustHaveAgent: VmiCheck = (vmi) =>
  holds(vmi, 'AgentConnected')
    ? undefined
    : conflict(subjectOf(vmi), 'VMI does not have guest agent connected');

const mustNotHaveFailed: VmiCheck = (vmi) =>
  vmi.status?.phase === 'Failed' ? conflict(subjectOf(vmi), 'VMI is in failed status') : undefined;

/** Streams answer 400 where actions answer 409. */
const mustStreamRunning: VmiCheck = (vmi) => (isRunning(vmi) ? undefined : badRequest('VMI is not running'));

/** Whether a node agent can know the VMI at all. */
export const mustBeReachable: VmiCheck = (vmi) => {
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

const mustHaveUsb: VmiCheck = (vmi) =>
  vmi.spec.architecture === 's390x' ? conflict(subjectOf(vmi), 'No USB support on s390x') : undefined;

const mustRedirectUsb: VmiCheck = (vmi) =>
  vmi.spec.domain.devices.clientPassthrough === undefined
    ? conflict(subjectOf(vmi), 'Not configured with USB Redirection')
    : undefined;

const mustHaveVsock: VmiCheck = (vmi) =>
  vmi.spec.domain.devices.autoattachVSOCK === true ? undefined : badRequest('VSOCK is not attached.');

const mustHaveNode: VmiCheck = (vmi) =>
  isRunning(vmi) || vmi.status?.phase === 'Scheduled'
    ? undefined
    : conflict(subjectOf(vmi), 'VMI is not assigned to a node yet');

const mustBeScheduled: VmiCheck = (vmi) =>
  vmi.status?.phase === 'Scheduled' ? undefined : conflict(subjectOf(vmi), 'VMI is not in Scheduled phase');

const mustAttest: VmiCheck = (vmi) =>
  vmi.spec.domain.launchSecurity?.sev?.attestation === undefined
    ? conflict(subjectOf(vmi), 'Attestation not requested for VMI')
    : undefined;

const mustTrackBlocks: VmiCheck = (vmi) =>
  vmi.status?.changedBlockTracking?.state === 'Enabled'
    ? undefined
    : conflict(subjectOf(vmi), 'ChangedBlockTracking is not enabled');

const guest = [mustRun('VMI'), mustHaveAgent];
const screen = [mustHaveGraphics, mustStreamRunning];
const launch = [mustRun('VMI'), mustAttest, mustBePaused];

/** Checks of each subresource, in the order in which they are answered. */
export const vmiChecks = {
  pause: [mustRun('VM'), mustBePausable, mustNotBePaused('VMI is already paused')],
  unpause: [mustRun('VMI'), mustBePaused],
  freeze: [mustRun('VM')],
  unfreeze: [mustRun('VMI')],
  softreboot: [mustRun('VM'), mustNotBePaused('VMI is paused'), mustHearReboot],
  reset: [],
  console: [mustHaveSerial, mustNotHaveFailed, mustStreamRunning],
  vnc: screen,
  'vnc/screenshot': screen,
  usbredir: [mustHaveUsb, mustRedirectUsb, mustStreamRunning],
  vsock: [mustHaveVsock],
  portforward: [mustNotBePaused('VMI is paused')],
  guestosinfo: guest,
  userlist: guest,
  filesystemlist: guest,
  addvolume: [mustRun('VMI')],
  removevolume: [mustRun('VMI')],
  backup: [mustRun('VM')],
  'redefine-checkpoint': [mustTrackBlocks],
  'sev/fetchcertchain': [mustHaveNode, mustAttest],
  'sev/querylaunchmeasurement': launch,
  'sev/setupsession': [mustBeScheduled, mustAttest],
  'sev/injectlaunchsecret': launch,
} as const satisfies Record<string, readonly VmiCheck[]>;

export type CheckedSubresource = keyof typeof vmiChecks;

/**
 * Applies the checks of one subresource.
 * @throws HttpError of the first that fails.
 */
export function assertVmi(vmi: Vmi, subresource: CheckedSubresource): void {
  for (const check of vmiChecks[subresource]) {
    const refusal = check(vmi);
    if (refusal !== undefined) throw refusal;
  }
}
