/** The Lease object as leader election uses it. */
import type { KubeObject } from '../api/types.ts';
import type { Clock } from './clock.ts';

export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

export interface LeaseSpec {
  holderIdentity: string | null;
  leaseDurationSeconds: number;
  acquireTime?: string;
  renewTime: string;
  leaseTransitions?: number;
}

/** MicroTime: the API server insists on six digits after the second. */
export const microTime = (clock: Clock): string => new Date(clock.wall()).toISOString().replace('Z', '000Z');

/** Spec with which `identity` takes an absent, released or expired lease. */
export function takenBy(
  identity: string,
  previous: Lease | undefined,
  { seconds, now }: { seconds: number; now: string },
): LeaseSpec {
  const changes = previous?.spec?.leaseTransitions ?? 0;
  const sameHolder = previous?.spec?.holderIdentity === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: seconds,
    acquireTime: now,
    renewTime: now,
    leaseTransitions: previous === undefined || sameHolder ? changes : changes + 1,
  };
}

/**
 * Milliseconds until the lease may be taken; 0 or less: now. The holder's clock is not trusted: its time runs
 * from when we saw the last renewal.
 */
export function untilFree(lease: Lease | undefined, identity: string, seenMsAgo: number): number {
  const holder = lease?.spec?.holderIdentity ?? '';
  if (holder === '' || holder === identity) return 0;
  return (lease?.spec?.leaseDurationSeconds ?? 0) * 1000 - seenMsAgo;
}
