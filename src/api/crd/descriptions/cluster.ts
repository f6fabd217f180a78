/** Settings of the KubeVirt object about nodes, networks and what guests may be given. */
import type { Descriptions } from './type.ts';

export const cluster: Descriptions = {
  MigrationConfiguration: {
    allowAutoConverge: 'true: a guest that changes its memory too fast is slowed down.',
    allowPostCopy: 'true: a guest may run on the new node before all its memory is there.',
    allowWorkloadDisruption:
      'true: a guest may be paused for longer, or moved with post-copy, when it takes too long.',
    bandwidthPerMigration: 'Bytes a second for each move, such as 64Mi; 0 for no limit.',
    completionTimeoutPerGiB: 'Seconds that a move may take for each GiB; 150 when left out.',
    disableTLS: 'true: data of moves is not encrypted.',
    matchSELinuxLevelOnMigration: 'true: the new pod gets the SELinux level of the old one.',
    maxDowntimeMs: 'Milliseconds that a guest may stand still at the end of a move.',
    network: 'Network for the data of moves; the pod network when left out.',
    nodeDrainTaintKey: 'Taint that makes guests leave a node.',
    parallelMigrationsPerCluster: 'Moves at a time in the cluster; 5 when left out.',
    parallelOutboundMigrationsPerNode: 'Moves at a time away from a node; 2 when left out.',
    progressTimeout: 'Seconds without progress after which a move is given up; 150 when left out.',
    unsafeMigrationOverride: 'true: moves that could damage data are allowed.',
    utilityVolumesTimeout: 'Seconds to wait for utility volumes to go before a move.',
  },
  NetworkConfiguration: {
    defaultNetworkInterface: 'Binding of the interface that a guest gets without asking; masquerade.',
    binding: 'Bindings of interfaces, by name.',
    permitBridgeInterfaceOnPodNetwork:
      'false: guests may not take over the address of their pod; true when left out.',
    permitSlirpInterface: 'Deprecated: slirp is gone.',
  },
  InterfaceBindingPlugin: {
    computeResourceOverhead: 'What guests with the binding request on top.',
    domainAttachmentType: 'How the device is attached: tap or managedTap.',
    downwardAPI: 'device-info: the plugin is told about its device.',
    migration: 'How guests with the binding are moved.',
    networkAttachmentDefinition: 'NetworkAttachmentDefinition that prepares the interface.',
    sidecarImage: 'Image of a program that changes the domain of guests with the binding.',
  },
  InterfaceBindingMigration: {
    method: 'link-refresh, or none.',
  },
  ResourceRequirementsWithoutClaims: {
    limits: 'Amounts that may never be exceeded.',
    requests: 'Amounts that the node must have free.',
  },
  PersistentReservationConfiguration: {
    enabled: 'true: node agents run the helper that reserves LUNs.',
  },
  PermittedHostDevices: {
    mediatedDevices: 'Mediated devices.',
    pciHostDevices: 'PCI devices.',
    usb: 'USB devices.',
  },
  MediatedHostDevice: {
    externalResourceProvider: 'true: another device plugin offers it.',
    mdevNameSelector: 'Name of the type.',
    resourceName: 'Name under which guests ask for it.',
  },
  PciHostDevice: {
    externalResourceProvider: 'true: another device plugin offers it.',
    pciVendorSelector: 'Vendor and product, such as 10DE:1EB8.',
    resourceName: 'Name under which guests ask for it.',
  },
  USBHostDevice: {
    externalResourceProvider: 'true: another device plugin offers it.',
    resourceName: 'Name under which guests ask for it.',
    selectors: 'The devices; all of them are handed out together.',
  },
  USBSelector: {
    product: 'Product number, such as 0001.',
    vendor: 'Vendor number, such as 46f4.',
  },
  SeccompConfiguration: {
    virtualMachineInstanceProfile: 'Of guests’ pods.',
  },
  VirtualMachineInstanceProfile: {
    customProfile: 'A profile instead of the usual one.',
  },
  CustomProfile: {
    localhostProfile: 'File of a profile on nodes.',
    runtimeDefaultProfile: 'true: the profile of the container runtime.',
  },
  SMBiosConfiguration: {
    family: 'Family.',
    manufacturer: 'Manufacturer.',
    product: 'Product.',
    sku: 'Stock keeping unit.',
    version: 'Version.',
  },
  SupportContainerResources: {
    type: 'Kind of side container, such as container-disk.',
    resources: 'What it requests, and its limits.',
  },
  TLSConfiguration: {
    ciphers: 'Ciphers of TLS 1.2 that are offered.',
    minTLSVersion: 'Oldest version of TLS; VersionTLS12 when left out.',
  },
  VirtTemplateDeployment: {
    enabled: 'false: they are not installed.',
  },
  VirtualMachineOptions: {
    disableFreePageReporting: 'Guests do not report memory that they do not use; an empty object.',
    disableSerialConsoleLog: 'Serial consoles are not logged; an empty object.',
  },
  KubeVirt: {
    spec: 'How this cluster is set up.',
    status: 'How far the set-up is.',
  },
  KubeVirtStatus: {
    phase: 'Deploying, Deployed, Deleting or Deleted.',
    conditions: 'Facts in machine-readable form: Available, Progressing, Degraded and others.',
    observedKubeVirtVersion: 'Version that runs.',
    targetKubeVirtVersion: 'Version that is being installed.',
    operatorVersion: 'Version of the component that installs.',
  },
};
