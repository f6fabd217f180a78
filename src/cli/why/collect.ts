/** Reads what `why` needs; what the user may not read is noted instead. */
import { components, labels } from '../../api/constants.ts';
import {
  events as eventKind,
  kubeVirts,
  nodes,
  pods as podKind,
  virtualMachineInstances,
  virtualMachines,
} from '../../api/kinds.ts';
import type { Resource } from '../../api/kinds.ts';
import type { KubeObject, KubeVirt, Node, Pod, Vm, Vmi } from '../../api/types.ts';
import { findObject } from '../../kube/find.ts';
import { ApiError } from '../../kube/types.ts';
import type { Key, KubeClient, Selection } from '../../kube/types.ts';
import type { EventObject, Facts } from './facts.ts';

/** @throws ApiError for anything but a refusal: a cluster that does not answer has no reasons to tell. */
export async function collectFacts(client: KubeClient, key: Key, signal: AbortSignal): Promise<Facts> {
  const reader = createReader(client, signal);
  const namespace = key.namespace ?? 'default';
  const [vm, vmi, allKubeVirts] = await Promise.all([
    reader.find<Vm>(virtualMachines, key),
    reader.find<Vmi>(virtualMachineInstances, key),
    reader.list<KubeVirt>(kubeVirts, {}, 'KubeVirt'),
  ]);
  const [kubeVirt] = allKubeVirts;
  const home = kubeVirt?.metadata.namespace;
  const launchers = await launcherPods(reader, namespace, vmi);
  const nodeName = vmi?.status?.nodeName ?? launchers[0]?.spec?.nodeName;
  const ours = (component: string, fieldSelector?: string): Promise<Pod[]> =>
    home === undefined
      ? Promise.resolve([])
      : reader.list<Pod>(
          podKind,
          {
            namespace: home,
            labelSelector: `${labels.component}=${component}`,
            ...(fieldSelector !== undefined && { fieldSelector }),
          },
          'agents',
        );
  const [controllers, agents, node, events] = await Promise.all([
    ours(components.controller),
    nodeName === undefined ? [] : ours(components.agent, `spec.nodeName=${nodeName}`),
    nodeName === undefined ? undefined : reader.find<Node>(nodes, { name: nodeName }),
    eventsOf(reader, namespace, [vm, vmi, ...launchers]),
  ]);
  const { unreadable } = reader;
  return {
    namespace,
    name: key.name,
    vm,
    vmi,
    pods: launchers,
    node,
    agent: agents[0],
    kubeVirt,
    controllers,
    events,
    unreadable,
  };
}

interface Reader {
  find<T extends KubeObject>(resource: Resource, key: Key): Promise<T | undefined>;
  list<T extends KubeObject>(resource: Resource, selection: Selection, what: string): Promise<T[]>;
  readonly unreadable: ReadonlySet<string>;
}

function createReader(client: KubeClient, signal: AbortSignal): Reader {
  const unreadable = new Set<string>();
  async function allowed<T>(what: string, read: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 403) throw error;
      unreadable.add(what);
      return otherwise;
    }
  }
  return {
    unreadable,
    find: <T extends KubeObject>(resource: Resource, key: Key) =>
      allowed<T | undefined>(resource.kind, () => findObject<T>(client, resource, key, signal), undefined),
    list: <T extends KubeObject>(resource: Resource, selection: Selection, what: string) =>
      allowed<T[]>(what, async () => (await client.list<T>(resource, selection, signal)).items, []),
  };
}

async function launcherPods(reader: Reader, namespace: string, vmi: Vmi | undefined): Promise<Pod[]> {
  if (vmi === undefined) return [];
  const labelSelector = `${labels.createdBy}=${vmi.metadata.uid}`;
  const found = await reader.list<Pod>(podKind, { namespace, labelSelector }, 'Pod');
  return found.toSorted((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp));
}

async function eventsOf(
  reader: Reader,
  namespace: string,
  objects: readonly (KubeObject | undefined)[],
): Promise<EventObject[]> {
  const lists = await Promise.all(
    objects.map((object) =>
      object === undefined
        ? Promise.resolve([])
        : reader.list<EventObject>(
            eventKind,
            { namespace, fieldSelector: `involvedObject.uid=${object.metadata.uid}` },
            'Event',
          ),
    ),
  );
  const time = (event: EventObject): string =>
    event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;
  return lists.flat().toSorted((a, b) => time(b).localeCompare(time(a)));
}
