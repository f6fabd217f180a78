/** A VM's size, taken from its instancetype. Pure: arguments are never changed. */
import type { VmiSpecManifest } from '../../api/manifests.ts';
import { formatBytes, wholeUnits } from '../../api/quantity.ts';
import type { InstancetypeSpec, PreferenceSpec } from '../../api/types.ts';
import { defined } from '../../support/defined.ts';
import { topologyOf } from '../prefer/topology.ts';

/** A guest as it will run, with the annotations of its instance. */
export interface Guest {
  spec: VmiSpecManifest;
  annotations: Readonly<Record<string, string>>;
}

/**
 * The guest with everything that the instancetype states. Conflicts are for `instancetypeConflicts` to find;
 * here the instancetype wins.
 * @param preference says how its CPUs are spread
 */
export function applyInstancetype(
  { spec, annotations }: Guest,
  instancetype: InstancetypeSpec,
  preference: PreferenceSpec | undefined,
): Guest {
  const { nodeSelector, schedulerName, gpus, hostDevices } = instancetype;
  const { domain } = spec;
  return {
    annotations: { ...instancetype.annotations, ...annotations },
    spec: {
      ...spec,
      ...(nodeSelector && { nodeSelector }),
      ...(schedulerName && { schedulerName }),
      domain: {
        ...domain,
        ...resources(domain, instancetype),
        cpu: cpu(domain.cpu, instancetype, preference),
        memory: memory(domain.memory, instancetype),
        ...ioThreads(domain, instancetype),
        ...(instancetype.launchSecurity && { launchSecurity: instancetype.launchSecurity }),
        devices: {
          ...domain.devices,
          ...(gpus?.length && { gpus }),
          ...(hostDevices?.length && { hostDevices }),
        },
      },
    },
  };
}

type Domain = VmiSpecManifest['domain'];

function cpu(
  stated: Domain['cpu'],
  { cpu: given }: InstancetypeSpec,
  preference: PreferenceSpec | undefined,
): NonNullable<Domain['cpu']> {
  const { model, dedicatedCPUPlacement, isolateEmulatorThread, numa, realtime, maxSockets } = given;
  return {
    ...stated,
    ...defined({ model, isolateEmulatorThread, numa, realtime, maxSockets }),
    ...defined({ dedicatedCpuPlacement: dedicatedCPUPlacement }),
    ...topologyOf(given.guest, preference),
  };
}

function memory(stated: Domain['memory'], { memory: given }: InstancetypeSpec): Domain['memory'] {
  const { guest, hugepages, maxGuest } = given;
  return { ...stated, guest, ...defined({ hugepages, maxGuest }) };
}

/** Overcommitted memory: the guest sees all of it, and the scheduler is asked for less. */
function resources(domain: Domain, { memory: given }: InstancetypeSpec): Partial<Domain> {
  const percent = given.overcommitPercent ?? 0;
  if (percent <= 0) return {};
  const bytes = (wholeUnits(given.guest) * BigInt(100 - percent)) / 100n;
  const requests = { ...domain.resources?.requests, memory: formatBytes(bytes) };
  return { resources: { ...domain.resources, requests } };
}

function ioThreads(domain: Domain, { ioThreads: given, ioThreadsPolicy }: InstancetypeSpec): Partial<Domain> {
  const count = given?.supplementalPoolThreadCount;
  return {
    ...(ioThreadsPolicy && { ioThreadsPolicy }),
    ...(count !== undefined && { ioThreads: { ...domain.ioThreads, supplementalPoolThreadCount: count } }),
  };
}
