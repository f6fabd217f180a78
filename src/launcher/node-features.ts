/** Asks libvirt what guests can have on this node. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { guestFeatures } from '../libvirt/guest-features.ts';
import type { GuestFeatures } from '../libvirt/guest-features.ts';
import type { Accelerator } from './layout.ts';
import { runTool } from './tool.ts';

const virtTypes: Readonly<Record<Accelerator, string>> = { kvm: 'kvm', tcg: 'qemu' };
const archs: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** What libvirt says of all models and why some cannot be used: 64 Ki characters here, and more with each release. */
const maxOutput = 4 * 1024 * 1024;

export interface FeatureSource {
  /** Of a libvirtd that runs. */
  uri: string;
  accelerator: Accelerator;
  /** A folder for a file that is in the way of nobody. */
  workDir: string;
}

/** @throws MonovirtError `ToolFailed` when libvirt does not say. */
export async function readGuestFeatures(
  { uri, accelerator, workDir }: FeatureSource,
  signal: AbortSignal,
): Promise<GuestFeatures> {
  const virsh = (...args: string[]): Promise<string> =>
    runTool('virsh', ['--quiet', '--connect', uri, ...args], { signal, maxOutput });
  const type = ['--virttype', virtTypes[accelerator]];
  const host = await virsh('capabilities');
  const domain = await virsh('domcapabilities', ...type);
  const file = join(workDir, 'domcapabilities.xml');
  await writeFile(file, domain);
  // A processor that libvirt cannot describe has no features to choose from.
  const baseline = await virsh('hypervisor-cpu-baseline', file, '--features', ...type).catch(() => '');
  return guestFeatures({ domain, baseline, host }, archs[process.arch] ?? process.arch);
}
