/** The cloud-init volume of `create vm`. Pure. */
import { stringify } from 'yaml';
import { MonovirtError } from '../../support/errors.ts';

export interface CloudInitFlags {
  user?: string;
  password?: string;
  sshKey?: string[];
  cloudInit?: 'nocloud' | 'configdrive' | 'none';
  cloudInitUserData?: string;
  cloudInitNetworkData?: string;
}

/**
 * Undefined when nothing is to be told to the guest.
 * @throws MonovirtError InvalidParameter for flags that contradict one another.
 */
export function cloudInitVolume(
  flags: CloudInitFlags,
): ({ name: string } & Record<string, unknown>) | undefined {
  const data = dataOf(flags);
  if (flags.cloudInit === 'none') {
    if (data === undefined) return undefined;
    throw contradiction('--cloud-init=none', 'data for cloud-init');
  }
  if (data === undefined) return undefined;
  const field = flags.cloudInit === 'configdrive' ? 'cloudInitConfigDrive' : 'cloudInitNoCloud';
  return { name: 'cloudinitdisk', [field]: data };
}

function dataOf(flags: CloudInitFlags): Record<string, string> | undefined {
  const { cloudInitUserData, cloudInitNetworkData } = flags;
  const made = userData(flags);
  if (made !== undefined && cloudInitUserData !== undefined) {
    throw contradiction('--cloud-init-user-data', '--user, --password-file and --ssh-key');
  }
  const data = {
    ...(made !== undefined && { userData: made }),
    ...(cloudInitUserData !== undefined && { userDataBase64: cloudInitUserData }),
    ...(cloudInitNetworkData !== undefined && { networkDataBase64: cloudInitNetworkData }),
  };
  return Object.keys(data).length === 0 ? undefined : data;
}

function userData({ user, password, sshKey }: CloudInitFlags): string | undefined {
  if (user === undefined && password === undefined && sshKey === undefined) return undefined;
  const config = {
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password, chpasswd: { expire: false } }),
    ...(sshKey !== undefined && { ssh_authorized_keys: sshKey }),
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}

const contradiction = (one: string, other: string): MonovirtError =>
  new MonovirtError('InvalidParameter', `${one} cannot be given together with ${other}`, 'never');
