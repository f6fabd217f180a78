/** What the objects of an installation are built from. */
import type { OwnerReference } from '../api/types.ts';

export interface Installation {
  namespace: string;
  /** Uid of the namespace: cluster-wide objects are owned by it, so that they can never outlive it. */
  namespaceUid: string;
  image: string;
  imagePullPolicy: string;
  imagePullSecrets: readonly string[];
  /** PEM bundle of every CA that clients of ours are to trust. */
  caBundle: string;
}

/** On everything an installation makes; what its caches select by. */
export const managedLabel = 'app.kubernetes.io/managed-by';
export const managedValue = 'virt-operator';
export const managedLabels: Readonly<Record<string, string>> = {
  [managedLabel]: managedValue,
  'app.kubernetes.io/part-of': 'kubevirt',
};

/** Service accounts that our components act as. */
const serviceAccounts = ['kubevirt-controller', 'kubevirt-handler'] as const;

/** Our components as the API server names them in requests. */
export const componentUsers = (namespace: string): string[] =>
  serviceAccounts.map((name) => `system:serviceaccount:${namespace}:${name}`);

export interface ObjectMeta {
  name: string;
  namespace?: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
}

export function namespacedMeta(installation: Installation, name: string): ObjectMeta {
  return { name, namespace: installation.namespace, labels: { ...managedLabels } };
}

/** A webhook that outlived the service behind it would stop a cluster: garbage collection sees to that. */
export function clusterMeta(installation: Installation, name: string): ObjectMeta {
  const owner: OwnerReference = {
    apiVersion: 'v1',
    kind: 'Namespace',
    name: installation.namespace,
    uid: installation.namespaceUid,
  };
  return { name, labels: { ...managedLabels }, ownerReferences: [owner] };
}
