/** What a node agent may change, judged by a real API server from the token of a real pod. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { definitions } from '../../src/api/gen/definitions.ts';
import { customResourceDefinitions } from '../../src/api/crd/crds.ts';
import {
  customResourceDefinitions as crdKind,
  namespaces,
  nodes,
  pods,
  virtualMachineInstances,
} from '../../src/api/kinds.ts';
import type { Resource } from '../../src/api/kinds.ts';
import { sampleVmi } from '../../src/api/testing/vmi.ts';
import { agentAccess } from '../../src/install/objects/agent-access.ts';
import { nodeRestriction } from '../../src/install/objects/node-restriction.ts';
import { createKubeClient } from '../../src/kube/client.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import type { Patch } from '../../src/kube/types.ts';
import { startApiServer } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { eventually } from './stand-in.ts';

const namespace = 'kubevirt';
const account = 'kubevirt-handler';
const pod = { containers: [{ name: 'c', image: 'example.test/none' }] };

let server: ApiServer;
let client: ApiClient;
/** An agent on node `one`, and one whose token was asked for without a pod. */
let agent: ApiClient;
let stray: ApiClient;

before(async () => {
  server = await startApiServer();
  client = server.client();
  await client.create(namespaces, { metadata: { name: namespace } });
  const installation = {
    namespace,
    namespaceUid: (await client.get(namespaces, { name: namespace })).metadata.uid,
    image: 'example.test/monovirt',
    imagePullPolicy: 'IfNotPresent',
    imagePullSecrets: [],
    caBundle: '',
  };
  const crd = customResourceDefinitions(definitions).find(
    ({ metadata }) => metadata.name === 'virtualmachineinstances.kubevirt.io',
  );
  assert.ok(crd);
  await client.apply(crdKind, crd, { fieldManager: 'test' });
  for (const { resource, object } of [...nodeRestriction(installation), ...agentAccess(installation)]) {
    await client.apply(resource, object, { fieldManager: 'test' });
  }
  for (const name of ['one', 'two']) {
    await client.create(nodes, { metadata: { name, labels: { zone: 'a' } } });
    await client.create(pods, {
      metadata: { name: `guest-${name}`, namespace },
      spec: { ...pod, nodeName: name },
    });
    await eventually(() => makeVmi(name), 30_000);
  }
  const spec = { ...pod, nodeName: 'one', serviceAccountName: account };
  const { metadata } = await client.create(pods, { metadata: { name: 'agent', namespace }, spec });
  agent = await agentWith({
    boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'agent', uid: metadata.uid },
  });
  stray = await agentWith({});
  // A policy is in force some time after it is stored.
  await eventually(
    () => assert.rejects(agent.patch(nodes, { name: 'two' }, labelled('kubevirt.io/x')), restricted),
    30_000,
  );
});

after(async () => {
  await agent?.close();
  await stray?.close();
  await server?.stop();
});

const restricted = /may change only the node that it runs on/;
const labelled = (key: string): Patch => ({
  type: 'merge',
  body: { metadata: { labels: { [key]: 'true' } } },
});
const annotated = (key: string): Patch => ({
  type: 'merge',
  body: { metadata: { annotations: { [key]: 'true' } } },
});

async function makeVmi(nodeName: string): Promise<void> {
  const metadata = { name: `on-${nodeName}`, namespace };
  await client.create(virtualMachineInstances, { ...sampleVmi(), metadata }).catch((error: Error) => {
    if (!/already exists/.test(error.message)) throw error;
  });
  const body = { status: { nodeName, phase: 'Scheduled' } };
  await client.patch(virtualMachineInstances, metadata, { type: 'merge', body }, { subresource: 'status' });
}

async function agentWith(spec: object): Promise<ApiClient> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  const { status } = await client.raw<{ status: { token: string } }>('POST', path, request);
  return createKubeClient(
    {
      server: server.url,
      namespace,
      tls: () => Promise.resolve({ ca: server.ca }),
      authHeaders: () => Promise.resolve({ authorization: `Bearer ${status.token}` }),
      invalidate: () => undefined,
    },
    { userAgent: 'agent' },
  );
}

interface Row {
  name: string;
  resource: Resource;
  /** Name of the object. */
  of: string;
  patch: Patch;
  status?: boolean;
  /** What a refusal says; without it the change is made. */
  says?: RegExp;
}

