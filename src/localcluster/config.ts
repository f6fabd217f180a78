/** Names, addresses and folders of one local cluster: pure, so that every command computes the same ones. */
import { join } from 'node:path';
import { cacheDirectory } from '../support/cache-directory.ts';
import { MonovirtError } from '../support/errors.ts';
import { policiesBuild } from './addons/policies-go.ts';
import { clusterAddresses, nodeAddresses } from './addresses.ts';
import type { ClusterAddresses, NodeAddresses } from './addresses.ts';
import { corednsVersion, kubernetesVersion, localPathVersion, multusVersion } from './versions.ts';

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

export interface NodeConfig extends NodeAddresses {
  name: string;
  index: number;
  /** Host end of the node's network cable. */
  veth: string;
  dir: string;
  /** Becomes `/var` inside the node. */
  varDir: string;
  /** Path below every cgroup controller's mount point. */
  cgroup: string;
}

export interface ClusterConfig extends ClusterAddresses {
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
  policiesBin: string;
  multusBin: string;
  kubeconfig: string;
  bridge: string;
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
  const dir = join(cluster.stateDir, 'nodes', name);
  return {
    name,
    index,
    ...nodeAddresses(cluster.instance, index),
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

/** Folders of programs, each named after its version. */
function programs(
  cacheDir: string,
): Record<'kubernetesBin' | 'corednsBin' | 'localPathBin' | 'policiesBin' | 'multusBin', string> {
  return {
    kubernetesBin: join(cacheDir, 'kubernetes', kubernetesVersion),
    corednsBin: join(cacheDir, 'coredns', corednsVersion),
    localPathBin: join(cacheDir, 'local-path-provisioner', localPathVersion),
    policiesBin: join(cacheDir, 'kube-network-policies', policiesBuild),
    multusBin: join(cacheDir, 'multus', multusVersion),
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
  const addresses = clusterAddresses(instance);
  const apiPort = 6443;
  return {
    name,
    instance,
    stateDir,
    cacheDir,
    ...layout(name, stateDir, cacheDir),
    ...programs(cacheDir),
    kubeconfig: join(stateDir, 'admin.kubeconfig'),
    bridge: `monovirt${instance}`,
    ...addresses,
    apiPort,
    apiUrl: `https://${addresses.hostIp}:${apiPort}`,
    cgroup: name,
    nodes: Array.from({ length: nodes }, (_, i) => nodeConfig(i + 1, { name, instance, stateDir })),
  };
}
