/** Counts requests to the API server, so that their number per VM can be reported. */

export interface RequestLabels {
  /** get, list, watch, create, update, patch, apply, delete. */
  verb: string;
  /** Plural of the resource, with its subresource after a slash; the path for raw requests. */
  resource: string;
  /** HTTP status, or `error` when there was no answer. */
  code: string;
}

export interface RequestMetrics {
  observe(labels: RequestLabels): void;
  snapshot(): (RequestLabels & { count: number })[];
}

export function createRequestMetrics(): RequestMetrics {
  const counts = new Map<string, RequestLabels & { count: number }>();
  return {
    observe(labels) {
      const key = `${labels.verb} ${labels.resource} ${labels.code}`;
      const entry = counts.get(key);
      if (entry === undefined) counts.set(key, { ...labels, count: 1 });
      else entry.count += 1;
    },
    snapshot: () => [...counts.values()].map((entry) => ({ ...entry })),
  };
}
