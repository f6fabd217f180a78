/** Where each kind lives in the Kubernetes API. The one table that clients, CRDs and RBAC are derived from. */
export interface Resource {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const kubevirt = (kind: string, plural: string): Resource => ({
  group: 'kubevirt.io',
  version: 'v1',
  kind,
  plural,
  namespaced: true,
});

const core = (kind: string, plural: string, namespaced = true): Resource => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced,
});

export const virtualMachines = kubevirt('VirtualMachine', 'virtualmachines');
export const virtualMachineInstances = kubevirt('VirtualMachineInstance', 'virtualmachineinstances');
export const kubeVirts = kubevirt('KubeVirt', 'kubevirts');

export const pods = core('Pod', 'pods');
export const nodes = core('Node', 'nodes', false);
export const secrets = core('Secret', 'secrets');
export const configMaps = core('ConfigMap', 'configmaps');
export const services = core('Service', 'services');
export const serviceAccounts = core('ServiceAccount', 'serviceaccounts');
export const namespaces = core('Namespace', 'namespaces', false);
export const events = core('Event', 'events');

export const leases: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};
export const deployments: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
export const daemonSets: Resource = { ...deployments, kind: 'DaemonSet', plural: 'daemonsets' };
export const customResourceDefinitions: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
export const apiServices: Resource = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  namespaced: false,
};
export const mutatingWebhookConfigurations: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  namespaced: false,
};
export const validatingWebhookConfigurations: Resource = {
  ...mutatingWebhookConfigurations,
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
};

/** `group/version`, or the bare version for the core group: the value of an object's `apiVersion`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}
