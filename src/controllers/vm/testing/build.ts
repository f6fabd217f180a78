/** VMs and instances for tests: a base and the changes that matter. */
import type { Vm, VmStatus, Vmi } from '../../../api/types.ts';

export type Change<T> = (object: T) => T;

export function vm(...changes: Change<Vm>[]): Vm {
  const base: Vm = {
    metadata: {
      name: 'vm1',
      namespace: 'ns',
      uid: 'vm-uid',
      resourceVersion: '1',
      generation: 3,
      creationTimestamp: '2026-01-01T11:00:00Z',
      finalizers: ['kubevirt.io/virtualMachineControllerFinalize'],
    },
    spec: {
      template: {
        metadata: { labels: { app: 'a' }, annotations: { note: 'b' } },
        spec: { domain: { devices: {}, memory: { guest: '128Mi' } } },
      },
    },
  };
  return changes.reduce((object, change) => change(object), base);
}
export const strategy =
  (runStrategy: string): Change<Vm> =>
  (object) => ({ ...object, spec: { ...object.spec, runStrategy } });
export const legacy =
  (running: boolean): Change<Vm> =>
  (object) => ({ ...object, spec: { ...object.spec, running } });
export const status =
  (part: VmStatus): Change<Vm> =>
  (object) => ({ ...object, status: { ...object.status, ...part } });
export const requests = (...stateChangeRequests: NonNullable<VmStatus['stateChangeRequests']>): Change<Vm> =>
  status({ stateChangeRequests });
export const meta =
  (metadata: Partial<Vm['metadata']>): Change<Vm> =>
  (object) => ({ ...object, metadata: { ...object.metadata, ...metadata } });
export const failedStarts = (consecutiveFailCount: number, retryAfterTimestamp: string): Change<Vm> =>
  status({ startFailure: { consecutiveFailCount, lastFailedVMIUID: 'older', retryAfterTimestamp } });
export const start = { action: 'Start' };
export const pausedStart = { action: 'Start', data: { paused: 'true' } };
export const stop = { action: 'Stop', uid: 'vmi-uid' };
export const stopOther = { action: 'Stop', uid: 'other' };

export function vmi(...changes: Change<Vmi>[]): Vmi {
  const base: Vmi = {
    metadata: {
      name: 'vm1',
      namespace: 'ns',
      uid: 'vmi-uid',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T11:00:01Z',
      annotations: { 'kubevirt.io/vm-generation': '2' },
      ownerReferences: [
        {
          apiVersion: 'kubevirt.io/v1',
          kind: 'VirtualMachine',
          name: 'vm1',
          uid: 'vm-uid',
          controller: true,
        },
      ],
    },
    spec: { domain: { devices: {} } },
  };
  return changes.reduce((object, change) => change(object), base);
}
export const phase =
  (value: string, ...earlier: string[]): Change<Vmi> =>
  (object) => ({
    ...object,
    status: {
      ...object.status,
      phase: value,
      phaseTransitionTimestamps: [...earlier, value].map((entry) => ({
        phase: entry,
        phaseTransitionTimestamp: '2026-01-01T11:30:00Z',
      })),
    },
  });
export const condition =
  (type: string, value: string, reason?: string): Change<Vmi> =>
  (object) => ({
    ...object,
    status: {
      ...object.status,
      conditions: [
        ...(object.status?.conditions ?? []),
        { type, status: value, ...(reason === undefined ? {} : { reason }) },
      ],
    },
  });
export const ending: Change<Vmi> = (object) => ({
  ...object,
  metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T12:00:00Z' },
});
/** Nobody's. */
export const orphaned: Change<Vmi> = (object) => ({
  ...object,
  metadata: { ...object.metadata, ownerReferences: [] },
});
export const ownedByAnother: Change<Vmi> = (object) => ({
  ...object,
  metadata: {
    ...object.metadata,
    ownerReferences: [
      {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstanceReplicaSet',
        name: 'r',
        uid: 'r',
        controller: true,
      },
    ],
  },
});
export const annotated =
  (annotations: Record<string, string>): Change<Vmi> =>
  (object) => ({
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
  });
export const firmwareUuid =
  (uuid: string): Change<Vmi> =>
  (object) => ({ ...object, spec: { domain: { ...object.spec.domain, firmware: { uuid } } } });
export const template =
  (part: Partial<Vm['spec']['template']>): Change<Vm> =>
  (object) => ({
    ...object,
    spec: { ...object.spec, template: { ...object.spec.template, ...part } },
  });
export const domain =
  (part: Record<string, unknown>): Change<Vm> =>
  (object) => {
    const spec = object.spec.template.spec;
    return template({ spec: { ...spec, domain: { devices: {}, ...spec?.domain, ...part } } })(object);
  };
