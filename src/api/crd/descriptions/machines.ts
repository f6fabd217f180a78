/** Virtual machines and their instances, beside what describes the guest. */
import type { Descriptions } from './type.ts';

export const machines: Descriptions = {
  VirtualMachineSpec: {
    running: 'Deprecated: true is runStrategy Always, false is Halted. Not together with runStrategy.',
    runStrategy:
      'When a guest runs: Always (started again whenever it ends), RerunOnFailure (only after a failure), Once, Manual (only on request), or Halted.',
    template: 'The instance that is created each time the virtual machine starts.',
    dataVolumeTemplates:
      'Disks to be made with the virtual machine, and deleted with it. Needs the containerized data importer (CDI).',
    instancetype: 'The size of the virtual machine. What it states must not be stated in the template too.',
    preference: 'What the guest works best with. Fills in what the template leaves out.',
    updateVolumesStrategy:
      'How a change of volumes reaches a running guest: Replacement (at its next start) or Migration.',
  },
  InstancetypeMatcher: {
    name: 'Name of the instancetype.',
    kind: 'VirtualMachineClusterInstancetype (when left out) or VirtualMachineInstancetype, which is of the namespace.',
    revisionName: 'ControllerRevision to take the size from instead of the instancetype as it is now.',
    inferFromVolume: 'Volume whose claim names the instancetype in its labels. Not together with name.',
    inferFromVolumeFailurePolicy:
      'What follows when the volume names none: Reject (when left out) or Ignore.',
  },
  PreferenceMatcher: {
    name: 'Name of the preference.',
    kind: 'VirtualMachineClusterPreference (when left out) or VirtualMachinePreference, which is of the namespace.',
    revisionName: 'ControllerRevision to take the preference from instead of the preference as it is now.',
    inferFromVolume: 'Volume whose claim names the preference in its labels. Not together with name.',
    inferFromVolumeFailurePolicy:
      'What follows when the volume names none: Reject (when left out) or Ignore.',
  },
  VirtualMachineStatus: {
    conditions: 'Facts in machine-readable form, Ready and Failure among them.',
    created: 'Whether an instance exists.',
    ready: 'Whether the instance runs and is ready.',
    printableStatus: 'One word for people: Running, Stopped, Starting, CrashLoopBackOff and so on.',
    runStrategy: 'The run strategy in force.',
    observedGeneration: 'Generation of the spec that this status was computed from.',
    desiredGeneration: 'Generation of the spec as it is stored.',
    startFailure: 'How often starting failed in a row, and when it is tried again.',
    stateChangeRequests: 'Starts and stops that were asked for and are not done yet.',
    instancetypeRef: 'The instancetype in force and the revision that keeps it.',
    preferenceRef: 'The preference in force and the revision that keeps it.',
    volumeRequests: 'Volumes that were asked to be plugged in or out and are not yet.',
    volumeSnapshotStatuses: 'Whether each volume can be part of a snapshot.',
    volumeUpdateState: 'How far a change of volumes is.',
    memoryDumpRequest: 'A dump of the guest’s memory that was asked for.',
    snapshotInProgress: 'Snapshot that is being made.',
    restoreInProgress: 'Restore that is being done.',
    changedBlockTracking: 'Whether changes of disks are tracked for incremental backups.',
  },
  VirtualMachineInstanceSpec: {
    architecture: 'Processor architecture of the guest; the cluster’s when left out.',
    domain: 'The virtual hardware.',
    volumes: 'Where the data of disks comes from. Each volume has exactly one source.',
    networks: 'Networks that interfaces of the same names connect to.',
    hostname: 'Host name that the guest is told; the instance’s name when left out.',
    subdomain: 'Subdomain under which a headless service of this name resolves the guest.',
    dnsPolicy: 'Which name servers the guest is told: those of the cluster unless changed.',
    dnsConfig: 'Name servers and search domains beside or, with dnsPolicy None, instead of the usual.',
    nodeSelector: 'Labels that a node must have to run this guest.',
    affinity: 'Preferences and demands on nodes, and on what else runs on them.',
    tolerations: 'Taints of nodes that do not keep this guest away.',
    topologySpreadConstraints: 'How guests of a kind are spread over zones and nodes.',
    priorityClassName: 'Priority class of the pod that the guest runs in.',
    schedulerName: 'Scheduler that places the pod; the cluster’s default when left out.',
    terminationGracePeriodSeconds:
      'Seconds between asking the guest to shut down and switching it off; 30 when left out, 0 switches it off at once.',
    startStrategy: 'Paused: the guest is created with its processors stopped until it is unpaused.',
    evictionStrategy:
      'What a drain of the node does: None ends the guest; LiveMigrateIfPossible moves it when that can be done.',
    livenessProbe: 'A check that ends the guest when it fails too often.',
    readinessProbe: 'A check that decides whether services send traffic to the guest.',
    accessCredentials: 'SSH keys and passwords that are put into the guest.',
    serviceAccountName: 'Service account of the pod, whose token the guest can be given as a volume.',
    resourceClaims:
      'Devices that are allocated through resource claims (DRA), for devices and networks to name.',
    utilityVolumes: 'Claims that the pod of the guest gets for a while, and that are no disks.',
  },
  'core.PodResourceClaim': {
    name: 'Name that devices refer to.',
    resourceClaimName: 'An existing ResourceClaim.',
    resourceClaimTemplateName: 'Template of a ResourceClaim that is made with the pod and goes with it.',
  },
  UtilityVolume: {
    name: 'Name of the volume.',
    claimName: 'The claim.',
    readOnly: 'true: nothing is written to it.',
    type: 'What it is for, such as a dump of memory.',
  },
  VirtualMachineInstanceStatus: {
    phase: 'Pending, Scheduling, Scheduled, Running, and in the end Succeeded or Failed.',
    nodeName: 'Node that the guest runs on.',
    reason: 'One word for why the instance is in its phase.',
    conditions: 'Facts in machine-readable form, Ready, Paused and LiveMigratable among them.',
    interfaces: 'Addresses of the guest, one entry an interface.',
    guestOSInfo: 'What the agent inside the guest says of its operating system.',
    activePods: 'Pods of this instance by uid, with the node of each.',
    phaseTransitionTimestamps: 'When each phase was entered.',
    qosClass: 'Quality of service class of the pod.',
    machine: 'Machine type that the guest got.',
    memory: 'Guest memory: at boot, at present, and asked for.',
    currentCPUTopology: 'Processors that the guest has at present.',
    volumeStatus: 'State of each volume.',
    evacuationNodeName: 'Node that the guest is asked to leave.',
    fsFreezeStatus: 'frozen while the guest’s file systems are frozen for a backup.',
    kernelBootStatus: 'Checksums of the kernel and RAM disk that were booted.',
    launcherContainerImageVersion: 'Image of the pod that the guest runs in.',
    migratedVolumes: 'Volumes that are being moved to other claims.',
    migrationMethod: 'How the guest could be moved: LiveMigration, or BlockMigration with its disks.',
    migrationState: 'The last move of the guest between nodes.',
    migrationTransport: 'How the data of a move travels.',
    runtimeUser: 'User that the guest’s processes run as: 107.',
    selinuxContext: 'SELinux label of the guest’s pod.',
    topologyHints: 'What a node must offer for the guest’s clock to go on as it went.',
    virtualMachineRevisionName: 'Revision of the virtual machine that this instance was made from.',
    VSOCKCID: 'Number under which the node reaches the guest over VSOCK.',
    changedBlockTracking: 'Whether changes of disks are tracked for incremental backups.',
    deviceStatus: 'Devices that resource claims have allocated.',
  },
  VirtualMachineInstanceReplicaSet: {
    spec: 'How many instances there should be, and of what.',
    status: 'What was last seen. Written by the controller only.',
  },
  VirtualMachineInstanceReplicaSetSpec: {
    replicas: 'How many instances there should be; 1 when left out.',
    selector: 'Which instances belong to the set. It must select the labels of the template.',
    template: 'What an instance is made of.',
    paused: 'true: instances are neither created nor deleted.',
  },
  VirtualMachineInstanceReplicaSetStatus: {
    replicas: 'Instances that are there and are not ending.',
    readyReplicas: 'Those of them that are ready.',
    labelSelector: 'The selector as text, for autoscalers.',
    conditions:
      'ReplicaFailure when the API server refuses instances, ReplicaPaused while the set is paused.',
  },
  VirtualMachineInstancePreset: {
    spec: 'Which instances get what.',
  },
  VirtualMachineInstancePresetSpec: {
    selector: 'Labels of the instances that get the settings when they are created.',
    domain:
      'The settings. Only requests, cpu, firmware, clock, features, watchdog and ioThreadsPolicy are taken.',
  },
  'meta.LabelSelector': {
    matchLabels: 'Labels that must be there with these values.',
    matchExpressions: 'Further demands; all must be met.',
  },
  'meta.LabelSelectorRequirement': {
    key: 'Name of the label.',
    operator: 'In, NotIn, Exists or DoesNotExist.',
    values: 'Values for In and NotIn; empty for the others.',
  },
  AccessCredential: {
    sshPublicKey: 'SSH keys that may log in.',
    userPassword: 'Passwords of users.',
  },
  SSHPublicKeyAccessCredential: {
    source: 'Where the keys come from.',
    propagationMethod: 'How they get into the guest.',
  },
  SSHPublicKeyAccessCredentialSource: {
    secret: 'A secret, each of whose values is a public key.',
  },
  SSHPublicKeyAccessCredentialPropagationMethod: {
    configDrive: 'Through cloud-init’s config drive, at boot.',
    noCloud: 'Through cloud-init’s NoCloud volume, at boot.',
    qemuGuestAgent: 'Through the agent in the guest, while it runs.',
  },
  QemuGuestAgentSSHPublicKeyAccessCredentialPropagation: {
    users: 'Users of the guest who get the keys.',
  },
  AccessCredentialSecretSource: {
    secretName: 'Name of the secret.',
  },
  UserPasswordAccessCredential: {
    source: 'Where the passwords come from.',
    propagationMethod: 'How they get into the guest.',
  },
  UserPasswordAccessCredentialSource: {
    secret: 'A secret whose keys are user names and whose values are passwords.',
  },
  UserPasswordAccessCredentialPropagationMethod: {
    qemuGuestAgent: 'Through the agent in the guest, while it runs.',
  },
  Probe: {
    tcpSocket: 'Passes when the guest accepts a TCP connection.',
    httpGet: 'Passes when the guest answers with a status from 200 to 399.',
    initialDelaySeconds: 'Seconds after the start before the first check.',
    periodSeconds: 'Seconds between checks; 10 when left out.',
    timeoutSeconds: 'Seconds that a check may take; 1 when left out.',
    successThreshold: 'Checks in a row that must pass; 1 when left out.',
    failureThreshold: 'Checks in a row that must fail; 3 when left out.',
    exec: 'Passes when a command in the guest, run through its agent, ends with 0.',
    guestAgentPing: 'Passes when the agent in the guest answers.',
  },
  'core.ExecAction': {
    command: 'The program and its arguments; no shell is involved.',
  },
  'core.HTTPGetAction': {
    host: 'Host to connect to; the guest when left out.',
    httpHeaders: 'Headers of the request.',
    path: 'Path to ask for; / when left out.',
    port: 'Port number, or the name of one.',
    scheme: 'HTTP (when left out) or HTTPS, whose certificate is not checked.',
  },
  'core.HTTPHeader': {
    name: 'Name of the header.',
    value: 'Its value.',
  },
  'core.TCPSocketAction': {
    host: 'Host to connect to; the guest when left out.',
    port: 'Port number, or the name of one.',
  },
  VirtualMachine: {
    spec: 'What the virtual machine should be.',
    status: 'What was last seen of it. Written by the controller only.',
  },
  VirtualMachineInstanceTemplateSpec: {
    metadata: 'Labels and annotations of the instance.',
    spec: 'The instance itself.',
  },
  VirtualMachineStartFailure: {
    consecutiveFailCount: 'Instances in a row that failed before they ran.',
    retryAfterTimestamp: 'The next start is not tried before this time.',
    lastFailedVMIUID: 'The instance that failed last.',
  },
  VirtualMachineInstance: {
    spec: 'What runs. It cannot be changed once the instance exists.',
    status: 'What was last seen of the guest. Written by components only.',
  },
  VirtualMachineInstanceNetworkInterface: {
    ipAddress: 'First address; the one that other pods reach the guest at.',
    ipAddresses: 'All addresses.',
    mac: 'MAC address that the guest sees.',
    name: 'Name of the interface in the spec.',
  },
};
