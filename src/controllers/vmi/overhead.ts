/**
 * Memory that a VM's pod needs beside the guest's. Constants are of our own processes (docs/performance.md):
 * what a cgroup is charged for is private memory and page tables, and the first toucher of a shared page.
 */
import { deviceOverhead } from './device-resources.ts';
import { devicesOf, isPositive, vcpus } from './guest.ts';
import { isDedicated } from './guest-cpus.ts';
import { passtOverhead } from './network-overhead.ts';
import { asksAgent } from './probes.ts';
import { wholeUnits } from '../../api/quantity.ts';
import { ioThreadCount } from '../../libvirt/xml/io-threads.ts';
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
/** A thread that serves disks; without threads of their own QEMU's main one does. */
const ioThreadBytes = 8n * MiB;
/** Frame buffer and VNC server. */
const videoBytes = 32n * MiB;
/** Translated code under TCG; KVM needs none. */
const translationBytes = 96n * MiB;
/** UEFI's code and variables, which QEMU keeps in memory: 4 MiB on a PC, two chips of 64 MiB on Arm. */
const uefiBytes = { amd64: 8n * MiB, arm64: 128n * MiB };
/** Room for what a guest of its own size would be killed for: a limit counts what a request forgives. */
const limitedBytes = 32n * MiB;
/** What the container runtime holds for a moment to start a probe's helper; the helper itself has a few pages. */
const probeBytes = 16n * MiB;
/** x86 page tables map 512 pages in one page. */
const guestBytesPerTableByte = 512n;

export interface OverheadInput {
  /** Memory of the guest in bytes. */
  guestBytes: bigint;
  emulation: boolean;
  /** Factor of `additionalGuestMemoryOverheadRatio`. */
  ratio: number;
  /** What network binding plug-ins ask for, in bytes. */
  pluginBytes?: bigint;
}

/**
 * Bytes of memory that the pod of a VMI needs beside the guest's, rounded up to whole MiB:
 * guest / 512 + 152 MiB + 8 MiB a vCPU + 8 MiB an I/O thread (at least one) + 32 MiB with graphics + 8 MiB with UEFI (128 MiB on
 * Arm) + 32 MiB with a memory limit + 96 MiB under emulation + 16 MiB with a probe by the agent + what devices need + what the VMI reserves, times the ratio.
 */
export function memoryOverhead(spec: VmiSpec, input: OverheadInput): bigint {
  const fixed = launcherBytes + libvirtdBytes + qemuBytes;
  const threads = BigInt(Math.max(1, ioThreadCount(spec)));
  const graphics = devicesOf(spec).autoattachGraphicsDevice === false ? 0n : videoBytes;
  const emulation = input.emulation ? translationBytes : 0n;
  const computed =
    input.guestBytes / guestBytesPerTableByte +
    fixed +
    perVcpuBytes * BigInt(vcpus(spec)) +
    ioThreadBytes * threads +
    graphics +
    emulation +
    deviceOverhead(spec) +
    passtOverhead(spec) +
    (input.pluginBytes ?? 0n) +
    machineBytes(spec);
  const scaled = (computed * BigInt(Math.round(input.ratio * 1000))) / 1000n;
  return ((scaled + MiB - 1n) / MiB) * MiB;
}

/** What firmware, limits, probes and the VMI's own wish add. */
function machineBytes(spec: VmiSpec): bigint {
  const limited = isDedicated(spec) || isPositive(spec.domain.resources?.limits?.memory);
  const reserved = spec.domain.memory?.reservedOverhead?.addedOverhead ?? '0';
  const probes = asksAgent(spec) ? probeBytes : 0n;
  return firmwareBytes(spec) + (limited ? limitedBytes : 0n) + probes + wholeUnits(reserved);
}

function firmwareBytes({ architecture, domain }: VmiSpec): bigint {
  if (domain.firmware?.bootloader?.efi === undefined) return 0n;
  return architecture === 'arm64' ? uefiBytes.arm64 : uefiBytes.amd64;
}
