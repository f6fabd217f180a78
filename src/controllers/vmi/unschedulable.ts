/** Turns the scheduler's words into a cause and a remedy. Pure. */
import { devices, labels } from '../../api/constants.ts';
import { cpuManagerLabel, nodeLabelPrefixes } from '../../api/node-labels.ts';

type Selector = Readonly<Record<string, string>>;

const selectorMismatch = /didn't match Pod's node affinity\/selector/;

const remedies: readonly { pattern: RegExp; remedy: string }[] = [
  {
    // First, because without an agent every device is missing.
    pattern: new RegExp(`Insufficient ${devices.launcher}`),
    remedy: 'no node agent is up on a node that fits: see the pods of DaemonSet virt-handler',
  },
  {
    pattern: new RegExp(`Insufficient ${devices.tun}`),
    remedy:
      'no node offers /dev/net/tun: load the tun module on the nodes (modprobe tun), or remove the network interface',
  },
  {
    pattern: new RegExp(`Insufficient ${devices.kvm}`),
    remedy:
      'no node offers /dev/kvm: enable virtualisation in the firmware of the nodes, or set spec.configuration.developerConfiguration.useEmulation in the KubeVirt object',
  },
  {
    pattern: new RegExp(`Insufficient ${devices.containerDisk}`),
    remedy: 'no node agent offers container disks: see the pods of DaemonSet virt-handler',
  },
  {
    pattern: /Insufficient hugepages-/,
    remedy: 'no node has enough huge pages: reserve them on a node, or remove spec.domain.memory.hugepages',
  },
  {
    pattern: /unbound immediate PersistentVolumeClaims|didn't find available persistent volumes to bind/,
    remedy:
      'a claim of the VM is not bound: see kubectl describe pvc, and whether its storage class exists and has room',
  },
  {
    pattern: /volume node affinity conflict/,
    remedy:
      'the storage of a claim is on a node that the VM may not run on: change the node selector or affinity',
  },
  {
    pattern: /persistentvolumeclaim "[^"]+" (not found|is being deleted)/,
    remedy: 'a claim of the VM is gone or going: create it anew, or restore it, and restart the VM',
  },
  {
    pattern: /Insufficient (memory|cpu)/,
    remedy: 'no node has room for the guest and its overhead: free resources, add a node, or ask for less',
  },
  {
    pattern: selectorMismatch,
    remedy: `no node fits: it must carry ${labels.schedulable}=true, which a healthy node agent sets, and fit nodeSelector, affinity and architecture`,
  },
];

/**
 * The scheduler's message, after what it means for a VM and what to do; as it is when it is not known.
 * @param selector the pod's: the scheduler does not say which label no node has.
 */
export function explainUnschedulable(message: string, selector: Selector = {}): string {
  const known = remedies.find(({ pattern }) => pattern.test(message));
  if (known === undefined) return message;
  const wanted = known.pattern === selectorMismatch ? machineNeeds(selector) : '';
  return `${known.remedy}${wanted} (${message})`;
}

const prefixes = Object.values(nodeLabelPrefixes);

/** What the guest's machine needs of a node, which its user may not know to have asked for. */
function machineNeeds(selector: Selector): string {
  const own = Object.keys(selector).filter((label) => prefixes.some((prefix) => label.startsWith(prefix)));
  const labelled = own.length === 0 ? [] : [`for the guest's machine ${own.join(', ')}`];
  const dedicated =
    selector[cpuManagerLabel] === undefined
      ? []
      : [
          `for dedicatedCpuPlacement ${cpuManagerLabel}=true, which a kubelet with cpuManagerPolicy: static brings`,
        ];
  return [...dedicated, ...labelled].map((need) => `; ${need}`).join('');
}
