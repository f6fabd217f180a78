/** Secrets with SSH keys that cloud-init hands to a guest. Pure. */
import type { VmiSpec } from './types.ts';

export type SshMethod = 'noCloud' | 'configDrive';

/** Names of the secrets whose keys come by one of `methods`, each once. */
export function sshSecrets({ accessCredentials = [] }: VmiSpec, methods: readonly SshMethod[]): string[] {
  const names = accessCredentials.flatMap(({ sshPublicKey }) => {
    const used = methods.some((method) => sshPublicKey?.propagationMethod[method]);
    const name = sshPublicKey?.source.secret?.secretName;
    return used && name ? [name] : [];
  });
  return [...new Set(names)];
}
