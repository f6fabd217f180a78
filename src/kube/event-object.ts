/** Builds core/v1 Events. Pure. */
import type { Clock } from './clock.ts';

export interface EventSource {
  /** Who reports, such as `virt-controller`. */
  component: string;
  /** Node or pod it runs on. */
  host?: string;
}

export interface EventFacts {
  object: {
    apiVersion: string | undefined;
    kind: string | undefined;
    namespace: string | undefined;
    name: string;
    uid: string;
    resourceVersion: string;
  };
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  count: number;
  /** Milliseconds since 1970. */
  firstSeen: number;
  lastSeen: number;
}

const maxMessage = 1024;
/** Leaves room for the suffix within the 253 characters of a name. */
const maxNamePrefix = 230;

export function newEvent(facts: EventFacts, source: EventSource, clock: Clock): unknown {
  // Events live in namespaces; those about cluster-wide objects go where kubectl looks for them.
  const namespace = facts.object.namespace ?? 'default';
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, name: `${prefixOf(facts.object.name)}.${suffix(clock)}` },
    involvedObject: facts.object,
    type: facts.type,
    reason: facts.reason,
    message: bounded(facts.message),
    count: facts.count,
    firstTimestamp: second(facts.firstSeen),
    lastTimestamp: second(facts.lastSeen),
    source: { component: source.component, ...(source.host !== undefined && { host: source.host }) },
    reportingComponent: source.component,
    reportingInstance: source.host ?? '',
  };
}

/** Body of a merge patch. */
export const repeatOf = (facts: EventFacts): Record<string, unknown> => ({
  count: facts.count,
  lastTimestamp: second(facts.lastSeen),
});

/** At most 1024 characters, never half of a surrogate pair. */
export function bounded(message: string): string {
  if (message.length <= maxMessage) return message;
  const cut = message.slice(0, maxMessage - 1);
  const whole = /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
  return `${whole}…`;
}

/** What is left after cutting must still end in a letter or digit. */
const prefixOf = (name: string): string => name.slice(0, maxNamePrefix).replace(/[^a-z0-9]+$/, '');

/** Time and chance: two recorders may speak about one object in one millisecond. */
const suffix = (clock: Clock): string =>
  clock.wall().toString(16) +
  Math.floor(clock.random() * 0xffffff)
    .toString(16)
    .padStart(6, '0');

const second = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
