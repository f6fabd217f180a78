/**
 * Claims are served by a folder each on the node that the pod runs on (Rancher's local-path-provisioner). Pure.
 *
 * It runs on the host beside the control plane. A short pod on the node makes and removes the folder.
 */
import { join } from 'node:path';
import { stringify } from 'yaml';
import { guestVersion, imageName } from '../../image/names.ts';
import { componentKubeconfig } from '../components.ts';
import type { ProcessSpec } from '../components.ts';
import type { ClusterConfig } from '../config.ts';

export const storageNamespace = 'local-path-storage';
export const storageUser = 'local-path-provisioner';
const configMapName = 'local-path-config';
/** Seen by a node; on the host it is below the node's state folder, so `down` removes it. */
const volumesDir = '/var/lib/local-path';
const helperImage = imageName('toolbox', guestVersion);

const configPath = (config: ClusterConfig): string => join(config.stateDir, 'local-path', 'config.json');
const helperPodPath = (config: ClusterConfig): string => join(config.stateDir, 'local-path', 'pod.yaml');

/** What the provisioner reads at start, by path. */
export function storageFiles(config: ClusterConfig): Record<string, string> {
  const nodePathMap = [{ node: 'DEFAULT_PATH_FOR_NON_LISTED_NODES', paths: [volumesDir] }];
  const helper = {
    name: 'helper-pod',
    image: helperImage,
    imagePullPolicy: 'IfNotPresent',
    securityContext: {
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      // DAC_OVERRIDE: a folder belongs to whoever wrote it.
      capabilities: { drop: ['ALL'], add: ['DAC_OVERRIDE', 'FOWNER'] },
    },
  };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'helper-pod' },
    spec: { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [helper] },
  };
  return {
    [configPath(config)]: `${JSON.stringify({ nodePathMap, cmdTimeoutSeconds: 60 }, null, 2)}\n`,
    [helperPodPath(config)]: stringify(pod),
  };
}

export function storageProcess(config: ClusterConfig): ProcessSpec {
  const kubeconfig = componentKubeconfig(config, 'local-path');
  const files = [configPath(config), helperPodPath(config)];
  return {
    name: 'local-path-provisioner',
    argv: [
      join(config.localPathBin, 'local-path-provisioner'),
      'start',
      `--config=${configPath(config)}`,
      `--helper-pod-file=${helperPodPath(config)}`,
      `--kubeconfig=${kubeconfig}`,
      `--namespace=${storageNamespace}`,
      `--configmap-name=${configMapName}`,
      `--helper-image=${helperImage}`,
      '--service-account-name=default',
    ],
    files: [...files, kubeconfig],
  };
}

const subject = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: storageUser };
const readOnly = ['get', 'list', 'watch'];
const rbac = 'rbac.authorization.k8s.io/v1';

const clusterRole = {
  apiVersion: rbac,
  kind: 'ClusterRole',
  metadata: { name: storageUser },
  rules: [
    { apiGroups: [''], resources: ['nodes', 'persistentvolumeclaims'], verbs: readOnly },
    {
      apiGroups: [''],
      resources: ['persistentvolumes'],
      verbs: [...readOnly, 'create', 'patch', 'update', 'delete'],
    },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
    { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: readOnly },
  ],
};

const role = {
  apiVersion: rbac,
  kind: 'Role',
  metadata: { namespace: storageNamespace, name: storageUser },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'create', 'delete'] }],
};

function binding(kind: 'ClusterRole' | 'Role', metadata: object): object {
  const roleRef = { apiGroup: subject.apiGroup, kind, name: storageUser };
  return { apiVersion: rbac, kind: `${kind}Binding`, metadata, roleRef, subjects: [subject] };
}

/** Anyone may write to a fresh folder: pods run as users of their own, launchers among them. */
const scripts = {
  setup: 'set -eu\nmkdir -p "$VOL_DIR"\nchmod 0777 "$VOL_DIR"\n',
  teardown: 'set -eu\nrm -rf "$VOL_DIR"\n',
};

/** Folders cannot grow to a size nor be held to one, so the class does not offer expansion. */
const storageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: {
    name: 'local-path',
    annotations: {
      'storageclass.kubernetes.io/is-default-class': 'true',
      // The kubelet mounts such volumes below its own folder, as it does those of storage drivers.
      defaultVolumeType: 'local',
    },
  },
  provisioner: 'rancher.io/local-path',
  volumeBindingMode: 'WaitForFirstConsumer',
  reclaimPolicy: 'Delete',
  allowVolumeExpansion: false,
};

/** What the provisioner needs in the API, and the cluster's default StorageClass. */
export function storageObjects(): object[] {
  const metadata = { namespace: storageNamespace, name: storageUser };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: storageNamespace } },
    clusterRole,
    binding('ClusterRole', { name: storageUser }),
    role,
    binding('Role', metadata),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: storageNamespace, name: configMapName },
      data: scripts,
    },
    storageClass,
  ];
}
