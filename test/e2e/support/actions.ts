/** What a user does: apply a manifest, use a subresource. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { TestCluster } from './cluster.ts';

/** `kubectl apply -f -` of one object. Rejects with kubectl's words, as a user reads them. */
export async function apply(cluster: TestCluster, object: unknown): Promise<string> {
  const [kubectl, ...flags] = cluster.kubectlCommand;
  const child = spawn(kubectl, [...flags, 'apply', '-f', '-']);
  child.stdin.end(JSON.stringify(object));
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(errors);
  return output;
}

/** PUT of a VM's subresource through the API server, as virtctl and UIs do it. */
export const vmAction = (cluster: TestCluster, name: string, action: string): Promise<void> =>
  put(cluster, `virtualmachines/${name}/${action}`);

/** PUT of a VMI's subresource. */
export const vmiAction = (cluster: TestCluster, name: string, action: string): Promise<void> =>
  put(cluster, `virtualmachineinstances/${name}/${action}`);

async function put(cluster: TestCluster, what: string): Promise<void> {
  const path = `/apis/subresources.kubevirt.io/v1/namespaces/${cluster.namespace}/${what}`;
  await cluster.session.client.raw('PUT', path, {});
}
