/** The `DomainContext` a launcher would find for a VMI, from the VMI alone. */
import { smbiosOf } from '../../api/smbios.ts';
import type { Vmi } from '../../api/types.ts';
import { networkPlan } from '../../network/plan.ts';
import type { DomainContext } from '../context.ts';
import { topologyOf } from '../xml/cpu-topology.ts';
import { poolSize } from '../xml/io-threads.ts';
import { hardwareOf } from './hardware.ts';
import { imageOf } from './images.ts';

/** Annotation of a test's VMI that is to run with KVM. */
export const kvmAnnotation = 'test.monovirt.io/kvm';

/** Annotation of a test's VMI: the version of its computer that the cluster's configuration says. */
const smbiosAnnotation = 'test.monovirt.io/smbios-version';

/** @param folder where sockets and images are said to be. */
export function contextOf(vmi: Vmi, folder: string): DomainContext {
  const { firmware } = vmi.spec.domain;
  const interfaces = networkPlan(vmi);
  const boot = firmware?.kernelBoot?.container;
  return {
    emulation: vmi.metadata.annotations?.[kvmAnnotation] !== 'true',
    architecture: vmi.spec.architecture === 'arm64' ? 'arm64' : 'amd64',
    smbios: smbiosOf({ version: vmi.metadata.annotations?.[smbiosAnnotation] }),
    ...processorsOf(vmi),
    ...hardwareOf(vmi),
    interfaces,
    mtus: Object.fromEntries(interfaces.slice(0, 1).map(({ tap }) => [tap, 1450])),
    disks: Object.fromEntries(
      (vmi.spec.volumes ?? []).map((volume) => [volume.name, imageOf(vmi, volume, folder)]),
    ),
    ...(boot === undefined ? {} : { kernel: { kernel: `${folder}/kernel`, initrd: `${folder}/initrd` } }),
    paths: {
      serialSocket: `${folder}/serial.sock`,
      vncSocket: `${folder}/vnc.sock`,
      agentSocket: `${folder}/agent.sock`,
      usbSockets: [0, 1, 2, 3].map((slot) => `${folder}/usb${slot}.sock`),
      nvram: `${folder}/nvram.fd`,
      passtSocket: `${folder}/passt.sock`,
      configDir: folder,
      virtiofsDir: folder,
    },
  };
}

/** As many processors as the guest has to itself: two threads a core, half of them next to each of two memory nodes. */
function processorsOf({ spec }: Vmi): Pick<DomainContext, 'hostCpus'> {
  const { cpu } = spec.domain;
  if (cpu?.dedicatedCpuPlacement !== true) return {};
  const { sockets, cores, threads } = topologyOf(spec);
  const count = sockets * cores * threads + poolSize(spec) + (cpu.isolateEmulatorThread === true ? 1 : 0);
  const hostCpus = Array.from({ length: count }, (_, id) => ({
    id,
    core: `0:${Math.floor(id / 2)}`,
    numaNode: Math.floor((id * 2) / count),
  }));
  return { hostCpus };
}
