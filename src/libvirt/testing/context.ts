/** The `DomainContext` a launcher would find for a VMI, from the VMI alone. */
import { networkPlan } from '../../network/plan.ts';
import type { Vmi } from '../../api/types.ts';
import type { DomainContext, VolumeImage } from '../context.ts';

/** Annotation of a test's VMI that is to run with KVM. */
export const kvmAnnotation = 'test.monovirt.io/kvm';

/** @param folder where sockets and images are said to be. */
export function contextOf(vmi: Vmi, folder: string): DomainContext {
  const { firmware } = vmi.spec.domain;
  const interfaces = networkPlan(vmi);
  const boot = firmware?.kernelBoot?.container;
  return {
    emulation: vmi.metadata.annotations?.[kvmAnnotation] !== 'true',
    architecture: 'amd64',
    interfaces,
    mtus: Object.fromEntries(interfaces.slice(0, 1).map(({ tap }) => [tap, 1450])),
    disks: Object.fromEntries(
      (vmi.spec.volumes ?? []).map((volume) => [volume.name, imageOf(volume, folder)]),
    ),
    ...(boot === undefined ? {} : { kernel: { kernel: `${folder}/kernel`, initrd: `${folder}/initrd` } }),
    paths: {
      serialSocket: `${folder}/serial.sock`,
      vncSocket: `${folder}/vnc.sock`,
      agentSocket: `${folder}/agent.sock`,
    },
  };
}

function imageOf(volume: NonNullable<Vmi['spec']['volumes']>[number], folder: string): VolumeImage {
  const { name } = volume;
  if (volume.cloudInitNoCloud !== undefined) return { file: `${folder}/${name}.iso`, format: 'raw' };
  const overlay = { file: `${folder}/${name}.qcow2`, format: 'qcow2' } as const;
  if (volume.containerDisk === undefined) return overlay;
  return { ...overlay, backing: { file: `${folder}/${name}.base`, format: 'raw' } };
}
