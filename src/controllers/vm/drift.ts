/** Whether a running instance is still what its VM describes. Pure. */
import type { Vm, Vmi } from '../../api/types.ts';
import { changedFields } from './changes.ts';
import { startSpec } from './start-spec.ts';
import type { VmSpec } from './start-spec.ts';
import { carriesGeneration } from './vmi-facts.ts';

export interface Drift {
  /** Paths of what has changed since the instance was made and takes a restart to apply. */
  changed: readonly string[];
  /** The instance is what the VM describes: it may carry the VM's generation. */
  current: boolean;
}

const none: Drift = { changed: [], current: true };
const unknown: Drift = { changed: [], current: false };

/**
 * Compares a VM with what its instance was started from. This release changes nothing of a guest that runs:
 * every change of the description takes a restart.
 * @param started the spec at the start; undefined when it is not known
 */
export function driftOf(vm: Vm, vmi: Vmi, started: VmSpec | undefined): Drift {
  if (carriesGeneration(vmi, vm)) return none;
  if (started === undefined) return unknown;
  const changed = differences(started, startSpec(vm), vmi);
  const sameMetadata =
    changedFields(started.template.metadata, vm.spec.template.metadata, 'metadata').length === 0;
  return { changed, current: changed.length === 0 && sameMetadata };
}

function differences(started: VmSpec, wanted: VmSpec, vmi: Vmi): string[] {
  const paths = [
    ...changedFields(started.instancetype, wanted.instancetype, 'spec.instancetype'),
    ...changedFields(started.preference, wanted.preference, 'spec.preference'),
    ...changedFields(started.template.spec, wanted.template.spec, 'spec.template.spec'),
  ];
  return paths.filter((path) => !isSettled(path, { started, wanted, vmi }));
}

interface Compared {
  started: VmSpec;
  wanted: VmSpec;
  vmi: Vmi;
}

/** Differences that were no choice of the user, or that the instance has already. */
function isSettled(path: string, compared: Compared): boolean {
  const { started } = compared;
  // Pinned after the start: the instance was made from that revision.
  if (path === 'spec.instancetype.revisionName') return started.instancetype?.revisionName === undefined;
  if (path === 'spec.preference.revisionName') return started.preference?.revisionName === undefined;
  return path.startsWith('spec.template.spec.domain.firmware') && onlyUuidWritten(compared);
}

/** The UUID that the guest has was written down. */
function onlyUuidWritten({ started, wanted, vmi }: Compared): boolean {
  const { uuid, ...others } = firmwareOf(wanted);
  const { uuid: _before, ...before } = firmwareOf(started);
  return uuid === vmi.spec.domain.firmware?.uuid && changedFields(before, others, '').length === 0;
}

const firmwareOf = ({ template }: VmSpec): { uuid?: string } => template.spec?.domain.firmware ?? {};

const namedAtMost = 5;

/** The changes in words. */
export function restartMessage(changed: readonly string[]): string {
  const named = changed.slice(0, namedAtMost).join(', ');
  const others = changed.length - namedAtMost;
  const more = others > 0 ? ` and ${others} more` : '';
  return `a non-live-updatable field was changed in the template spec: ${named}${more}; restart the VM to apply it`;
}
