/** Brings one node up: namespaces, network, container runtime, kubelet, service proxy. */
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureCgroup } from '../cgroups.ts';
import type { ClusterConfig, NodeConfig } from '../config.ts';
import { run } from '../exec.ts';
import { writeIfDifferent } from '../files.ts';
import type { Hold } from '../hold.ts';
import { connectNode } from '../hostnet.ts';
import { kubeconfig } from '../kubeconfig.ts';
import { readPem } from '../pki/store.ts';
import { endProcess, ensureProcess, initName, insideNamespaces, launchDetached } from '../processes.ts';
import type { ProcessIdentity } from '../procfs.ts';
import { runningProcess, writeRecord } from '../records.ts';
import { allIn } from '../strays.ts';
import { waitFor } from '../wait.ts';
import { cniConfig, cniPaths, multusConfig, routedPlugin } from './cni.ts';
import { containerdConfig, containerdSocket, kubeletConfig, nodePaths, proxyConfig } from './files.ts';
import { cniBinDir, debianCniDir } from './paths.ts';
import { containerdProcess, hostPath, kubeletProcess, policiesProcess, proxyProcess } from './processes.ts';
import { initScript } from './script.ts';

const privateMode = 0o600;
const programMode = 0o755;

async function ensureLink(target: string, path: string): Promise<void> {
  await symlink(target, path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
}

/** The folders that programs expect below `/var`. */
async function makeVar(node: NodeConfig): Promise<void> {
  for (const path of ['cache', 'lib', 'log', 'spool'])
    await mkdir(join(node.varDir, path), { recursive: true });
  await mkdir(join(node.varDir, 'tmp'), { recursive: true, mode: 0o1777 });
  await ensureLink('/run', join(node.varDir, 'run'));
  await ensureLink('/run/lock', join(node.varDir, 'lock'));
  const plugins = hostPath(node, cniBinDir);
  await mkdir(plugins, { recursive: true });
  for (const name of await readdir(debianCniDir))
    await ensureLink(join(debianCniDir, name), join(plugins, name));
}

async function clientConfig(config: ClusterConfig, user: string, file: string): Promise<string> {
  const [ca, certificate, key] = await Promise.all(
    ['ca.crt', `${file}.crt`, `${file}.key`].map((name) => readPem(config, name)),
  );
  return kubeconfig({
    server: config.apiUrl,
    user,
    ca: ca ?? '',
    certificate: certificate ?? '',
    key: key ?? '',
  });
}

/** Writes every configuration file of a node. */
export async function writeNodeFiles(config: ClusterConfig, node: NodeConfig): Promise<void> {
  await makeVar(node);
  const files: Record<string, string> = {
    [nodePaths.containerd]: containerdConfig(),
    [cniPaths.multus]: multusConfig(node),
    [cniPaths.multusKubeconfig]: await clientConfig(config, 'multus', 'multus'),
    [cniPaths.plugin]: routedPlugin(),
    [cniPaths.config]: cniConfig(node),
    [nodePaths.kubelet]: kubeletConfig(config, node),
    [nodePaths.kubeletKubeconfig]: await clientConfig(config, node.name, `${node.name}-kubelet-client`),
    [nodePaths.kubeletCa]: await readPem(config, 'ca.crt'),
    [nodePaths.kubeletCert]: await readPem(config, `${node.name}-kubelet-server.crt`),
    [nodePaths.kubeletKey]: await readPem(config, `${node.name}-kubelet-server.key`),
    [nodePaths.proxy]: proxyConfig(config, node),
    [nodePaths.proxyKubeconfig]: await clientConfig(config, 'kube-proxy', 'kube-proxy'),
    [nodePaths.policiesKubeconfig]: await clientConfig(config, 'network-policies', 'network-policies'),
  };
  for (const [path, content] of Object.entries(files)) {
    const mode = dirname(path) === cniBinDir ? programMode : privateMode;
    await writeIfDifferent(hostPath(node, path), content, mode);
  }
}

async function startInit(config: ClusterConfig, node: NodeConfig, hold: Hold): Promise<ProcessIdentity> {
  for (const stray of await allIn(node.cgroup)) await endProcess(stray, 'SIGKILL');
  const programs = {
    kubernetes: config.kubernetesBin,
    hold: hold.dir,
    policies: config.policiesBin,
    multus: config.multusBin,
  };
  const script = initScript({ name: node.name, varDir: node.varDir, programs });
  const unshare = [
    'unshare',
    '--mount',
    '--net',
    '--pid',
    '--uts',
    '--ipc',
    '--fork',
    '--propagation',
    'private',
  ];
  const argv = [...unshare, '--', '/bin/sh', '-c', script];
  const name = initName(node.name);
  const identity = await launchDetached(config, name, { argv, cgroup: `${node.cgroup}/system`, forks: true });
  await writeRecord(config.runDir, { ...identity, name, digest: '', argv: ['hold'] });
  return identity;
}

/** Makes the node's namespaces with a reaper in them, and plugs its network in. */
export async function ensureNamespaces(config: ClusterConfig, node: NodeConfig, hold: Hold): Promise<number> {
  await ensureCgroup(`${node.cgroup}/system`);
  const running = await runningProcess(config.runDir, initName(node.name));
  const init = running ?? (await startInit(config, node, hold));
  await connectNode(config, node, init.pid);
  return init.pid;
}

/** Starts containerd and waits until it answers. */
export async function ensureContainerd(
  config: ClusterConfig,
  node: NodeConfig,
  signal: AbortSignal,
): Promise<void> {
  await ensureProcess(config, containerdProcess(node));
  const init = await runningProcess(config.runDir, initName(node.name));
  const argv = insideNamespaces(init?.pid ?? 0, ['ctr', '--address', containerdSocket, 'version']);
  const answers = (): Promise<boolean> =>
    run(argv, { signal }).then(
      () => true,
      () => false,
    );
  await waitFor(`the first answer of ${node.name}'s containerd`, answers, { timeoutMs: 30_000, signal });
}

/** Starts what needs the apiserver. */
export async function ensureAgents(config: ClusterConfig, node: NodeConfig): Promise<void> {
  await ensureProcess(config, kubeletProcess(node));
  await ensureProcess(config, proxyProcess(node));
  await ensureProcess(config, policiesProcess(node));
}
