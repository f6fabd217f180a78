/** Sizes and preferences. */
import type { Descriptions } from './type.ts';

export const instancetype: Descriptions = {
  VirtualMachineInstancetype: {
    spec: 'The size.',
  },
  VirtualMachineClusterInstancetype: {
    spec: 'The size.',
  },
  VirtualMachinePreference: {
    spec: 'What guests work best with.',
  },
  VirtualMachineClusterPreference: {
    spec: 'What guests work best with.',
  },
  'beta1.VirtualMachineInstancetypeSpec': {
    annotations: 'Annotations that instances get.',
    cpu: 'Processors.',
    gpus: 'Graphics cards that instances get.',
    hostDevices: 'Other devices of nodes that instances get.',
    ioThreads: 'Threads that do the work of disks.',
    ioThreadsPolicy: 'Threads beside QEMU’s own for disks: shared, auto or supplementalPool.',
    launchSecurity: 'Memory that the node cannot read.',
    memory: 'Memory.',
    nodeSelector: 'Labels that a node must have to run instances.',
    schedulerName: 'Scheduler that places instances.',
  },
  'beta1.CPUInstancetype': {
    guest: 'Virtual processors; a preference says how they are arranged.',
    maxSockets: 'Sockets that instances can grow to while they run.',
    model: 'CPU model; the cluster’s when left out.',
    dedicatedCPUPlacement: 'true: each virtual processor has a physical one for itself.',
    isolateEmulatorThread: 'true: QEMU’s own threads get a physical processor of their own.',
    numa: 'NUMA nodes of the guest.',
    realtime: 'Processors that are scheduled in real time.',
  },
  'beta1.MemoryInstancetype': {
    guest: 'Memory that the guest sees, such as 2Gi.',
    maxGuest: 'Memory that instances can grow to while they run.',
    hugepages: 'Back guest memory by huge pages.',
    overcommitPercent:
      'Share of guest memory that is not requested of the node, from 0 (when left out) to 100.',
  },
  'beta1.VirtualMachinePreferenceSpec': {
    annotations: 'Annotations that instances get.',
    clock: 'Clock and timers.',
    cpu: 'Arrangement of processors, and their features.',
    devices: 'Models, buses and options of devices.',
    features: 'Features of the virtual machine.',
    firmware: 'BIOS or EFI.',
    machine: 'The emulated mainboard.',
    preferSpreadSocketToCoreRatio: 'Deprecated; use cpu.spreadOptions.ratio.',
    preferredArchitecture: 'Processor architecture of the guest.',
    preferredSubdomain: 'Subdomain of instances.',
    preferredTerminationGracePeriodSeconds:
      'Seconds between asking a guest to shut down and switching it off.',
    preferredLaunchSecurity: 'Memory that the node cannot read.',
    requirements: 'What a guest needs at least; smaller virtual machines are refused.',
    volumes: 'Claims of data volume templates.',
  },
  'beta1.ClockPreferences': {
    preferredClockOffset: 'What time guests start with.',
    preferredTimer: 'Timers.',
  },
  'beta1.CPUPreferences': {
    preferredCPUFeatures: 'Processor features to demand or forbid.',
    preferredCPUTopology:
      'What the processors of an instancetype become: sockets (when left out), cores, threads, spread or any.',
    spreadOptions: 'How spread divides them.',
  },
  'beta1.SpreadOptions': {
    across: 'SocketsCores (when left out), SocketsCoresThreads or CoresThreads.',
    ratio: 'Cores to a socket; 2 when left out.',
  },
  'beta1.DevicePreferences': {
    preferredAutoattachGraphicsDevice: 'false: no screen.',
    preferredAutoattachInputDevice: 'true: a tablet is added when none is listed.',
    preferredAutoattachMemBalloon: 'false: no balloon.',
    preferredAutoattachPodInterface: 'false: a guest that lists no interface gets none.',
    preferredAutoattachSerialConsole: 'false: no serial console.',
    preferredBlockMultiQueue: 'true: a queue for each processor on virtio disks.',
    preferredCdromBus: 'Bus of CD-ROM drives.',
    preferredDisableHotplug: 'true: nothing can be plugged in while the guest runs.',
    preferredDiskBlockSize: 'Block sizes of disks.',
    preferredDiskBus: 'Bus of disks, such as virtio.',
    preferredDiskCache: 'How nodes cache disks: none, writethrough or writeback.',
    preferredDiskDedicatedIoThread: 'true: a thread for each virtio disk.',
    preferredDiskIO: 'How QEMU reads and writes: native or threads.',
    preferredInputBus: 'Bus of pointing devices: usb or virtio.',
    preferredInputType: 'Type of pointing devices: tablet.',
    preferredInterfaceMasquerade: 'Interfaces on the pod’s network are masqueraded.',
    preferredInterfaceModel: 'Model of interfaces, such as virtio or e1000e.',
    preferredLunBus: 'Bus of LUNs.',
    preferredNetworkInterfaceMultiQueue: 'true: a queue for each processor on virtio interfaces.',
    preferredPanicDeviceModel: 'Model of the device by which guests report that they crashed.',
    preferredRng: 'A source of random numbers; an empty object adds it.',
    preferredSoundModel: 'Model of sound cards.',
    preferredTPM: 'A trusted platform module.',
    preferredUseVirtioTransitional: 'true: virtio devices that guests without virtio 1.0 understand.',
    preferredVideoType: 'Model of the graphics card that VNC shows.',
    preferredVirtualGPUOptions: 'Options of virtual GPUs.',
  },
  'beta1.FeaturePreferences': {
    preferredAcpi: 'Power button and power management.',
    preferredApic: 'The interrupt controller that guests with several processors need.',
    preferredHyperv: 'What Windows guests use to run well on a hypervisor.',
    preferredKvm: 'How KVM shows itself to the guest.',
    preferredPvspinlock: 'Spinlocks that give a waiting processor away.',
    preferredSmm: 'System management mode.',
  },
  'beta1.FirmwarePreferences': {
    preferredEfi: 'Boot with EFI.',
    preferredUseBios: 'true: boot with BIOS.',
    preferredUseBiosSerial: 'true: show messages of the BIOS on the serial console.',
    preferredUseEfi: 'Deprecated; use preferredEfi.',
    preferredUseSecureBoot: 'Deprecated; use preferredEfi.secureBoot.',
  },
  'beta1.MachinePreferences': {
    preferredMachineType: 'Machine type, such as q35.',
  },
  'beta1.PreferenceRequirements': {
    architecture: 'Processor architecture that the guest needs.',
    cpu: 'Processors that the guest needs.',
    memory: 'Memory that the guest needs.',
  },
  'beta1.CPUPreferenceRequirement': {
    guest: 'Virtual processors, at least.',
  },
  'beta1.MemoryPreferenceRequirement': {
    guest: 'Memory, at least.',
  },
  'beta1.VolumePreferences': {
    preferredStorageClassName: 'Storage class of claims that name none.',
  },
};
