/** Where each kind lives in the Kubernetes API. The one table that clients, CRDs and RBAC are derived from. */
export interface Resource {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const inGroup =
  (group: string, version: string) =>
  (kind: string, plural: string, namespaced = true): Resource => ({
    group,
    version,
    kind,
    plural,
    namespaced,
  });

const kubevirt = inGroup('kubevirt.io', 'v1');
const instancetype = inGroup('instancetype.kubevirt.io', 'v1beta1');
const snapshot = inGroup('snapshot.kubevirt.io', 'v1beta1');
const backup = inGroup('backup.kubevirt.io', 'v1alpha1');

const core = inGroup('', 'v1');

export const virtualMachines = kubevirt('VirtualMachine', 'virtualmachines');
export const virtualMachineInstances = kubevirt('VirtualMachineInstance', 'virtualmachineinstances');
export const kubeVirts = kubevirt('KubeVirt', 'kubevirts');
export const replicaSets = kubevirt('VirtualMachineInstanceReplicaSet', 'virtualmachineinstancereplicasets');
export const migrations = kubevirt('VirtualMachineInstanceMigration', 'virtualmachineinstancemigrations');
export const presets = kubevirt('VirtualMachineInstancePreset', 'virtualmachineinstancepresets');

export const instancetypes = instancetype('VirtualMachineInstancetype', 'virtualmachineinstancetypes');
export const clusterInstancetypes = instancetype(
  'VirtualMachineClusterInstancetype',
  'virtualmachineclusterinstancetypes',
  false,
);
export const preferences = instancetype('VirtualMachinePreference', 'virtualmachinepreferences');
export const clusterPreferences = instancetype(
  'VirtualMachineClusterPreference',
  'virtualmachineclusterpreferences',
  false,
);

export const pools = inGroup('pool.kubevirt.io', 'v1beta1')('VirtualMachinePool', 'virtualmachinepools');
export const migrationPolicies = inGroup('migrations.kubevirt.io', 'v1alpha1')(
  'MigrationPolicy',
  'migrationpolicies',
  false,
);
export const snapshots = snapshot('VirtualMachineSnapshot', 'virtualmachinesnapshots');
export const snapshotContents = snapshot('VirtualMachineSnapshotContent', 'virtualmachinesnapshotcontents');
export const restores = snapshot('VirtualMachineRestore', 'virtualmachinerestores');
export const vmExports = inGroup('export.kubevirt.io', 'v1')('VirtualMachineExport', 'virtualmachineexports');
export const clones = inGroup('clone.kubevirt.io', 'v1beta1')('VirtualMachineClone', 'virtualmachineclones');
export const backups = backup('VirtualMachineBackup', 'virtualmachinebackups');
export const backupTrackers = backup('VirtualMachineBackupTracker', 'virtualmachinebackuptrackers');

/** CDI's, when it is installed. */
const cdi = inGroup('cdi.kubevirt.io', 'v1beta1');
export const dataVolumes = cdi('DataVolume', 'datavolumes');
export const dataSources = cdi('DataSource', 'datasources');
export const cdiConfigs = cdi('CDIConfig', 'cdiconfigs', false);

export const pods = core('Pod', 'pods');
export const nodes = core('Node', 'nodes', false);
export const secrets = core('Secret', 'secrets');
export const configMaps = core('ConfigMap', 'configmaps');
export const services = core('Service', 'services');
export const serviceAccounts = core('ServiceAccount', 'serviceaccounts');
export const namespaces = core('Namespace', 'namespaces', false);
export const events = core('Event', 'events');
export const persistentVolumeClaims = core('PersistentVolumeClaim', 'persistentvolumeclaims');
export const limitRanges = core('LimitRange', 'limitranges');

export const controllerRevisions = inGroup('apps', 'v1')('ControllerRevision', 'controllerrevisions');

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
