/** A VM's preference: defaults for what its user left open. Pure: arguments are never changed. */
import type { PreferenceSpec } from '../../api/types.ts';
import type { Guest } from '../apply/instancetype.ts';
import { preferAutoattach, preferDevices } from './devices.ts';
import {
  preferClock,
  preferCpuFeatures,
  preferFeatures,
  preferFirmware,
  preferMachine,
  preferPod,
  preferSecurity,
} from './guest.ts';
import type { Step } from './guest.ts';

const steps: readonly Step[] = [
  preferCpuFeatures,
  preferAutoattach,
  preferDevices,
  preferFeatures,
  preferFirmware,
  preferMachine,
  preferClock,
  preferPod,
  preferSecurity,
];

/** The guest with everything that is preferred and not stated. */
export function applyPreference({ spec, annotations }: Guest, preference: PreferenceSpec): Guest {
  return {
    spec: steps.reduce((current, step) => step(current, preference), spec),
    annotations: { ...preference.annotations, ...annotations },
  };
}
