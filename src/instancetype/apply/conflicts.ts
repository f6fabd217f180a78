/** What a VM states that its instancetype states as well. Pure. */
import type { VmiSpecManifest } from '../../api/manifests.ts';
import type { InstancetypeSpec } from '../../api/types.ts';
import { invalid } from '../../api/validate/cause.ts';
import type { Cause } from '../../api/validate/cause.ts';

type Value = (spec: VmiSpecManifest) => unknown;

interface Claim {
  /** Path below the VMI's spec, as KubeVirt writes it. */
  field: string;
  stated: Value;
  /** What the instancetype says about it; absent when every instancetype says something. */
  given?: (instancetype: InstancetypeSpec) => unknown;
}

const requested =
  (kind: 'requests' | 'limits', name: 'cpu' | 'memory'): Value =>
  ({ domain }) =>
    domain.resources?.[kind]?.[name] !== undefined;

const claims: readonly Claim[] = [
  { field: 'nodeSelector', stated: (spec) => spec.nodeSelector, given: ({ nodeSelector }) => nodeSelector },
  {
    field: 'schedulerName',
    stated: (spec) => spec.schedulerName,
    given: ({ schedulerName }) => schedulerName,
  },
  { field: 'domain.resources.requests.cpu', stated: requested('requests', 'cpu') },
  { field: 'domain.resources.limits.cpu', stated: requested('limits', 'cpu') },
  { field: 'domain.cpu.sockets', stated: ({ domain }) => domain.cpu?.sockets },
  { field: 'domain.cpu.cores', stated: ({ domain }) => domain.cpu?.cores },
  { field: 'domain.cpu.threads', stated: ({ domain }) => domain.cpu?.threads },
  { field: 'domain.cpu.model', stated: ({ domain }) => domain.cpu?.model, given: ({ cpu }) => cpu.model },
  {
    field: 'domain.cpu.dedicatedCPUPlacement',
    stated: ({ domain }) => domain.cpu?.dedicatedCpuPlacement,
    given: ({ cpu }) => cpu.dedicatedCPUPlacement !== undefined,
  },
  {
    field: 'domain.cpu.isolateEmulatorThread',
    stated: ({ domain }) => domain.cpu?.isolateEmulatorThread,
    given: ({ cpu }) => cpu.isolateEmulatorThread !== undefined,
  },
  { field: 'domain.cpu.numa', stated: ({ domain }) => domain.cpu?.numa, given: ({ cpu }) => cpu.numa },
  {
    field: 'domain.cpu.realtime',
    stated: ({ domain }) => domain.cpu?.realtime,
    given: ({ cpu }) => cpu.realtime,
  },
  { field: 'domain.memory.guest', stated: ({ domain }) => domain.memory?.guest },
  {
    field: 'domain.memory.hugepages',
    stated: ({ domain }) => domain.memory?.hugepages,
    given: ({ memory }) => memory.hugepages,
  },
  {
    field: 'domain.memory.maxGuest',
    stated: ({ domain }) => domain.memory?.maxGuest,
    given: ({ memory }) => memory.maxGuest,
  },
  { field: 'domain.resources.requests.memory', stated: requested('requests', 'memory') },
  { field: 'domain.resources.limits.memory', stated: requested('limits', 'memory') },
  {
    field: 'domain.ioThreads.supplementalPoolThreadCount',
    stated: ({ domain }) => domain.ioThreads?.supplementalPoolThreadCount !== undefined,
    given: ({ ioThreads }) => ioThreads?.supplementalPoolThreadCount !== undefined,
  },
  {
    field: 'domain.ioThreadsPolicy',
    stated: ({ domain }) => domain.ioThreadsPolicy,
    given: ({ ioThreadsPolicy }) => ioThreadsPolicy,
  },
  {
    field: 'domain.launchSecurity',
    stated: ({ domain }) => domain.launchSecurity,
    given: ({ launchSecurity }) => launchSecurity,
  },
  {
    field: 'domain.devices.gpus',
    stated: ({ domain }) => domain.devices.gpus?.length,
    given: ({ gpus }) => gpus?.length,
  },
  {
    field: 'domain.devices.hostDevices',
    stated: ({ domain }) => domain.devices.hostDevices?.length,
    given: ({ hostDevices }) => hostDevices?.length,
  },
];

/** One cause for each field that both state: an instancetype is a size, and a VM does not have two. */
export function instancetypeConflicts(
  instancetype: InstancetypeSpec,
  spec: VmiSpecManifest,
  path: string,
): Cause[] {
  return claims
    .filter(({ stated, given = () => true }) => Boolean(stated(spec)) && Boolean(given(instancetype)))
    .map(({ field }) => conflict(`${path}.${field}`));
}

/** Annotations of the instance that the instancetype wants to have another value. */
export function annotationConflicts(
  { annotations = {} }: InstancetypeSpec,
  stated: Readonly<Record<string, string>>,
): Cause[] {
  return Object.entries(annotations)
    .filter(([key, value]) => Object.hasOwn(stated, key) && stated[key] !== value)
    .map(([key]) => conflict(`annotations.${key}`));
}

const conflict = (field: string): Cause =>
  invalid(
    field,
    `VM field(s) ${field} conflicts with selected instance type; remove it from the VirtualMachine, or choose another instancetype`,
  );
