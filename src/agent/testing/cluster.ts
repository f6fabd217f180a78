/** As much of an API server as the node agent sees: two caches, guarded patches, events. */
import type { Resource } from '../../api/kinds.ts';
import type { KubeObject, Pod, Vmi } from '../../api/types.ts';
import { ApiError, keyOf, keyString } from '../../kube/types.ts';
import type { Change, EventRecorder, Informer, Key, KubeClient } from '../../kube/types.ts';
import { podName } from '../../pod/names.ts';
import { byVmi, vmiKeysOf } from '../vmi/caches.ts';
import { isRecord } from '../../support/record.ts';

/** A cache that tests write to. */
class FakeInformer<T extends KubeObject> implements Informer<T> {
  readonly synced = Promise.resolve();
  readonly #objects = new Map<string, T>();
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  readonly #index: (object: T) => readonly string[];
  #version = 0;

  constructor(index: (object: T) => readonly string[]) {
    this.#index = index;
  }

  async run(): Promise<void> {}
  get = (key: Key): T | undefined => this.#objects.get(keyString(key));
  all = (): readonly T[] => [...this.#objects.values()];
  byIndex = (_name: string, value: string): readonly T[] =>
    this.all().filter((object) => this.#index(object).includes(value));
  onChange: Informer<T>['onChange'] = (handler) =>
    void this.#handlers.push((change) => handler(change, 'live'));
  lastEventAge = (): number => 0;

  put(object: T): void {
    this.#version += 1;
    const stored = structuredClone(object);
    stored.metadata.resourceVersion = String(this.#version);
    const previous = this.get(keyOf(stored));
    this.#objects.set(keyString(keyOf(stored)), stored);
    const change: Change<T> =
      previous === undefined
        ? { type: 'added', object: stored }
        : { type: 'updated', object: stored, previous };
    for (const handler of this.#handlers) handler(change);
  }

  remove(key: Key): void {
    const object = this.get(key);
    this.#objects.delete(keyString(key));
    if (object !== undefined) for (const handler of this.#handlers) handler({ type: 'deleted', object });
  }
}

type Json = Record<string, unknown>;

function merge(target: Json, patch: Json): Json {
  const result: Json = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (isRecord(value)) result[key] = merge(isRecord(result[key]) ? result[key] : {}, value);
    else result[key] = value;
  }
  return result;
}

export class FakeCluster {
  readonly vmis = new FakeInformer<Vmi>(() => []);
  readonly pods = new FakeInformer<Pod>((pod) => vmiKeysOf(pod));
  /** `reason message` in the order they were recorded. */
  readonly events: string[] = [];
  /** Writes in the order they came, as `verb plural[/subresource]`. */
  readonly writes: string[] = [];
  readonly index = byVmi;

  readonly recorder: EventRecorder = {
    record: (_object, _type, reason, message) => void this.events.push(`${reason} ${message}`),
    flush: async () => undefined,
  };

  readonly client: Pick<KubeClient, 'patch' | 'apply'> = {
    patch: async (resource, key, patch, options) => {
      this.writes.push(`patch ${resource.plural}/${options?.subresource ?? ''}`);
      if (patch.type !== 'merge') throw new Error('the fake cluster knows merge patches only');
      return this.#patch(resource, key, patch.body);
    },
    apply: async (resource, object, options) => {
      this.writes.push(`apply ${resource.plural}/${options.subresource ?? ''}`);
      const pod = this.pods.get(keyOf(object as Pod));
      const { status } = object as { status: { conditions: { type: string }[] } };
      const types = new Set(status.conditions.map(({ type }) => type));
      const others = (pod?.status?.conditions ?? []).filter(({ type }) => !types.has(type));
      return this.#patch(resource, keyOf(object as Pod), {
        status: { conditions: [...others, ...status.conditions] },
      });
    },
  };

  #patch<T extends KubeObject>(resource: Resource, key: Key, body: Json): T {
    const informer = (resource.plural === 'pods' ? this.pods : this.vmis) as unknown as FakeInformer<T>;
    const object = informer.get(key);
    if (object === undefined) throw new ApiError(404, 'NotFound', 'not there');
    const { resourceVersion } = (body['metadata'] ?? {}) as { resourceVersion?: string };
    if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
      throw new ApiError(409, 'Conflict', 'the object has been modified');
    }
    informer.put(merge(object as unknown as Json, body) as unknown as T);
    return informer.get(key) as T;
  }
}

export const vmiOf = (change: Partial<Vmi> = {}): Vmi => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: { name: 'vm', namespace: 'ns', uid: 'vmi-uid', resourceVersion: '1', creationTimestamp: '' },
  spec: {
    domain: { devices: { interfaces: [{ name: 'default', masquerade: {} }] } },
    networks: [{ name: 'default', pod: {} }],
  },
  status: { phase: 'Scheduled', nodeName: 'node', activePods: { 'pod-uid': 'node' } },
  ...change,
});

export const podOf = (change: Partial<Pod> = {}): Pod => ({
  metadata: {
    name: podName(vmiOf()),
    namespace: 'ns',
    uid: 'pod-uid',
    resourceVersion: '1',
    creationTimestamp: '',
    ownerReferences: [
      {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstance',
        name: 'vm',
        uid: 'vmi-uid',
        controller: true,
      },
    ],
  },
  spec: { containers: [], readinessGates: [{ conditionType: 'kubevirt.io/virtual-machine-unpaused' }] },
  status: { phase: 'Running', podIPs: [{ ip: '10.244.0.7' }, { ip: 'fd00::7' }] },
  ...change,
});

/** Pod status of a launcher that has ended. */
export const endedStatus = (exitCode: number, reason = 'Completed'): Pod['status'] => ({
  phase: exitCode === 0 ? 'Succeeded' : 'Failed',
  containerStatuses: [
    {
      name: 'compute',
      image: '',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { terminated: { exitCode, reason } },
    },
  ],
});
