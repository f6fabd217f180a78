/** Guest memory, what it is made of, and the balloon that reports on it. */
import { annotations } from '../../api/constants.ts';
import { isGuaranteed } from '../../api/guaranteed.ts';
import { wholeUnits } from '../../api/quantity.ts';
import { needsSharedMemory } from '../../api/shared-memory.ts';
import type { Vmi } from '../../api/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import { virtioModel, when } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

/** Seconds between the guest's own reports on its memory. */
const statsPeriod = 10;

/**
 * The guest's memory in bytes.
 * @throws MonovirtError GuestMemoryMissing: admission lets no such VMI pass.
 */
export function guestBytesOf(vmi: Vmi): bigint {
  const { memory: wanted, resources } = vmi.spec.domain;
  const guest = wanted?.guest ?? resources?.requests?.memory ?? resources?.limits?.memory;
  if (guest !== undefined) return wholeUnits(guest);
  throw new MonovirtError(
    'GuestMemoryMissing',
    'spec.domain.memory.guest is not set; say how much memory the guest has',
    'never',
  );
}

/** `<memory>`. @throws MonovirtError GuestMemoryMissing */
export function memory(vmi: Vmi): Element {
  return el('memory', { unit: 'b' }, guestBytesOf(vmi).toString());
}

/**
 * `<memoryBacking>`: huge pages without a mounted file system, which is one thing less in the pod. The kernel
 * counts them against the pod's `hugepages-*` limit all the same. Shared where another process serves a device.
 */
export function memoryBacking(vmi: Vmi): Element | undefined {
  const size = vmi.spec.domain.memory?.hugepages?.pageSize;
  const shared = needsSharedMemory(vmi.spec);
  const huge = size !== undefined && size !== '';
  if (!huge && !shared) return undefined;
  return el(
    'memoryBacking',
    {},
    when(huge, () => el('hugepages', {}, el('page', { size: wholeUnits(size ?? '').toString(), unit: 'b' }))),
    el('source', { type: 'memfd' }),
    when(shared, () => el('access', { mode: 'shared' })),
    when(isTakenAtOnce(vmi), () => el('allocation', { mode: 'immediate' })),
  );
}

export function balloon(vmi: Vmi): Element {
  if (vmi.spec.domain.devices.autoattachMemBalloon === false) return el('memballoon', { model: 'none' });
  return el(
    'memballoon',
    // Pages that the guest frees go back to the node.
    { model: virtioModel(vmi), freePageReporting: keepsFreePages(vmi) ? 'off' : 'on' },
    el('stats', { period: statsPeriod }),
  );
}

const keepsFreePages = (vmi: Vmi): boolean =>
  vmi.metadata.annotations?.[annotations.freePageReportingDisabled] === 'true' ||
  isTakenAtOnce(vmi) ||
  (hasFilesystems(vmi) && vmi.spec.domain.memory?.hugepages !== undefined);

const hasFilesystems = ({ spec }: Vmi): boolean => (spec.domain.devices.filesystems ?? []).length > 0;

/**
 * Memory is charged to the container that first touches it. One that shares file systems has room for the guest's
 * only where it does not have to be set aside twice, and none for huge pages, which are all taken at once anyway.
 */
const isTakenAtOnce = (vmi: Vmi): boolean => hasFilesystems(vmi) && isGuaranteed(vmi.spec);
