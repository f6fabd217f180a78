/**
 * Defaults of a VirtualMachineInstance, as KubeVirt's mutating webhook sets them. Pure: the argument is never
 * changed.
 *
 * A VirtualMachine has no defaults of ours: what a user applied stays what is stored, so that tools which
 * compare the two (GitOps) see no drift. Its template is defaulted when a VMI is made from it.
 */
import { createHash } from 'node:crypto';
import { machinesOf } from './architectures.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { finalizers } from './constants.ts';
import { defaultCpu, defaultFirmware, defaultMemory, defaultRequests } from './defaults-domain.ts';
import { defaultConsoleLog, defaultDevices, defaultInterfaces, defaultVolumes } from './defaults-devices.ts';
import { defaultArm, defaultHyperv } from './defaults-features.ts';
import type { VmiManifest, VmiSpecManifest } from './manifests.ts';

/** One step: returns the spec with its defaults filled in. */
type Step = (spec: VmiSpecManifest, config: ClusterConfig) => VmiSpecManifest;

/** In this order: later steps read what earlier ones filled in. */
const steps: readonly Step[] = [
  defaultPlatform,
  defaultRequests,
  defaultMemory,
  defaultCpu,
  defaultHyperv,
  defaultInterfaces,
  defaultVolumes,
  defaultArm,
  defaultDevices,
  defaultConsoleLog,
  defaultProbes,
];

/** A VMI spec with every default but the firmware's identity. */
export function defaultVmiSpec(spec: VmiSpecManifest, config: ClusterConfig): VmiSpecManifest {
  return steps.reduce((current, step) => step(current, config), spec);
}

/**
 * A VMI with every default.
 * @param seed what the firmware's UUID is derived from, such as the id of the request that creates the VMI. A
 *   VMI that a VM owns takes the UUID of that VM instead and so keeps it over restarts.
 */
export function defaultVmi<T extends VmiManifest>(vmi: T, config: ClusterConfig, seed: string): T {
  const owner = vmi.metadata?.ownerReferences?.find((ref) => ref.controller && ref.kind === 'VirtualMachine');
  const kept = vmi.metadata?.finalizers ?? [];
  return {
    ...vmi,
    metadata: {
      ...vmi.metadata,
      finalizers: kept.includes(finalizers.vmi) ? kept : [...kept, finalizers.vmi],
    },
    spec: defaultFirmware(defaultVmiSpec(vmi.spec, config), firmwareUuid(owner?.uid ?? seed)),
  };
}

/** A UUID (version 8: custom) that is always the same for the same seed. */
export function firmwareUuid(seed: string): string {
  const hex = createHash('sha256').update(`firmware/${seed}`).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

function defaultPlatform(spec: VmiSpecManifest, config: ClusterConfig): VmiSpecManifest {
  const type = spec.domain.machine?.type;
  return {
    ...spec,
    architecture: spec.architecture || config.architecture,
    evictionStrategy: spec.evictionStrategy ?? config.evictionStrategy,
    domain: {
      ...spec.domain,
      machine: { ...spec.domain.machine, type: type || machinesOf(spec.architecture, config).type },
    },
  };
}

type Probe = NonNullable<VmiSpecManifest['livenessProbe']>;

function defaultProbes(spec: VmiSpecManifest): VmiSpecManifest {
  return {
    ...spec,
    ...(spec.livenessProbe && { livenessProbe: defaultProbe(spec.livenessProbe) }),
    ...(spec.readinessProbe && { readinessProbe: defaultProbe(spec.readinessProbe) }),
  };
}

function defaultProbe(probe: Probe): Probe {
  const positive = (value: number | undefined, otherwise: number): number =>
    value && value > 0 ? value : otherwise;
  return {
    ...probe,
    timeoutSeconds: positive(probe.timeoutSeconds, 1),
    periodSeconds: positive(probe.periodSeconds, 10),
    successThreshold: positive(probe.successThreshold, 1),
    failureThreshold: positive(probe.failureThreshold, 3),
  };
}
