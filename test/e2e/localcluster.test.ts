/** The local cluster itself: two nodes, beside whatever other cluster runs on this machine. Needs root. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { layerFromEntries, writeOciArchive } from '../../src/image/oci.ts';
import { down, up } from '../../src/localcluster/commands.ts';
import { resolveConfig } from '../../src/localcluster/config.ts';
import { findLeftovers } from '../../src/localcluster/down.ts';
import { execute, run } from '../../src/localcluster/exec.ts';
import type { ClusterHandle } from '../../src/localcluster/handle.ts';
import { waitFor } from '../../src/localcluster/wait.ts';
import { MonovirtError } from '../../src/support/errors.ts';

const options = { instance: 9, nodes: 2 };
const image = 'localhost/test/busybox:1';
const components = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'coredns',
  'local-path-provisioner',
];
const applets = [
  'sh',
  'cat',
  'httpd',
  'ls',
  'mkdir',
  'nc',
  'nslookup',
  'printf',
  'ps',
  'sleep',
  'tail',
  'tr',
  'stat',
];

let cluster: ClusterHandle;
let scratch: string;
let hostBefore: string;
const signal = AbortSignal.timeout(300_000);

const own = resolveConfig(options, process.env);

/** Lines that name what is this instance's alone; those of others come and go. */
function ownLines(text: string): string {
  const names = [own.bridge, ...own.nodes.map(({ veth }) => veth), `${own.stateDir}/`, `${own.stateDir} `];
  return text
    .split('\n')
    .filter((line) => names.some((name) => line.includes(name)))
    .join('\n');
}

/** All that a cluster could leave on the host, but for what another cluster may add or take away meanwhile. */
async function hostState(): Promise<string> {
  const parts = [
    run(['ip', '-brief', 'link']).then(ownLines),
    run(['ip', '-6', 'route', 'show', 'root', 'fd4d:6f6e:6f76:a000::/52']),
    run(['nft', 'list', 'ruleset']).then(ownLines),
    readFile('/proc/self/mounts', 'utf8').then(ownLines),
    run(['sysctl', 'vm.overcommit_memory', 'vm.panic_on_oom', 'kernel.panic', 'kernel.panic_on_oops']),
    run(['find', '/sys/fs/cgroup', '-maxdepth', '2', '-name', 'monovirt-cluster-9']),
  ];
  return (await Promise.all(parts)).join('\n');
}

const kubectl = (args: readonly string[], input?: string): Promise<string> =>
  run(
    [cluster.kubectl, '--kubeconfig', cluster.kubeconfig, ...args],
    input === undefined ? { signal } : { input, signal },
  );

const inPod = (name: string, script: string): Promise<string> =>
  kubectl(['exec', name, '--', 'sh', '-c', script]);

async function busyboxArchive(): Promise<string> {
  const program = {
    type: 'file' as const,
    path: 'bin/busybox',
    mode: 0o755,
    content: { file: '/bin/busybox' },
  };
  const links = applets.map((name) => ({ type: 'symlink' as const, path: `bin/${name}`, target: 'busybox' }));
  const folders = ['bin', 'www', 'tmp'].map((path) => ({ type: 'directory' as const, path }));
  const layer = await layerFromEntries([...folders, program, ...links], join(scratch, 'layer.tar'));
  const archive = join(scratch, 'busybox.tar');
  await writeOciArchive({ name: image, layers: [layer], config: { Env: ['PATH=/bin'] } }, archive);
  return archive;
}

/** A web server that answers with its node's name, and sees its node as the node agent does. */
function pod(node: string): object {
  const script = `echo started; echo on-${node} > /www/index.html; exec httpd -f -p 80 -h /www`;
  const paths = ['/var/lib/kubelet/pods', '/var/lib/kubelet/device-plugins'];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `on-${node}`, labels: { app: node } },
    spec: {
      nodeName: node,
      hostPID: true,
      terminationGracePeriodSeconds: 0,
      volumes: paths.map((path, i) => ({ name: `v${i}`, hostPath: { path, type: 'Directory' } })),
      containers: [
        {
          name: 'web',
          image,
          command: ['sh', '-c', script],
          securityContext: { privileged: true },
          volumeMounts: paths.map((path, i) => ({
            name: `v${i}`,
            mountPath: path,
            mountPropagation: 'Bidirectional',
          })),
        },
      ],
    },
  };
}

