/** Names of ControllerRevisions, which other people's tools look up. Pure. */

const startPrefix = (vmUid: string): string => `revision-start-vm-${vmUid}-`;

/** What a VM was when its instance was made (KubeVirt's name). */
export const startRevisionName = (vmUid: string, generation: number | string): string =>
  `${startPrefix(vmUid)}${generation}`;

/** Whether a name is that of a start of this VM, of whatever generation. */
export const isStartRevisionOf = (name: string, vmUid: string): boolean =>
  name.startsWith(startPrefix(vmUid));
