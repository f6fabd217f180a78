/** VMIs for tests of the launcher. */
import type { Vmi, VmiSpec } from '../../api/types.ts';

export const testUid = '1d3c6ec0-5b55-4c2e-9d6a-3c5a4bdc0001';

/** A VMI with the least that runs; `change` is laid over its spec. */
export function testVmi(change: Partial<VmiSpec> = {}): Vmi {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: {
      name: 'testvm',
      namespace: 'default',
      uid: testUid,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { domain: { devices: {}, memory: { guest: '128Mi' } }, ...change },
  };
}
