/**
 * What was created but is not in the cache yet. A decision made from such a cache would create it again, or would
 * take its owner for finished while it lives.
 */

export interface Created {
  /** Remembers what a create call returned. */
  add(owner: string, object: string): void;
  /** Milliseconds to wait at most for the cache to show what was created for this owner; 0: nothing is missing. */
  missingForMs(owner: string): number;
  /** The cache has shown the object: as it is, changed or deleted. */
  seen(object: string): void;
}

/** A watch is rarely later than this; what came and went between two of its connections is never seen. */
const patienceMs = 5_000;

/** Owners and objects are named by uid. */
export function rememberCreated(now: () => Date): Created {
  const missing = new Map<string, { object: string; until: number }>();
  const ownerOf = new Map<string, string>();

  function forget(owner: string): void {
    const entry = missing.get(owner);
    if (entry !== undefined) ownerOf.delete(entry.object);
    missing.delete(owner);
  }

  function forgetOld(): void {
    for (const [owner, { until }] of missing) if (until <= now().getTime()) forget(owner);
  }

  return {
    add(owner, object) {
      forgetOld();
      forget(owner);
      missing.set(owner, { object, until: now().getTime() + patienceMs });
      ownerOf.set(object, owner);
    },
    missingForMs(owner) {
      const entry = missing.get(owner);
      return entry === undefined ? 0 : Math.max(0, entry.until - now().getTime());
    },
    seen(object) {
      const owner = ownerOf.get(object);
      if (owner !== undefined) forget(owner);
    },
  };
}
