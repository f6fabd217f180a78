/** Which of Hyper-V's enlightenments build on which. Pure. */
import type { VmiSpecManifest } from './manifests.ts';

type Features = NonNullable<VmiSpecManifest['domain']['features']>;
export type Hyperv = NonNullable<Features['hyperv']>;
export type HypervFeature = 'evmcs' | 'ipi' | 'tlbflush' | 'synictimer' | 'synic' | 'vapic' | 'vpindex';

/** Those that need others first, so that one pass fills in all. */
export const hypervNeeds: readonly { feature: HypervFeature; needs: HypervFeature }[] = [
  { feature: 'evmcs', needs: 'vapic' },
  { feature: 'ipi', needs: 'vpindex' },
  { feature: 'tlbflush', needs: 'vpindex' },
  { feature: 'synictimer', needs: 'synic' },
  { feature: 'synic', needs: 'vpindex' },
];

/** A feature that is there is on unless it says otherwise. */
export const isOn = (feature: { enabled?: boolean } | undefined): boolean =>
  feature !== undefined && feature.enabled !== false;
