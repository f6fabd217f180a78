/** Objects as users hand them in: metadata may lack everything that the API server adds. */
import type {
  V1KubeVirt,
  V1KubeVirtConfiguration,
  V1VirtualMachine,
  V1VirtualMachineInstance,
  V1VirtualMachineInstancePreset,
  V1VirtualMachineInstanceReplicaSet,
  V1VirtualMachineInstanceSpec,
} from '@kubevirt-ui-ext/kubevirt-api/kubevirt';

export type VmManifest = V1VirtualMachine;
export type VmiManifest = V1VirtualMachineInstance;
export type VmiSpecManifest = V1VirtualMachineInstanceSpec;
/** The generated type misspells `configuration`, because that word is a reserved name of its generator. */
export type KubeVirtManifest = V1KubeVirt & { spec: { configuration?: V1KubeVirtConfiguration } };
export type KubeVirtConfiguration = V1KubeVirtConfiguration;
export type ReplicaSetManifest = V1VirtualMachineInstanceReplicaSet;
export type PresetManifest = V1VirtualMachineInstancePreset;
