/** `portRanges` of an interface, which the types of KubeVirt's API do not have yet. */
import type { Interface } from '../api/types.ts';

export interface PortRange {
  start: number;
  end: number;
  protocol?: string;
}

export const portRangesOf = (iface: Interface): readonly PortRange[] =>
  (iface as { portRanges?: readonly PortRange[] }).portRanges ?? [];
