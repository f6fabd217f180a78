/**
 * The versions of our own last writes. A decision made before the cache shows them would be refused as a conflict,
 * after a request for nothing.
 */
import type { KubeObject } from '../../api/types.ts';
import type { KubeClient } from '../../kube/types.ts';

export interface Written {
  /** The same client; notes what its patches return. */
  noting(client: KubeClient): KubeClient;
  /** Whether the cache's state of an object is older than our last write of it. */
  isBehind(cached: KubeObject): boolean;
  /** For objects that are gone. */
  forget(object: KubeObject): void;
}

/**
 * A watch is rarely later than this. Where versions went back, as when the cluster was restored from a backup, none
 * ever comes; a decision made too early then costs a conflict, and one that is never made costs the object.
 */
const patienceMs = 30_000;

/** @param now milliseconds on a clock that never goes back */
export function rememberWritten(now: () => number = () => performance.now()): Written {
  const versions = new Map<string, { version: string; until: number }>();
  const note = (uid: string, version: string): void => {
    // Written last, remembered last: the first ones are the oldest.
    versions.delete(uid);
    for (const [old, { until }] of versions) {
      if (until > now()) break;
      versions.delete(old);
    }
    versions.set(uid, { version, until: now() + patienceMs });
  };
  return {
    noting: (client) => ({
      ...client,
      async patch<T extends KubeObject>(...call: Parameters<KubeClient['patch']>): Promise<T> {
        const object = await client.patch<T>(...call);
        const { uid, resourceVersion, deletionTimestamp, finalizers = [] } = object.metadata;
        // With its last finalizer an object is gone: no change will show that version, nor clear it here.
        if (deletionTimestamp !== undefined && finalizers.length === 0) versions.delete(uid);
        else note(uid, resourceVersion);
        return object;
      },
    }),
    isBehind({ metadata: { uid, resourceVersion } }) {
      const written = versions.get(uid);
      if (written === undefined) return false;
      const behind = written.until > now() && isOlder(resourceVersion, written.version);
      if (!behind) versions.delete(uid);
      return behind;
    },
    forget: ({ metadata }) => void versions.delete(metadata.uid),
  };
}

/** Versions of one resource are numbers that grow; what is no number is taken for current. */
function isOlder(version: string, than: string): boolean {
  return /^\d+$/.test(version) && /^\d+$/.test(than) && BigInt(version) < BigInt(than);
}
