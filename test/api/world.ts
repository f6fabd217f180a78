/** The controller as it is installed, with its own RBAC, on a real API server; tests stand in for node and kubelet. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import {
  clusterInstancetypes,
  clusterPreferences,
  instancetypes,
  kubeVirts,
  preferences,
  presets,
  replicaSets,
  virtualMachineInstances,
  virtualMachines,
} from '../../src/api/kinds.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import { run } from '../../src/roles/controller.ts';
import { startApiServer } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { kubernetesProgram } from './programs.ts';
import { eventually, standIn } from './stand-in.ts';
import type { StandIn } from './stand-in.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const account = 'system:serviceaccount:kubevirt:kubevirt-controller';
const accountGroups = ['system:serviceaccounts', 'system:serviceaccounts:kubevirt', 'system:authenticated'];

export interface World extends StandIn {
  client: ApiClient;
  /** Ends with the controller, as when its pod is told to stop. */
  stopController: () => Promise<number>;
  stop: () => Promise<void>;
}

/** Starts an API server, installs, and runs the controller under its own account. */
export async function startWorld(): Promise<World> {
  const server = await startApiServer();
  const client = server.client();
  const apply = ['apply', '--server-side', '-k', join(root, 'config/default')];
  await execute(kubernetesProgram('kubectl'), ['--kubeconfig', server.kubeconfig, ...apply]);
  process.env.KUBECONFIG = await kubeconfigOf(server, account);
  // The leader waits for all of these; a kind that is not served yet is asked for again only after a while.
  for (const resource of [
    kubeVirts,
    virtualMachines,
    virtualMachineInstances,
    replicaSets,
    presets,
    instancetypes,
    clusterInstancetypes,
    preferences,
    clusterPreferences,
  ]) {
    await eventually(() => client.list(resource, {}));
  }
  const stop = new AbortController();
  const controller = run(
    ['--port', '0', '--image', 'registry.example/monovirt:1', '--log-level', 'error'],
    stop.signal,
  );
  const stopController = (): Promise<number> => {
    stop.abort();
    return controller;
  };
  return {
    ...standIn(client),
    client,
    stopController,
    stop: async () => {
      try {
        await stopController();
      } finally {
        await server.stop();
      }
    },
  };
}

async function kubeconfigOf(api: ApiServer, user: string): Promise<string> {
  const config = await api.configOf(user, accountGroups);
  const { ca = '', cert = '', key = '' } = await config.tls();
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const path = join(api.directory, 'controller.kubeconfig');
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: api.url, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'u', user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(path, stringify(content));
  return path;
}
