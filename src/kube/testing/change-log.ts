/** The fake API server's etcd: objects, versions, and the events that led to them. */
export interface LoggedObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    creationTimestamp: string;
    labels?: Record<string, string>;
    managedFields?: unknown[];
  };
}

export interface LoggedEvent {
  type: string;
  object: unknown;
}

interface Entry {
  version: number;
  event: LoggedEvent;
}

export class ChangeLog {
  onEvent: (event: LoggedEvent) => void = () => undefined;
  #objects = new Map<string, LoggedObject>();
  #entries: Entry[] = [];
  #version = 100;
  #forgotten = 0;
  #uids = 0;

  get version(): string {
    return String(this.#version);
  }

  /** Creates or changes an object of this name. */
  put(name: string, labels: Record<string, string> = {}): LoggedObject {
    const known = this.#objects.get(name);
    const uid = known?.metadata.uid ?? `uid-${(this.#uids += 1)}`;
    const object = this.#make(name, uid, labels);
    this.#objects.set(name, object);
    this.#append(known === undefined ? 'ADDED' : 'MODIFIED', object);
    return object;
  }

  remove(name: string): void {
    const known = this.#objects.get(name);
    if (known === undefined) return;
    this.#objects.delete(name);
    this.#append('DELETED', this.#make(name, known.metadata.uid, known.metadata.labels ?? {}));
  }

  bookmark(): void {
    this.onEvent({ type: 'BOOKMARK', object: { metadata: { resourceVersion: this.version } } });
  }

  /** What etcd does when it compacts: watches from before now are refused. */
  forget(): void {
    this.#forgotten = this.#version;
    this.#entries = [];
  }

  isForgotten(version: number): boolean {
    return version < this.#forgotten;
  }

  since(version: number): LoggedEvent[] {
    return this.#entries.filter((entry) => entry.version > version).map(({ event }) => event);
  }

  initialEvents(mark: boolean): LoggedEvent[] {
    const events: LoggedEvent[] = [...this.#objects.values()].map((object) => ({ type: 'ADDED', object }));
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    const bookmark = { metadata: { resourceVersion: this.version, annotations } };
    return mark ? [...events, { type: 'BOOKMARK', object: bookmark }] : events;
  }

  /** Objects from `offset` on, at most `limit` unless that is 0. */
  page(offset: number, limit: number): unknown {
    const all = [...this.#objects.values()];
    const end = limit === 0 ? all.length : offset + limit;
    const more = end < all.length ? { continue: String(end) } : {};
    const items = all.slice(offset, end).map(({ metadata }) => ({ metadata }));
    return { kind: 'PodList', metadata: { resourceVersion: this.version, ...more }, items };
  }

  #make(name: string, uid: string, labels: Record<string, string>): LoggedObject {
    this.#version += 1;
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: 'default',
        uid,
        resourceVersion: this.version,
        creationTimestamp: '2026-01-01T00:00:00Z',
        labels,
        managedFields: [{ manager: 'someone' }],
      },
    };
  }

  #append(type: string, object: LoggedObject): void {
    const event = { type, object };
    this.#entries.push({ version: this.#version, event });
    this.onEvent(event);
  }
}
