/** Network binding plug-ins of the cluster under test, for as long as a test file needs them. */
import { kubeVirts } from '../../../src/api/kinds.ts';
import type { KubeVirtManifest } from '../../../src/api/manifests.ts';
import type { KubeVirt } from '../../../src/api/types.ts';
import type { TestCluster } from './cluster.ts';
import { eventually } from './eventually.ts';

const key = { namespace: 'kubevirt', name: 'kubevirt' };

/** Registers one in the KubeVirt object, and leaves the object as it was when disposed of. */
export async function registerPlugin(
  cluster: TestCluster,
  name: string,
  plugin: object,
): Promise<AsyncDisposable> {
  const { spec } = await cluster.session.client.get<Omit<KubeVirt, 'spec'> & KubeVirtManifest>(
    kubeVirts,
    key,
  );
  const others = spec.configuration?.network;
  await setNetwork(cluster, { binding: { [name]: plugin } });
  const rest = others?.binding === undefined ? null : { [name]: null };
  return {
    [Symbol.asyncDispose]: () => setNetwork(cluster, others === undefined ? null : { binding: rest }),
  };
}

/** A merge patch: null removes. */
async function setNetwork(cluster: TestCluster, network: object | null): Promise<void> {
  const patch = { spec: { configuration: { network } } };
  const merge = ['--type', 'merge', '-p', JSON.stringify(patch)];
  await cluster.kubectl('patch', 'kubevirt', key.name, '-n', key.namespace, ...merge);
  await eventually('the cluster has taken over its configuration', async () => {
    const { metadata, status } = await cluster.session.client.get<KubeVirt>(kubeVirts, key);
    return status?.observedGeneration === metadata.generation;
  });
}