const service = (node: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: `svc-${node}` },
  spec: { selector: { app: node }, ports: [{ port: 80 }], ipFamilyPolicy: 'RequireDualStack' },
});

/** Every address of a pod and of its Service: IPv4 and IPv6 of each. */
async function addressesOf(node: string): Promise<string[]> {
  const [pods, services] = await Promise.all([
    kubectl(['get', 'pod', `on-${node}`, '-o', 'jsonpath={.status.podIPs[*].ip}']),
    kubectl(['get', 'service', `svc-${node}`, '-o', 'jsonpath={.spec.clusterIPs[*]}']),
  ]);
  const found = `${pods} ${services}`.split(' ');
  assert.equal(found.filter((address) => address.includes(':')).length, 2);
  return found;
}

const podIp = async (name: string): Promise<string> =>
  kubectl(['get', 'pod', name, '-o', 'jsonpath={.status.podIP}']);
const get = (address: string): string =>
  `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 5 ${address} 80 | tail -n 1`;
const pids = (names: readonly string[]): Promise<(number | null)[]> =>
  Promise.all(names.map((name) => cluster.pid(name)));

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'localcluster-'));
  hostBefore = await hostState();
  cluster = await up(options, signal);
  assert.equal(await cluster.importImage(await busyboxArchive(), signal), true);
  const items = cluster.nodes.flatMap((node) => [pod(node), service(node)]);
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await kubectl([
    'wait',
    '--for=condition=Ready',
    '--timeout=60s',
    ...cluster.nodes.map((node) => `pod/on-${node}`),
  ]);
});

after(async () => {
  await down(options, AbortSignal.timeout(60_000));
  await rm(scratch, { recursive: true, force: true });
});

describe('network', () => {
  for (const [from, to] of [
    ['node1', 'node2'],
    ['node2', 'node1'],
    ['node1', 'node1'],
  ] as const) {
    test(`${from} reaches ${to} by pod address and by service, IPv4 and IPv6`, async () => {
      for (const address of await addressesOf(to))
        assert.equal(await inPod(`on-${from}`, get(address)), `on-${to}\n`, address);
    });
  }

  test('service names resolve in pods of both nodes', async () => {
    for (const node of cluster.nodes) {
      assert.match(
        await inPod(`on-${node}`, 'nslookup svc-node1.default.svc.cluster.local'),
        /Address: 10\.105\./,
      );
    }
  });

  test('a pod reaches the apiserver at its service address', async () => {
    await inPod('on-node2', `nc -w 5 ${cluster.config.apiServiceIp} 443 < /dev/null`);
  });

  test('a policy holds, and without its agent nothing new passes', async () => {
    const asks = async (from: string, to: string): Promise<boolean> =>
      (await inPod(`on-${from}`, get(await podIp(`on-${to}`))).catch(() => '')) === `on-${to}\n`;
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'only-node2' },
      spec: {
        podSelector: { matchLabels: { app: 'node1' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'node2' } } }] }],
      },
    };
    await kubectl(['apply', '-f', '-'], JSON.stringify(policy));
    const label = (app: string): Promise<string> =>
      kubectl(['label', 'pod', 'on-node2', `app=${app}`, '--overwrite']);
    const becomes = (what: boolean): Promise<void> =>
      waitFor(
        `traffic ${what ? 'passing' : 'stopping'}`,
        async () => (await asks('node2', 'node1')) === what,
        {
          timeoutMs: 20_000,
        },
      );
    assert.equal(await asks('node1', 'node2'), true, 'others are not concerned');
    await becomes(true);
    await label('stranger');
    await becomes(false);
    await label('node2');
    await becomes(true);
    await cluster.kill('node1-network-policies');
    assert.equal(await asks('node2', 'node1'), false);
    assert.equal(await asks('node2', 'node2'), true, 'pods that no policy selects do not notice');
    await cluster.start('node1-network-policies');
    await becomes(true);
    await kubectl(['delete', 'networkpolicy', 'only-node2']);
  });

  test('the host, and so the apiserver, reaches pods and services', async () => {
    const ip = await podIp('on-node2');
    const serviceIp = await kubectl(['get', 'service', 'svc-node2', '-o', 'jsonpath={.spec.clusterIP}']);
    for (const address of [ip, serviceIp]) {
      assert.equal(
        await (await fetch(`http://${address}/`, { signal: AbortSignal.timeout(5000) })).text(),
        'on-node2\n',
      );
    }
    assert.equal(
      await kubectl(['get', '--raw', '/api/v1/namespaces/default/pods/on-node2:80/proxy/']),
      'on-node2\n',
    );
  });
});

