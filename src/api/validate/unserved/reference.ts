/** The rule on references to other objects, which several kinds share. */
import { invalid, notFound } from '../cause.ts';
import type { Cause } from '../cause.ts';

export interface Reference {
  apiGroup?: string;
  kind: string;
  name: string;
}

/** A snapshot's source and a restore's target: nothing but a VirtualMachine. */
export function namesVirtualMachine({ apiGroup, kind }: Reference, field: string): Cause[] {
  if (apiGroup === undefined) {
    return [notFound(`${field}.apiGroup`, `missing apiGroup: state ${field}.apiGroup: kubevirt.io`)];
  }
  if (apiGroup !== 'kubevirt.io') {
    return [invalid(`${field}.apiGroup`, `invalid apiGroup '${apiGroup}': use kubevirt.io`)];
  }
  return kind === 'VirtualMachine'
    ? []
    : [invalid(`${field}.kind`, `invalid kind '${kind}': use VirtualMachine`)];
}
