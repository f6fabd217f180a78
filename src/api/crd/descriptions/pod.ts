/** Placement and name service: what is passed on to the pod of a guest, as Kubernetes has it. */
import type { Descriptions } from './type.ts';

export const pod: Descriptions = {
  'core.Affinity': {
    nodeAffinity: 'By labels of nodes.',
    podAffinity: 'Near pods with certain labels.',
    podAntiAffinity: 'Away from pods with certain labels.',
  },
  'core.NodeAffinity': {
    preferredDuringSchedulingIgnoredDuringExecution: 'Wishes, which count by weight.',
    requiredDuringSchedulingIgnoredDuringExecution: 'Demands: one of the terms must be met.',
  },
  'core.NodeSelector': {
    nodeSelectorTerms: 'Terms, one of which must be met.',
  },
  'core.NodeSelectorTerm': {
    matchExpressions: 'Demands on labels of the node; all must be met.',
    matchFields: 'Demands on fields of the node, such as metadata.name; all must be met.',
  },
  'core.NodeSelectorRequirement': {
    key: 'Name of the label or field.',
    operator: 'In, NotIn, Exists, DoesNotExist, or Gt and Lt for whole numbers.',
    values: 'Values to compare with; none for Exists and DoesNotExist, one for Gt and Lt.',
  },
  'core.PreferredSchedulingTerm': {
    preference: 'What the node should have.',
    weight: 'How much it counts, from 1 to 100.',
  },
  'core.PodAffinity': {
    preferredDuringSchedulingIgnoredDuringExecution: 'Wishes, which count by weight.',
    requiredDuringSchedulingIgnoredDuringExecution: 'Demands, all of which must be met.',
  },
  'core.PodAntiAffinity': {
    preferredDuringSchedulingIgnoredDuringExecution: 'Wishes, which count by weight.',
    requiredDuringSchedulingIgnoredDuringExecution: 'Demands, all of which must be met.',
  },
  'core.WeightedPodAffinityTerm': {
    podAffinityTerm: 'Which pods, and what counts as near.',
    weight: 'How much it counts, from 1 to 100.',
  },
  'core.PodAffinityTerm': {
    labelSelector: 'Labels of the pods.',
    matchLabelKeys: 'Labels whose values the pods must share with this one.',
    mismatchLabelKeys: 'Labels whose values the pods must not share with this one.',
    namespaces: 'Namespaces of the pods; this one when left out.',
    namespaceSelector: 'Namespaces of the pods, by label.',
    topologyKey: 'Label of nodes; those with the same value are near, such as kubernetes.io/hostname.',
  },
  'core.Toleration': {
    key: 'Taint to tolerate; all when left out, with operator Exists.',
    operator: 'Equal (when left out) or Exists.',
    value: 'Value of the taint, with operator Equal.',
    effect: 'NoSchedule, PreferNoSchedule or NoExecute; all when left out.',
    tolerationSeconds: 'Seconds that a taint NoExecute is tolerated; for ever when left out.',
  },
  'core.TopologySpreadConstraint': {
    labelSelector: 'Pods that are counted.',
    matchLabelKeys: 'Labels whose values counted pods must share with this one.',
    maxSkew: 'How many pods more one domain may have than another; at least 1.',
    minDomains: 'How many domains there must be before the least is taken as 0.',
    nodeAffinityPolicy: 'Honor (when left out): only nodes that affinity allows count. Ignore: all do.',
    nodeTaintsPolicy: 'Honor: only nodes whose taints are tolerated count. Ignore (when left out): all do.',
    topologyKey: 'Label of nodes; those with the same value are one domain.',
    whenUnsatisfiable: 'DoNotSchedule waits; ScheduleAnyway takes it as a wish.',
  },
  'core.PodDNSConfig': {
    nameservers: 'Addresses of name servers.',
    options: 'Options of the resolver.',
    searches: 'Search domains.',
  },
  'core.PodDNSConfigOption': {
    name: 'Name of the option, such as ndots.',
    value: 'Its value, if it has one.',
  },
  'core.LocalObjectReference': {
    name: 'Name of the object, in the same namespace.',
  },
  'core.TypedLocalObjectReference': {
    apiGroup: 'API group of the object; empty for the core group.',
    kind: 'Kind of the object.',
    name: 'Name of the object, in the same namespace.',
  },
  'core.TypedObjectReference': {
    apiGroup: 'API group of the object; empty for the core group.',
    kind: 'Kind of the object.',
    name: 'Name of the object.',
    namespace: 'Its namespace; the same when left out.',
  },
  'core.VolumeResourceRequirements': {
    limits: 'The most storage to take.',
    requests: 'Storage to take at least, such as storage: 10Gi.',
  },
  'core.PersistentVolumeClaimSpec': {
    accessModes: 'ReadWriteOnce, ReadOnlyMany, ReadWriteMany or ReadWriteOncePod.',
    dataSource: 'Claim or volume snapshot whose data the new claim starts with.',
    dataSourceRef: 'The same, of any kind that a provisioner knows.',
    resources: 'How much storage.',
    selector: 'Labels of the volume to bind to.',
    storageClassName: 'Storage class; the cluster’s default when left out.',
    volumeAttributesClassName: 'Class of attributes that may be changed later.',
    volumeMode: 'Filesystem (when left out) or Block.',
    volumeName: 'Volume to bind to.',
  },
  'core.PersistentVolumeClaimVolumeSource': {
    claimName: 'Name of the claim.',
    readOnly: 'true: nothing is written to it.',
  },
  'core.DownwardAPIVolumeFile': {
    fieldRef: 'A field of the pod.',
    mode: 'Permission bits of the file, from 0 to 511.',
    path: 'Name of the file.',
    resourceFieldRef: 'A request or limit of a container.',
  },
  'core.ObjectFieldSelector': {
    apiVersion: 'Version that the path is of; v1 when left out.',
    fieldPath: 'Path such as metadata.labels.',
  },
  'core.ResourceFieldSelector': {
    containerName: 'Name of the container.',
    divisor: 'Unit of the number; 1 when left out.',
    resource: 'Such as limits.memory.',
  },
};
