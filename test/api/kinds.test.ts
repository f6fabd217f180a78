/** Every kind on a real API server, as kubectl and people use it: CRDs and webhooks, without a controller. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { customResourceDefinitions } from '../../src/api/crd/crds.ts';
import { definitions } from '../../src/api/gen/definitions.ts';
import { customResourceDefinitions as crdKind, virtualMachines } from '../../src/api/kinds.ts';
import { sampleVm, sampleVmi } from '../../src/api/testing/vmi.ts';
import type { KubeObject } from '../../src/api/types.ts';
import { unservedKinds } from '../../src/api/unserved.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import { startApiServer } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { kubernetesProgram } from './programs.ts';
import { eventually } from './stand-in.ts';
import { startWebhooks } from './webhooks.ts';
import type { RunningWebhooks } from './webhooks.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const crds = customResourceDefinitions(definitions);
const examples = parseAllDocuments(await readFile(join(root, 'config/manifests/examples.yaml'), 'utf8')).map(
  (document) => document.toJS() as KubeObject & { kind: string; spec: Record<string, unknown> },
);

let server: ApiServer;
let client: ApiClient;
let webhooks: RunningWebhooks;

before(async () => {
  server = await startApiServer();
  client = server.client();
  await kubectl('apply', '--server-side', '-k', join(root, 'config/crd'));
  await kubectl('wait', '--for=condition=Established', 'crd', '--all');
  webhooks = await startWebhooks(client, 'component');
  const wrong = { ...sampleVm(), spec: { ...sampleVm().spec, runStrategy: 'Never' } };
  await eventually(() => assert.rejects(apply(wrong, '--dry-run=server'), /Invalid RunStrategy/));
});

after(async () => {
  await webhooks?.close();
  await server?.stop();
});

interface Said {
  stdout: string;
  /** Warnings among it. */
  stderr: string;
}

const say = (...args: string[]): Promise<Said> =>
  execute(kubernetesProgram('kubectl'), ['--kubeconfig', server.kubeconfig, ...args]);

const kubectl = async (...args: string[]): Promise<string> => (await say(...args)).stdout;

async function apply(object: object, ...flags: string[]): Promise<Said> {
  const path = join(server.directory, `${crypto.randomUUID()}.json`);
  await writeFile(path, JSON.stringify(object));
  return say('apply', '--server-side', '--validate=strict', '-f', path, ...flags);
}

const example = (kind: string): (typeof examples)[number] => {
  const found = examples.find((each) => each.kind === kind);
  assert.ok(found, `no example of ${kind}`);
  return structuredClone(found);
};

describe('definitions', () => {
  for (const { spec } of crds) {
    const { plural, shortNames = [] } = spec.names;
    test(`${plural} are found under all their names and versions`, async () => {
      for (const name of shortNames) await kubectl('get', name);
      for (const { name } of spec.versions) await kubectl('get', `${plural}.${name}.${spec.group}`);
    });
  }

  test('the API server finds nothing wrong with any', async () => {
    type Definition = KubeObject & { status: { conditions: { type: string }[] } };
    const { items } = await client.list<Definition>(crdKind, {});
    assert.equal(items.length, crds.length);
    for (const { metadata, status } of items) {
      const odd = status.conditions.filter(({ type }) => type === 'NonStructuralSchema');
      assert.deepEqual(odd, [], metadata.name);
    }
  });
});

describe('kubectl explain', () => {
  const rows: { path: string; says: RegExp }[] = [
    {
      path: 'vm.spec.template.spec.domain.devices',
      says: /interfaces <\[\]Object> Network interfaces\./,
    },
    { path: 'vmi.spec.domain.cpu.dedicatedCpuPlacement', says: /physical one for itself/ },
    { path: 'vmirs.spec.paused', says: /neither created nor deleted/ },
    { path: 'vmipreset.spec.domain', says: /Only requests, cpu/ },
    { path: 'vmf.spec.memory.overcommitPercent', says: /from 0 \(when left out\) to 100/ },
    { path: 'vmcp.spec.cpu.preferredCPUTopology', says: /sockets \(when left out\)/ },
    {
      path: 'kv.spec.configuration.migrations',
      says: /parallelMigrationsPerCluster <integer> Moves at a time in the cluster; 5 when left out/,
    },
    { path: 'vmsnapshot.spec.source', says: /The virtual machine\./ },
    { path: 'vmpool.spec.selector', says: /It cannot be changed/ },
    { path: 'migrationpolicies.spec.selectors', says: /The most exact policy wins/ },
  ];
  for (const { path, says } of rows) {
    test(path, async () => assert.match((await kubectl('explain', path)).replaceAll(/\s+/g, ' '), says));
  }
});

test('older versions are served, with a warning where there is a newer one to use', async () => {
  const vm = { ...sampleVm(), apiVersion: 'kubevirt.io/v1alpha3' };
  const { stderr } = await apply(vm, '--dry-run=server');
  assert.match(stderr, /Warning: kubevirt\.io\/v1alpha3 VirtualMachine is deprecated; use kubevirt\.io\/v1/);
  const pool = { ...example('VirtualMachinePool'), apiVersion: 'pool.kubevirt.io/v1alpha1' };
  assert.doesNotMatch((await apply(pool, '--dry-run=server')).stderr, /deprecated/);
});

