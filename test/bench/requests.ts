/** Requests that the API server counted, by verb and resource. */

/** Requests by `VERB resource/subresource`. */
export type RequestCounts = ReadonlyMap<string, number>;

/**
 * Parses `apiserver_request_total` of the API server's metrics. Watches are left out: they are counted when
 * they end, not when they start.
 */
export function requestCounts(metrics: string): RequestCounts {
  const counts = new Map<string, number>();
  for (const line of metrics.split('\n')) {
    if (!line.startsWith('apiserver_request_total{')) continue;
    const label = (name: string): string => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? '';
    if (label('verb') === 'WATCH') continue;
    const subresource = label('subresource');
    const key = `${label('verb')} ${label('resource')}${subresource === '' ? '' : `/${subresource}`}`;
    counts.set(key, (counts.get(key) ?? 0) + Number(line.slice(line.lastIndexOf(' '))));
  }
  return counts;
}

/** What was asked between two readings, most first. */
export function difference(before: RequestCounts, after: RequestCounts): [string, number][] {
  return [...after]
    .map(([key, count]): [string, number] => [key, count - (before.get(key) ?? 0)])
    .filter(([, count]) => count > 0)
    .toSorted((a, b) => b[1] - a[1]);
}

/** What belongs to VMs: their objects, revisions, pods and events; not leases, nodes or discovery. */
const ofVms = /^\S+ (virtualmachine|controllerrevisions|pods|events)/;

export const concernsVms = ([key]: [string, number]): boolean => ofVms.test(key);

interface EventList {
  items: { reportingComponent?: string; source?: { component?: string }; reason: string; count?: number }[];
}

/** Who told about VMs by event, how often; `kubectl get events -o json`. */
export function eventCounts(json: string): RequestCounts {
  const counts = new Map<string, number>();
  for (const { reportingComponent, source, count = 1 } of (JSON.parse(json) as EventList).items) {
    const who = reportingComponent || source?.component || 'unknown';
    counts.set(who, (counts.get(who) ?? 0) + count);
  }
  return counts;
}
