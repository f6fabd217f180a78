/** Labels by which nodes tell what guests they can run; KubeVirt's names, which other tools read too. */

/** Prefixes; what follows is a name that libvirt knows, and the value is `true`. */
export const nodeLabelPrefixes = {
  cpuModel: 'cpu-model.node.kubevirt.io/',
  cpuFeature: 'cpu-feature.node.kubevirt.io/',
  cpuVendor: 'cpu-vendor.node.kubevirt.io/',
  hostCpuModel: 'host-model-cpu.node.kubevirt.io/',
  hyperv: 'hyperv.node.kubevirt.io/',
  machineType: 'machine-type.node.kubevirt.io/',
} as const;

/** The kubelet gives whole processors to pods that ask for them. */
export const cpuManagerLabel = 'cpumanager';
