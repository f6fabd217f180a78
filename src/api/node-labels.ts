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

type Labels = Readonly<Record<string, string>>;

const ours = Object.values(nodeLabelPrefixes);

/** What a merge patch has to say for a node's labels to become those wanted; what is not ours stays. */
export function labelChanges(actual: Labels, wanted: Labels): Record<string, string | null> {
  const stale = Object.keys(actual).filter(
    (label) => ours.some((prefix) => label.startsWith(prefix)) && wanted[label] === undefined,
  );
  const missing = Object.entries(wanted).filter(([label, value]) => actual[label] !== value);
  return { ...Object.fromEntries(stale.map((label) => [label, null])), ...Object.fromEntries(missing) };
}
