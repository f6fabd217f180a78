/**
 * A booted Debian guest: systemd, cloud-init, QEMU's guest agent and an SSH server. It takes about half a minute of
 * a processor to boot under emulation, so a test file should make do with one:
 *
 *     await using guest = await bootDebian(cluster, { name: 'deb' });
 *     await guest.run('cloud-init status --wait');
 *
 * `run` is a root shell on the serial console. The user `debian` has the password `debianPassword` and may use sudo.
 * The agent connects during boot. Without `cloudInit` of one's own, that user is all that cloud-init is told.
 */
import { testImageName } from '../../../src/image/names.ts';
import { apply } from './actions.ts';
import type { TestCluster } from './cluster.ts';
import { guestInstance, openGuest } from './guest.ts';
import type { BootedGuest, GuestOptions } from './guest.ts';
import { needImage } from './images.ts';

export const debianUser = 'debian';
export const debianPassword = 'correct horse';

/** User-data that lets `debian` log in on the console, with more lines of cloud-config after it. */
export const debianUserData = (more = ''): string => `#cloud-config
password: ${debianPassword}
chpasswd: { expire: false }
${more}`;

export interface DebianOptions extends Omit<GuestOptions, 'kernel' | 'kernelArgs'> {
  /** Source of the cloud-init volume, such as `{ cloudInitNoCloud: { secretRef: … } }`. */
  cloudInit?: object;
}

/** Half a minute of a processor can be minutes on a machine that does much else. */
const bootTimeoutMs = 480_000;

/** A VMI that boots Debian from its container disk. Pure. */
export function debianInstance(options: DebianOptions): Record<string, unknown> {
  const {
    cloudInit = { cloudInitNoCloud: { userData: debianUserData() } },
    disks = [],
    volumes = [],
  } = options;
  const virtio = (name: string) => ({ name, disk: { bus: 'virtio' } });
  return guestInstance({
    memory: '448Mi',
    ...options,
    disks: [{ ...virtio('root'), bootOrder: 1 }, virtio('cloudinit'), ...disks],
    volumes: [
      { name: 'root', containerDisk: { image: testImageName('debian'), imagePullPolicy: 'IfNotPresent' } },
      { name: 'cloudinit', ...cloudInit },
      ...volumes,
    ],
    domain: { firmware: {}, ...options.domain },
  });
}

/** Makes a VMI of the Debian guest and logs in as root on its console. */
export async function bootDebian(cluster: TestCluster, options: DebianOptions): Promise<BootedGuest> {
  await needImage('debian');
  await apply(cluster, debianInstance(options));
  return openDebian(cluster, options.name);
}

/** Logs into a Debian guest that was made otherwise, or that boots again. */
export const openDebian = (cluster: TestCluster, name: string): Promise<BootedGuest> =>
  openGuest(cluster, name, { user: debianUser, password: debianPassword, bootTimeoutMs });
