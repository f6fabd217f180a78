/** Which guests' memory other processes have to see. Pure. */
import type { VmiSpec } from './types.ts';

/** Whether a device of the guest is served by another process, which reads and writes the guest's memory itself. */
export function needsSharedMemory({ domain }: VmiSpec): boolean {
  const { filesystems = [], interfaces = [] } = domain.devices;
  return filesystems.length > 0 || interfaces.some(({ passtBinding }) => passtBinding !== undefined);
}
