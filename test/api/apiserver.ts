/** A real kube-apiserver with its own etcd on loopback, for tests: no node, no controllers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ApiClient, ClientOptions } from '../../src/kube/client.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import type { KubeConfig } from '../../src/kube/kube-config.ts';
import type { Authority, Pair } from './certificates.ts';
import { kubernetesProgram } from './programs.ts';
import { createAuthority, serviceAccountKeys } from './certificates.ts';
import type { Child } from './processes.ts';
import { freePorts, start } from './processes.ts';

export interface ApiServer {
  readonly url: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  /** Kubeconfig file of a cluster administrator, for the CLI and kubectl. */
  readonly kubeconfig: string;
  readonly directory: string;
  /** Base URL of etcd, whose JSON gateway is under /v3. */
  readonly etcdUrl: string;
  readonly process: Child;
  /** A client that may do anything; it is closed by `stop`. */
  client(options?: Partial<ClientOptions>): ApiClient;
  /** Configuration of another user, for tests of RBAC. */
  configOf(user: string, groups?: readonly string[]): Promise<KubeConfig>;
  /** Forgets all versions before the newest: watches and continue tokens of old versions get 410. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}

export interface ApiServerOptions {
  /** Further flags of kube-apiserver. */
  flags?: readonly string[];
}

const readyTimeoutMs = 60_000;

/** Starts both and waits until the API server is ready; `stop` removes all traces. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const directory = await mkdtemp(join(tmpdir(), 'monovirt-apiserver-'));
  const [apiPort = 0, etcdPort = 0, peerPort = 0] = await freePorts(3);
  const authority = createAuthority('monovirt-test');
  const admin = authority.issue('monovirt-test-admin', ['system:masters']);
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const url = `https://127.0.0.1:${apiPort}`;
  const etcd = startEtcd(directory, etcdUrl, `http://127.0.0.1:${peerPort}`);
  const kubeconfig = join(directory, 'admin.kubeconfig');
  await writeFiles(directory, authority, { kubeconfig, url, admin });
  const flags = [...apiServerFlags(directory, apiPort, etcdUrl), ...(options.flags ?? [])];
  const server = start(kubernetesProgram('kube-apiserver'), flags, join(directory, 'kube-apiserver.log'));
  const clients: ApiClient[] = [];
  const config = staticConfig(url, authority.cert, admin);
  const stop = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.close()));
    await server.stop();
    await etcd.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const client = (clientOptions: Partial<ClientOptions> = {}): ApiClient => {
    const made = createKubeClient(config, { userAgent: 'monovirt-test', ...clientOptions });
    clients.push(made);
    return made;
  };
  try {
    await Promise.race([ready(client()), server.ended, etcd.ended]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    ca: authority.cert,
    kubeconfig,
    directory,
    etcdUrl,
    process: server,
    client,
    configOf: async (user, groups) => staticConfig(url, authority.cert, authority.issue(user, groups)),
    compact: () => compact(etcdUrl),
    stop,
  };
}

function startEtcd(directory: string, clientUrl: string, peerUrl: string): Child {
  const flags = {
    name: 'test',
    'data-dir': join(directory, 'etcd'),
    'listen-client-urls': clientUrl,
    'advertise-client-urls': clientUrl,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `test=${peerUrl}`,
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return start(
    kubernetesProgram('etcd', 'etcd'),
    [...args, '--unsafe-no-fsync'],
    join(directory, 'etcd.log'),
  );
}

async function writeFiles(
  directory: string,
  authority: Authority,
  { kubeconfig, url, admin }: { kubeconfig: string; url: string; admin: Pair },
): Promise<void> {
  const serving = authority.issue('127.0.0.1');
  const proxy = authority.issue('front-proxy-client');
  const accounts = serviceAccountKeys();
  const files: Record<string, string> = {
    'ca.crt': authority.cert,
    'server.crt': serving.cert,
    'server.key': serving.key,
    'proxy.crt': proxy.cert,
    'proxy.key': proxy.key,
    'sa.pub': accounts.publicKey,
    'sa.key': accounts.privateKey,
    [kubeconfig.slice(directory.length + 1)]: kubeconfigOf(url, authority.cert, admin),
  };
  const write = ([name, content]: [string, string]): Promise<void> =>
    writeFile(join(directory, name), content, { mode: 0o600 });
  await Promise.all(Object.entries(files).map(write));
}

function kubeconfigOf(server: string, ca: string, { cert, key }: Pair): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const cluster = { server, 'certificate-authority-data': base64(ca) };
  const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'admin', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  });
}

function apiServerFlags(directory: string, port: number, etcdUrl: string): string[] {
  const file = (name: string): string => join(directory, name);
  const flags = {
    'etcd-servers': etcdUrl,
    'bind-address': '127.0.0.1',
    'secure-port': port,
    'tls-cert-file': file('server.crt'),
    'tls-private-key-file': file('server.key'),
    'client-ca-file': file('ca.crt'),
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': file('sa.pub'),
    'service-account-signing-key-file': file('sa.key'),
    'service-cluster-ip-range': '10.96.0.0/24',
    'requestheader-client-ca-file': file('ca.crt'),
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'proxy-client-cert-file': file('proxy.crt'),
    'proxy-client-key-file': file('proxy.key'),
    // No controller makes service accounts here, and pods must be creatable.
    'disable-admission-plugins': 'ServiceAccount',
    'enable-priority-and-fairness': false,
    'allow-privileged': true,
  };
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

function staticConfig(server: string, ca: string, pair: Pair): KubeConfig {
  return {
    server,
    namespace: 'default',
    tls: () => Promise.resolve({ ca, ...pair }),
    authHeaders: () => Promise.resolve({}),
    invalidate: () => undefined,
  };
}

/** /readyz needs the post-start hooks; the default namespace comes a moment later. */
async function ready(client: ApiClient): Promise<void> {
  const signal = AbortSignal.timeout(readyTimeoutMs);
  for (const path of ['/readyz', '/api/v1/namespaces/default']) await answered(client, path, signal);
}

async function answered(client: ApiClient, path: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await client.raw('GET', path, undefined, signal);
      return;
    } catch {
      signal.throwIfAborted();
      await client.clock.sleep(50, signal);
    }
  }
}

/** etcd's JSON gateway spares us its command line client, which is not packaged with the server. */
async function compact(etcdUrl: string): Promise<void> {
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await fetch(etcdUrl + path, { method: 'POST', body: JSON.stringify(body) });
    const text = await answer.text();
    // Nothing happened since the last compaction.
    if (text.includes('has been compacted')) return {};
    if (!answer.ok) throw new Error(`etcd answered ${path} with ${answer.status}: ${text}`);
    return JSON.parse(text);
  };
  const { header } = (await post('/v3/kv/range', { key: 'AA==' })) as { header: { revision: string } };
  await post('/v3/kv/compaction', { revision: header.revision, physical: true });
}
