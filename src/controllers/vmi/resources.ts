/** Requests and limits of the compute container. */
import { devices } from '../../api/constants.ts';
import { formatBytes, milliUnits, wholeUnits } from '../../api/quantity.ts';
import type { Container, VmiSpec } from '../../api/types.ts';
import { passthroughQuantities } from './device-resources.ts';
import { guestBytes, hasNetworkInterface, isPositive, vcpus } from './guest.ts';
import type { LauncherConfig } from './launcher-config.ts';
import { memoryOverhead } from './overhead.ts';

type Resources = NonNullable<Container['resources']>;
type Quantities = Record<string, string>;

/** Room for overlays' metadata and logs; users add their own request for disks that grow. */
const ephemeralStorageBytes = 50_000_000n;

export interface ComputeResources {
  resources: Resources;
  /** What was added to the guest's memory, in bytes. */
  overheadBytes: bigint;
}

/** What the compute container asks for: the guest's share, our overhead and the devices it needs. */
export function computeResources(spec: VmiSpec, config: LauncherConfig): ComputeResources {
  const emulation = config.cluster.useEmulation;
  const guest = guestBytes(spec);
  const ratio = config.cluster.memoryOverheadRatio;
  const overheadBytes = memoryOverhead(spec, { guestBytes: guest, emulation, ratio });
  const pages = hugepages(spec, guest);
  const deviceLimits = deviceQuantities(spec, emulation);
  return {
    overheadBytes,
    resources: {
      requests: { ...requests(spec, config, { guest, overheadBytes }), ...pages },
      limits: { ...limits(spec, overheadBytes), ...pages, ...deviceLimits },
    },
  };
}

function requests(
  spec: VmiSpec,
  config: LauncherConfig,
  memory: { guest: bigint; overheadBytes: bigint },
): Quantities {
  const stated = spec.domain.resources?.requests ?? {};
  const storage = isPositive(stated['ephemeral-storage']) ? wholeUnits(stated['ephemeral-storage']) : 0n;
  return {
    cpu: isPositive(stated.cpu) ? stated.cpu : defaultCpu(spec, config),
    memory: formatBytes(memoryRequest(spec, config, memory)),
    'ephemeral-storage': formatQuantityOf(storage + ephemeralStorageBytes),
  };
}

function memoryRequest(
  spec: VmiSpec,
  config: LauncherConfig,
  { guest, overheadBytes }: { guest: bigint; overheadBytes: bigint },
): bigint {
  const overhead = spec.domain.resources?.overcommitGuestOverhead === true ? 0n : overheadBytes;
  if (spec.domain.memory?.hugepages !== undefined) return overhead;
  const stated = spec.domain.resources?.requests?.memory;
  const share = isPositive(stated)
    ? wholeUnits(stated)
    : (guest * 100n) / BigInt(config.cluster.memoryOvercommit);
  return share + overhead;
}

/** A limit on CPU is a request too when none is stated; else vCPUs share physical ones by the cluster's ratio. */
function defaultCpu(spec: VmiSpec, config: LauncherConfig): string {
  const limit = spec.domain.resources?.limits?.cpu;
  if (isPositive(limit)) return limit;
  return `${Math.ceil((vcpus(spec) * 1000) / config.cluster.cpuAllocationRatio)}m`;
}

function limits(spec: VmiSpec, overheadBytes: bigint): Quantities {
  const stated = spec.domain.resources?.limits ?? {};
  const result: Quantities = {};
  if (isPositive(stated.cpu)) result.cpu = `${milliUnits(stated.cpu)}m`;
  if (isPositive(stated.memory)) {
    const share = spec.domain.memory?.hugepages === undefined ? wholeUnits(stated.memory) : 0n;
    result.memory = formatBytes(share + overheadBytes);
  }
  return result;
}

function hugepages(spec: VmiSpec, guest: bigint): Quantities {
  const size = spec.domain.memory?.hugepages?.pageSize;
  return size === undefined ? {} : { [`hugepages-${size}`]: formatBytes(guest) };
}

function deviceQuantities(spec: VmiSpec, emulation: boolean): Quantities {
  return {
    [devices.launcher]: '1',
    ...(emulation ? {} : { [devices.kvm]: '1' }),
    ...(hasNetworkInterface(spec) ? { [devices.tun]: '1' } : {}),
    ...passthroughQuantities(spec),
  };
}

function formatQuantityOf(bytes: bigint): string {
  return bytes % 1_000_000n === 0n ? `${bytes / 1_000_000n}M` : bytes.toString();
}
