/** What a preference likes of devices. Pure; what the user states stays. */
import type { VmiSpecManifest } from '../../api/manifests.ts';
import type { Disk, Interface, PreferenceSpec } from '../../api/types.ts';
import { defined, filled } from '../../support/defined.ts';
import { bindings } from '../../api/bindings.ts';

type Devices = VmiSpecManifest['domain']['devices'];
type Preferred = NonNullable<PreferenceSpec['devices']>;

const withDevices = (spec: VmiSpecManifest, devices: Devices): VmiSpecManifest => ({
  ...spec,
  domain: { ...spec.domain, devices },
});

/** Which devices a guest gets without asking: applied first, since other defaults depend on it. */
export function preferAutoattach(spec: VmiSpecManifest, { devices }: PreferenceSpec): VmiSpecManifest {
  if (devices === undefined) return spec;
  const preferred: Partial<Devices> = {
    autoattachGraphicsDevice: devices.preferredAutoattachGraphicsDevice,
    autoattachMemBalloon: devices.preferredAutoattachMemBalloon,
    autoattachPodInterface: devices.preferredAutoattachPodInterface,
    autoattachSerialConsole: devices.preferredAutoattachSerialConsole,
    autoattachInputDevice: devices.preferredAutoattachInputDevice,
  };
  return withDevices(spec, filled(spec.domain.devices, preferred));
}

export function preferDevices(spec: VmiSpecManifest, { devices }: PreferenceSpec): VmiSpecManifest {
  if (devices === undefined) return spec;
  const stated = filled<Devices>(spec.domain.devices, {
    useVirtioTransitional: devices.preferredUseVirtioTransitional,
    blockMultiQueue: devices.preferredBlockMultiQueue,
    networkInterfaceMultiqueue: devices.preferredNetworkInterfaceMultiQueue,
    rng: devices.preferredRng,
    tpm: devices.preferredTPM,
  });
  return withDevices(spec, {
    ...stated,
    // Off cannot be told from unset, so the preference decides, as in KubeVirt.
    ...defined({ disableHotplug: devices.preferredDisableHotplug }),
    ...soundAndVideo(stated, devices),
    ...panicDevices(stated, devices),
    ...(stated.disks && { disks: stated.disks.map((disk) => preferDisk(disk, devices)) }),
    ...(stated.gpus && {
      gpus: stated.gpus.map((gpu) => filled(gpu, { virtualGPUOptions: devices.preferredVirtualGPUOptions })),
    }),
    ...(stated.inputs && {
      inputs: stated.inputs.map((input) =>
        filled(input, { bus: devices.preferredInputBus, type: devices.preferredInputType }),
      ),
    }),
    ...(stated.interfaces && {
      interfaces: stated.interfaces.map((iface) => preferInterface(iface, spec, devices)),
    }),
  });
}

function soundAndVideo({ sound, video }: Devices, preferred: Preferred): Partial<Devices> {
  return {
    ...(sound && { sound: filled(sound, { model: preferred.preferredSoundModel }) }),
    ...(preferred.preferredVideoType && {
      video: filled(video ?? {}, { type: preferred.preferredVideoType }),
    }),
  };
}

function panicDevices({ panicDevices: stated }: Devices, preferred: Preferred): Partial<Devices> {
  const model = preferred.preferredPanicDeviceModel;
  if (model === undefined) return {};
  if (!stated?.length) return { panicDevices: [{ model }] };
  return { panicDevices: stated.map((device) => filled(device, { model })) };
}

function preferDisk(disk: Disk, preferred: Preferred): Disk {
  if (disk.cdrom && !disk.disk) {
    return { ...disk, cdrom: filled(disk.cdrom, { bus: preferred.preferredCdromBus }) };
  }
  if (disk.lun && !disk.disk) return { ...disk, lun: filled(disk.lun, { bus: preferred.preferredLunBus }) };
  const target = filled(disk.disk ?? {}, { bus: preferred.preferredDiskBus });
  return filled<Disk>(
    { ...disk, disk: target },
    {
      blockSize: preferred.preferredDiskBlockSize,
      cache: preferred.preferredDiskCache,
      io: preferred.preferredDiskIO,
      // Other buses have no threads of their own.
      dedicatedIOThread: target.bus === 'virtio' ? preferred.preferredDiskDedicatedIoThread : undefined,
    },
  );
}

function preferInterface(iface: Interface, spec: VmiSpecManifest, preferred: Preferred): Interface {
  const modelled = filled(iface, { model: preferred.preferredInterfaceModel });
  const masquerade = preferred.preferredInterfaceMasquerade;
  const bound = bindings.some((binding) => iface[binding]);
  const onPodNetwork = spec.networks?.find(({ name }) => name === iface.name)?.pod !== undefined;
  return masquerade && !bound && onPodNetwork ? { ...modelled, masquerade } : modelled;
}
