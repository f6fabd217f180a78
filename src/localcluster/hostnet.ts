/** The host's side of the cluster's network: one bridge, one cable per node, routes to pods and services. */
import { writeFile } from 'node:fs/promises';
import { MonovirtError } from '../support/errors.ts';
import type { ClusterConfig, NodeConfig } from './config.ts';
import { execute, run } from './exec.ts';
import { readIfThere } from './files.ts';

const forwardRule = (config: ClusterConfig): string[] => [
  'FORWARD',
  ...`-i ${config.bridge} -o ${config.bridge} -m comment --comment ${config.name} -j ACCEPT`.split(' '),
];

/** A fixed, locally administered address: a bridge without one changes its own with each new port. */
const bridgeMac = (config: ClusterConfig): string => `02:4d:56:00:00:0${config.instance}`;

const podRoutes = ({ podCidr, ip, podCidr6, ip6 }: NodeConfig, device: string): string[] => [
  `route replace ${podCidr} via ${ip} dev ${device}`,
  `route replace ${podCidr6} via ${ip6} dev ${device}`,
];

/** What `ip -batch` does on the host. Every line may be repeated. Pure. */
export function hostNetworkBatch(config: ClusterConfig): string[] {
  const [first] = config.nodes;
  return [
    `link set ${config.bridge} address ${bridgeMac(config)}`,
    `address replace ${config.bridgeCidr} dev ${config.bridge}`,
    `address replace ${config.bridgeCidr6} dev ${config.bridge} nodad`,
    `link set ${config.bridge} up`,
    ...config.nodes.flatMap((node) => podRoutes(node, config.bridge)),
    // The host itself runs no kube-proxy: the first node's forwards for it.
    ...(first === undefined
      ? []
      : [
          `route replace ${config.serviceCidr} via ${first.ip} dev ${config.bridge}`,
          `route replace ${config.serviceCidr6} via ${first.ip6} dev ${config.bridge}`,
        ]),
  ];
}

/** What `ip -batch` does inside a node. Every line may be repeated. Pure. */
export function nodeNetworkBatch(config: ClusterConfig, node: NodeConfig): string[] {
  const others = config.nodes.filter((other) => other.name !== node.name);
  return [
    `address replace ${node.ip}/24 dev eth0`,
    `address replace ${node.ip6}/64 dev eth0 nodad`,
    'link set eth0 up',
    `route replace default via ${config.hostIp} dev eth0`,
    `route replace default via ${config.hostIp6} dev eth0`,
    ...others.flatMap((other) => podRoutes(other, 'eth0')),
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

const firewalls = ['iptables', 'ip6tables'] as const;

/** Lets the nodes talk to each other where the host's firewall filters bridges and drops by default. */
async function ensureForwarding(config: ClusterConfig): Promise<void> {
  for (const tool of firewalls) {
    const { stdout } = await execute([tool, '-S', 'FORWARD']);
    if (!stdout.includes('-P FORWARD DROP')) continue;
    const rule = forwardRule(config);
    if ((await execute([tool, '-C', ...rule])).code !== 0) await run([tool, '-I', ...rule]);
  }
}

/**
 * Hosts may have IPv6 switched off for new links; the cluster's own has it.
 * @throws MonovirtError `NoIpv6` where the kernel does not have it at all.
 */
async function ensureIpv6(bridge: string): Promise<void> {
  const path = `/proc/sys/net/ipv6/conf/${bridge}/disable_ipv6`;
  const message = "this machine's kernel has IPv6 switched off (ipv6.disable=1): the local cluster needs it";
  if ((await readIfThere(path)) === null) throw new MonovirtError('NoIpv6', message, 'never');
  await writeFile(path, '0');
}

/** Makes the bridge, the host's addresses on it, and the routes to pods and services. */
export async function ensureHostNetwork(config: ClusterConfig): Promise<void> {
  if (!(await refuseForeignBridge(config))) {
    await run(['ip', 'link', 'add', config.bridge, 'type', 'bridge']);
    await run(['ip', 'link', 'set', config.bridge, 'alias', config.stateDir]);
  }
  await ensureIpv6(config.bridge);
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
  for (const tool of firewalls) {
    if ((await execute([tool, '-C', ...rule])).code === 0) await run([tool, '-D', ...rule]);
  }
}

/** Network devices of this cluster that are still there. */
export async function remainingLinks(config: ClusterConfig): Promise<string[]> {
  const names = [config.bridge, ...config.nodes.map((node) => node.veth)];
  const aliases = await Promise.all(names.map(linkAlias));
  return names.filter((_, i) => aliases[i] !== null);
}
