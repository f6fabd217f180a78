/**
 * The stand-in of a guest whose storage is made where its first pod is to run, and filled only then: CDI may need the
 * claims to itself while it fills them, so that the guest's own pod cannot be the one. Pure.
 */
import type { Pod, Vmi } from '../../../api/types.ts';
import { annotations } from '../../../api/constants.ts';
import { conditionOf } from '../../../status/conditions.ts';
import { computeContainerName, podName } from '../../../pod/names.ts';
import type { DesiredPod } from '../pod.ts';
import { explainUnschedulable } from '../unschedulable.ts';

/** Never the name of a launcher pod. */
export const consumerName = (vmi: Vmi): string => podName(vmi).replace(/^virt-launcher-/, 'first-consumer-');

/**
 * A pod that runs where the launcher pod could, names its claims, mounts nothing and ends at once. It lacks the labels
 * by which launcher pods are found, so that nobody takes it for one.
 */
export function consumerPod(vmi: Vmi, { metadata, spec, ...kind }: DesiredPod): DesiredPod {
  const { readinessGates: _gates, ...placed } = spec;
  const compute = spec.containers.filter(({ name }) => name === computeContainerName);
  return {
    ...kind,
    metadata: {
      name: consumerName(vmi),
      namespace: metadata.namespace,
      labels: {},
      annotations: { [annotations.ephemeralProvisioning]: 'true' },
      ownerReferences: metadata.ownerReferences,
    },
    spec: {
      ...placed,
      terminationGracePeriodSeconds: 0,
      containers: compute.map(({ name, image, imagePullPolicy, resources, securityContext }) => ({
        name,
        ...(image === undefined ? {} : { image }),
        ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
        ...(resources === undefined ? {} : { resources }),
        ...(securityContext === undefined ? {} : { securityContext }),
        command: ['true'],
      })),
      volumes: (spec.volumes ?? []).filter((volume) => volume.persistentVolumeClaim !== undefined),
    },
  };
}

/** Why it has no node yet. */
export function consumerTrouble({ metadata, spec, status }: Pod): string | undefined {
  const scheduled = conditionOf(status?.conditions, 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  return `pod ${metadata.name} finds no node: ${explainUnschedulable(scheduled.message ?? '', spec?.nodeSelector)}`;
}
