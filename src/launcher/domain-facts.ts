/** What libvirt tells of a running domain, in its XML and by events. Pure. */
import type { DomainStatus, HypervisorEvent } from '../libvirt/types.ts';
import type { IoError } from './protocol.ts';

/** Machine type as QEMU names it, version included. */
export function machineTypeOf(xml: string): string | undefined {
  return /<type\b[^>]*\bmachine=['"]([\w.-]+)['"]/.exec(xml)?.[1];
}

/** Whether somebody in the guest holds the agent's channel open. */
export function hasAgent(xml: string): boolean {
  return /<target\b[^>]*\bname=['"]org\.qemu\.guest_agent\.0['"][^>]*\bstate=['"]connected['"]/.test(xml);
}

/** Of a write that failed: which volume, and whether that is full. Devices are called after their volumes. */
export function ioErrorOf({ device, reason }: Extract<HypervisorEvent, { type: 'ioError' }>): IoError {
  return { volume: /^ua-(.+)$/.exec(device)?.[1] ?? '', full: reason === 'enospc' };
}

/** Once the guest goes on, what stopped it is past. */
export const withoutPast = (status: DomainStatus): DomainStatus & { ioError?: null } =>
  status.state === 'paused' && status.reason === 'ioError' ? status : { ...status, ioError: null };
