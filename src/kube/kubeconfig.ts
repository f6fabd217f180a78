/** Reads kubeconfig files the way kubectl does: several files merge, the first mention of a name wins. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { parse } from 'yaml';
import { MonovirtError, messageOf } from '../support/errors.ts';
import type { KubeConfig, TlsMaterial } from './kube-config.ts';
import { userCredentials } from './kubeconfig-user.ts';
import type { Cluster, Located, User } from './kubeconfig-schema.ts';
import { kubeconfigSchema } from './kubeconfig-schema.ts';
import { pemSource } from './pem-source.ts';

interface Merged {
  currentContext: string | undefined;
  contexts: Map<string, { cluster: string; user?: string; namespace?: string }>;
  clusters: Map<string, Located<Cluster>>;
  users: Map<string, Located<User>>;
}

/** @param context name of the context to use instead of current-context */
export async function loadKubeconfig(paths: readonly string[], context?: string): Promise<KubeConfig> {
  const merged: Merged = {
    currentContext: undefined,
    contexts: new Map(),
    clusters: new Map(),
    users: new Map(),
  };
  for (const path of paths.filter((candidate) => existsSync(candidate))) {
    merge(merged, await parseFile(path), dirname(resolve(path)));
  }
  return resolveContext(merged, context, paths.join(', '));
}

async function parseFile(path: string): Promise<v.InferOutput<typeof kubeconfigSchema>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw invalid(`cannot read kubeconfig ${path}`, error);
  });
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw invalid(`kubeconfig ${path} is not valid YAML: ${messageOf(error)}`);
  }
  const result = v.safeParse(kubeconfigSchema, document);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw invalid(`kubeconfig ${path}: ${v.getDotPath(issue) ?? 'document'}: ${issue.message}`);
}

function merge(into: Merged, file: v.InferOutput<typeof kubeconfigSchema>, directory: string): void {
  into.currentContext ??= file['current-context'] === '' ? undefined : file['current-context'];
  for (const { name, context } of file.contexts ?? []) setOnce(into.contexts, name, context);
  for (const { name, cluster } of file.clusters ?? []) {
    setOnce(into.clusters, name, { value: cluster, directory });
  }
  for (const { name, user } of file.users ?? []) {
    setOnce(into.users, name, { value: user ?? {}, directory });
  }
}

function setOnce<T>(map: Map<string, T>, name: string, value: T): void {
  if (!map.has(name)) map.set(name, value);
}

function resolveContext(merged: Merged, wanted: string | undefined, where: string): KubeConfig {
  const name = wanted ?? merged.currentContext;
  if (name === undefined) throw invalid(`${where}: current-context is not set; name a context`);
  const context = named(merged.contexts, 'context', name, where);
  const cluster = named(merged.clusters, 'cluster', context.cluster, where);
  const user: Located<User> =
    context.user === undefined || context.user === ''
      ? { value: {}, directory: '.' }
      : named(merged.users, 'user', context.user, where);
  refuseProxy(cluster.value, where);
  return build(cluster, user, context.namespace);
}

function build(cluster: Located<Cluster>, user: Located<User>, namespace = 'default'): KubeConfig {
  const credentials = userCredentials(user, cluster.value);
  const ca = pemSource(cluster, 'certificate-authority');
  const fixed: TlsMaterial = {
    ...(cluster.value['tls-server-name'] !== undefined && { serverName: cluster.value['tls-server-name'] }),
    ...(cluster.value['insecure-skip-tls-verify'] === true && { insecure: true }),
  };
  return {
    server: cluster.value.server.replace(/\/+$/, ''),
    namespace,
    async tls() {
      const authority = await ca();
      return { ...fixed, ...(authority !== undefined && { ca: authority }), ...(await credentials.tls()) };
    },
    authHeaders: () => credentials.headers(),
    invalidate: () => credentials.invalidate(),
  };
}

function named<T>(map: Map<string, T>, what: string, name: string, where: string): T {
  const found = map.get(name);
  if (found !== undefined) return found;
  const known = [...map.keys()].join(', ') || 'none';
  throw invalid(`${where}: ${what} ${JSON.stringify(name)} is not defined (known: ${known})`);
}

function refuseProxy(cluster: Cluster, where: string): void {
  if (cluster['proxy-url'] === undefined) return;
  throw invalid(`${where}: proxy-url is not supported; connect without a proxy`);
}

const invalid = (message: string, cause?: unknown): MonovirtError =>
  new MonovirtError('KubeconfigInvalid', message, 'never', cause === undefined ? undefined : { cause });