const condition = { type: 'kubevirt.io/virtual-machine-unpaused', status: 'True' };
const rows: Row[] = [
  { name: 'labels its node', resource: nodes, of: 'one', patch: labelled('kubevirt.io/schedulable') },
  {
    name: 'labels it with models',
    resource: nodes,
    of: 'one',
    patch: labelled('cpu-model.node.kubevirt.io/EPYC'),
  },
  { name: 'beats', resource: nodes, of: 'one', patch: annotated('kubevirt.io/heartbeat') },
  { name: 'notes what is ours', resource: nodes, of: 'one', patch: annotated('monovirt.io/x') },
  {
    name: 'leaves other nodes alone',
    resource: nodes,
    of: 'two',
    patch: labelled('kubevirt.io/y'),
    says: restricted,
  },
  {
    name: 'adds no other label',
    resource: nodes,
    of: 'one',
    patch: labelled('evil.io/x'),
    says: /only labels of/,
  },
  {
    name: 'adds no label that looks like ours',
    resource: nodes,
    of: 'one',
    patch: labelled('notkubevirt.io/x'),
    says: /only labels of/,
  },
  {
    name: 'changes no other label',
    resource: nodes,
    of: 'one',
    patch: labelled('zone'),
    says: /only labels of/,
  },
  {
    name: 'removes no other label',
    resource: nodes,
    of: 'one',
    patch: { type: 'merge', body: { metadata: { labels: { zone: null } } } },
    says: /only labels of/,
  },
  {
    name: 'adds no other annotation',
    resource: nodes,
    of: 'one',
    patch: annotated('volumes.kubernetes.io/x'),
    says: /only annotations of/,
  },
  {
    name: 'taints nothing',
    resource: nodes,
    of: 'one',
    patch: { type: 'merge', body: { spec: { unschedulable: true } } },
    says: /node's spec/,
  },
  {
    name: 'adds no finalizer',
    resource: nodes,
    of: 'one',
    patch: { type: 'merge', body: { metadata: { finalizers: ['evil.io/x'] } } },
    says: /finalizers or owners/,
  },
  {
    name: 'reports its VMIs',
    resource: virtualMachineInstances,
    of: 'on-one',
    patch: { type: 'merge', body: { status: { phase: 'Running' } } },
    status: true,
  },
  {
    name: "does not report others' VMIs",
    resource: virtualMachineInstances,
    of: 'on-two',
    patch: { type: 'merge', body: { status: { phase: 'Failed' } } },
    status: true,
    says: /virt-handler is only allowed to modify VMIs it owns/,
  },
  {
    name: 'does not take a VMI',
    resource: virtualMachineInstances,
    of: 'on-two',
    patch: { type: 'merge', body: { status: { nodeName: 'one' } } },
    status: true,
    says: /virt-handler is only allowed to modify VMIs it owns/,
  },
  {
    name: 'does not give a VMI away',
    resource: virtualMachineInstances,
    of: 'on-one',
    patch: { type: 'merge', body: { status: { nodeName: 'two' } } },
    status: true,
    says: /may not hand a VMI to another node/,
  },
  {
    name: 'opens the gate of its pods',
    resource: pods,
    of: 'guest-one',
    patch: { type: 'merge', body: { status: { conditions: [condition] } } },
    status: true,
  },
  {
    name: "leaves others' pods alone",
    resource: pods,
    of: 'guest-two',
    patch: { type: 'merge', body: { status: { conditions: [condition] } } },
    status: true,
    says: /only pods of the node that it runs on/,
  },
];

describe('an agent', () => {
  const change = (by: ApiClient, { resource, of, patch, status }: Row): Promise<unknown> =>
    by.patch(
      resource,
      resource.namespaced ? { namespace, name: of } : { name: of },
      patch,
      status === true ? { subresource: 'status' } : {},
    );

  for (const row of rows) {
    test(row.name, async () => {
      if (row.says === undefined) await change(agent, row);
      else await assert.rejects(change(agent, row), row.says);
    });
  }

  test('without a pod changes nothing', async () => {
    for (const row of rows.filter(({ says }) => says === undefined)) {
      await assert.rejects(change(stray, row), /must name its node|runs on|it owns/, row.name);
    }
  });
});
