/** The processors of the node that this container may use, as the kernel tells them. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HostCpu } from '../libvirt/host-cpus.ts';

export interface KernelView {
  procDir: string;
  sysDir: string;
}

const kernel: KernelView = { procDir: '/proc', sysDir: '/sys' };

/**
 * Reads which processors the kubelet left to this container and where each is. Small files of the kernel,
 * which never make anybody wait.
 * @throws Error when the kernel does not tell.
 */
export function readHostCpus({ procDir, sysDir }: KernelView = kernel): HostCpu[] {
  const status = readFileSync(join(procDir, 'self/status'), 'utf8');
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  const cpuDir = join(sysDir, 'devices/system/cpu');
  return parseCpuList(allowed).map((id) => {
    const read = (name: string): string =>
      readFileSync(join(cpuDir, `cpu${id}/topology`, name), 'utf8').trim();
    return {
      id,
      core: `${read('physical_package_id')}:${read('core_id')}`,
      numaNode: nodeOf(join(cpuDir, `cpu${id}`)),
    };
  });
}

/** A kernel without memory nodes has one. */
function nodeOf(cpu: string): number {
  const link = readdirSync(cpu).find((name) => /^node\d+$/.test(name));
  return link === undefined ? 0 : Number(link.slice('node'.length));
}

/** Reads a list such as `0-3,8`. */
export function parseCpuList(text: string): number[] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
