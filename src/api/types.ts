/**
 * The names this code base uses for API objects. Types come from generated, types-only packages; nothing of
 * them is loaded at run time.
 */
import type {
  V1Disk,
  V1Interface,
  V1KubeVirt,
  V1LaunchSecurity,
  V1Network,
  V1VirtualMachine,
  V1VirtualMachineInstance,
  V1VirtualMachineInstanceSpec,
  V1VirtualMachineInstanceStatus,
  V1VirtualMachineInstanceMigration,
  V1VirtualMachineInstancePreset,
  V1VirtualMachineInstanceReplicaSet,
  V1VirtualMachineStatus,
  V1beta1VirtualMachineInstancetype,
  V1beta1VirtualMachineInstancetypeSpec,
  V1beta1VirtualMachinePreference,
  V1beta1VirtualMachinePreferenceSpec,
  V1Volume,
} from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type * as core from 'kubernetes-types/core/v1.js';

/** Metadata of an object that the API server has stored: name, uid and version are always there. */
export interface StoredMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** The shape every stored Kubernetes object shares. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: StoredMeta;
}

/** Turns a generated type (all metadata optional) into the one of an object read from the API server. */
export type Stored<T> = Omit<T, 'metadata'> & KubeObject;

export type Vm = Stored<V1VirtualMachine>;
export type VmStatus = V1VirtualMachineStatus;
export type Vmi = Stored<V1VirtualMachineInstance>;
export type VmiSpec = V1VirtualMachineInstanceSpec;
export type VmiStatus = V1VirtualMachineInstanceStatus;
export type KubeVirt = Stored<V1KubeVirt>;
export type ReplicaSet = Stored<V1VirtualMachineInstanceReplicaSet>;
export type Preset = Stored<V1VirtualMachineInstancePreset>;
export type Migration = Stored<V1VirtualMachineInstanceMigration>;
/** Of a namespace or of the cluster: both have the same shape. */
export type Instancetype = Stored<V1beta1VirtualMachineInstancetype>;
export type InstancetypeSpec = V1beta1VirtualMachineInstancetypeSpec;
export type Preference = Stored<V1beta1VirtualMachinePreference> & { spec: PreferenceSpec };
export type PreferenceSpec = V1beta1VirtualMachinePreferenceSpec & {
  /** Younger than the package of types. */
  preferredLaunchSecurity?: V1LaunchSecurity;
};
export type Volume = V1Volume;
export type Disk = V1Disk;
export type Interface = V1Interface;
export type Network = V1Network;
export type Pod = Stored<core.Pod>;
export type PodSpec = core.PodSpec;
export type Container = core.Container;
export type Node = Stored<core.Node>;
export type PersistentVolumeClaim = Stored<core.PersistentVolumeClaim>;

/** A condition as every KubeVirt kind carries it. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastProbeTime?: string | null;
  lastTransitionTime?: string | null;
}

/** KubeVirt's VMI phases; an absent phase means that no controller has seen the object yet. */
export type VmiPhase =
  'Pending' | 'Scheduling' | 'Scheduled' | 'Running' | 'Succeeded' | 'Failed' | 'WaitingForSync' | 'Unknown';
