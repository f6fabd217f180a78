/** Which claim a volume is on. Pure. */
import type { Volume } from './types.ts';

export interface ClaimSource {
  claimName: string;
  readOnly: boolean;
}

/** The claim below a volume; a DataVolume's has its name. */
export function claimOf({ persistentVolumeClaim, dataVolume, ephemeral }: Volume): ClaimSource | undefined {
  if (dataVolume !== undefined) return { claimName: dataVolume.name, readOnly: false };
  const source = persistentVolumeClaim ?? ephemeral?.persistentVolumeClaim;
  return source && { claimName: source.claimName, readOnly: source.readOnly === true };
}
