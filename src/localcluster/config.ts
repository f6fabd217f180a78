/** Names, addresses and folders of one local cluster: pure, so that every command computes the same ones. */
import { join } from 'node:path';
import { cacheDirectory } from '../support/cache-directory.ts';
import { MonovirtError } from '../support/errors.ts';
import { corednsVersion, kubernetesVersion, localPathVersion } from './versions.ts';

/** What a caller may choose; everything has a default. */
export interface ClusterOptions {
  /** Nodes wanted. `up` adds missing ones and never removes any. Default 1. */
  nodes?: number;
  /** Holds everything a cluster needs while it lives; `down` removes it. Default `$MONOVIRT_STATE`. */
  stateDir?: string;
  /** Holds what outlives a cluster: binaries and logs. Default `$MONOVIRT_CACHE`. */
  cacheDir?: string;
  /** 0–9: clusters with different numbers use different networks and may live side by side. Default 0. */
  instance?: number;
}

export interface NodeConfig {
  name: string;
  index: number;
  ip: string;
  podCidr: string;
  /** Address of `cni0`, first of `podCidr`. */
  podGateway: string;
  /** Host end of the node's network cable. */
  veth: string;
  dir: string;
  /** Becomes `/var` inside the node. */
  varDir: string;
  /** Path below every cgroup controller's mount point. */
  cgroup: string;
}

export interface ClusterConfig {
  name: string;
  instance: number;
  stateDir: string;
  cacheDir: string;
  logDir: string;
  pkiDir: string;
  runDir: string;
  kubernetesBin: string;
  corednsBin: string;
  localPathBin: string;
  kubeconfig: string;
  bridge: string;
  /** The host's address on the bridge: where the control plane listens. */
  hostIp: string;
  bridgeCidr: string;
  podCidr: string;
  serviceCidr: string;
  /** Service address of the apiserver. */
  apiServiceIp: string;
  /** Service address of the cluster's DNS. */
  dnsServiceIp: string;
  apiPort: number;
  apiUrl: string;
  cgroup: string;
  nodes: NodeConfig[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const maximumNodes = 9;
const maximumInstance = 9;

function checkedInteger(what: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new MonovirtError(
    'InvalidOption',
    `${what} is ${value}: give a whole number from ${low} to ${high}`,
    'never',
  );
}

function stateDirOf(name: string, options: ClusterOptions, env: Environment): string {
  return options.stateDir ?? env['MONOVIRT_STATE'] ?? `/var/lib/${name}`;
}

function nodeConfig(
  index: number,
  cluster: { name: string; instance: number; stateDir: string },
): NodeConfig {
  const name = `node${index}`;
  const podNet = `10.${244 - cluster.instance}.${index}`;
  const dir = join(cluster.stateDir, 'nodes', name);
  return {
    name,
    index,
    ip: `172.30.${77 + cluster.instance}.${10 + index}`,
    podCidr: `${podNet}.0/24`,
    podGateway: `${podNet}.1`,
    veth: `mv${cluster.instance}-${name}`,
    dir,
    varDir: join(dir, 'var'),
    cgroup: `${cluster.name}/${name}`,
  };
}

/** Folders of one cluster. */
function layout(
  name: string,
  stateDir: string,
  cacheDir: string,
): Record<'logDir' | 'pkiDir' | 'runDir', string> {
  return {
    logDir: join(cacheDir, 'logs', name),
    pkiDir: join(stateDir, 'pki'),
    runDir: join(stateDir, 'run'),
  };
}

/**
 * Fills in every default.
 * @throws MonovirtError `InvalidOption` for a number of nodes or an instance out of range.
 */
export function resolveConfig(options: ClusterOptions, env: Environment): ClusterConfig {
  const nodes = checkedInteger('the number of nodes', options.nodes ?? 1, 1, maximumNodes);
  const wanted = options.instance ?? Number(env['MONOVIRT_INSTANCE'] ?? 0);
  const instance = checkedInteger('the instance', wanted, 0, maximumInstance);
  const name = instance === 0 ? 'monovirt-cluster' : `monovirt-cluster-${instance}`;
  const stateDir = stateDirOf(name, options, env);
  const cacheDir = options.cacheDir ?? cacheDirectory(env);
  const hostIp = `172.30.${77 + instance}.1`;
  const apiPort = 6443;
  return {
    name,
    instance,
    stateDir,
    cacheDir,
    ...layout(name, stateDir, cacheDir),
    kubernetesBin: join(cacheDir, 'kubernetes', kubernetesVersion),
    corednsBin: join(cacheDir, 'coredns', corednsVersion),
    localPathBin: join(cacheDir, 'local-path-provisioner', localPathVersion),
    kubeconfig: join(stateDir, 'admin.kubeconfig'),
    bridge: `monovirt${instance}`,
    hostIp,
    bridgeCidr: `${hostIp}/24`,
    podCidr: `10.${244 - instance}.0.0/16`,
    serviceCidr: `10.${96 + instance}.0.0/16`,
    apiServiceIp: `10.${96 + instance}.0.1`,
    dnsServiceIp: `10.${96 + instance}.0.10`,
    apiPort,
    apiUrl: `https://${hostIp}:${apiPort}`,
    cgroup: name,
    nodes: Array.from({ length: nodes }, (_, i) => nodeConfig(i + 1, { name, instance, stateDir })),
  };
}
