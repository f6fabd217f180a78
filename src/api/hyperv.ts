/** Hyper-V's enlightenments: which build on which, and on what. Pure. */
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

/** Those that are nothing without the node's kernel. */
export const hypervOfKernel = [
  'vpindex',
  'runtime',
  'reset',
  'synic',
  'synictimer',
  'frequencies',
  'reenlightenment',
  'tlbflush',
  'ipi',
] as const satisfies readonly (keyof Hyperv)[];

/** A feature that is there is on unless it says otherwise. */
export const isOn = (feature: { enabled?: boolean } | undefined): boolean =>
  feature !== undefined && feature.enabled !== false;
