/** All programs of a cluster. Pure. */
import { MonovirtError } from '../support/errors.ts';
import { storageProcess } from './addons/storage.ts';
import {
  apiserverProcess,
  controllerManagerProcess,
  corednsProcess,
  etcdProcess,
  schedulerProcess,
} from './components.ts';
import type { ProcessSpec } from './components.ts';
import type { ClusterConfig } from './config.ts';
import { containerdProcess, kubeletProcess, policiesProcess, proxyProcess } from './node/processes.ts';

/** In the order in which they start. */
export function allProcesses(config: ClusterConfig): ProcessSpec[] {
  return [
    etcdProcess(config),
    apiserverProcess(config),
    controllerManagerProcess(config),
    schedulerProcess(config),
    corednsProcess(config),
    storageProcess(config),
    ...config.nodes.flatMap((node) => [
      containerdProcess(node),
      kubeletProcess(node),
      proxyProcess(node),
      policiesProcess(node),
    ]),
  ];
}

/** @throws MonovirtError `UnknownComponent` that lists the names there are. */
export function processNamed(config: ClusterConfig, name: string): ProcessSpec {
  const all = allProcesses(config);
  const found = all.find((spec) => spec.name === name);
  if (found !== undefined) return found;
  const names = all.map((spec) => spec.name).join(', ');
  throw new MonovirtError(
    'UnknownComponent',
    `the cluster has no component ${name}: choose one of ${names}`,
    'never',
  );
}
