/** Feature gates of the cluster under test, for as long as a test file needs them. */
import { kubeVirts } from '../../../src/api/kinds.ts';
import type { KubeVirtManifest } from '../../../src/api/manifests.ts';
import type { KubeVirt } from '../../../src/api/types.ts';
import type { TestCluster } from './cluster.ts';
import { eventually } from './eventually.ts';

const key = { namespace: 'kubevirt', name: 'kubevirt' };

/** Opens what is shut of `names`, and shuts it again when disposed of. */
export async function openGates(cluster: TestCluster, ...names: string[]): Promise<AsyncDisposable> {
  const before = await gatesOf(cluster);
  const opened = names.filter((name) => !before.includes(name));
  await setGates(cluster, (gates) => [...gates, ...opened]);
  return {
    [Symbol.asyncDispose]: () => setGates(cluster, (gates) => gates.filter((gate) => !opened.includes(gate))),
  };
}

async function gatesOf(cluster: TestCluster): Promise<string[]> {
  const { spec } = await cluster.session.client.get<Omit<KubeVirt, 'spec'> & KubeVirtManifest>(
    kubeVirts,
    key,
  );
  return spec?.configuration?.developerConfiguration?.featureGates ?? [];
}

async function setGates(cluster: TestCluster, change: (gates: string[]) => string[]): Promise<void> {
  const featureGates = change(await gatesOf(cluster));
  const patch = { spec: { configuration: { developerConfiguration: { featureGates } } } };
  const kubeVirt = ['kubevirt', key.name, '-n', key.namespace];
  await cluster.kubectl('patch', ...kubeVirt, '--type', 'merge', '-p', JSON.stringify(patch));
  await eventually('the cluster has taken over its configuration', async () => {
    const { metadata, status } = await cluster.session.client.get<KubeVirt>(kubeVirts, key);
    return status?.observedGeneration === metadata.generation;
  });
}
