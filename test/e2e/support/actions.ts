/** What a user does: apply a manifest, use a subresource. */
import { run } from '../../../src/localcluster/exec.ts';
import type { TestCluster } from './cluster.ts';

/** `kubectl apply -f -` of one object. Rejects with kubectl's words, as a user reads them. */
export const apply = (cluster: TestCluster, object: unknown): Promise<string> =>
  run([...cluster.kubectlCommand, 'apply', '-f', '-'], { input: JSON.stringify(object) });

/** PUT of a VM's subresource through the API server, as virtctl and UIs do it. */
export const vmAction = (cluster: TestCluster, name: string, action: string): Promise<void> =>
  put(cluster, `virtualmachines/${name}/${action}`);

/** PUT of a VMI's subresource. */
export const vmiAction = (
  cluster: TestCluster,
  name: string,
  action: string,
  options: object = {},
): Promise<void> => put(cluster, `virtualmachineinstances/${name}/${action}`, options);

async function put(cluster: TestCluster, what: string, options: object = {}): Promise<void> {
  const path = `/apis/subresources.kubevirt.io/v1/namespaces/${cluster.namespace}/${what}`;
  await cluster.session.client.raw('PUT', path, options);
}
