/**
 * Memory that a VM's pod needs beside the guest's. Constants are of our own processes (docs/performance.md):
 * what a cgroup is charged for is private memory and page tables, and the first toucher of a shared page.
 */
import { deviceOverhead } from './device-resources.ts';
import { devicesOf, vcpus } from './guest.ts';
import type { VmiSpec } from '../../api/types.ts';

const MiB = 1024n * 1024n;

/** The launcher (Node, bundle, event thread): 45 MiB resident at most, with room for one sync's garbage. */
const launcherBytes = 56n * MiB;
/** libvirtd with one domain: 26 MiB resident at most. */
const libvirtdBytes = 32n * MiB;
/** QEMU without guest memory: devices, block layer, its share of libraries. */
const qemuBytes = 64n * MiB;
/** Stack, run state and TCG or KVM mappings of one virtual CPU. */
const perVcpuBytes = 8n * MiB;
/** The thread that serves the disks. */
const ioThreadBytes = 8n * MiB;
/** Frame buffer and VNC server. */
const videoBytes = 32n * MiB;
/** Translated code under TCG; KVM needs none. */
const translationBytes = 96n * MiB;
/** x86 page tables map 512 pages in one page. */
const guestBytesPerTableByte = 512n;

export interface OverheadInput {
  /** Memory of the guest in bytes. */
  guestBytes: bigint;
  emulation: boolean;
  /** Factor of `additionalGuestMemoryOverheadRatio`. */
  ratio: number;
}

/**
 * Bytes of memory that the pod of a VMI needs beside the guest's, rounded up to whole MiB:
 * guest / 512 + 152 MiB + 8 MiB a vCPU + 8 MiB + 32 MiB with graphics + 96 MiB under emulation + what devices need, times
 * the ratio.
 */
export function memoryOverhead(spec: VmiSpec, input: OverheadInput): bigint {
  const fixed = launcherBytes + libvirtdBytes + qemuBytes + ioThreadBytes;
  const graphics = devicesOf(spec).autoattachGraphicsDevice === false ? 0n : videoBytes;
  const emulation = input.emulation ? translationBytes : 0n;
  const computed =
    input.guestBytes / guestBytesPerTableByte +
    fixed +
    perVcpuBytes * BigInt(vcpus(spec)) +
    graphics +
    emulation +
    deviceOverhead(spec);
  const scaled = (computed * BigInt(Math.round(input.ratio * 1000))) / 1000n;
  return ((scaled + MiB - 1n) / MiB) * MiB;
}
