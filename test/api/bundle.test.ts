/** The OLM bundle on a real API server, installed as OLM does it, in a namespace that nobody suggested. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import {
  apiServices,
  configMaps,
  daemonSets,
  kubeVirts,
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from '../../src/api/kinds.ts';
import type { Resource } from '../../src/api/kinds.ts';
import { csvOf, examplesIn, readBundle } from '../../src/install/bundle/testing/bundle.ts';
import type { Csv } from '../../src/install/bundle/testing/bundle.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import { run } from '../../src/roles/controller.ts';
import { authenticationConfigMap } from '../../src/subresources/identity.ts';
import { startApiServer } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { kubernetesProgram } from './programs.ts';
import { eventually } from './stand-in.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const namespace = 'machines';
const bundle = readBundle(root);
const csv = csvOf(bundle);
const account = csv.spec.install.spec.deployments[0]!.spec.template.spec.serviceAccountName;

type AccountConfig = Awaited<ReturnType<ApiServer['configOf']>>;
let server: ApiServer;

before(async () => {
  server = await startApiServer();
  const carried = join(server.directory, 'carried');
  await cp(join(root, 'bundle/manifests'), carried, { recursive: true });
  await rm(join(carried, 'monovirt.clusterserviceversion.yaml'));
  const made = join(server.directory, 'made');
  await mkdir(made);
  await writeFile(
    join(made, 'olm.json'),
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: madeByOlm(csv) }),
  );
  await kubectl('create', 'namespace', namespace);
  await kubectl('apply', '--server-side', '-f', carried);
  await kubectl('apply', '--server-side', '-f', made);
  await kubectl('wait', '--for=condition=Established', 'crd', '--all');
});

after(() => server.stop());

async function kubectl(...args: string[]): Promise<string> {
  const where = ['--kubeconfig', server.kubeconfig, '--namespace', namespace];
  return (await execute(kubernetesProgram('kubectl'), [...where, ...args])).stdout;
}

/** What OLM derives from a ClusterServiceVersion: Deployments, and accounts with what they are granted. */
function madeByOlm({ spec }: Csv): object[] {
  const { deployments, clusterPermissions, permissions } = spec.install.spec;
  const grant = (prefix: 'Cluster' | '', list: typeof permissions): object[] =>
    list.flatMap(({ serviceAccountName: name, ...role }) => [
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: `${prefix}Role`, metadata: { name }, ...role },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: `${prefix}RoleBinding`,
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: `${prefix}Role`, name },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    ]);
  return [
    ...deployments.map((each) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: each.name },
      spec: each.spec,
    })),
    ...permissions.map(({ serviceAccountName: name }) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name },
    })),
    ...grant('Cluster', clusterPermissions),
    ...grant('', permissions),
  ];
}

/** Lets a controller in this process find its configuration as in a pod. */
async function actAs(config: AccountConfig): Promise<void> {
  const { ca = '', cert = '', key = '' } = await config.tls();
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: server.url, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'u', user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  const path = join(server.directory, 'account.kubeconfig');
  await writeFile(path, stringify(content));
  process.env.KUBECONFIG = path;
  process.env.POD_NAMESPACE = namespace;
}

function configOf(name: string): Promise<AccountConfig> {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return server.configOf(`system:serviceaccount:${namespace}:${name}`, groups);
}

for (const example of examplesIn(bundle)) {
  test(`the API server takes the example of ${example.kind}, every field of it`, async () => {
    const path = join(server.directory, `${example.kind}.json`);
    await writeFile(path, JSON.stringify(example));
    assert.match(await kubectl('create', '--dry-run=server', '--validate=strict', '-f', path), /created/);
  });
}

test('the account may watch the one ConfigMap of kube-system that the aggregated API needs, and no other', async () => {
  const client = createKubeClient(await configOf(account), { userAgent: 'monovirt-test' });
  const read = (name: string): Promise<unknown> =>
    client.list(configMaps, { namespace: 'kube-system', fieldSelector: `metadata.name=${name}` });
  try {
    await read(authenticationConfigMap.name);
    await assert.rejects(read('another'), { status: 403 });
  } finally {
    await client.close();
  }
});

test('what OLM grants is enough to install everything from the initialization resource', async () => {
  const stop = new AbortController();
  await actAs(await configOf(account));
  const image = csv.metadata.annotations['containerImage']!;
  const controller = run(['--port', '0', '--image', image, '--log-level', 'error'], stop.signal);
  const client = server.client();
  const object = JSON.parse(
    csv.metadata.annotations['operatorframework.io/initialization-resource']!,
  ) as object;
  try {
    await client.create(kubeVirts, { ...object, metadata: { name: 'kubevirt', namespace } });
    const made: [Resource, string, string?][] = [
      [daemonSets, 'virt-handler', namespace],
      [apiServices, 'v1.subresources.kubevirt.io'],
      [mutatingWebhookConfigurations, 'virt-api-mutator'],
      [validatingWebhookConfigurations, 'virt-api-validator'],
    ];
    for (const [resource, name, where] of made) {
      await eventually(
        () => client.get(resource, where === undefined ? { name } : { name, namespace: where }),
        20_000,
      );
    }
  } finally {
    stop.abort();
    await controller;
  }
});
