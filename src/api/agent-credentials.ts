/** What a guest's agent is to hand to its users, from the secrets that a VMI names. Pure. */
import type { VmiSpec } from './types.ts';

export interface AgentCredentials {
  /** Users, each with the secrets that hold all its SSH keys. */
  keys: ReadonlyMap<string, readonly string[]>;
  /** Secrets of passwords by user. */
  passwords: readonly string[];
}

/** In the order of the spec, each secret once. */
export function agentCredentials({ accessCredentials = [] }: VmiSpec): AgentCredentials {
  const keys = new Map<string, string[]>();
  for (const { user, secret } of accessCredentials.flatMap(keysOf)) {
    keys.set(user, [...new Set([...(keys.get(user) ?? []), secret])]);
  }
  return { keys, passwords: [...new Set(accessCredentials.flatMap(passwordsOf))] };
}

type Credential = NonNullable<VmiSpec['accessCredentials']>[number];

function keysOf({ sshPublicKey }: Credential): { user: string; secret: string }[] {
  const secret = sshPublicKey?.source.secret?.secretName;
  const users = sshPublicKey?.propagationMethod.qemuGuestAgent?.users ?? [];
  return secret ? users.map((user) => ({ user, secret })) : [];
}

function passwordsOf({ userPassword }: Credential): string[] {
  const secret = userPassword?.source.secret?.secretName;
  return userPassword?.propagationMethod.qemuGuestAgent && secret ? [secret] : [];
}

/** Names of all secrets of them, each once. */
export const secretsOf = ({ keys, passwords }: AgentCredentials): string[] => [
  ...new Set([...keys.values(), passwords].flat()),
];

/** Names of all secrets that a VMI's guest is handed by its agent. */
export const agentSecrets = (spec: VmiSpec): string[] => secretsOf(agentCredentials(spec));
