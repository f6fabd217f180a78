/** Claims of test guests, and a pod that looks into them as other programs of the cluster do. */
import { testImageName } from '../../../src/image/names.ts';
import { apply } from './actions.ts';
import type { TestCluster } from './cluster.ts';
import { localCluster, nodeRun } from './node.ts';

type Json = Record<string, unknown>;

/** A claim with a file system, of the cluster's default class. Pure. */
export function claim(name: string, storage: string): Json {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
  };
}

export interface BlockClaim extends AsyncDisposable {
  /** The device on the node. */
  node: string;
  path: string;
}

/** A claim on a block device of the first node, a loop device with blocks of `blockSize` bytes. */
export async function blockClaim(
  cluster: TestCluster,
  name: string,
  { storage, blockSize }: { storage: string; blockSize: number },
): Promise<BlockClaim> {
  const [node = ''] = (await localCluster()).nodes;
  const file = `/var/lib/${cluster.namespace}-${name}.img`;
  const attach = `truncate -s ${storage.replace(/i$/, '')} ${file}; losetup -b ${blockSize} -f --show ${file}`;
  const path = (await nodeRun(node, attach)).trim();
  const undo = await bind(cluster, name, { node, path, storage });
  return {
    node,
    path,
    [Symbol.asyncDispose]: async () => {
      await undo();
      await nodeRun(node, `losetup -d ${path}; rm -f ${file}`);
    },
  };
}

interface Wanted {
  node: string;
  path: string;
  storage: string;
}

/** Makes a volume and the claim that gets it. @returns what removes both. */
async function bind(
  cluster: TestCluster,
  name: string,
  { node, path, storage }: Wanted,
): Promise<() => Promise<void>> {
  const volumeName = `${cluster.namespace}-${name}`;
  const shared = { accessModes: ['ReadWriteOnce'], volumeMode: 'Block', storageClassName: volumeName };
  const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  // The volume first: a claim that finds none looks again only after a while.
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volumeName },
    spec: {
      ...shared,
      capacity: { storage },
      local: { path },
      persistentVolumeReclaimPolicy: 'Retain',
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
    },
  });
  const available = '--for=jsonpath={.status.phase}=Available';
  await cluster.kubectl('wait', 'pv', volumeName, available, '--timeout=30s');
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { ...shared, resources: { requests: { storage } } },
  });
  return async () => {
    await cluster.kubectl('delete', 'pvc', name, '--ignore-not-found', '--wait=false');
    await cluster.kubectl('delete', 'pv', volumeName, '--ignore-not-found', '--wait=false');
  };
}

export interface ClaimPod {
  /** Standard output of a shell script; each claim is `/claims/<name>`. */
  run(script: string): Promise<string>;
}

/** A pod that has claims mounted, as user 107 and under the strictest Pod Security Standard. */
export async function claimPod(cluster: TestCluster, ...claims: string[]): Promise<ClaimPod> {
  const name = 'claims';
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 107,
        fsGroup: 107,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name,
          image: testImageName('toolbox'),
          imagePullPolicy: 'IfNotPresent',
          command: ['sleep', 'infinity'],
          volumeMounts: claims.map((claimName) => ({ name: claimName, mountPath: `/claims/${claimName}` })),
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
      volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
    },
  });
  await cluster.kubectl('wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s');
  return { run: (script) => cluster.kubectl('exec', name, '--', 'sh', '-c', script) };
}
