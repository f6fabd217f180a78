/** The pod of a VMI: a pure function of the VMI and the cluster's configuration (adr/0002). */
import { createHash } from 'node:crypto';
import { annotations, labels, launcherUser } from '../../api/constants.ts';
import type { PodSpec, Vmi, VmiSpec } from '../../api/types.ts';
import { graceSeconds } from '../../pod/grace.ts';
import { hostnameOf, podName, unpausedGate } from '../../pod/names.ts';
import { computeContainer, sideContainers } from './containers.ts';
import { serviceAccountOf } from './config-source.ts';
import { containerDisks } from './guest.ts';
import type { LauncherConfig } from './launcher-config.ts';
import { controllerReference, podAnnotations, podLabels } from './metadata.ts';
import { machineRequirements } from './node-requirements.ts';
import { computeResources } from './resources.ts';
import { virtiofsContainers } from './virtiofs.ts';
import { sidecarContainers, sidecarVolumes } from './sidecars.ts';
import { podVolumes } from './volumes.ts';

/** A pod as it is handed to the API server. */
export interface DesiredPod {
  apiVersion: 'v1';
  kind: 'Pod';
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    ownerReferences: ReturnType<typeof controllerReference>[];
  };
  spec: PodSpec;
}

/** What the launcher needs after the guest's own grace to kill it and to report. */
const launcherGraceSeconds = 15;

/**
 * Builds the launcher pod. The same input gives the same pod, name included.
 * @throws MonovirtError MissingGuestMemory or InvalidQuantity, both of which admission excludes.
 */
export function desiredPod(vmi: Vmi, config: LauncherConfig): DesiredPod {
  const { resources, overheadBytes } = computeResources(vmi.spec, config);
  const spec: PodSpec = {
    ...hostPart(vmi),
    ...identityPart(vmi.spec, config),
    ...schedulingPart(vmi.spec, config),
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: graceSeconds(vmi.spec) + launcherGraceSeconds,
    readinessGates: [{ conditionType: unpausedGate }],
    ...pullSecrets(vmi.spec, config),
    containers: [
      computeContainer(vmi, config, resources),
      ...virtiofsContainers(vmi.spec, config),
      ...sideContainers(vmi.spec, config),
      ...sidecarContainers(vmi.spec, config.cluster),
    ],
    volumes: [...podVolumes(vmi.spec), ...sidecarVolumes(vmi.spec, config.cluster)],
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(vmi),
      namespace: vmi.metadata.namespace ?? 'default',
      labels: podLabels(vmi),
      annotations: {
        ...podAnnotations(vmi, overheadBytes, config.cluster.bindingPlugins),
        [annotations.intent]: intentOf(spec),
      },
      ownerReferences: [controllerReference(vmi)],
    },
    spec,
  };
}

function intentOf(spec: PodSpec): string {
  return createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 16);
}

function hostPart(vmi: Vmi): Partial<PodSpec> {
  const { subdomain, dnsPolicy, dnsConfig } = vmi.spec;
  return definedOnly({
    hostname: hostnameOf(vmi),
    subdomain,
    dnsPolicy,
    dnsConfig: dnsConfig,
  });
}

/** One unprivileged user for everything in the pod, and no credential of the cluster. */
function identityPart(spec: VmiSpec, { cluster }: LauncherConfig): Partial<PodSpec> {
  const serviceAccountName = serviceAccountOf(spec);
  return {
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
    shareProcessNamespace: true,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(cluster.runtimeClass === undefined ? {} : { runtimeClassName: cluster.runtimeClass }),
    securityContext: {
      runAsUser: launcherUser,
      runAsGroup: launcherUser,
      runAsNonRoot: true,
      fsGroup: launcherUser,
      seccompProfile:
        cluster.seccompProfile === undefined
          ? { type: 'RuntimeDefault' }
          : { type: 'Localhost', localhostProfile: cluster.seccompProfile },
      ...(cluster.seLinuxType === undefined ? {} : { seLinuxOptions: { type: cluster.seLinuxType } }),
    },
  };
}

function schedulingPart(spec: VmiSpec, config: LauncherConfig): Partial<PodSpec> {
  return definedOnly({
    nodeSelector: {
      ...config.cluster.nodeSelectors,
      ...spec.nodeSelector,
      [labels.schedulable]: 'true',
      'kubernetes.io/arch': spec.architecture ?? config.cluster.architecture,
      ...machineRequirements(spec, config.cluster.useEmulation),
    },
    affinity: spec.affinity,
    tolerations: spec.tolerations,
    topologySpreadConstraints: spec.topologySpreadConstraints,
    priorityClassName: spec.priorityClassName,
    schedulerName: spec.schedulerName,
  });
}

function pullSecrets(spec: VmiSpec, config: LauncherConfig): Partial<PodSpec> {
  const stated = [
    ...config.imagePullSecrets,
    ...containerDisks(spec).map(({ disk }) => disk.imagePullSecret),
    spec.domain.firmware?.kernelBoot?.container?.imagePullSecret,
  ].filter((name): name is string => name !== undefined && name !== '');
  return stated.length === 0 ? {} : { imagePullSecrets: [...new Set(stated)].map((name) => ({ name })) };
}

function definedOnly(part: Partial<PodSpec>): Partial<PodSpec> {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
}
