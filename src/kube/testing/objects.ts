/** Small objects for tests. */
import type { KubeObject } from '../../api/types.ts';

export const object = (name: string, uid = `uid-${name}`, resourceVersion = '1'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid, resourceVersion, creationTimestamp: '2026-01-01T00:00:00Z' },
});
