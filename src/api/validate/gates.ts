/** The rule that a feature's gate is open, in the words that KubeVirt has for it. */
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import type { SpecContext } from './rule.ts';

/** A cause at `field` of a spec that uses what `gate` opens while it is shut. */
export function gateIsOpen({ config }: SpecContext, gate: string, field: string): Cause[] {
  if (config.featureGates.has(gate)) return [];
  return [invalid(field, `${field}: ${gate} feature gate is not enabled in kubevirt-config`)];
}
