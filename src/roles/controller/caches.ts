/** The controller's caches: what every replica needs to serve, and what only the leader needs to decide. */
import { components, labels } from '../../api/constants.ts';
import {
  apiServices,
  clusterInstancetypes,
  clusterPreferences,
  configMaps,
  daemonSets,
  events,
  instancetypes,
  kubeVirts,
  mutatingWebhookConfigurations,
  namespaces,
  nodes,
  pods,
  preferences,
  presets,
  replicaSets,
  secrets,
  serviceAccounts,
  services,
  validatingWebhookConfigurations,
  virtualMachineInstances,
  virtualMachines,
} from '../../api/kinds.ts';
import type { KubeObject, KubeVirt, Node, Pod, Preset, ReplicaSet, Vm, Vmi } from '../../api/types.ts';
import { memberIndexes } from '../../controllers/replicaset/members.ts';
import { claimIndexes } from '../../controllers/vmi/claims/growth.ts';
import { podIndexes } from '../../controllers/vmi/controller.ts';
import type { KubeEvent } from '../../controllers/vmi/pod-events.ts';
import type { Secret } from '../../install/certificates/secrets.ts';
import { managedLabel, managedValue } from '../../install/installation.ts';
import {
  clusterRoleBindings,
  clusterRoles,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from '../../install/kinds.ts';
import type { ApiClient } from '../../kube/client.ts';
import { createInformer } from '../../kube/informer.ts';
import type { Informer, InformerOptions } from '../../kube/types.ts';
import type { Logger } from '../../support/log.ts';
import { authenticationConfigMap } from '../../subresources/identity.ts';

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

const labelSelector = `${managedLabel}=${managedValue}`;

export interface ServingCaches {
  kubeVirts: Informer<KubeVirt>;
  secrets: Informer<Secret>;
  authentication: Informer<ConfigMap>;
  /** Asked at the creation of every instance. */
  presets: Informer<Preset>;
}

export function servingCaches(client: ApiClient, namespace: string, logger: Logger): ServingCaches {
  const authentication = authenticationConfigMap;
  return {
    kubeVirts: createInformer<KubeVirt>(client, kubeVirts, {}, { logger }),
    secrets: createInformer<Secret>(client, secrets, { namespace, labelSelector }, { logger }),
    presets: createInformer<Preset>(client, presets, {}, { logger }),
    authentication: createInformer<ConfigMap>(
      client,
      configMaps,
      { namespace: authentication.namespace, fieldSelector: `metadata.name=${authentication.name}` },
      { logger },
    ),
  };
}

export interface LeadingCaches {
  vms: Informer<Vm>;
  vmis: Informer<Vmi>;
  replicaSets: Informer<ReplicaSet>;
  pods: Informer<Pod>;
  nodes: Informer<Node>;
  namespaces: Informer<KubeObject>;
  /** Instancetypes and preferences, by the plural of their kind. */
  described: ReadonlyMap<string, Informer<KubeObject>>;
  owned: ReadonlyMap<string, Informer<KubeObject>>;
}

export function leadingCaches(client: ApiClient, namespace: string, logger: Logger): LeadingCaches {
  const extras = { logger };
  return {
    vms: createInformer<Vm>(client, virtualMachines, {}, extras),
    vmis: createInformer<Vmi>(
      client,
      virtualMachineInstances,
      { indexes: { ...memberIndexes, ...claimIndexes } },
      extras,
    ),
    replicaSets: createInformer<ReplicaSet>(client, replicaSets, {}, extras),
    pods: createInformer<Pod>(
      client,
      pods,
      { labelSelector: `${labels.component}=${components.launcher}`, indexes: podIndexes, trim: trimPod },
      extras,
    ),
    nodes: createInformer<Node>(client, nodes, { trim: trimNode }, extras),
    namespaces: createInformer(client, namespaces, { fieldSelector: `metadata.name=${namespace}` }, extras),
    described: new Map(
      [instancetypes, clusterInstancetypes, preferences, clusterPreferences].map(
        (resource) =>
          [resource.plural, createInformer(client, resource, { trim: trimDescribed }, extras)] as const,
      ),
    ),
    owned: new Map([
      ...[services, serviceAccounts, daemonSets].map(
        (resource) =>
          [resource.plural, createInformer(client, resource, { namespace, labelSelector }, extras)] as const,
      ),
      ...[
        apiServices,
        clusterRoles,
        clusterRoleBindings,
        mutatingWebhookConfigurations,
        validatingAdmissionPolicies,
        validatingAdmissionPolicyBindings,
        validatingWebhookConfigurations,
      ].map(
        (resource) => [resource.plural, createInformer(client, resource, { labelSelector }, extras)] as const,
      ),
    ]),
  };
}

/** Decisions read a launcher's status, its containers' names and images, and its node. */
function trimPod(pod: Pod): Pod {
  const { containers = [], nodeName } = pod.spec ?? {};
  return {
    metadata: pod.metadata,
    spec: {
      containers: containers.map(({ name, image }) => (image === undefined ? { name } : { name, image })),
      ...(nodeName === undefined ? {} : { nodeName }),
    },
    ...(pod.status === undefined ? {} : { status: pod.status }),
  };
}

/** Images and volumes make up most of a node and say nothing about its health. */
function trimNode(node: Node): Node {
  const conditions = node.status?.conditions;
  return { metadata: node.metadata, status: conditions === undefined ? {} : { conditions } };
}

/** Opens caches of events, which are followed for a while and not by all: see `followPodEvents`. */
export const eventCaches =
  (client: ApiClient, logger: Logger) =>
  (options: InformerOptions<KubeEvent>): Informer<KubeEvent> =>
    createInformer<KubeEvent>(client, events, options, { logger });

/** Who made it, and under which name: what it says is asked for when it is needed. */
function trimDescribed({ metadata }: KubeObject): KubeObject {
  const { annotations: _annotations, ...kept } = metadata;
  return { metadata: kept };
}

/** Every cache of a set, to be run and waited for together. */
export function allOf(caches: ServingCaches | LeadingCaches): Informer<KubeObject>[] {
  return Object.values(caches).flatMap((cache: unknown) =>
    cache instanceof Map
      ? [...(cache as Map<string, Informer<KubeObject>>).values()]
      : [cache as Informer<KubeObject>],
  );
}
