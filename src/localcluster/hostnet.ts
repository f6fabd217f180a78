/** The host's side of the cluster's network: one bridge, one cable per node, routes to pods and services. */
import { MonovirtError } from '../support/errors.ts';
import type { ClusterConfig, NodeConfig } from './config.ts';
import { execute, run } from './exec.ts';

const forwardRule = (config: ClusterConfig): string[] => [
  'FORWARD',
  ...`-i ${config.bridge} -o ${config.bridge} -m comment --comment ${config.name} -j ACCEPT`.split(' '),
];

/** A fixed, locally administered address: a bridge without one changes its own with each new port. */
const bridgeMac = (config: ClusterConfig): string => `02:4d:56:00:00:0${config.instance}`;

/** What `ip -batch` does on the host. Every line may be repeated. Pure. */
export function hostNetworkBatch(config: ClusterConfig): string[] {
  const [first] = config.nodes;
  return [
    `link set ${config.bridge} address ${bridgeMac(config)}`,
    `address replace ${config.bridgeCidr} dev ${config.bridge}`,
    `link set ${config.bridge} up`,
    ...config.nodes.map((node) => `route replace ${node.podCidr} via ${node.ip} dev ${config.bridge}`),
    // The host itself runs no kube-proxy: the first node's forwards for it.
    ...(first === undefined
      ? []
      : [`route replace ${config.serviceCidr} via ${first.ip} dev ${config.bridge}`]),
  ];
}

/** What `ip -batch` does inside a node. Every line may be repeated. Pure. */
export function nodeNetworkBatch(config: ClusterConfig, node: NodeConfig): string[] {
  const others = config.nodes.filter((other) => other.name !== node.name);
  return [
    `address replace ${node.ip}/24 dev eth0`,
    'link set eth0 up',
    `route replace default via ${config.hostIp} dev eth0`,
    ...others.map((other) => `route replace ${other.podCidr} via ${other.ip} dev eth0`),
  ];
}

async function batch(lines: readonly string[], prefix: readonly string[] = []): Promise<void> {
  await run([...prefix, 'ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

/** @returns the alias of a network device, or null when there is no such device. */
export async function linkAlias(name: string): Promise<string | null> {
  const { code, stdout } = await execute(['ip', '-json', 'link', 'show', 'dev', name]);
  if (code !== 0) return null;
  const parsed: unknown = JSON.parse(stdout);
  const [link] = Array.isArray(parsed) ? (parsed as { ifalias?: string }[]) : [];
  return link?.ifalias ?? '';
}

/**
 * The bridge carries the state folder's path as its alias, which tells whose it is.
 * @throws MonovirtError `ForeignCluster` when it belongs to a cluster with another state folder.
 */
export async function refuseForeignBridge(config: ClusterConfig): Promise<boolean> {
  const alias = await linkAlias(config.bridge);
  if (alias === null) return false;
  if (alias === config.stateDir) return true;
  const remedy = 'stop that cluster with `down`, or choose another instance (MONOVIRT_INSTANCE=1)';
  const whose = alias === '' ? 'something else' : `the cluster in ${alias}`;
  throw new MonovirtError(
    'ForeignCluster',
    `network device ${config.bridge} belongs to ${whose}: ${remedy}`,
    'never',
  );
}

/** Lets the nodes talk to each other where the host's firewall filters bridges and drops by default. */
async function ensureForwarding(config: ClusterConfig): Promise<void> {
  const { stdout } = await execute(['iptables', '-S', 'FORWARD']);
  if (!stdout.includes('-P FORWARD DROP')) return;
  const rule = forwardRule(config);
  if ((await execute(['iptables', '-C', ...rule])).code !== 0) await run(['iptables', '-I', ...rule]);
}

/** Makes the bridge, the host's address on it, and the routes to pods and services. */
export async function ensureHostNetwork(config: ClusterConfig): Promise<void> {
  if (!(await refuseForeignBridge(config))) {
    await run(['ip', 'link', 'add', config.bridge, 'type', 'bridge']);
    await run(['ip', 'link', 'set', config.bridge, 'alias', config.stateDir]);
  }
  await batch(hostNetworkBatch(config));
  await ensureForwarding(config);
}

/** Plugs a node in: a cable between the bridge and `eth0` of the namespace of process `initPid`. */
export async function connectNode(config: ClusterConfig, node: NodeConfig, initPid: number): Promise<void> {
  if ((await linkAlias(node.veth)) === null) {
    const peer = ['peer', 'name', 'eth0', 'netns', String(initPid)];
    await run(['ip', 'link', 'add', node.veth, 'type', 'veth', ...peer]);
  }
  await batch([`link set ${node.veth} master ${config.bridge}`, `link set ${node.veth} up`]);
  await batch(nodeNetworkBatch(config, node), ['nsenter', '--target', String(initPid), '--net', '--']);
}

async function removeLink(name: string): Promise<void> {
  // A cable goes by itself with its node's namespace, a moment after the last process.
  const { code, stderr } = await execute(['ip', 'link', 'delete', name]);
  if (code === 0 || (await linkAlias(name)) === null) return;
  throw new MonovirtError('CommandFailed', `cannot remove network device ${name}: ${stderr.trim()}`);
}

/** Removes the cables, the bridge and with it all addresses and routes. */
export async function removeHostNetwork(config: ClusterConfig): Promise<void> {
  for (const node of config.nodes) await removeLink(node.veth);
  await removeLink(config.bridge);
  const rule = forwardRule(config);
  if ((await execute(['iptables', '-C', ...rule])).code === 0) await run(['iptables', '-D', ...rule]);
}

/** Network devices of this cluster that are still there. */
export async function remainingLinks(config: ClusterConfig): Promise<string[]> {
  const names = [config.bridge, ...config.nodes.map((node) => node.veth)];
  const aliases = await Promise.all(names.map(linkAlias));
  return names.filter((_, i) => aliases[i] !== null);
}
