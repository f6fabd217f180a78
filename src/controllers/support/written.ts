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

export function rememberWritten(): Written {
  const versions = new Map<string, string>();
  return {
    noting: (client) => ({
      ...client,
      async patch<T extends KubeObject>(...call: Parameters<KubeClient['patch']>): Promise<T> {
        const object = await client.patch<T>(...call);
        const { uid, resourceVersion, deletionTimestamp, finalizers = [] } = object.metadata;
        // With its last finalizer an object is gone: no change will show that version, nor clear it here.
        if (deletionTimestamp !== undefined && finalizers.length === 0) versions.delete(uid);
        else versions.set(uid, resourceVersion);
        return object;
      },
    }),
    isBehind({ metadata: { uid, resourceVersion } }) {
      const written = versions.get(uid);
      if (written === undefined) return false;
      const behind = isOlder(resourceVersion, written);
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
