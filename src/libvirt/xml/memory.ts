/** Guest memory and the balloon that reports on it. */
import { wholeUnits } from '../../api/quantity.ts';
import type { Vmi } from '../../api/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import { virtioModel } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

/** Seconds between the guest's own reports on its memory. */
const statsPeriod = 10;

/**
 * `<memory>`.
 * @throws MonovirtError GuestMemoryMissing: admission lets no such VMI pass.
 */
export function memory(vmi: Vmi): Element {
  const { memory: wanted, resources } = vmi.spec.domain;
  const guest = wanted?.guest ?? resources?.requests?.memory ?? resources?.limits?.memory;
  if (guest === undefined) {
    throw new MonovirtError(
      'GuestMemoryMissing',
      'spec.domain.memory.guest is not set; say how much memory the guest has',
      'never',
    );
  }
  return el('memory', { unit: 'b' }, wholeUnits(guest).toString());
}

export function balloon(vmi: Vmi): Element {
  if (vmi.spec.domain.devices.autoattachMemBalloon === false) return el('memballoon', { model: 'none' });
  return el(
    'memballoon',
    // Pages that the guest frees go back to the node.
    { model: virtioModel(vmi), freePageReporting: 'on' },
    el('stats', { period: statsPeriod }),
  );
}
