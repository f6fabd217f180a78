/** The aggregated API behind a real API server: discovery, OpenAPI, RBAC, and what users ask through it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { defaultConfig } from '../../src/api/cluster-config.ts';
import { subresourcesGroup, subresourcesVersions } from '../../src/api/constants.ts';
import { customResourceDefinitions } from '../../src/api/crd/crds.ts';
import { definitions } from '../../src/api/gen/definitions.ts';
import {
  apiServices,
  configMaps,
  customResourceDefinitions as crdKind,
  pods,
  services,
  virtualMachineInstances,
  virtualMachines,
} from '../../src/api/kinds.ts';
import type { KubeObject, Pod, Vm, Vmi } from '../../src/api/types.ts';
import { clusterRoles } from '../../src/install/kinds.ts';
import { startServer } from '../../src/http/server.ts';
import type { RunningServer } from '../../src/http/types.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import { authenticationConfigMap, parseRequestHeaderConfig } from '../../src/subresources/identity.ts';
import { subresourceRoutes } from '../../src/subresources/routes.ts';
import { startApiServer } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { createAuthority } from './certificates.ts';
import { kubernetesProgram } from './programs.ts';
import { eventually } from './stand-in.ts';

const execute = promisify(execFile);
const group = `/apis/${subresourcesGroup}`;
const namespace = 'default';
const key = { namespace, name: 'vm' };
const stop = new AbortController();

let api: ApiServer;
let client: ApiClient;
let edge: RunningServer;
let echo: Server;

before(async () => {
  api = await startApiServer();
  client = api.client();
  for (const crd of customResourceDefinitions(definitions)) {
    const { kind } = (crd as unknown as { spec: { names: { kind: string } } }).spec.names;
    if (kind === 'VirtualMachine' || kind === 'VirtualMachineInstance')
      await client.apply(crdKind, crd, { fieldManager: 'test' });
  }
  const requestHeaders = parseRequestHeaderConfig(await client.get(configMaps, authenticationConfigMap));
  const own = createAuthority('edge').issue('localhost');
  edge = await startServer(
    {
      port: 0,
      host: 'localhost',
      identity: () => ({ certificate: own.cert, key: own.key, clientCa: requestHeaders.clientCa }),
      ...subresourceRoutes({
        client,
        namespace: 'kubevirt',
        requestHeaders: () => requestHeaders,
        agentTls: () => ({ certificate: '', key: '', ca: '' }),
        cluster: () => defaultConfig,
        version: 'v1.2.3',
      }),
    },
    stop.signal,
  );
  await aggregate(edge.port);
  await makeObjects();
  echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  await eventually(() => client.raw('GET', `${group}/v1/version`));
});

after(async () => {
  stop.abort();
  echo?.close();
  await edge?.close();
  await api?.stop();
});

/** An external name is the one kind of service that leads out of a cluster without a network. */
async function aggregate(port: number): Promise<void> {
  await client.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'edge', namespace },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
  for (const version of subresourcesVersions) {
    await client.create(apiServices, {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `${version}.${subresourcesGroup}` },
      spec: {
        group: subresourcesGroup,
        version,
        groupPriorityMinimum: 1000,
        versionPriority: 15,
        insecureSkipTLSVerify: true,
        service: { namespace, name: 'edge', port },
      },
    });
  }
}

async function makeObjects(): Promise<void> {
  const spec = { domain: { devices: {} }, networks: [{ name: 'default', pod: {} }] };
  await eventually(() =>
    client.create<Vm>(virtualMachines, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: key,
      spec: { runStrategy: 'Halted', template: { spec } },
    }),
  );
  const { metadata } = await eventually(() =>
    client.create<Vmi>(virtualMachineInstances, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      metadata: { namespace, name: 'other' },
      spec,
    }),
  );
  const pod = await client.create<Pod>(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name: 'launcher', labels: { 'kubevirt.io/created-by': metadata.uid } },
    spec: { nodeName: 'node', containers: [{ name: 'compute', image: 'none' }] },
  });
  const status = (resource: typeof pods, name: string, body: object): Promise<KubeObject> =>
    client.patch(
      resource,
      { namespace, name },
      { type: 'merge', body: { status: body } },
      { subresource: 'status' },
    );
  await status(pods, 'launcher', { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] });
  await status(virtualMachineInstances, 'other', {
    phase: 'Running',
    nodeName: 'node',
    activePods: { [pod.metadata.uid]: 'node' },
  });
}

const kubectl = async (...args: string[]): Promise<string> =>
  (await execute(kubernetesProgram('kubectl'), ['--kubeconfig', api.kubeconfig, ...args])).stdout;

test('both versions are available', async () => {
  for (const version of subresourcesVersions) {
    await kubectl(
      'wait',
      '--for=condition=Available',
      '--timeout=20s',
      'apiservice',
      `${version}.${subresourcesGroup}`,
    );
  }
});

