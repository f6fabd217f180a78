/** What a domain's XML needs besides the VMI: facts of the pod the launcher found or made. */
import type { Smbios } from '../api/smbios.ts';
import type { InterfacePlan } from '../network/plan.ts';
import type { HostCpu } from './host-cpus.ts';

export type ImageFormat = 'raw' | 'qcow2';

export interface DiskImage {
  /** Absolute path of a file, or of a block device, in the pod. */
  file: string;
  format: ImageFormat;
  block?: boolean;
}

/** The image of one volume. Its chain is spelled out so that QEMU never follows a name inside a guest's image. */
export interface VolumeImage extends DiskImage {
  /** The image below an overlay; itself without one. */
  backing?: DiskImage;
  /** QEMU's cache mode for a disk that names none; libvirt's own choice without it. */
  cache?: 'none' | 'writethrough' | 'writeback';
  /** QEMU's I/O mode for a disk that names none; libvirt's own choice without it. */
  io?: 'native' | 'threads';
  /** Nothing may be written to it, whatever the disk says. */
  readonly?: boolean;
  /** Its blocks were paid for ahead: what the guest discards is not given back. */
  preallocated?: boolean;
  /** For a disk that is to have its volume's block sizes; in bytes. */
  blockSizes?: { logical: number; physical: number; discardGranularity?: number };
}

/** A device of the node that a device plugin has handed to the pod. */
export interface HostDevice {
  /** Its name in the spec. */
  name: string;
  /** The list of the spec it is from. */
  role: 'gpu' | 'hostDevice';
  type: 'pci' | 'mdev' | 'usb';
  /** `0000:81:01.0`, the UUID of a mediated device, or bus and device as `1:4`. */
  address: string;
}

export interface DomainContext {
  /** No /dev/kvm: run by QEMU's own translator. */
  emulation: boolean;
  architecture: 'amd64' | 'arm64';
  /** Who the guest believes made its computer. */
  smbios: Smbios;
  /** Processors that the pod has to itself; looked up for a guest with `dedicatedCpuPlacement`. */
  hostCpus?: HostCpu[];
  /** Taps the node agent made; `networkPlan(vmi)`. */
  interfaces: InterfacePlan[];
  /** Tap → MTU the guest shall use; without it the guest takes its own default. */
  mtus?: Record<string, number>;
  /** Volume name → its image. A disk whose volume is missing here is a defect of the caller. */
  disks: Record<string, VolumeImage>;
  /** Files of `spec.domain.firmware.kernelBoot`, in the pod. */
  kernel?: { kernel?: string; initrd?: string };
  /** Unix sockets that QEMU listens on, and the file of UEFI's variables; their folder must exist. */
  paths: {
    serialSocket: string;
    vncSocket: string;
    agentSocket: string;
    usbSockets?: string[];
    nvram: string;
    /** Where passt listens. */
    passtSocket: string;
    /** Folder of secrets, one folder a volume. */
    configDir: string;
    /** Folder of the sockets of file systems that are shared with the guest. */
    virtiofsDir: string;
  };
  /** The guest's VSOCK address on the node. */
  vsockCid?: number;
  /** Devices of the node, in the order of the spec. */
  hostDevices?: HostDevice[];
}
