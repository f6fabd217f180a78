/** Facts about a guest that several builders need. Pure; the VMI has passed admission. */
import { parseQuantity, wholeUnits } from '../../api/quantity.ts';
import type { VmiSpec, Volume } from '../../api/types.ts';
import { MonovirtError } from '../../support/errors.ts';

/**
 * The guest's memory in bytes.
 * @throws MonovirtError MissingGuestMemory, which admission excludes.
 */
export function guestBytes(spec: VmiSpec): bigint {
  const resources = spec.domain.resources ?? {};
  const stated = spec.domain.memory?.guest ?? resources.requests?.memory ?? resources.limits?.memory;
  if (stated === undefined) {
    throw new MonovirtError(
      'MissingGuestMemory',
      'spec.domain.memory.guest is not set, nor is a memory request or limit; set one of them',
      'never',
    );
  }
  return wholeUnits(stated);
}

export { vcpus } from '../../api/vcpus.ts';

export const devicesOf = (spec: VmiSpec): VmiSpec['domain']['devices'] => spec.domain.devices;

export const hasNetworkInterface = (spec: VmiSpec): boolean => (devicesOf(spec).interfaces ?? []).length > 0;

/** The volumes that are images of containers, in the order of the spec. */
export function containerDisks(
  spec: VmiSpec,
): { name: string; disk: NonNullable<Volume['containerDisk']> }[] {
  return (spec.volumes ?? []).flatMap((volume) =>
    volume.containerDisk === undefined ? [] : [{ name: volume.name, disk: volume.containerDisk }],
  );
}

/** True when a quantity is given and not zero. */
export const isPositive = (quantity: string | undefined): quantity is string =>
  quantity !== undefined && parseQuantity(quantity) > 0n;
