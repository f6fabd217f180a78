/**
 * Where things are inside a launcher pod. The pod builder mounts them, the launcher uses them, and the node
 * agent finds `socketDir` on the host through the kubelet's directory of the pod.
 */
export const layout = {
  /** emptyDir volume `sockets`; holds nothing but the agent's socket. */
  socketVolume: 'sockets',
  socketDir: '/run/monovirt',
  socketName: 'launcher.sock',
  /** emptyDir volume `private`: libvirt's home and runtime, serial and VNC sockets, cloud-init images. */
  privateVolume: 'private',
  privateDir: '/var/run/kubevirt-private',
  /** `$XDG_RUNTIME_DIR` and `$XDG_CACHE_HOME` of libvirtd and of virsh beside it. */
  libvirtRuntimeDir: '/var/run/kubevirt-private/run',
  libvirtCacheDir: '/var/run/kubevirt-private/cache',
  /** emptyDir volume `ephemeral-disks`: overlays of container disks and empty disks. */
  ephemeralVolume: 'ephemeral-disks',
  ephemeralDir: '/var/run/kubevirt-ephemeral-disks',
  /** emptyDir volume `container-disks`: each side container's helper writes its pid to a file named by volume. */
  containerDiskVolume: 'container-disks',
  containerDiskDir: '/var/run/kubevirt/container-disks',
  /** Where the container-disk device plugin mounts the static helper in a side container. */
  holdBinary: '/.monovirt/hold',
  /** Asks the launcher for the kubelet; in the launcher's image. */
  probeBinary: '/usr/lib/monovirt/probe',
  /** Where `container-disks` is mounted in a side container. */
  holdPidDir: '/.monovirt-run',
  /** emptyDir volume: one socket a file system that is shared with the guest; KubeVirt's names for both. */
  virtiofsVolume: 'virtiofs-containers',
  virtiofsDir: '/var/run/kubevirt/virtiofs-containers',
  /** Where the container of a file system has the volume that it shares, by name. */
  sharedDir: '/var/run/kubevirt-private/shared',
  /** emptyDir volume `hook-sidecar-sockets`: KubeVirt's place for the sockets of hook sidecars, one folder each. */
  hooksVolume: 'hook-sidecar-sockets',
  hooksDir: '/var/run/kubevirt-hooks',
  /** Secrets and ConfigMaps of volumes, one folder a volume. */
  configDir: '/var/run/kubevirt-private/config',
  /** Secrets with SSH keys and passwords that cloud-init or the agent hands to the guest, one folder a secret. */
  keysDir: '/var/run/kubevirt-private/ssh-keys',
  /** Claims with a file system and folders of the node, one folder a volume. */
  claimDir: '/var/run/kubevirt-private/vmi-disks',
  /** Claims that are block devices, by volume. A folder of their own: a volume may be called `null`. */
  blockDir: '/dev/volumes',
  /** Where the launcher device plugin mounts the node's folder of QEMU's capabilities. May be empty or absent. */
  cacheDir: '/.monovirt/cache',
} as const;

/** The file of a claim that is its disk, as KubeVirt and CDI have it. */
export const claimImageName = 'disk.img';
/** Name of the side container that offers a container disk's image. */
export const containerDiskContainer = (volumeName: string): string => `volume${volumeName}`;
/** Name of a hook sidecar's container, and of its folder of sockets. */
export const hookSidecarName = (index: number): string => `hook-sidecar-${index}`;
/** Name of the side container that offers kernel and initrd. */
export const kernelBootContainer = 'kernel-boot-volume';
/** Pid file name of the kernel-boot side container. */
export const kernelBootVolumeName = 'kernel-boot';
/** Name of the side container whose log is the guest's serial console: what KubeVirt's users ask kubectl for. */
export const guestConsoleContainer = 'guest-console-log';
/** Its pid file: no volume is called so. */
export const guestConsolePidFile = 'guest-console-log.pid';

/** Prefix of the names of containers that share a volume with the guest as a file system. */
export const virtiofsPrefix = 'virtiofs-';
export const virtiofsContainer = (volumeName: string): string => `${virtiofsPrefix}${volumeName}`;
/** File name of the socket that QEMU reaches such a file system by. */
export const virtiofsSocket = (volumeName: string): string => `${volumeName}.sock`;

/** How QEMU runs a guest: with /dev/kvm, or by translation. */
export type Accelerator = 'kvm' | 'tcg';
/** Link in `cacheDir` to what holds for the node's present image and kernel; replaced as a whole. */
export const currentCapabilities = 'current';
/** Folder below `cacheDir` with the files of libvirt that a launcher starts from. */
export const capabilitiesFolder = (accelerator: Accelerator): string =>
  `${currentCapabilities}/${accelerator}`;
/** File in that folder with what guests can have on the node, for the node agent. */
export const guestFeaturesFile = 'guest-features.json';
