/** Network binding plug-ins of the cluster under test, for as long as a test file needs them. */
import { kubeVirts } from '../../../src/api/kinds.ts';
import type { KubeVirt } from '../../../src/api/types.ts';
import type { TestCluster } from './cluster.ts';
import { eventually } from './eventually.ts';

const key = { namespace: 'kubevirt', name: 'kubevirt' };

/** Registers one in the KubeVirt object, and takes it off again when disposed of. */
export async function registerPlugin(
  cluster: TestCluster,
  name: string,
  plugin: object,
): Promise<AsyncDisposable> {
  await setPlugin(cluster, { [name]: plugin });
  return { [Symbol.asyncDispose]: () => setPlugin(cluster, { [name]: null }) };
}

/** A merge patch: null removes. */
async function setPlugin(cluster: TestCluster, binding: Record<string, object | null>): Promise<void> {
  const patch = { spec: { configuration: { network: { binding } } } };
  const merge = ['--type', 'merge', '-p', JSON.stringify(patch)];
  await cluster.kubectl('patch', 'kubevirt', key.name, '-n', key.namespace, ...merge);
  await eventually('the cluster has taken over its configuration', async () => {
    const { metadata, status } = await cluster.session.client.get<KubeVirt>(kubeVirts, key);
    return status?.observedGeneration === metadata.generation;
  });
}
