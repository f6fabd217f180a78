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
  /** Object → until when it is waited for, by owner. */
  const missing = new Map<string, Map<string, number>>();
  const ownerOf = new Map<string, string>();

  function forget(owner: string, object: string): void {
    const objects = missing.get(owner);
    objects?.delete(object);
    if (objects?.size === 0) missing.delete(owner);
    ownerOf.delete(object);
  }

  function forgetOld(): void {
    for (const [owner, objects] of missing) {
      for (const [object, until] of objects) if (until <= now().getTime()) forget(owner, object);
    }
  }

  return {
    add(owner, object) {
      forgetOld();
      const objects = missing.get(owner) ?? new Map<string, number>();
      missing.set(owner, objects.set(object, now().getTime() + patienceMs));
      ownerOf.set(object, owner);
    },
    missingForMs(owner) {
      const until = Math.max(0, ...(missing.get(owner)?.values() ?? []));
      return Math.max(0, until - now().getTime());
    },
    seen(object) {
      const owner = ownerOf.get(object);
      if (owner !== undefined) forget(owner, object);
    },
  };
}
