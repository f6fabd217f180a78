/** Names that other people's tools read: KubeVirt's labels, annotations, finalizers, device and port names. */

export const labels = {
  /** Marks our own workloads: `virt-launcher`, `virt-handler`, `virt-controller`. */
  component: 'kubevirt.io',
  /** On a launcher pod: the uid of its VMI. */
  createdBy: 'kubevirt.io/created-by',
  /** On a VMI from phase Scheduled on: its node; what the node agent selects by. */
  nodeName: 'kubevirt.io/nodeName',
  vmName: 'vm.kubevirt.io/name',
  /** On a node: an agent runs there and takes VMs. */
  schedulable: 'kubevirt.io/schedulable',
} as const;

export const annotations = {
  domain: 'kubevirt.io/domain',
  /** On a pod that only stands in for a launcher pod until claims are bound. */
  ephemeralProvisioning: 'kubevirt.io/ephemeral-provisioning',
  /** On a VM: `false` has its DataVolumes made at its first start, and not before. */
  immediateDataVolumes: 'kubevirt.io/immediate-data-volume-creation',
  vmGeneration: 'kubevirt.io/vm-generation',
  heartbeat: 'kubevirt.io/heartbeat',
  /** Ours: the hash of the object that was intended, to compare intent with intent. */
  intent: 'monovirt.io/intent',
  /** Ours, on a pod: how interfaces of plug-ins are attached (`network/attachments.ts`). */
  attachments: 'monovirt.io/domain-attachments',
  /** On a VMI: no room for PCI devices above 4 GiB. */
  disablePciHole64: 'kubevirt.io/disablePCIHole64',
  /** On a VMI: pages that the guest frees stay with it. */
  freePageReportingDisabled: 'kubevirt.io/free-page-reporting-disabled',
} as const;

export const finalizers = {
  vmi: 'kubevirt.io/foregroundDeleteVirtualMachine',
  vm: 'kubevirt.io/virtualMachineControllerFinalize',
} as const;

export const components = {
  launcher: 'virt-launcher',
  agent: 'virt-handler',
  controller: 'virt-controller',
} as const;

/** Extended resources of the node agent's device plugins. */
export const devices = {
  kvm: 'devices.kubevirt.io/kvm',
  tun: 'devices.kubevirt.io/tun',
  vhostNet: 'devices.kubevirt.io/vhost-net',
  /** Ours: mounts the static `hold` helper into a container-disk side container. */
  containerDisk: 'devices.monovirt.io/container-disk',
  /** Ours: a node agent that is up. Shows the launcher what libvirt has learned about QEMU on the node. */
  launcher: 'devices.monovirt.io/launcher',
} as const;

/** The unprivileged user that owns everything in a launcher pod (KubeVirt's `qemu`). */
export const launcherUser = 107;

/** Namespace that monovirt is installed into unless told otherwise. */
export const defaultNamespace = 'kubevirt';

export const ports = {
  /** Controller: webhooks, aggregated API, health. */
  controller: 8443,
  /** Node agent: consoles and VMI life cycle over mTLS. */
  agent: 8186,
} as const;

/** Aggregated API: what is done to a VM or its instance beside changing its object. */
export const subresourcesGroup = 'subresources.kubevirt.io';
/** Its served versions, the preferred one first. */
export const subresourcesVersions = ['v1', 'v1alpha3'] as const;

/** Names in certificates by which node agent and controller know each other; no address is proof. */
export const commonNames = {
  agent: 'kubevirt.io:system:node:virt-handler',
  agentClient: 'kubevirt.io:system:client:virt-handler',
} as const;
