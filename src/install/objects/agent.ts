/** The DaemonSet of the node agent. Pure. */
import { components, labels, ports } from '../../api/constants.ts';
import { apiVersionOf, daemonSets } from '../../api/kinds.ts';
import { certificateNames } from '../certificates/leaves.ts';
import { managedLabels, namespacedMeta } from '../installation.ts';
import type { Installation } from '../installation.ts';
import { agentAccount } from './agent-access.ts';
import type { Desired } from './desired.ts';

/** Made by the manifests of the installation, before any of our pods. */
export const priorityClass = 'kubevirt-cluster-critical';

const certificateDir = '/etc/monovirt/certificates';

/** What the agent shares with its host, at the same path on both sides. */
const hostPaths = [
  { name: 'kubelet-pods', path: '/var/lib/kubelet/pods', type: 'Directory' },
  { name: 'device-plugins', path: '/var/lib/kubelet/device-plugins', type: 'Directory' },
  { name: 'seccomp', path: '/var/lib/kubelet/seccomp', type: 'DirectoryOrCreate' },
  { name: 'state', path: '/var/lib/monovirt', type: 'DirectoryOrCreate' },
  { name: 'dev', path: '/dev', type: 'Directory' },
] as const;

export function agentDaemonSet(installation: Installation): Desired {
  const selector = { [labels.component]: components.agent };
  return {
    resource: daemonSets,
    object: {
      apiVersion: apiVersionOf(daemonSets),
      kind: daemonSets.kind,
      metadata: namespacedMeta(installation, components.agent),
      spec: {
        selector: { matchLabels: selector },
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
        template: {
          metadata: { labels: { ...managedLabels, ...selector } },
          spec: podSpec(installation),
        },
      },
    },
  };
}

function podSpec(installation: Installation): Record<string, unknown> {
  return {
    serviceAccountName: agentAccount,
    priorityClassName: priorityClass,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    // Guests run wherever an agent runs: a taint on a node is for the guests' pods to tolerate, or not.
    tolerations: [{ operator: 'Exists' }],
    // A launcher is known by the pid that its socket reports, which means nothing in another pid namespace.
    hostPID: true,
    terminationGracePeriodSeconds: 15,
    ...(installation.imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: installation.imagePullSecrets.map((name) => ({ name })) }),
    containers: [container(installation)],
    volumes: [
      ...hostPaths.map(({ name, path, type }) => ({ name, hostPath: { path, type } })),
      { name: 'certificates', secret: { secretName: certificateNames.agent } },
    ],
  };
}

function container(installation: Installation): Record<string, unknown> {
  const probe = (path: string): Record<string, unknown> => ({
    httpGet: { scheme: 'HTTPS', port: 'agent', path },
    timeoutSeconds: 5,
  });
  return {
    name: components.agent,
    image: installation.image,
    imagePullPolicy: installation.imagePullPolicy,
    command: ['monovirt', '--role', 'node-agent'],
    env: [
      fromField('NODE_NAME', 'spec.nodeName'),
      fromField('POD_IP', 'status.podIP'),
      fromField('POD_NAME', 'metadata.name'),
      fromField('POD_NAMESPACE', 'metadata.namespace'),
    ],
    ports: [{ name: 'agent', containerPort: ports.agent, protocol: 'TCP' }],
    // The default path lies in /dev, which here is the host's.
    terminationMessagePath: '/run/termination-log',
    // Enters network namespaces of pods and opens devices of the host.
    securityContext: { privileged: true, runAsUser: 0, readOnlyRootFilesystem: true },
    resources: { requests: { cpu: '10m', memory: '80Mi' } },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 10 },
    livenessProbe: { ...probe('/healthz'), initialDelaySeconds: 15, periodSeconds: 30, failureThreshold: 4 },
    volumeMounts: [
      ...hostPaths.map(({ name, path }) => ({ name, mountPath: path })),
      { name: 'certificates', mountPath: certificateDir, readOnly: true },
    ],
  };
}

const fromField = (name: string, fieldPath: string): Record<string, unknown> => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});
