/** What only a node has and a test's VMI is said to be given. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext, HostDevice } from '../context.ts';

/** Annotation of a test's VMI: the devices of the node it was given, a list of `HostDevice` as JSON. */
const hostDevicesAnnotation = 'test.monovirt.io/host-devices';

export function hardwareOf({ metadata, spec }: Vmi): Pick<DomainContext, 'vsockCid' | 'hostDevices'> {
  const given = metadata.annotations?.[hostDevicesAnnotation];
  return {
    ...(spec.domain.devices.autoattachVSOCK === true && { vsockCid: 5 }),
    ...(given !== undefined && { hostDevices: JSON.parse(given) as HostDevice[] }),
  };
}
