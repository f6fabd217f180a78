/** What a VM's instance is started from. Pure. */
import type { Vm } from '../../api/types.ts';

export type VmSpec = Vm['spec'];

/** The spec with the revisions of instancetype and preference that the VM's status names. Pure. */
export function startSpec({ spec, status }: Vm): VmSpec {
  return {
    ...spec,
    ...pinned('instancetype', spec.instancetype, status?.instancetypeRef),
    ...pinned('preference', spec.preference, status?.preferenceRef),
  };
}

function pinned<Name extends 'instancetype' | 'preference'>(
  name: Name,
  matcher: VmSpec[Name],
  ref: { controllerRevisionRef?: { name?: string } } | undefined,
): Partial<VmSpec> {
  const revisionName = ref?.controllerRevisionRef?.name;
  return matcher === undefined || revisionName === undefined ? {} : { [name]: { ...matcher, revisionName } };
}
