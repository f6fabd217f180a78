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
  return { ...spec, domain: { ...spec.domain, memory: { ...memory, guest } } };
}

/** Without a topology one socket for each whole CPU of the limit or request; without a model the cluster's. */
export function defaultCpu(spec: VmiSpecManifest, config: ClusterConfig): VmiSpecManifest {
  const cpu = spec.domain.cpu ?? {};
  const { cores, sockets, threads } = cpu;
  const stated = Boolean(cores || sockets || threads);
  const topology = {
    cores: cores || 1,
    sockets: stated ? sockets || 1 : statedCpus(spec),
    threads: threads || 1,
  };
  return {
    ...spec,
    domain: { ...spec.domain, cpu: { ...cpu, ...topology, model: cpu.model || defaultModel(spec, config) } },
  };
}

/** Arm's processors are only known whole. */
const defaultModel = ({ architecture }: VmiSpecManifest, config: ClusterConfig): string =>
  architecture === 'arm64' ? 'host-passthrough' : config.cpuModel;

function statedCpus(spec: VmiSpecManifest): number {
  const { requests, limits } = spec.domain.resources ?? {};
  return wholeCpus(limits?.['cpu'] ?? requests?.['cpu']);
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
