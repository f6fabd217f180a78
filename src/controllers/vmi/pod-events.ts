/**
 * What a cluster says of pods that do not start. Events are many and cost the API server much: a namespace's
 * are followed only while one of its pods is stuck, those about volumes and networks only, never about containers.
 */
import type { Key, Informer, InformerOptions } from '../../kube/types.ts';
import { keyString } from '../../kube/types.ts';
import type { KubeObject, Pod } from '../../api/types.ts';
import { stuckProblem } from './stuck.ts';
import type { PodEvent } from './stuck.ts';
import type { PodProblem } from './pod-problems.ts';

export interface KubeEvent extends KubeObject, PodEvent {
  involvedObject: { uid?: string };
}

export interface PodEvents {
  /** What is said of the pod now; its VMI is queued when more is. */
  follow(vmi: Key, pod: Pod): PodProblem | undefined;
  /** The VMI's pod is no longer stuck, or there is none. */
  release(vmi: Key): void;
}

export interface PodEventsDeps {
  open: (options: InformerOptions<KubeEvent>) => Informer<KubeEvent>;
  queue: { add(key: Key): void };
}

const byPod = 'pod';

interface Followed {
  events: Informer<KubeEvent>;
  stop: AbortController;
  /** Uid of the stuck pod, by key of its VMI. */
  pods: Map<string, { uid: string; vmi: Key }>;
}

/** Follows until `signal` aborts. */
export function followPodEvents({ open, queue }: PodEventsDeps, signal: AbortSignal): PodEvents {
  const namespaces = new Map<string, Followed>();

  function start(namespace: string): Followed {
    const events = open(selectionOf(namespace));
    const followed: Followed = { events, stop: new AbortController(), pods: new Map() };
    events.onChange(({ object }) => {
      for (const { uid, vmi } of followed.pods.values())
        if (uid === object.involvedObject.uid) queue.add(vmi);
    });
    void events.run(AbortSignal.any([signal, followed.stop.signal]));
    namespaces.set(namespace, followed);
    return followed;
  }

  return {
    follow(vmi, pod) {
      const namespace = vmi.namespace ?? '';
      const followed = namespaces.get(namespace) ?? start(namespace);
      const { uid } = pod.metadata;
      followed.pods.set(keyString(vmi), { uid, vmi });
      return stuckProblem(followed.events.byIndex(byPod, uid));
    },
    release(vmi) {
      const followed = namespaces.get(vmi.namespace ?? '');
      if (followed === undefined || !followed.pods.delete(keyString(vmi)) || followed.pods.size > 0) return;
      followed.stop.abort();
      namespaces.delete(vmi.namespace ?? '');
    },
  };
}

/** Events about containers carry a field path: images and probes speak for themselves in the pod's status. */
const selectionOf = (namespace: string): InformerOptions<KubeEvent> => ({
  namespace,
  fieldSelector: 'involvedObject.kind=Pod,involvedObject.fieldPath=,type=Warning,reason!=FailedScheduling',
  indexes: { [byPod]: ({ involvedObject: { uid } }) => (uid === undefined ? [] : [uid]) },
});
