/** What the controller may do: declared beside the code that needs it, written to config/rbac by a generator. */
import { subresourcesGroup, subresourcesVersions } from '../api/constants.ts';
import { agentRules } from '../agent/rbac.ts';
import { replicaSetRules } from '../controllers/replicaset/rbac.ts';
import { unservedRules } from '../controllers/unserved/rbac.ts';
import { vmRules } from '../controllers/vm/rbac.ts';
import { vmiRules } from '../controllers/vmi/rbac.ts';
import { instancetypeRules } from '../instancetype/rbac.ts';
import { bindingName, restrictions } from './objects/node-restriction.ts';
import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';

const read = ['get', 'list', 'watch'];

/** Cluster-wide kinds that others live by too: only what an installation makes may be changed or deleted. */
function ownOnly(group: string, resources: string[], resourceNames: string[]): PolicyRule[] {
  return [
    { apiGroups: [group], resources, verbs: [...read, 'create'] },
    { apiGroups: [group], resources, resourceNames, verbs: ['patch', 'delete'] },
  ];
}

/**
 * Rules of the controller's ClusterRole. It holds what it hands to the node agent, because Kubernetes lets
 * nobody grant more than he has. No secrets: those are in its own namespace only.
 */
export const controllerRules: PolicyRule[] = [
  // vm: instances of VMs; vmi: their pods.
  { apiGroups: ['kubevirt.io'], resources: ['virtualmachines'], verbs: [...read, 'patch', 'delete'] },
  {
    apiGroups: ['kubevirt.io'],
    resources: ['virtualmachineinstances'],
    verbs: [...read, 'create', 'patch', 'delete'],
  },
  {
    apiGroups: ['kubevirt.io'],
    resources: ['virtualmachines/status', 'virtualmachineinstances/status'],
    verbs: ['patch'],
  },
  // Owner references that block deletion are granted like a write of finalizers.
  {
    apiGroups: ['kubevirt.io'],
    resources: ['virtualmachines/finalizers', 'virtualmachineinstances/finalizers'],
    verbs: ['update'],
  },
  ...replicaSetRules,
  ...unservedRules,
  // admission.
  { apiGroups: ['kubevirt.io'], resources: ['virtualmachineinstancepresets'], verbs: read },
  ...vmRules,
  ...vmiRules,
  ...instancetypeRules,
  { apiGroups: [''], resources: ['pods'], verbs: [...read, 'create', 'delete'] },
  { apiGroups: [''], resources: ['nodes'], verbs: [...read, 'patch'] },
  // vm: what each VM was started from.
  { apiGroups: ['apps'], resources: ['controllerrevisions'], verbs: ['get', 'list', 'create', 'delete'] },
  // vmi: what the kubelet says of pods that do not start.
  { apiGroups: [''], resources: ['events'], verbs: ['list', 'watch', 'create', 'patch'] },
  // install.
  { apiGroups: ['kubevirt.io'], resources: ['kubevirts'], verbs: [...read, 'patch'] },
  { apiGroups: ['kubevirt.io'], resources: ['kubevirts/status'], verbs: ['patch'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: read },
  ...ownOnly(
    'admissionregistration.k8s.io',
    ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    ['virt-api-mutator', 'virt-api-validator'],
  ),
  ...ownOnly(
    'admissionregistration.k8s.io',
    ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
    restrictions.flatMap(({ name }) => [name, bindingName(name)]),
  ),
  ...ownOnly(
    'apiregistration.k8s.io',
    ['apiservices'],
    subresourcesVersions.map((version) => `${version}.${subresourcesGroup}`),
  ),
  ...ownOnly('rbac.authorization.k8s.io', ['clusterroles', 'clusterrolebindings'], ['kubevirt-handler']),
  // subresources: is this user allowed to do that?
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ...agentRules,
];

/** Rules in the controller's own namespace: leadership, certificates, and what an installation makes there. */
export const controllerNamespaceRules: PolicyRule[] = [
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: [...read, 'create', 'patch', 'update'],
  },
  { apiGroups: [''], resources: ['secrets'], verbs: [...read, 'create', 'patch'] },
  {
    apiGroups: [''],
    resources: ['services', 'serviceaccounts'],
    verbs: [...read, 'create', 'patch', 'delete'],
  },
  { apiGroups: ['apps'], resources: ['daemonsets'], verbs: [...read, 'create', 'patch', 'delete'] },
];
