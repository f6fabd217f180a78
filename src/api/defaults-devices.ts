/** Defaults of volumes, disks, interfaces and other devices. Pure; each takes a spec and returns one. */
import { busOf } from './disks.ts';
import type { ClusterConfig } from './cluster-config.ts';
import type { VmiSpecManifest } from './manifests.ts';
import type { Disk, Volume } from './types.ts';

type Devices = VmiSpecManifest['domain']['devices'];

const withDevices = (spec: VmiSpecManifest, devices: Partial<Devices>): VmiSpecManifest => ({
  ...spec,
  domain: { ...spec.domain, devices: { ...spec.domain.devices, ...devices } },
});

/**
 * A guest that says nothing about networks gets the pod's. The binding is masquerade unless the cluster says
 * otherwise, where KubeVirt would take bridge: it works with every network plugin.
 */
export function defaultInterfaces(
  spec: VmiSpecManifest,
  { defaultInterface }: Pick<ClusterConfig, 'defaultInterface'>,
): VmiSpecManifest {
  const { autoattachPodInterface, interfaces } = spec.domain.devices;
  const silent = !interfaces?.length && !spec.networks?.length;
  if (autoattachPodInterface === false || !silent) return spec;
  return {
    ...withDevices(spec, { interfaces: [{ name: 'default', [defaultInterface]: {} }] }),
    networks: [{ name: 'default', pod: {} }],
  };
}

/**
 * Pull policies, and a disk for every volume that no disk or file system names, after those that are listed, as
 * KubeVirt adds them.
 */
export function defaultVolumes(spec: VmiSpecManifest): VmiSpecManifest {
  const volumes = spec.volumes?.map(defaultPullPolicy);
  if (!volumes?.length) return spec;
  const { disks = [], filesystems = [] } = spec.domain.devices;
  const named = new Set([...disks, ...filesystems].map(({ name }) => name));
  const unnamed = volumes.filter(({ name }) => !named.has(name)).map(({ name }) => ({ name }));
  const pulled = { ...spec, volumes };
  return unnamed.length === 0 ? pulled : withDevices(pulled, { disks: [...disks, ...unnamed] });
}

function defaultPullPolicy(volume: Volume): Volume {
  const disk = volume.containerDisk;
  if (!disk || disk.imagePullPolicy) return volume;
  return { ...volume, containerDisk: { ...disk, imagePullPolicy: pullPolicyOf(disk.image) } };
}

/** Kubernetes' own rule: what may change under its name is pulled each time. */
export function pullPolicyOf(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

/** Whether the serial console is logged is the cluster's choice where the guest makes none. */
export function defaultConsoleLog(
  spec: VmiSpecManifest,
  { serialConsoleLog }: Pick<ClusterConfig, 'serialConsoleLog'>,
): VmiSpecManifest {
  if (serialConsoleLog || spec.domain.devices.logSerialConsole !== undefined) return spec;
  return withDevices(spec, { logSerialConsole: false });
}

/** Disk targets and buses, input devices, watchdog. */
export function defaultDevices(spec: VmiSpecManifest): VmiSpecManifest {
  const { disks, watchdog } = spec.domain.devices;
  const inputs = defaultInputs(spec.domain.devices);
  return withDevices(spec, {
    ...(disks && { disks: disks.map(defaultDisk) }),
    ...(inputs && {
      inputs: inputs.map((input) => ({ ...input, bus: input.bus || 'usb', type: input.type || 'tablet' })),
    }),
    ...(watchdog && { watchdog: defaultWatchdog(watchdog) }),
  });
}

/** A pointer for a guest that asks for one and describes none. */
function defaultInputs({ inputs, autoattachInputDevice }: Devices): Devices['inputs'] {
  if (inputs?.length || autoattachInputDevice !== true) return inputs;
  return [{ name: 'default-0', type: 'tablet' }];
}

function defaultDisk(disk: Disk): Disk {
  const { cdrom, lun } = disk;
  if (cdrom) {
    const target = {
      ...cdrom,
      bus: busOf(disk),
      readonly: cdrom.readonly ?? true,
      tray: cdrom.tray || 'closed',
    };
    return { ...disk, cdrom: target };
  }
  if (lun) return { ...disk, lun: { ...lun, bus: busOf(disk) } };
  return { ...disk, disk: { ...disk.disk, bus: busOf(disk) } };
}

type Watchdog = NonNullable<Devices['watchdog']>;

function defaultWatchdog(watchdog: Watchdog): Watchdog {
  if (watchdog.diag288) return watchdog;
  return { ...watchdog, i6300esb: { ...watchdog.i6300esb, action: watchdog.i6300esb?.action || 'reset' } };
}
