/** Requests and limits of the compute container. */
import { devices } from '../../api/constants.ts';
import { formatBytes, wholeUnits } from '../../api/quantity.ts';
import type { Container, VmiSpec } from '../../api/types.ts';
import { passthroughQuantities } from './device-resources.ts';
import { guestBytes, hasNetworkInterface, isPositive } from './guest.ts';
import { cpuLimit, cpuRequest, isDedicated } from './guest-cpus.ts';
import type { LauncherConfig } from './launcher-config.ts';
import { pluginOverhead } from './network-overhead.ts';
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
  const pluginBytes = pluginOverhead(spec, config.cluster.bindingPlugins);
  const overheadBytes = memoryOverhead(spec, { guestBytes: guest, emulation, ratio, pluginBytes });
  const pages = hugepages(spec, guest);
  const deviceLimits = deviceQuantities(spec, emulation);
  const requested = requests(spec, config, { guest, overheadBytes });
  return {
    overheadBytes,
    resources: {
      requests: { ...requested, ...pages },
      limits: { ...limits(spec, requested, { guest, overheadBytes }), ...pages, ...deviceLimits },
    },
  };
}

interface Memory {
  guest: bigint;
  overheadBytes: bigint;
}

function requests(spec: VmiSpec, config: LauncherConfig, memory: Memory): Quantities {
  const stated = spec.domain.resources?.requests ?? {};
  return {
    ...stated,
    cpu: cpuRequest(spec, config.cluster.cpuAllocationRatio),
    memory: formatBytes(memoryRequest(spec, config, memory)),
    'ephemeral-storage': withEphemeral(stated['ephemeral-storage']),
  };
}

function memoryRequest(spec: VmiSpec, config: LauncherConfig, { guest, overheadBytes }: Memory): bigint {
  const { requests: wanted, limits: most, overcommitGuestOverhead } = spec.domain.resources ?? {};
  const overhead = overcommitGuestOverhead === true ? 0n : overheadBytes;
  const stated = [wanted?.memory, most?.memory].find(isPositive);
  if (spec.domain.memory?.hugepages !== undefined) return besidePages(stated, guest) + overhead;
  const share =
    stated === undefined ? (guest * 100n) / BigInt(config.cluster.memoryOvercommit) : wholeUnits(stated);
  return share + overhead;
}

/** What was stated beyond the guest's memory, which is of pages that are counted apart. */
function besidePages(stated: string | undefined, guest: bigint): bigint {
  const beyond = stated === undefined ? 0n : wholeUnits(stated) - guest;
  return beyond > 0n ? beyond : 0n;
}

function limits(spec: VmiSpec, requested: Quantities, { guest, overheadBytes }: Memory): Quantities {
  const stated = spec.domain.resources?.limits ?? {};
  const cpu = cpuLimit(spec);
  const storage = stated['ephemeral-storage'];
  const paged = spec.domain.memory?.hugepages !== undefined;
  const { cpu: _cpu, memory: most, ...others } = stated;
  const result: Quantities = { ...others };
  if (cpu !== undefined) result.cpu = cpu;
  if (isDedicated(spec)) result.memory = requested.memory ?? '0';
  else if (isPositive(most)) {
    const share = paged ? besidePages(most, guest) : wholeUnits(most);
    result.memory = formatBytes(share + overheadBytes);
  }
  if (isPositive(storage)) result['ephemeral-storage'] = withEphemeral(storage);
  return result;
}

function withEphemeral(stated: string | undefined): string {
  return formatQuantityOf((isPositive(stated) ? wholeUnits(stated) : 0n) + ephemeralStorageBytes);
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
