/** Defaults of CPU, memory, resources and firmware. Pure; each takes a spec and returns one. */
import type { ClusterConfig } from './cluster-config.ts';
import { defaultConfig } from './cluster-config.ts';
import type { VmiSpecManifest } from './manifests.ts';
import { tryParseQuantity, wholeUnits } from './quantity.ts';

const isSet = (quantity: string | undefined): quantity is string =>
  quantity !== undefined && (tryParseQuantity(quantity) ?? 0n) !== 0n;

/** A CPU limit is also the request; a cluster may state a request for guests that state none. */
export function defaultRequests(spec: VmiSpecManifest, config: ClusterConfig): VmiSpecManifest {
  const { requests, limits } = spec.domain.resources ?? {};
  const cpu = defaultCpuRequest(requests?.['cpu'], limits?.['cpu'], config);
  if (cpu === undefined || spec.domain.cpu?.dedicatedCpuPlacement) return spec;
  const resources = { ...spec.domain.resources, requests: { ...requests, cpu } };
  return { ...spec, domain: { ...spec.domain, resources } };
}

function defaultCpuRequest(
  request: string | undefined,
  limit: string | undefined,
  config: ClusterConfig,
): string | undefined {
  if (isSet(limit) && !isSet(request)) return limit;
  // The usual request is not written into the spec: the pod builder applies it, and a tool comparing specs
  // sees only what somebody chose.
  const chosen = config.cpuRequest !== defaultConfig.cpuRequest;
  return chosen && request === undefined ? config.cpuRequest : undefined;
}

/** A guest's memory is what is requested for it, else its limit, else one huge page. */
export function defaultMemory(spec: VmiSpecManifest): VmiSpecManifest {
  const { memory, resources } = spec.domain;
  if (memory?.guest !== undefined) return spec;
  const page = memory?.hugepages?.pageSize;
  const guest = [resources?.requests?.['memory'], resources?.limits?.['memory'], page].find(isSet);
  if (guest === undefined) return spec;
  return { ...spec, domain: { ...spec.domain, memory: { ...memory, guest: String(guest) } } };
}

/** Without a topology one socket for each whole CPU of the limit or request; without a model the cluster's. */
export function defaultCpu(spec: VmiSpecManifest, config: ClusterConfig): VmiSpecManifest {
  const cpu = spec.domain.cpu ?? {};
  const model = cpu.model || config.cpuModel;
  const { requests, limits } = spec.domain.resources ?? {};
  const topology =
    cpu.cores || cpu.sockets || cpu.threads
      ? { cores: cpu.cores || 1, sockets: cpu.sockets || 1, threads: cpu.threads || 1 }
      : { cores: 1, threads: 1, sockets: wholeCpus(limits?.['cpu'] ?? requests?.['cpu']) };
  return { ...spec, domain: { ...spec.domain, cpu: { ...cpu, ...topology, model } } };
}

function wholeCpus(quantity: string | undefined): number {
  // Past this the schema's own bound on sockets refuses it; the clamp keeps the number exact.
  const most = 4294967295n;
  if (quantity === undefined || tryParseQuantity(quantity) === undefined) return 1;
  const cpus = wholeUnits(quantity);
  if (cpus < 1n) return 1;
  return Number(cpus < most ? cpus : most);
}

/** Features are an object from here on, and the firmware has an identity that outlives restarts. */
export function defaultFirmware(spec: VmiSpecManifest, uuid: string): VmiSpecManifest {
  const { firmware, features } = spec.domain;
  return {
    ...spec,
    domain: {
      ...spec.domain,
      features: features ?? {},
      firmware: { ...firmware, uuid: firmware?.uuid || uuid },
    },
  };
}
