/** Starts the control plane and writes what it reads. */
import { MonovirtError } from '../support/errors.ts';
import { multusObjects } from './addons/multus.ts';
import { policyObjects } from './addons/policies.ts';
import { storageFiles, storageObjects, storageProcess } from './addons/storage.ts';
import { apiserverReady, applyObjects, kubectl } from './api.ts';
import {
  apiserverProcess,
  componentKubeconfig,
  controllerManagerProcess,
  corednsProcess,
  corefile,
  corefilePath,
  etcdProcess,
  schedulerProcess,
} from './components.ts';
import type { ClusterConfig } from './config.ts';
import { readIfThere, writeIfDifferent } from './files.ts';
import { kubeconfig } from './kubeconfig.ts';
import { dnsObjects, nodeObject } from './objects.ts';
import { readPem } from './pki/store.ts';
import { ensureProcess, logPath, logTail } from './processes.ts';
import { runningProcess } from './records.ts';
import { waitFor } from './wait.ts';

const privateMode = 0o600;
const apiserverTimeoutMs = 90_000;

/** Kubeconfigs of people and programs on the host: file → user and certificate. */
function hostClients(config: ClusterConfig): { path: string; user: string }[] {
  const programs = ['controller-manager', 'scheduler', 'coredns', 'local-path'];
  return [
    { path: config.kubeconfig, user: 'admin' },
    ...programs.map((user) => ({ path: componentKubeconfig(config, user), user })),
  ];
}

/** Writes the administrator's kubeconfig and those of the control plane. */
export async function writeHostFiles(config: ClusterConfig): Promise<void> {
  const ca = await readPem(config, 'ca.crt');
  for (const { path, user } of hostClients(config)) {
    const certificate = await readPem(config, `${user}.crt`);
    const key = await readPem(config, `${user}.key`);
    const content = kubeconfig({ server: config.apiUrl, user, ca, certificate, key });
    await writeIfDifferent(path, content, privateMode);
  }
  await writeIfDifferent(
    corefilePath(config),
    corefile(config, (await readIfThere('/etc/resolv.conf')) ?? ''),
  );
  for (const [path, content] of Object.entries(storageFiles(config))) await writeIfDifferent(path, content);
}

/** @throws MonovirtError `ProcessDied` with the end of its log when a process does not run. */
async function requireAlive(config: ClusterConfig, name: string): Promise<void> {
  if ((await runningProcess(config.runDir, name)) !== null) return;
  const tail = await logTail(config, name);
  throw new MonovirtError('ProcessDied', `${name} ended (log: ${logPath(config, name)}): ${tail}`, 'never');
}

/**
 * Starts etcd and the apiserver and waits until it is ready.
 * @throws MonovirtError `ProcessDied` as soon as it is clear that it will never be.
 */
export async function ensureApiserver(config: ClusterConfig, signal: AbortSignal): Promise<void> {
  const specs = [etcdProcess(config), apiserverProcess(config)];
  for (const spec of specs) await ensureProcess(config, spec);
  const ready = async (): Promise<boolean> => {
    if (await apiserverReady(config)) return true;
    for (const { name } of specs) await requireAlive(config, name);
    return false;
  };
  await waitFor('the apiserver becoming ready', ready, { timeoutMs: apiserverTimeoutMs, signal });
}

/** Starts the controllers and the scheduler, and registers the nodes with their pod ranges. */
export async function ensureControllers(config: ClusterConfig, signal: AbortSignal): Promise<void> {
  await ensureProcess(config, controllerManagerProcess(config));
  await ensureProcess(config, schedulerProcess(config));
  await applyObjects(
    config,
    [...config.nodes.map(nodeObject), ...policyObjects(), ...multusObjects()],
    signal,
  );
}

/** Starts CoreDNS on the host and leads the service `kube-dns` to it. */
export async function ensureDns(config: ClusterConfig, signal: AbortSignal): Promise<void> {
  await ensureProcess(config, corednsProcess(config));
  await applyObjects(config, dnsObjects(config), signal);
}

/** Gives claims to the provisioner, and the cluster a default StorageClass. */
export async function ensureStorage(config: ClusterConfig, signal: AbortSignal): Promise<void> {
  await applyObjects(config, storageObjects(), signal);
  await ensureProcess(config, storageProcess(config));
}

/** Waits until every kubelet has reported its node ready, and pods may be created in the namespace `default`. */
export async function awaitNodes(config: ClusterConfig, signal: AbortSignal): Promise<void> {
  const names = config.nodes.map((node) => `node/${node.name}`);
  const timeout = '--timeout=120s';
  await Promise.all([
    kubectl(config, ['wait', '--for=condition=Ready', timeout, ...names], { signal }),
    kubectl(config, ['wait', '--for=create', timeout, '--namespace=default', 'serviceaccount/default'], {
      signal,
    }),
  ]);
}
