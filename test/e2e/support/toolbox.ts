/** A pod with tools, which talks to guests as other pods of the cluster do. */
import { testImageName } from '../../../src/image/names.ts';
import { apply } from './actions.ts';
import type { TestCluster } from './cluster.ts';

const manifest = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'toolbox' },
  spec: {
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'toolbox',
        image: testImageName('toolbox'),
        imagePullPolicy: 'IfNotPresent',
        command: ['sleep', 'infinity'],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
};

/** Makes the pod in the cluster's namespace and waits until it is ready. */
export async function startToolbox(cluster: TestCluster): Promise<void> {
  await apply(cluster, manifest);
  await cluster.kubectl('wait', 'pod/toolbox', '--for=condition=Ready', '--timeout=60s');
}

/** A page that the pod fetches; busybox's own wget cannot look names up without shared libraries. */
export function fetchFromPod(cluster: TestCluster, host: string, port: number): Promise<string> {
  const request = String.raw`GET / HTTP/1.0

`;
  const script = `printf '${request}' | nc -w 3 ${host} ${port}`;
  return cluster.kubectl('exec', 'toolbox', '--', 'sh', '-c', script);
}
