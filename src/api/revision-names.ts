/** Names of ControllerRevisions, which other people's tools look up. Pure. */

/** What a VM was when its instance was made (KubeVirt's name). */
export const startRevisionName = (vmUid: string, generation: number | string): string =>
  `revision-start-vm-${vmUid}-${generation}`;
