/** SSH keys of secrets, for the data sources of cloud-init. */
import { join } from 'node:path';
import { sshSecrets } from '../../api/ssh-keys.ts';
import type { SshMethod } from '../../api/ssh-keys.ts';
import type { Vmi } from '../../api/types.ts';
import type { PublicKeys } from './cloud-init.ts';
import { readAll } from './config-files.ts';

/**
 * The keys that reach the guest by `method`, numbered. @param folder where secrets are mounted by name.
 * @throws MonovirtError `ConfigFileInvalid`
 */
export async function publicKeys(vmi: Vmi, method: SshMethod, folder: string): Promise<PublicKeys> {
  const keys: string[] = [];
  for (const secret of sshSecrets(vmi.spec, [method])) {
    const files = await readAll(join(folder, secret));
    keys.push(...Object.values(files).map((data) => data.toString().trim()));
  }
  return Object.fromEntries(keys.filter((key) => key !== '').map((key, index) => [String(index), key]));
}
