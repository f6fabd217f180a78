/** The cluster under test: the one that `make up` made, and no other. */
import { namespaces, pods, virtualMachineInstances, virtualMachines } from '../../../src/api/kinds.ts';
import type { KubeObject, Pod, Vm, Vmi } from '../../../src/api/types.ts';
import { openSession } from '../../../src/cli/session.ts';
import type { Session } from '../../../src/cli/session.ts';
import { run } from '../../../src/localcluster/exec.ts';
import { isNotFound } from '../../../src/kube/types.ts';
import { eventually } from './eventually.ts';
import { localCluster } from './node.ts';

export interface TestCluster extends AsyncDisposable {
  session: Session;
  /** A namespace of this test file alone; deleted with all it holds at the end. */
  namespace: string;
  /** The kubectl of the cluster's version, with the flags that name the cluster and the namespace. */
  kubectlCommand: readonly string[];
  /** Standard output of kubectl. Rejects with its standard error when it fails. */
  kubectl(...args: string[]): Promise<string>;
  vm(name: string): Promise<Vm>;
  vmi(name: string): Promise<Vmi>;
  /** The pod of the VMI that is there now. */
  launcherPod(vmiName: string): Promise<Pod>;
  /** Runs a program in the `compute` container of a VMI's pod. */
  inPod(vmiName: string, ...command: string[]): Promise<string>;
  /** Waits until the VMI is in one of `phases`; returns it. */
  untilPhase(name: string, phases: string[], timeoutMs?: number): Promise<Vmi>;
  /** Waits until an instance other than the one of uid `old` runs. */
  untilReplaced(name: string, old: string): Promise<void>;
  /** Waits until nothing of this name is left: VM, VMI and pods. */
  untilGone(name: string): Promise<void>;
}

/** Connects and makes the namespace. */
export async function testCluster(purpose: string): Promise<TestCluster> {
  const machine = await localCluster();
  const session = await openSession({ kubeconfig: machine.kubeconfig });
  const namespace = `e2e-${purpose}-${process.pid}`;
  await session.client.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const { client } = session;
  const kubectlCommand = [machine.kubectl, '--kubeconfig', machine.kubeconfig, '-n', namespace];
  const kubectl = (...args: string[]): Promise<string> => run([...kubectlCommand, ...args]);
  const vmi = (name: string): Promise<Vmi> => client.get<Vmi>(virtualMachineInstances, { namespace, name });
  const launcherPod = async (name: string): Promise<Pod> => {
    const { metadata } = await vmi(name);
    const labelSelector = `kubevirt.io/created-by=${metadata.uid}`;
    const { items } = await client.list<Pod>(pods, { namespace, labelSelector });
    const [pod] = items;
    if (pod === undefined) throw new Error(`VMI ${name} has no pod`);
    return pod;
  };
  return {
    session,
    namespace,
    kubectlCommand,
    kubectl,
    vm: (name) => client.get<Vm>(virtualMachines, { namespace, name }),
    vmi,
    launcherPod,
    inPod: async (name, ...command) => {
      const pod = await launcherPod(name);
      return kubectl('exec', pod.metadata.name, '-c', 'compute', '--', ...command);
    },
    untilPhase: (name, phases, timeoutMs = 120_000) =>
      eventually(`VMI ${name} is ${phases.join(' or ')}`, () => inPhase(vmi(name), phases), timeoutMs),
    untilReplaced: async (name, old) => {
      await eventually(
        `a new instance of ${name} runs`,
        async () => (await inPhase(vmi(name), ['Running'])).metadata.uid !== old,
        120_000,
      );
    },
    untilGone: async (name) => {
      await eventually(`${name} is gone`, async () => {
        const labelSelector = `vm.kubevirt.io/name=${name}`;
        const { items } = await client.list(pods, { namespace, labelSelector });
        return items.length === 0 && (await absent(vmi(name)));
      });
    },
    [Symbol.asyncDispose]: async () => {
      await client.delete(namespaces, { name: namespace });
      await eventually(
        `namespace ${namespace} is gone`,
        () => absent(client.get(namespaces, { name: namespace })),
        180_000,
      );
      await session.close();
    },
  };
}

async function inPhase(reading: Promise<Vmi>, phases: string[]): Promise<Vmi> {
  const vmi = await reading;
  const phase = vmi.status?.phase ?? 'Pending';
  if (phases.includes(phase)) return vmi;
  throw new Error(`phase ${phase}, conditions ${JSON.stringify(vmi.status?.conditions ?? [])}`);
}

async function absent(reading: Promise<KubeObject>): Promise<boolean> {
  try {
    await reading;
    return false;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}
