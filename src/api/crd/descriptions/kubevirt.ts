/** The KubeVirt object: the set-up of a cluster. */
import type { Descriptions } from './type.ts';

export const kubevirt: Descriptions = {
  KubeVirtSpec: {
    configuration: 'Settings that hold for all virtual machines.',
    imagePullPolicy: 'Pull policy of our own image.',
    uninstallStrategy:
      'What happens to virtual machines when this object is deleted: RemoveWorkloads (the default), or BlockUninstallIfWorkloadsExist.',
    certificateRotateStrategy: 'How long our own certificates last.',
    customizeComponents: 'Changes to what is installed.',
    imagePullSecrets: 'Secrets that our own image is pulled with.',
    imageRegistry: 'Registry of our own image; that of the operator when left out.',
    imageTag: 'Version of our own image; that of the operator when left out.',
    infra: 'Where the control plane runs, and how often.',
    monitorAccount: 'Service account of the monitoring that may read figures.',
    monitorNamespace: 'Namespace of the monitoring.',
    serviceMonitorNamespace: 'Namespace that objects of the monitoring are made in.',
    productComponent: 'Name of the product’s part, for labels.',
    productName: 'Name of the product, for labels.',
    productVersion: 'Version of the product, for labels.',
    synchronizationPort: 'Port at which clusters talk about guests that move between them.',
    workloadUpdateStrategy: 'How guests get from an older release to the new one.',
    workloads: 'Where the node agents, and so guests, run.',
  },
  KubeVirtCertificateRotateStrategy: {
    selfSigned: 'For certificates that we sign ourselves.',
  },
  KubeVirtSelfSignConfiguration: {
    ca: 'The authority’s own certificate.',
    server: 'Certificates of components.',
    caOverlapInterval: 'Deprecated; use ca.renewBefore.',
    caRotateInterval: 'Deprecated; use ca.duration.',
    certRotateInterval: 'Deprecated; use server.duration.',
  },
  CertConfig: {
    duration: 'How long a certificate lasts, such as 24h.',
    renewBefore: 'How long before its end a new one is made.',
  },
  CustomizeComponents: {
    flags: 'Command line flags to add.',
    patches: 'Patches of objects that are installed.',
  },
  Flags: {
    api: 'Of the API, by name.',
    controller: 'Of the controller, by name.',
    handler: 'Of the node agent, by name.',
  },
  CustomizeComponentsPatch: {
    patch: 'The patch, as JSON.',
    resourceName: 'Name of the object, or *.',
    resourceType: 'Kind of the object.',
    type: 'strategic, merge or json.',
  },
  ComponentConfig: {
    nodePlacement: 'Which nodes.',
    replicas: 'How many pods; as many as the cluster needs when left out.',
  },
  NodePlacement: {
    affinity: 'Preferences and demands on nodes.',
    nodeSelector: 'Labels that a node must have.',
    tolerations: 'Taints of nodes that are tolerated.',
  },
  KubeVirtWorkloadUpdateStrategy: {
    batchEvictionInterval: 'Time between two batches, such as 1m.',
    batchEvictionSize: 'Guests that are ended at a time; 10 when left out.',
    workloadUpdateMethods:
      'LiveMigrate, Evict or both, in that order; none when left out: guests stay on the older release.',
  },
  KubeVirtConfiguration: {
    developerConfiguration: 'Settings for tests and special clusters.',
    cpuModel: 'CPU model of guests that name none; host-model when left out.',
    cpuRequest: 'CPU request of guests that state none; 100m when left out.',
    machineType: 'Machine type of guests that name none; q35 when left out.',
    emulatedMachines: 'Machine types that guests may name; * matches anything.',
    evictionStrategy: 'Eviction strategy of guests that name none; None when left out.',
    additionalGuestMemoryOverheadRatio:
      'Factor on the memory that is requested beside the guest’s, such as "1.25".',
    imagePullPolicy: 'Pull policy of our own image.',
    network: 'Settings of networks.',
    apiConfiguration: 'Settings of the API.',
    architectureConfiguration: 'Machine types by architecture.',
    autoCPULimitNamespaceLabelSelector: 'Namespaces whose guests get CPU limits.',
    changedBlockTrackingLabelSelectors: 'Virtual machines whose changes are tracked for incremental backups.',
    commonInstancetypesDeployment: 'Whether the common instancetypes and preferences are installed.',
    confidentialCompute: 'Settings of memory that nodes cannot read.',
    controllerConfiguration: 'Settings of the controller.',
    defaultRuntimeClass: 'Runtime class of the pods of guests.',
    handlerConfiguration: 'Settings of the node agent.',
    hypervisors: 'Hypervisor to use; kvm when left out.',
    instancetype: 'How instancetypes are kept.',
    ksmConfiguration: 'Nodes that merge equal pages of memory.',
    liveUpdateConfiguration: 'How far guests can grow while they run.',
    mediatedDevicesConfiguration: 'Mediated devices, such as virtual GPUs, that nodes make.',
    memBalloonStatsPeriod: 'Seconds between two reports of guest memory; 10 when left out, 0 for none.',
    migrations: 'How guests are moved between nodes.',
    minCPUModel: 'Oldest CPU model that nodes are taken with.',
    obsoleteCPUModels: 'CPU models that are not offered, each with true.',
    ovmfPath: 'Directory of the EFI firmware.',
    permittedHostDevices: 'Devices of nodes that guests may be given.',
    persistentReservationConfiguration: 'Whether guests may reserve LUNs for themselves.',
    roleAggregationStrategy:
      'AggregateToDefault (when left out): Kubernetes’ roles admin, edit and view take ours in. Manual: they do not.',
    seccompConfiguration: 'System calls that guests’ pods may use.',
    selinuxLauncherType: 'SELinux type of guests’ pods.',
    smbios: 'What guests read about their maker in the SMBIOS tables.',
    supportContainerResources: 'Requests and limits of side containers.',
    supportedGuestAgentVersions: 'Versions of the agent in guests that are taken.',
    tlsConfiguration: 'Demands on encrypted connections to components.',
    virtTemplateDeployment: 'Whether templates of virtual machines are installed.',
    virtualMachineInstancesPerNode: 'Most guests on a node; 110 when left out.',
    virtualMachineOptions: 'Options of all guests.',
    vmRolloutStrategy:
      'When changes of a virtual machine take effect: LiveUpdate (at once where possible) or Stage (at its next start).',
    vmStateStorageClass: 'Storage class of claims that keep firmware variables and TPMs.',
    webhookConfiguration: 'Settings of webhooks.',
  },
  ReloadableComponentConfiguration: {
    restClient: 'How it talks to the API server.',
  },
  RESTClientConfiguration: {
    rateLimiter: 'How many requests it sends.',
  },
  RateLimiter: {
    tokenBucketRateLimiter: 'So many a second, with bursts.',
  },
  TokenBucketRateLimiter: {
    burst: 'Requests at once.',
    qps: 'Requests a second, on average.',
  },
  ArchConfiguration: {
    amd64: 'Of amd64.',
    arm64: 'Of arm64.',
    ppc64le: 'Of ppc64le.',
    s390x: 'Of s390x.',
    defaultArchitecture: 'Architecture of guests that name none.',
  },
  ArchSpecificConfiguration: {
    emulatedMachines: 'Machine types that guests may name; * matches anything.',
    machineType: 'Machine type of guests that name none.',
    ovmfPath: 'Directory of the EFI firmware.',
  },
  ChangedBlockTrackingSelectors: {
    namespaceLabelSelector: 'Namespaces, by label.',
    virtualMachineLabelSelector: 'Virtual machines, by label.',
  },
  CommonInstancetypesDeployment: {
    enabled: 'false: they are not installed.',
  },
  ConfidentialComputeConfiguration: {
    tdx: 'Intel TDX.',
  },
  TDXConfiguration: {
    attestation: 'How guests prove what they are.',
  },
  TDXAttestationConfiguration: {
    enforced: 'true: nodes without the service are not used.',
    qgsSocketPath:
      'Socket of the quote generation service on nodes; /var/run/tdx-qgs/qgs.socket when left out.',
  },
  DeveloperConfiguration: {
    useEmulation: 'true: guests may run without KVM, much slower.',
    cpuAllocationRatio: 'Virtual processors to one requested CPU; 10 when left out.',
    memoryOvercommit: 'Guest memory in per cent of what is requested for it; 100 when left out.',
    nodeSelectors: 'Labels that nodes must have to run any guest.',
    featureGates: 'Features to switch on by name.',
    clusterProfiler: 'true: components can be profiled over the API.',
    disabledFeatureGates: 'Features to switch off by name.',
    diskVerification: 'Limits of the check of disk images.',
    logVerbosity: 'How much components log.',
    minimumClusterTSCFrequency: 'Frequency in Hz that time stamp counters of nodes must reach.',
    minimumReservePVCBytes: 'Bytes of a claim that are left free beside a disk image.',
    pvcTolerateLessSpaceUpToPercent:
      'Share of a disk image’s size, in per cent, that a claim may lack; 10 when left out.',
  },
  DiskVerification: {
    memoryLimit: 'Memory that the check may take.',
  },
  LogVerbosity: {
    nodeVerbosity: 'Levels of node agents, by name of the node.',
    virtAPI: 'Level of the API, from 0 to 9.',
    virtController: 'Level of the controller, from 0 to 9.',
    virtHandler: 'Level of node agents, from 0 to 9.',
    virtLauncher: 'Level of launchers, from 0 to 9.',
    virtOperator: 'Level of the operator, from 0 to 9.',
    virtSynchronizationController: 'Level of what talks to other clusters, from 0 to 9.',
  },
  HypervisorConfiguration: {
    name: 'kvm or hyperv-direct.',
  },
  InstancetypeConfiguration: {
    referencePolicy:
      'reference (when left out) keeps the name in the virtual machine; expand and expandAll write out what it states.',
  },
  KSMConfiguration: {
    nodeLabelSelector: 'The nodes, by label.',
  },
  LiveUpdateConfiguration: {
    maxCpuSockets: 'Most sockets.',
    maxGuest: 'Most memory.',
    maxHotplugRatio: 'Growth over the size at the start; 4 when left out.',
  },
  MediatedDevicesConfiguration: {
    enabled: 'false: nodes make none.',
    mediatedDeviceTypes: 'Types that nodes make.',
    mediatedDevicesTypes: 'Deprecated; use mediatedDeviceTypes.',
    nodeMediatedDeviceTypes: 'Types by node.',
  },
  NodeMediatedDeviceTypesConfig: {
    mediatedDeviceTypes: 'Types that these nodes make.',
    mediatedDevicesTypes: 'Deprecated; use mediatedDeviceTypes.',
    nodeSelector: 'The nodes, by label.',
  },
};
