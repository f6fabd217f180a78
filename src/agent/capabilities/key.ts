/** What libvirt's knowledge of QEMU depends on: the same key, the same knowledge. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { release } from 'node:os';

/** Programs of the image whose change times libvirt compares with those it noted when it probed. */
const programs = ['/usr/sbin/libvirtd', '/usr/bin/qemu-system-x86_64'];
/** Raised when launchers expect something else below the key. */
const format = 2;

export interface KeySources {
  programs?: readonly string[];
  cpuInfo?: string;
}

/**
 * The key of this image on this node as it runs now: programs, kernel, processor and its microcode.
 * @throws Error when the image lacks a program.
 */
export async function capabilitiesKey(sources: KeySources = {}): Promise<string> {
  const identities = await Promise.all((sources.programs ?? programs).map(identify));
  const cpuInfo = await readFile(sources.cpuInfo ?? '/proc/cpuinfo', 'utf8').catch(() => '');
  return createHash('sha256')
    .update(JSON.stringify([format, release(), processorOf(cpuInfo), identities]))
    .digest('hex')
    .slice(0, 16);
}

/** Model, features and microcode of the first processor: what differs between hosts, not between moments. */
export function processorOf(cpuInfo: string): string[] {
  const [first = ''] = cpuInfo.split('\n\n');
  return first.split('\n').filter((line) => /^(vendor_id|model name|stepping|flags|microcode)\b/.test(line));
}

async function identify(path: string): Promise<string> {
  const { size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return `${path} ${size} ${mtimeNs} ${ctimeNs}`;
}
