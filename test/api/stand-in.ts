/** What stands in for users, kubelets and node agents where there is no node, and waits for what comes of it. */
import assert from 'node:assert/strict';
import { pods, virtualMachineInstances, virtualMachines } from '../../src/api/kinds.ts';
import type { Resource } from '../../src/api/kinds.ts';
import type { KubeObject, Pod, Vm, Vmi } from '../../src/api/types.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import { isNotFound } from '../../src/kube/types.ts';
import type { Key } from '../../src/kube/types.ts';

/** Tries until it holds; the last failure is the test's. */
export async function eventually<T>(attempt: () => Promise<T>, timeoutMs = 15_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export const inNs = (name: string): Key => ({ namespace: 'default', name });
export const vmOf = (name: string, runStrategy: string, change: Record<string, unknown> = {}): object => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, namespace: 'default' },
  spec: {
    runStrategy,
    template: { spec: { domain: { memory: { guest: '128Mi' }, devices: {} }, ...change } },
  },
});

export interface StandIn {
  /** Waits until there is no such object. */
  gone(resource: Resource, key: Key): Promise<void>;
  /** Waits for a VM's printable status. */
  printable(name: string, want: string): Promise<Vm>;
  /** Waits for the one pod of an instance. */
  podOf(vmi: Vmi): Promise<Pod>;
  /** Waits for an instance in a phase, of another uid than `not`. */
  vmiWith(name: string, phase: string | undefined, not?: string): Promise<Vmi>;
  /** Writes a part of a status. */
  setStatus(resource: Resource, name: string, body: object): Promise<KubeObject>;
  /** Binds a pod to node1, as the scheduler does. */
  bindPod(pod: Pod): Promise<void>;
  /** What scheduler and kubelet do to a pod. */
  startPod(pod: Pod): Promise<void>;
  /** What the node agent does when a guest runs or ends. */
  report(name: string, phase: string): Promise<void>;
  /** Confirms the deletion of a VMI's pod once somebody has asked for it. */
  confirmPodDeletion(vmi: Vmi): Promise<void>;
}

export function standIn(client: ApiClient): StandIn {
  const setStatus: StandIn['setStatus'] = (resource, name, body) =>
    client.patch(resource, inNs(name), { type: 'merge', body: { status: body } }, { subresource: 'status' });
  const bindPod = async ({ metadata: { name } }: Pod): Promise<void> => {
    await client.raw('POST', `/api/v1/namespaces/default/pods/${name}/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name },
      target: { apiVersion: 'v1', kind: 'Node', name: 'node1' },
    });
  };
  return {
    setStatus,
    bindPod,
    gone: (resource, key) => eventually(() => assert.rejects(client.get(resource, key), isNotFound)),
    printable: (name, want) =>
      eventually(async () => {
        const vm = await client.get<Vm>(virtualMachines, inNs(name));
        assert.equal(vm.status?.printableStatus, want);
        return vm;
      }),
    podOf: (vmi) =>
      eventually(async () => {
        const { items } = await client.list<Pod>(pods, podsOf(vmi));
        const [pod, ...others] = items;
        assert.ok(pod !== undefined && others.length === 0);
        return pod;
      }),
    vmiWith: (name, phase, not) =>
      eventually(async () => {
        const vmi = await client.get<Vmi>(virtualMachineInstances, inNs(name));
        assert.equal(vmi.status?.phase, phase);
        assert.notEqual(vmi.metadata.uid, not);
        return vmi;
      }),
    async startPod(pod) {
      await bindPod(pod);
      const containerStatuses = pod.spec?.containers.map((container) => ({
        name: container.name,
        image: container.image,
        imageID: 'x',
        ready: true,
        restartCount: 0,
        state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
      }));
      const conditions = [{ type: 'Ready', status: 'True' }];
      await setStatus(pods, pod.metadata.name, { phase: 'Running', containerStatuses, conditions });
    },
    async report(name, phase) {
      const { status } = await client.get<Vmi>(virtualMachineInstances, inNs(name));
      const entry = { phase, phaseTransitionTimestamp: '2026-01-01T00:00:00Z' };
      const phaseTransitionTimestamps = [...(status?.phaseTransitionTimestamps ?? []), entry];
      await setStatus(virtualMachineInstances, name, { phase, phaseTransitionTimestamps });
    },
    confirmPodDeletion: (vmi) =>
      eventually(async () => {
        const { items } = await client.list<Pod>(pods, podsOf(vmi));
        for (const pod of items) {
          assert.notEqual(pod.metadata.deletionTimestamp, undefined);
          await client.delete(pods, inNs(pod.metadata.name), { gracePeriodSeconds: 0 });
        }
      }),
  };
}

const podsOf = ({ metadata }: Vmi): { namespace: string; labelSelector: string } => ({
  namespace: 'default',
  labelSelector: `kubevirt.io/created-by=${metadata.uid}`,
});
