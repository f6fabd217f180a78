/** Waiting with a progress remark for what the API says. */
import { defaultNamespace } from '../api/constants.ts';
import { daemonSets, kubeVirts, virtualMachines } from '../api/kinds.ts';
import type { Resource } from '../api/kinds.ts';
import type { KubeObject, KubeVirt, Vm } from '../api/types.ts';
import { agentRollout } from '../install/kubevirt/rollout.ts';
import { createInformer } from '../kube/informer.ts';
import { keyString } from '../kube/types.ts';
import type { Key } from '../kube/types.ts';
import { MonovirtError } from '../support/errors.ts';
import type { Session } from './session.ts';

interface Remark {
  note(text: string): void;
}

const deployTimeoutMs = 180_000;
const startTimeoutMs = 180_000;

interface AgentSet extends KubeObject {
  spec?: { template?: { spec?: { containers?: { image?: string }[] } } };
}

/**
 * Until every node has an available agent of this image: what is Deployed before an upgrade begins does not
 * count.
 * @throws MonovirtError TimedOut with the last state of the DaemonSet.
 */
export async function awaitAgents(
  session: Session,
  image: string,
  remark: Remark,
  signal: AbortSignal,
): Promise<void> {
  const done = (set: AgentSet): boolean => {
    if (set.metadata.namespace !== defaultNamespace) return false;
    const current = set.spec?.template?.spec?.containers?.[0]?.image === image;
    const rollout = agentRollout(set);
    remark.note(current ? rollout.message : 'the controller has not updated the node agents yet');
    return current && rollout.done;
  };
  await watchUntil<AgentSet>(session, { resource: daemonSets, done, timeoutMs: deployTimeoutMs }, signal);
}

/** Until the KubeVirt object is Deployed. @throws MonovirtError TimedOut with the last condition. */
export async function awaitDeployed(session: Session, remark: Remark, signal: AbortSignal): Promise<void> {
  const done = (kubevirt: KubeVirt): boolean => {
    remark.note(kubevirt.status?.phase ?? 'not seen yet');
    return kubevirt.status?.phase === 'Deployed';
  };
  await watchUntil<KubeVirt>(session, { resource: kubeVirts, done, timeoutMs: deployTimeoutMs }, signal);
}

/** Until a VM runs. @throws MonovirtError TimedOut with its last printed status. */
export async function awaitRunning(
  session: Session,
  key: Key,
  remark: Remark,
  signal: AbortSignal,
): Promise<void> {
  const done = (vm: Vm): boolean => {
    if (vm.metadata.namespace !== key.namespace || vm.metadata.name !== key.name) return false;
    remark.note(vm.status?.printableStatus ?? 'not seen yet');
    return vm.status?.printableStatus === 'Running';
  };
  await watchUntil<Vm>(session, { resource: virtualMachines, done, timeoutMs: startTimeoutMs }, signal);
}

interface Goal<T> {
  resource: Resource;
  done: (object: T) => boolean;
  timeoutMs: number;
}

async function watchUntil<T extends KubeObject>(
  session: Session,
  goal: Goal<T>,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const timeout = AbortSignal.timeout(goal.timeoutMs);
  const informer = createInformer<T>(session.client, goal.resource, {});
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let last = 'none was seen';
  informer.onChange(({ object }) => {
    last = `${keyString(object.metadata)} ${JSON.stringify('status' in object ? object.status : {})}`;
    if (goal.done(object)) resolve();
  });
  timeout.addEventListener('abort', () => {
    const message = `no ${goal.resource.kind} came up within ${goal.timeoutMs / 1000} s; last: ${last}`;
    reject(new MonovirtError('TimedOut', message));
  });
  signal.addEventListener('abort', () => reject(signal.reason as Error));
  const watching = informer.run(stop.signal);
  try {
    await promise;
  } finally {
    stop.abort();
    await watching;
  }
}
