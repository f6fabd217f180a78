/** As much of a cluster as a controller sees: caches that tests fill, and a client that notes what is asked. */
import type { KubeObject } from '../../api/types.ts';
import { ApiError, keyOf, keyString } from '../../kube/types.ts';
import type {
  Change,
  EventRecorder,
  Informer,
  InformerOptions,
  Key,
  KubeClient,
  WorkQueue,
} from '../../kube/types.ts';

/** A cache that shows what a test puts into it, when the test does. */
export class FakeCache<T extends KubeObject> implements Informer<T> {
  readonly synced = Promise.resolve();
  readonly #objects = new Map<string, T>();
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  readonly #indexes: NonNullable<InformerOptions<T>['indexes']>;

  constructor(indexes: NonNullable<InformerOptions<T>['indexes']> = {}) {
    this.#indexes = indexes;
  }

  run = (): Promise<void> => Promise.resolve();
  get = (key: Key): T | undefined => this.#objects.get(keyString(key));
  all = (): readonly T[] => [...this.#objects.values()];
  byIndex = (index: string, value: string): readonly T[] =>
    this.all().filter((object) => this.#indexes[index]?.(object).includes(value));
  onChange: Informer<T>['onChange'] = (handler) =>
    void this.#handlers.push((change) => handler(change, 'live'));
  lastEventAge = (): number => 0;

  put(object: T): void {
    const previous = this.get(keyOf(object));
    this.#objects.set(keyString(keyOf(object)), object);
    const change: Change<T> =
      previous === undefined ? { type: 'added', object } : { type: 'updated', object, previous };
    for (const handler of this.#handlers) handler(change);
  }
}

export interface FakeClient extends KubeClient {
  /** `verb plural[/subresource]` of each request, in order. */
  readonly asked: string[];
  /** Bodies of patches, in order. */
  readonly patches: unknown[];
}

/** @param stored what reads find; writes change nothing, creates return their object with uid `created`. */
export function fakeClient(stored: readonly KubeObject[] = []): FakeClient {
  const asked: string[] = [];
  const patches: unknown[] = [];
  const done = (what: string, result?: unknown): Promise<never> => {
    asked.push(what);
    return Promise.resolve(result as never);
  };
  return {
    asked,
    patches,
    get: async (resource, key) => {
      const found = stored.find((object) => keyString(keyOf(object)) === keyString(key));
      await done(`get ${resource.plural}`);
      if (found === undefined) throw new ApiError(404, 'NotFound', 'not found');
      return found as never;
    },
    list: (resource) => done(`list ${resource.plural}`, { items: stored, resourceVersion: '1' }),
    create: (resource, object) => {
      const { metadata } = object as KubeObject;
      return done(`create ${resource.plural}`, {
        ...(object as object),
        metadata: { ...metadata, uid: 'created' },
      });
    },
    apply: (resource, object) => done(`apply ${resource.plural}`, object),
    patch: (resource, key, patch, options) => {
      patches.push(patch.type === 'merge' ? patch.body : patch.operations);
      const path = options?.subresource === undefined ? '' : `/${options.subresource}`;
      return done(`patch ${resource.plural}${path}`, { metadata: { ...key, resourceVersion: '2' } });
    },
    delete: (resource) => done(`delete ${resource.plural}`),
    raw: (method, path) => done(`${method} ${path}`),
  };
}

/** Notes keys; runs nothing. */
export function fakeQueue(): WorkQueue & { readonly added: string[] } {
  const added: string[] = [];
  return {
    added,
    add: (key) => void added.push(keyString(key)),
    addAfter: (key, ms) => void added.push(`${keyString(key)} in ${ms}`),
    run: () => Promise.resolve(),
    depth: 0,
  };
}

/** Notes reasons. */
export function fakeEvents(): EventRecorder & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    record: (_object, _type, reason) => void told.push(reason),
    flush: () => Promise.resolve(),
  };
}
