/** Status of a KubeVirt object. Pure. */
import type { Condition, KubeVirt } from '../../api/types.ts';
import { withCondition } from '../../status/conditions.ts';

export interface Versions {
  /** Our version. */
  version: string;
  /** The registry part of our image's name. */
  registry: string;
  /** Digest of the objects that are wanted. */
  deployment: string;
  architecture: string;
}

export interface State {
  phase: 'Deploying' | 'Deployed' | 'Deleting';
  message: string;
  degraded: boolean;
}

type Status = NonNullable<KubeVirt['status']>;

/** The status with KubeVirt's conditions: Created, Available, Progressing, Degraded. */
export function nextKubeVirtStatus(
  { kubeVirt, versions }: { kubeVirt: KubeVirt; versions: Versions },
  state: State,
  now: Date,
): Status {
  const deployed = state.phase === 'Deployed';
  const generation = kubeVirt.metadata.generation;
  return {
    ...kubeVirt.status,
    phase: state.phase,
    operatorVersion: versions.version,
    defaultArchitecture: versions.architecture,
    targetKubeVirtVersion: versions.version,
    targetKubeVirtRegistry: versions.registry,
    targetDeploymentID: versions.deployment,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(deployed
      ? {
          observedKubeVirtVersion: versions.version,
          observedKubeVirtRegistry: versions.registry,
          observedDeploymentID: versions.deployment,
        }
      : {}),
    conditions: conditions(kubeVirt, state, now),
  };
}

function conditions(kubeVirt: KubeVirt, { phase, message, degraded }: State, now: Date): Condition[] {
  const current = (kubeVirt.status?.conditions ?? []) as Condition[];
  const deployed = phase === 'Deployed';
  const deleting = phase === 'Deleting';
  const [reason, text] = deployed
    ? ['AllComponentsReady', 'All components are ready.']
    : [deleting ? 'DeletionInProgress' : 'DeploymentInProgress', message];
  const flag = (value: boolean): 'True' | 'False' => (value ? 'True' : 'False');
  const wanted = [
    { type: 'Available', status: flag(deployed) },
    { type: 'Progressing', status: flag(!deployed && !degraded) },
    { type: 'Degraded', status: flag(degraded) },
    { type: 'Created', status: flag(deployed || wasCreated(current)) },
  ];
  return wanted.reduce(
    (list, condition) => withCondition(list, { ...condition, reason, message: text }, now),
    current,
  );
}

/** Once everything was made, it stays made until the object goes. */
const wasCreated = (current: readonly Condition[]): boolean =>
  current.some(({ type, status }) => type === 'Created' && status === 'True');
