/** libvirt's numbers for states, reasons and events, in our words. */
import { domainStates } from '../domain-state.ts';
import type { DomainReason, DomainState } from '../domain-state.ts';
import type { DomainStatus, HypervisorEvent, LifecycleEvent } from '../types.ts';

/** State → `virDomain<State>Reason` → reason; what is not listed is `unknown`. */
const reasons: Readonly<Partial<Record<DomainState, Readonly<Record<number, DomainReason>>>>> = {
  running: { 1: 'booted', 2: 'migrated', 5: 'user', 10: 'migration', 11: 'migration' },
  paused: {
    1: 'user',
    2: 'migration',
    5: 'ioError',
    8: 'shutdown',
    10: 'crashed',
    11: 'startingUp',
    12: 'migration',
    13: 'migration',
  },
  shutdown: { 1: 'user' },
  shutoff: { 1: 'shutdown', 2: 'destroyed', 3: 'crashed', 5: 'migrated', 6: 'failed', 8: 'failed' },
  crashed: { 1: 'panicked' },
};

/** In order of `virDomainEventType`. */
const lifecycle: readonly LifecycleEvent[] = [
  'defined',
  'undefined',
  'started',
  'suspended',
  'resumed',
  'stopped',
  'shutdown',
  'pmsuspended',
  'crashed',
];

const ioErrorActions = ['none', 'pause', 'report'] as const;
const closeReasons = ['error', 'eof', 'keepalive', 'client'] as const;

export function domainStatus(state: number, reason: number): DomainStatus {
  const name = domainStates[state] ?? 'absent';
  return { state: name, reason: reasons[name]?.[reason] ?? 'unknown' };
}

export function lifecycleEvent(event: number): LifecycleEvent {
  return lifecycle[event] ?? 'unknown';
}

export function ioErrorAction(action: number): 'none' | 'pause' | 'report' {
  return ioErrorActions[action] ?? 'report';
}

export function closeReason(reason: number): Extract<HypervisorEvent, { type: 'closed' }>['reason'] {
  return closeReasons[reason] ?? 'error';
}

/** libvirt's version numbers: 1,000,000 × major + 1,000 × minor + release. */
export function versionText(version: number): string {
  return [Math.floor(version / 1_000_000), Math.floor(version / 1000) % 1000, version % 1000].join('.');
}
