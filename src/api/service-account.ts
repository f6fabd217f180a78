/** The service account that a VMI's pod runs as. */
import type { VmiSpecManifest } from './manifests.ts';

/** The generated types do not have the field yet. */
type WithServiceAccount = VmiSpecManifest & { serviceAccountName?: string };

/** `spec.serviceAccountName`; undefined when it is not given. */
export const serviceAccountNameOf = (spec: VmiSpecManifest): string | undefined =>
  (spec as WithServiceAccount).serviceAccountName || undefined;
