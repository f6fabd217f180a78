/** What the guest's devices add to its pod. Pure; the VMI has passed admission. */
import type { Container, VmiSpec } from '../../api/types.ts';
import { layout } from '../../launcher/layout.ts';

type Mount = NonNullable<Container['volumeMounts']>[number];

const MiB = 1024n * 1024n;
/** swtpm takes 5 MiB; the tools that make its state and certificates take more, before QEMU starts. */
const tpmBytes = 16n * MiB;
/** The map of a device's view of memory, and registers that stay mapped. */
const passthroughBytes = 1024n * MiB;

export const hasTpm = ({ domain }: VmiSpec): boolean =>
  domain.devices.tpm !== undefined && domain.devices.tpm.enabled !== false;

/** Names of the resources of the node's devices, one for each device. */
function passedThrough({ domain }: VmiSpec): string[] {
  const { gpus = [], hostDevices = [] } = domain.devices;
  return [...gpus, ...hostDevices].map(({ deviceName }) => deviceName ?? '').filter((name) => name !== '');
}

/** Extended resources of device plugins, by name: their plugins say by environment which device it is. */
export function passthroughQuantities(spec: VmiSpec): Record<string, string> {
  const counts = Map.groupBy(passedThrough(spec), (name) => name);
  return Object.fromEntries([...counts].map(([name, all]) => [name, String(all.length)]));
}

/** Memory in bytes that devices need beside the guest's. */
export function deviceOverhead(spec: VmiSpec): bigint {
  const passthrough = passedThrough(spec).length === 0 ? 0n : passthroughBytes;
  return passthrough + (hasTpm(spec) ? tpmBytes : 0n);
}

/** The tool that makes a TPM's state keeps a file in /tmp, wherever its temporary folder is said to be. */
export function deviceMounts(spec: VmiSpec): Mount[] {
  return hasTpm(spec) ? [{ name: layout.privateVolume, mountPath: '/tmp', subPath: 'tmp' }] : [];
}
