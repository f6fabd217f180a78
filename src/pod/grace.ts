/** How long a guest may take to stop: the pod's grace is built on it and the node agent keeps to it. Pure. */
import type { VmiSpec } from '../api/types.ts';

/** Grace of a VMI that states none, in seconds; KubeVirt's number. */
const defaultGraceSeconds = 30;

/** How long the guest may take to stop, in seconds. */
export const graceSeconds = (spec: VmiSpec): number =>
  spec.terminationGracePeriodSeconds ?? defaultGraceSeconds;