test('kubectl finds the group and all that it lists', async () => {
  assert.match(await kubectl('api-versions'), /^subresources\.kubevirt\.io\/v1$/m);
  const list = JSON.parse(await kubectl('get', '--raw', `${group}/v1`)) as { resources: unknown[] };
  assert.equal(list.resources.length, 31);
  // Short names of other groups depend on a discovery that works for every group.
  assert.match(await kubectl('get', 'vmi'), /other/);
});

test('OpenAPI of either version is taken into that of the API server, without a complaint', async () => {
  const path = `${group}/v1/namespaces/{namespace}/virtualmachines/{name}/start`;
  await eventually(async () => {
    const { paths } = await client.raw<{ paths: Record<string, unknown> }>('GET', '/openapi/v2');
    assert.ok(paths[path] !== undefined);
  });
  type Documents = { paths: Record<string, { serverRelativeURL: string }> };
  const index = JSON.parse(await kubectl('get', '--raw', '/openapi/v3')) as Documents;
  for (const version of subresourcesVersions) {
    const url = index.paths[`apis/${subresourcesGroup}/${version}`]?.serverRelativeURL ?? '';
    const { paths } = JSON.parse(await kubectl('get', '--raw', url)) as Documents;
    assert.ok(paths[path.replace('/v1/', `/${version}/`)] !== undefined, url);
  }
  const log = await readFile(join(api.directory, 'kube-apiserver.log'), 'utf8');
  const complaints = log.split('\n').filter((line) => /^[EW].*(openapi|OpenAPI).*subresources/i.test(line));
  // Before the first answer it may have asked in vain.
  assert.deepEqual(
    complaints.filter((line) => !/503|not found|refused/.test(line)),
    [],
  );
});

test('a VM is started through it, and a second time it says so', async () => {
  await client.raw('PUT', `${group}/v1/namespaces/default/virtualmachines/vm/start`, {});
  assert.equal((await client.get<Vm>(virtualMachines, key)).spec.runStrategy, 'Always');
  await assert.rejects(
    client.raw('PUT', `${group}/v1alpha3/namespaces/default/virtualmachines/vm/start`),
    /Always does not support manual start requests/,
  );
});

test('a user may do what a role grants, and nothing else', async () => {
  await client.apply(
    clusterRoles,
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'stopper' },
      rules: [{ apiGroups: [subresourcesGroup], resources: ['virtualmachines/stop'], verbs: ['update'] }],
    },
    { fieldManager: 'test' },
  );
  await kubectl('create', 'rolebinding', 'stopper', '--clusterrole=stopper', '--user=ann');
  const ann = createKubeClient(await api.configOf('ann'), { userAgent: 'ann' });
  const stopVm = () => ann.raw('PUT', `${group}/v1/namespaces/default/virtualmachines/vm/stop`);
  await eventually(stopVm);
  await assert.rejects(
    ann.raw('PUT', `${group}/v1/namespaces/default/virtualmachines/vm/start`),
    /virtualmachines\.subresources\.kubevirt\.io "vm" is forbidden|user "ann" cannot update virtualmachines\/start/,
  );
  await ann.close();
});

test('whoever does not come through the API server is nobody', async () => {
  const url = `https://localhost:${edge.port}${group}/v1/namespaces/default/virtualmachines/vm/start`;
  const { stdout } = await execute('curl', ['-sk', '-X', 'PUT', '-H', 'X-Remote-User: system:admin', url]);
  assert.equal((JSON.parse(stdout) as { code: number }).code, 401);
});

test('a port of a guest is reached through both servers', async () => {
  const { port } = echo.address() as AddressInfo;
  const path = `${group}/v1/namespaces/default/virtualmachineinstances/other/portforward/${port}`;
  const config = await api.configOf('admin', ['system:masters']);
  const { ca, cert, key: privateKey } = await config.tls();
  const socket = new WebSocket(`${api.url.replace('https', 'wss')}${path}`, 'plain.kubevirt.io', {
    ca,
    cert,
    key: privateKey,
  });
  await once(socket, 'open');
  socket.send(Buffer.from('hello'));
  const [data] = (await once(socket, 'message')) as [Buffer];
  assert.equal(data.toString(), 'hello');
  socket.close();
  await once(socket, 'close');
});

test('what this release cannot do says so, and what to do instead', async () => {
  await assert.rejects(
    client.raw('PUT', `${group}/v1/namespaces/default/virtualmachineinstances/other/addvolume`, {
      name: 'd',
      disk: {},
      volumeSource: {},
    }),
    /adding disks to a running guest is not part of this release: change spec.template/,
  );
});

test('a guest without an agent is told in the words that clients show', async () => {
  const path = `${group}/v1/namespaces/default/virtualmachineinstances/other/guestosinfo`;
  await assert.rejects(kubectl('get', '--raw', path), /VMI does not have guest agent connected/);
  await assert.rejects(client.raw('GET', path), /VMI does not have guest agent connected/);
});
