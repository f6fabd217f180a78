/**
 * A booted test guest with a shell. The guest is busybox on Debian's kernel, logged in as root without a password:
 *
 *     await using guest = await bootGuest(cluster, {
 *       name: 'disks',
 *       disks: [{ name: 'data', serial: 'data', disk: { bus: 'sata' } }],
 *       volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
 *     });
 *     await guest.run('mkfs.ext4 -q /dev/sda && mount /dev/sda /mnt && echo kept >/mnt/file && sync');
 *
 * What is inside:
 * - disks of every bus, as `/dev/vd?` (virtio), `/dev/sd?` (scsi, sata, usb), `/dev/sr?` (cdrom); ext4, vfat, iso9660 and
 *   virtiofs (`mount -t virtiofs <tag> /mnt`); `mkfs.ext4`, `resize2fs`, `e2fsck`, `blkid`, `blockdev`, `fsfreeze`;
 * - every NIC asks for DHCP, DHCPv6 and router advertisements at boot: `ip`, `ping`, `ping6`, `nslookup`, `wget`, `nc`;
 * - port 7 answers TCP lines and UDP packets with `<host name> <address of the asker> <text>`, on IPv4 and IPv6;
 *   `peer ask tcp|udp <address> <port> <text>` asks the same of others (the tool-box pod has it too);
 *   port 8080 answers HTTP with the host name;
 * - `load <driver>` for what was not found at boot; with the kernel argument `agent` (or `agent &` in the shell) a small
 *   guest agent;
 * - a NoCloud disk's host name, and its user-data if that is a script.
 *
 * Its kernel has no USB and knows virtio NICs only; `kernel: 'pc'` has USB, e1000, e1000e and rtl8139. That one takes
 * longer to boot and is built when first asked for.
 */
import { testImageName } from '../../../src/image/names.ts';
import type { Vm, Vmi } from '../../../src/api/types.ts';
import { apply } from './actions.ts';
import type { TestCluster } from './cluster.ts';
import { openConsole } from './console.ts';
import type { Credentials, GuestConsole } from './console.ts';
import { needImage } from './images.ts';
import { guestKernelArgs } from './manifests.ts';

type Json = Record<string, unknown>;

export interface GuestOptions {
  name: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  volumes?: readonly object[];
  disks?: readonly object[];
  filesystems?: readonly object[];
  /** The masqueraded NIC of the pod's network unless given; `[]` for none. */
  interfaces?: readonly object[];
  networks?: readonly object[];
  /** Laid over `spec.domain.devices`. */
  devices?: object;
  /** Laid over `spec.domain`. */
  domain?: object;
  /** Laid over `spec`. */
  spec?: object;
  memory?: string;
  /** Added to the kernel's arguments. */
  kernelArgs?: string;
  kernel?: 'cloud' | 'pc';
}

export interface BootedGuest extends AsyncDisposable {
  /** As it was when it ran; `cluster.vmi(name)` for now. */
  readonly vmi: Vmi;
  readonly console: GuestConsole;
  /** Output of a shell command in the guest; rejects when it fails or takes longer than `timeoutMs` (a minute). */
  run(command: string, timeoutMs?: number): Promise<string>;
}

/** Metadata and spec for a VMI or for the template of a VM. Pure. */
export function guestParts(options: GuestOptions): { metadata: Json; spec: Json } {
  const { name, labels, annotations, volumes = [], interfaces } = options;
  const networks = options.networks ?? (interfaces?.length === 0 ? [] : [{ name: 'default', pod: {} }]);
  return {
    metadata: { labels: { 'vm.kubevirt.io/name': name, ...labels }, ...(annotations && { annotations }) },
    spec: {
      terminationGracePeriodSeconds: 10,
      domain: {
        memory: { guest: options.memory ?? '128Mi' },
        firmware: { kernelBoot: kernelBoot(options) },
        ...options.domain,
        devices: devicesOf(options),
      },
      networks,
      volumes,
      ...options.spec,
    },
  };
}

function devicesOf({ disks = [], filesystems, interfaces, devices }: GuestOptions): Json {
  return {
    rng: {},
    disks,
    interfaces: interfaces ?? [{ name: 'default', masquerade: {} }],
    ...(interfaces?.length === 0 && { autoattachPodInterface: false }),
    ...(filesystems && { filesystems }),
    ...devices,
  };
}

function kernelBoot({ kernelArgs, kernel = 'cloud' }: GuestOptions): Json {
  return {
    kernelArgs: [guestKernelArgs, ...(kernelArgs === undefined ? [] : [kernelArgs])].join(' '),
    container: {
      image: testImageName(imageOf[kernel]),
      kernelPath: '/boot/vmlinuz',
      initrdPath: '/boot/initrd',
      imagePullPolicy: 'IfNotPresent',
    },
  };
}

const imageOf = { cloud: 'guest', pc: 'guest-pc' } as const;

/** A VirtualMachineInstance of the test guest. Pure. */
export function guestInstance(options: GuestOptions): Json {
  const { metadata, spec } = guestParts(options);
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: options.name, ...metadata },
    spec,
  };
}

/** A VirtualMachine of the test guest; `vmSpec` is laid over its own spec. Pure. */
export function guestMachine(options: GuestOptions, vmSpec: Partial<Vm['spec']> = {}): Json {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: options.name },
    spec: { runStrategy: 'Always', template: guestParts(options), ...vmSpec },
  };
}

/** Makes a VMI and logs in. Disposing of it closes the console; the guest stays until the namespace goes. */
export async function bootGuest(cluster: TestCluster, options: GuestOptions): Promise<BootedGuest> {
  if (options.kernel === 'pc') await needImage('guest-pc');
  await apply(cluster, guestInstance(options));
  return openGuest(cluster, options.name);
}

/**
 * Logs into a guest that was made otherwise, such as by a VirtualMachine; waits until it runs.
 * @param as who logs in; root without a password unless given.
 */
export async function openGuest(cluster: TestCluster, name: string, as?: Credentials): Promise<BootedGuest> {
  const vmi = await cluster.untilPhase(name, ['Running']);
  const console = await openConsole(cluster.session, cluster.namespace, name);
  try {
    await console.login(as);
  } catch (error) {
    await console[Symbol.asyncDispose]();
    throw error;
  }
  return {
    vmi,
    console,
    run: (command, timeoutMs) => console.run(command, timeoutMs),
    [Symbol.asyncDispose]: () => console[Symbol.asyncDispose](),
  };
}
