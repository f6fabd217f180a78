/** The virtual machine's board: processors, memory, firmware, features and clock. */
import type { Descriptions } from './type.ts';

export const domain: Descriptions = {
  DomainSpec: {
    cpu: 'Processors: how many, in which arrangement, of which model.',
    memory: 'Memory that the guest sees.',
    resources: 'What the pod requests of its node beside or instead of what follows from cpu and memory.',
    devices: 'Disks, interfaces and all other devices.',
    machine: 'The emulated mainboard.',
    firmware: 'What starts first, and how the machine identifies itself.',
    features: 'Features of the virtual machine that can be switched.',
    clock: 'What time the guest starts with, and which timers it has.',
    chassis: 'What the guest reads about its case in the SMBIOS tables.',
    ioThreads: 'Threads that do the work of disks, with ioThreadsPolicy supplementalPool.',
    ioThreadsPolicy:
      'Threads beside QEMU’s own for disks: shared (one for all), auto (spread over disks) or supplementalPool.',
    launchSecurity: 'Memory that the node cannot read. At most one of its kinds.',
    rebootPolicy:
      'What a reboot of the guest does: Reboot (when left out), or Terminate, which ends the instance.',
  },
  DiskIOThreads: {
    supplementalPoolThreadCount: 'How many threads.',
  },
  LaunchSecurity: {
    sev: 'AMD SEV or SEV-ES.',
    snp: 'AMD SEV-SNP.',
    tdx: 'Intel TDX.',
  },
  SEV: {
    attestation: 'The guest starts paused, for its owner to check it first.',
    dhCert: 'Owner’s Diffie-Hellman key, in base64.',
    policy: 'What the guest demands of the processor.',
    session: 'Owner’s session blob, in base64.',
  },
  SEVPolicy: {
    encryptedState: 'true: registers are encrypted too (SEV-ES).',
  },
  CPU: {
    cores: 'Cores in each socket; 1 when left out.',
    sockets: 'Sockets; 1 when left out. Whole CPUs of resources count as sockets when no topology is stated.',
    threads: 'Threads in each core; 1 when left out.',
    model:
      'host-model (nearest to the node’s, the default), host-passthrough (exactly the node’s), or a model by name.',
    features: 'Single processor features to demand or forbid.',
    dedicatedCpuPlacement: 'Whether each virtual processor has a physical one for itself.',
    maxSockets: 'Sockets that the guest can grow to while it runs.',
    isolateEmulatorThread:
      'true: QEMU’s own threads get a physical processor of their own. Needs dedicatedCpuPlacement.',
    numa: 'NUMA nodes of the guest.',
    realtime: 'Processors that are scheduled in real time. Needs dedicatedCpuPlacement and huge pages.',
  },
  CPUFeature: {
    name: 'Name of the feature, as libvirt knows it.',
    policy: 'force, require (when left out), optional, disable or forbid.',
  },
  NUMA: {
    guestMappingPassthrough:
      'The guest sees the NUMA nodes that its processors are on. Needs dedicatedCpuPlacement and huge pages.',
  },
  Realtime: {
    mask: 'Virtual processors in real time, such as 0-3,^1; all when left out.',
  },
  Hugepages: {
    pageSize: 'Size of a page, such as 2Mi or 1Gi; memory must be a multiple of it.',
  },
  Memory: {
    guest: 'Memory that the guest sees, such as 2Gi. Taken from resources when left out.',
    maxGuest: 'Memory that the guest can grow to while it runs.',
    hugepages: 'Back guest memory by huge pages.',
    reservedOverhead: 'Memory for what runs beside the guest, on top of what is reckoned.',
  },
  ReservedOverhead: {
    addedOverhead: 'Amount that is added to the pod’s memory, such as 64Mi.',
    memLock: 'Required: all memory of the guest may be locked. NotRequired when left out.',
  },
  Firmware: {
    uuid: 'UUID that the guest reads; derived from the virtual machine when left out, and stable.',
    serial: 'Serial number that the guest reads.',
    bootloader: 'BIOS or EFI; BIOS when left out.',
    kernelBoot: 'Boot a kernel from a container image instead of a boot loader from disk.',
    acpi: 'ACPI tables that the guest is given.',
  },
  ACPI: {
    msdmNameRef: 'Volume of a secret that holds table MSDM, a Windows licence.',
    slicNameRef: 'Volume of a secret that holds table SLIC, a Windows licence.',
  },
  EFI: {
    persistent: 'true: variables of the firmware outlive the instance.',
    secureBoot:
      'Only boot loaders that are signed start; true when left out, and then features.smm must be on.',
  },
  Chassis: {
    asset: 'Asset tag.',
    manufacturer: 'Manufacturer.',
    serial: 'Serial number.',
    sku: 'Stock keeping unit.',
    version: 'Version.',
  },
  Timer: {
    hpet: 'High precision event timer.',
    kvm: 'Clock that Linux guests read from KVM.',
    pit: 'Programmable interval timer.',
    rtc: 'Battery-backed clock.',
    hyperv: 'The clock that Windows guests read from Hyper-V.',
  },
  HPETTimer: {
    present: 'false takes it away; true when left out.',
    tickPolicy: 'What happens with ticks that the guest missed: delay, catchup, merge or discard.',
  },
  HypervTimer: {
    present: 'false takes it away; true when left out.',
  },
  KVMTimer: {
    present: 'false takes it away; true when left out.',
  },
  PITTimer: {
    present: 'false takes it away; true when left out.',
    tickPolicy: 'What happens with ticks that the guest missed: delay, catchup or discard.',
  },
  RTCTimer: {
    present: 'false takes it away; true when left out.',
    tickPolicy: 'What happens with ticks that the guest missed: delay or catchup.',
    track: 'guest: follows what the guest sets. wall: follows the node’s clock.',
  },
  ClockOffset: {
    timezone: 'Start with the node’s time in a time zone such as Europe/Berlin.',
    utc: 'Start with the node’s time in UTC.',
  },
  Features: {
    acpi: 'Power button and power management; on unless switched off.',
    apic: 'The interrupt controller that guests with several processors need.',
    smm: 'System management mode.',
    hyperv: 'What Windows guests use to run well on a hypervisor.',
    hypervPassthrough: 'All of Hyper-V that the node offers, instead of single features.',
    kvm: 'How KVM shows itself to the guest.',
    pvspinlock: 'Spinlocks that give a waiting processor away; on unless switched off.',
  },
  FeatureAPIC: {
    enabled: 'true when left out.',
    endOfInterrupt: 'true: the guest need not leave its code to end an interrupt.',
  },
  FeatureKVM: {
    hidden: 'true: the guest does not see that it runs on KVM.',
  },
  HyperVPassthrough: {
    enabled: 'true when left out.',
  },
  FeatureHyperv: {
    evmcs: 'Faster nested virtualization on Intel processors. Implies vapic.',
    frequencies: 'The guest reads the frequencies of clocks.',
    ipi: 'Interrupts between processors through the hypervisor. Needs vpindex.',
    reenlightenment: 'The guest is told when the frequency of the time stamp counter changes.',
    relaxed: 'The guest does not take delays of its processors for a fault.',
    reset: 'The guest can reset itself through the hypervisor.',
    runtime: 'The guest reads how long its processors have run.',
    spinlocks: 'The guest gives a processor away when it has waited for a lock long enough.',
    synic: 'Synthetic interrupt controller. Needs vpindex.',
    synictimer: 'Timers of the synthetic interrupt controller. Needs synic.',
    tlbflush: 'Flushes of address caches through the hypervisor. Needs vpindex.',
    vapic: 'Virtual interrupt controller that seldom leaves the guest.',
    vendorid: 'Name of the hypervisor’s maker.',
    vpindex: 'The guest reads the numbers of its processors.',
  },
  FeatureSpinlocks: {
    enabled: 'true when left out.',
    spinlocks: 'Attempts before the processor is given away; at least 4095, 4096 when left out.',
  },
  SyNICTimer: {
    enabled: 'true when left out.',
    direct: 'Timers raise interrupts directly, instead of messages.',
  },
  TLBFlush: {
    enabled: 'true when left out.',
    direct: 'Flushes of nested guests too.',
    extended: 'Flushes of single address ranges.',
  },
  FeatureVendorID: {
    enabled: 'true when left out.',
    vendorid: 'The name, at most 12 characters.',
  },
  ResourceRequirements: {
    requests: 'Amounts that the node must have free. memory is the guest’s share, without our overhead.',
    limits: 'Amounts that the pod may never exceed.',
    overcommitGuestOverhead:
      'Do not request memory for what runs beside the guest; risks an out-of-memory kill.',
  },
  Machine: {
    type: 'Machine type, such as q35 or a version of it.',
  },
  Bootloader: {
    bios: 'Boot with BIOS.',
    efi: 'Boot with EFI.',
  },
  BIOS: {
    useSerial: 'Show messages of the BIOS on the serial console.',
  },
  KernelBoot: {
    container: 'Image that holds kernel and initial RAM disk.',
    kernelArgs: 'Command line of the kernel.',
  },
  KernelBootContainer: {
    image: 'Name of the image.',
    imagePullPolicy: 'When the image is pulled.',
    imagePullSecret: 'Secret with the credentials of the registry.',
    kernelPath: 'Absolute path of the kernel in the image.',
    initrdPath: 'Absolute path of the initial RAM disk in the image.',
  },
  FeatureState: {
    enabled: 'true when left out.',
  },
  Clock: {
    utc: 'Start with the node’s time in UTC.',
    timezone: 'Start with the node’s time in a time zone such as Europe/Berlin.',
    timer: 'Timers, each of which can be tuned or taken away.',
  },
  ClockOffsetUTC: {
    offsetSeconds: 'Seconds that the guest’s clock is ahead of the node’s.',
  },
};