describe('nodes', () => {
  test('logs and exec', async () => {
    assert.equal(await kubectl(['logs', 'on-node1']), 'started\n');
  });

  test('a pod with hostPID sees the processes of its node only', async () => {
    const seen = await inPod('on-node1', 'ps');
    assert.match(seen, /kubelet .*node1/);
    assert.doesNotMatch(seen, /kube-apiserver|node2/);
  });

  test("the kubelet's folders are where the node agent looks for them", async () => {
    const uid = await kubectl(['get', 'pod', 'on-node1', '-o', 'jsonpath={.metadata.uid}']);
    assert.match(await inPod('on-node1', 'ls /var/lib/kubelet/pods'), new RegExp(uid));
    assert.match(await inPod('on-node1', 'ls /var/lib/kubelet/device-plugins'), /kubelet\.sock/);
  });

  test('mounts of a node do not reach the host', async () => {
    assert.doesNotMatch(await readFile('/proc/self/mounts', 'utf8'), /monovirt-cluster-9/);
    const { stdout } = await cluster.exec('node1', ['hostname']);
    assert.equal(stdout, 'node1\n');
  });
});

describe('commands', () => {
  const all = [
    ...components,
    ...['node1', 'node2'].flatMap((n) =>
      ['init', 'containerd', 'kubelet', 'kube-proxy', 'network-policies'].map((c) => `${n}-${c}`),
    ),
  ];

  test('up again, even for one node, changes nothing and takes seconds', async () => {
    const earlier = await pids(all);
    const start = performance.now();
    assert.deepEqual((await up({ instance: 9, nodes: 1 }, signal)).nodes, ['node1', 'node2']);
    assert.ok(performance.now() - start < 10_000);
    assert.deepEqual(await pids(all), earlier);
    assert.ok(!earlier.includes(null));
  });

  for (const victims of [
    ['kube-apiserver'],
    ['etcd', 'kube-scheduler', 'node1-containerd', 'node1-kubelet'],
  ]) {
    test(`up restarts only ${victims.join(', ')}, and pods go on`, async () => {
      const earlier = await pids(all);
      for (const victim of victims) await cluster.kill(victim);
      for (const victim of victims) assert.equal(await cluster.pid(victim), null);
      await up(options, signal);
      const changed = (await pids(all)).flatMap((pid, i) => (pid === earlier[i] ? [] : [all[i]]));
      // The apiserver may end by itself when its etcd is away; it is started again then.
      assert.deepEqual(
        changed.filter((name) => name !== 'kube-apiserver' || victims.includes(name)),
        victims,
      );
      const count = 'jsonpath={.status.containerStatuses[0].restartCount}';
      assert.equal(await kubectl(['get', 'pod', 'on-node1', '-o', count]), '0');
    });
  }

  test('a node that lost all its processes comes back with its pods', async () => {
    const init = await cluster.pid('node2-init');
    assert.ok(init !== null);
    process.kill(init, 'SIGKILL');
    await waitFor('the end of node2', async () => (await cluster.pid('node2-kubelet')) === null, {
      timeoutMs: 10_000,
    });
    await up(options, signal);
    const answers = async (): Promise<boolean> => {
      const ip = await podIp('on-node2');
      const { stdout } = await execute(['curl', '--silent', '--max-time', '2', `http://${ip}/`]);
      return stdout === 'on-node2\n';
    };
    await waitFor('the answer of the pod on node2', answers, { timeoutMs: 90_000, intervalMs: 500 });
  });

  test('another state folder on the same network is refused', async () => {
    const foreign = up({ ...options, stateDir: join(scratch, 'state') }, signal);
    await assert.rejects(
      foreign,
      (error) => error instanceof MonovirtError && error.reason === 'ForeignCluster',
    );
  });

  test('down leaves nothing, and may be repeated', async () => {
    assert.deepEqual(await down(options, signal), []);
    assert.deepEqual(await findLeftovers(cluster.config), []);
    assert.equal(await hostState(), hostBefore);
    assert.deepEqual(await down(options, signal), []);
  });
});