describe('kinds that nothing acts on', () => {
  for (const { kind, plural } of unservedKinds) {
    test(`${plural} are taken, and the user is told`, async () => {
      const { stdout, stderr } = await apply(example(kind));
      assert.match(stdout, /serverside-applied/);
      assert.match(stderr, new RegExp(`Warning: this release of monovirt does not act on a ${kind}: `));
    });
  }

  const rows: { name: string; kind: string; spec: object; says: RegExp }[] = [
    {
      name: 'a rule of a webhook',
      kind: 'VirtualMachineSnapshot',
      spec: { source: { kind: 'Pod', name: 'a' } },
      says: /spec\.source\.apiGroup: missing apiGroup/,
    },
    {
      name: 'a rule of the schema',
      kind: 'VirtualMachineBackup',
      spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'a' } },
      says: /pvcName is required/,
    },
  ];
  for (const { name, kind, spec, says } of rows) {
    test(`${name} still holds`, async () => {
      await assert.rejects(apply({ ...example(kind), metadata: { name: 'wrong' }, spec }), says);
    });
  }

  test('what has been asked for cannot be changed into something else', async () => {
    const migration = example('VirtualMachineInstanceMigration');
    await apply(migration);
    await assert.rejects(apply({ ...migration, spec: { vmiName: 'other' } }), /spec cannot be changed/);
    const pool = example('VirtualMachinePool');
    await apply(pool);
    const labels = { app: 'mail' };
    const template = { ...(pool.spec['virtualMachineTemplate'] as object), metadata: { labels } };
    const spec = { ...pool.spec, selector: { matchLabels: labels }, virtualMachineTemplate: template };
    await assert.rejects(apply({ ...pool, spec }), /selector is immutable after creation/);
  });
});

describe('server-side apply', () => {
  test('the same manifest twice changes nothing', async () => {
    for (const object of [sampleVm(), example('VirtualMachineInstanceReplicaSet')]) {
      await apply(object);
      const read = async (): Promise<KubeObject> =>
        JSON.parse(
          await kubectl('get', object.kind ?? '', object.metadata?.name ?? '', '-o', 'json'),
        ) as KubeObject;
      const first = await read();
      await apply(object);
      assert.equal((await read()).metadata.resourceVersion, first.metadata.resourceVersion);
    }
  });

  test('what is stored of a virtual machine is what was applied', async () => {
    const vm = { ...sampleVm(), metadata: { name: 'stored', namespace: 'default' } };
    await apply(vm);
    const stored = await client.get<KubeObject & { spec: object }>(virtualMachines, vm.metadata);
    assert.deepEqual(stored.spec, JSON.parse(JSON.stringify(vm.spec)));
  });

  test('two managers own different elements of a keyed list', async () => {
    const { spec } = sampleVm();
    const spread = (topologyKey: string): object => ({
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: 'spread', namespace: 'default' },
      spec: {
        ...spec,
        template: {
          ...spec.template,
          spec: {
            ...spec.template.spec,
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey,
                whenUnsatisfiable: 'ScheduleAnyway',
                labelSelector: { matchLabels: { app: 'web' } },
              },
            ],
          },
        },
      },
    });
    await apply(spread('zone'), '--field-manager=one');
    await apply(spread('host'), '--field-manager=two');
    const path = '{.spec.template.spec.topologySpreadConstraints[*].topologyKey}';
    assert.equal(await kubectl('get', 'vm', 'spread', '-o', `jsonpath=${path}`), 'zone host');
  });
});

test('a dry run stores nothing and says what would be refused', async () => {
  const set = { ...example('VirtualMachineInstanceReplicaSet'), metadata: { name: 'dry' } };
  assert.match((await apply(set, '--dry-run=server')).stdout, /serverside-applied \(server dry run\)/);
  await assert.rejects(kubectl('get', 'vmirs', 'dry'), /not found/);
  const selector = { matchLabels: { app: 'mail' } };
  const wrong = { ...set, spec: { ...set.spec, selector } };
  await assert.rejects(apply(wrong, '--dry-run=server'), /selector does not match labels/);
});

test('kubectl scales a replica set, and not below nothing', async () => {
  const set = { ...example('VirtualMachineInstanceReplicaSet'), metadata: { name: 'scaled' } };
  await apply(set);
  await kubectl('scale', 'vmirs', 'scaled', '--replicas=5');
  assert.equal(await kubectl('get', 'vmirs', 'scaled', '-o', 'jsonpath={.spec.replicas}'), '5');
  const patch = ['patch', 'vmirs', 'scaled', '--type=merge', '-p', '{"spec":{"replicas":-1}}'];
  await assert.rejects(kubectl(...patch), /should be greater than or equal to 0/);
});

test('instances get what a preset gives, and the user learns what it does not', async () => {
  const preset = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstancePreset',
    metadata: { name: 'quick' },
    spec: {
      selector: { matchLabels: { speed: 'quick' } },
      domain: { cpu: { cores: 2 }, features: { acpi: {} }, memory: { guest: '1Gi' }, devices: {} },
    },
  };
  const { stderr } = await apply(preset);
  assert.match(stderr, /Warning: spec\.domain\.memory has no effect in a preset/);
  const { spec } = sampleVmi();
  const vmi = (name: string, cpu: object): object => ({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name, labels: { speed: 'quick' } },
    spec: { ...spec, domain: { ...spec.domain, ...cpu } },
  });
  await apply(vmi('plain', {}));
  const cores = 'jsonpath={.spec.domain.cpu.cores}{.metadata.annotations}';
  assert.equal(
    await kubectl('get', 'vmi', 'plain', '-o', cores),
    '2{"virtualmachinepreset.kubevirt.io/quick":"kubevirt.io/v1"}',
  );
  const kept = await apply(vmi('own', { cpu: { cores: 1 } }));
  assert.match(kept.stderr, /Warning: spec\.domain\.cpu is kept: preset 'quick'/);
});
