/** The ways a kubeconfig user proves its identity. */
import { resolve } from 'node:path';
import { MonovirtError } from '../support/errors.ts';
import type { TlsMaterial } from './kube-config.ts';
import { credentialFile } from './credential-file.ts';
import type { PluginCredential } from './exec-credential.ts';
import { execCredential } from './exec-credential.ts';
import type { Cluster, User } from './kubeconfig-schema.ts';
import type { Located } from './kubeconfig-schema.ts';
import { pemSource } from './pem-source.ts';

export interface UserCredentials {
  tls(): Promise<TlsMaterial>;
  headers(): Promise<Record<string, string>>;
  invalidate(): void;
}

interface TokenSource {
  read(): Promise<string | undefined>;
  invalidate(): void;
}

export function userCredentials(user: Located<User>, cluster: Cluster): UserCredentials {
  if (user.value['auth-provider'] !== undefined) {
    throw new MonovirtError(
      'KubeconfigInvalid',
      'auth-provider was removed from Kubernetes; use exec',
      'never',
    );
  }
  const plugin = user.value.exec ? execCredential(user.value.exec, user.directory, cluster) : undefined;
  const cert = pemSource(user, 'client-certificate');
  const key = pemSource(user, 'client-key');
  const token = tokenSource(user);
  return {
    tls: async () => pair(await cert(), await key()) ?? pluginTls(await plugin?.read()),
    headers: async () => ({
      ...authorization(user.value, (await token.read()) ?? (await plugin?.read())?.token),
      ...impersonation(user.value),
    }),
    invalidate() {
      token.invalidate();
      plugin?.invalidate();
    },
  };
}

/** A token file wins over an inline token, as in kubectl: it is the one that rotates. */
function tokenSource({ value, directory }: Located<User>): TokenSource {
  if (value.tokenFile) return credentialFile(resolve(directory, value.tokenFile));
  return { read: () => Promise.resolve(value.token || undefined), invalidate: () => undefined };
}

const pair = (cert: string | undefined, key: string | undefined): TlsMaterial | undefined =>
  cert === undefined || key === undefined ? undefined : { cert, key };

const pluginTls = (credential: PluginCredential | undefined): TlsMaterial =>
  pair(credential?.cert, credential?.key) ?? {};

function authorization(user: User, token: string | undefined): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (user.username === undefined) return {};
  const basic = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64');
  return { authorization: `Basic ${basic}` };
}

function impersonation(user: User): Record<string, string> {
  const groups = user['as-groups'] ?? [];
  if (groups.length > 1) {
    throw new MonovirtError('KubeconfigInvalid', 'as-groups: only one group can be impersonated', 'never');
  }
  return {
    ...(user.as !== undefined && { 'impersonate-user': user.as }),
    ...(user['as-uid'] !== undefined && { 'impersonate-uid': user['as-uid'] }),
    ...(groups[0] !== undefined && { 'impersonate-group': groups[0] }),
  };
}
