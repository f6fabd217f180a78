/** Our CRDs and webhooks in front of a real API server: what a user of kubectl meets. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { customResourceDefinitions } from '../../src/api/crd/crds.ts';
import { definitions } from '../../src/api/gen/definitions.ts';
import {
  customResourceDefinitions as crdKind,
  nodes,
  pods,
  virtualMachineInstances,
  virtualMachines,
} from '../../src/api/kinds.ts';
import { sampleVm, sampleVmi, withField } from '../../src/api/testing/vmi.ts';
import type { KubeObject, Vm, Vmi } from '../../src/api/types.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import { startApiServer } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { kubernetesProgram } from './programs.ts';
import { startWebhooks } from './webhooks.ts';
import type { RunningWebhooks } from './webhooks.ts';
import { eventually } from './stand-in.ts';

const run = promisify(execFile);
const samples = fileURLToPath(new URL('../../config/samples', import.meta.url));
const component = 'monovirt-component';

let server: ApiServer;
let client: ApiClient;
let served: RunningWebhooks;

type Crd = KubeObject & { status?: { conditions?: { type: string; status: string; message?: string }[] } };

before(async () => {
  server = await startApiServer();
  client = server.client();
  for (const crd of customResourceDefinitions(definitions)) {
    await client.apply(crdKind, crd, { fieldManager: 'test' });
  }
  await eventually(async () => {
    const { items } = await client.list<Crd>(crdKind, {});
    assert.equal(items.length, customResourceDefinitions(definitions).length);
    for (const { status } of items)
      assert.ok(status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True'));
  }, 30_000);
  served = await startWebhooks(client, component);
  await eventually(async () => {
    const vm = withField(sampleVm(), 'spec.runStrategy', 'Never');
    await assert.rejects(dryRun('virtualmachines', vm), /Invalid RunStrategy/);
    const vmi = await dryRun('virtualmachineinstances', sampleVmi());
    assert.ok((vmi as unknown as Vmi).metadata.finalizers);
  }, 30_000);
});

after(async () => {
  await served?.close();
  await server?.stop();
});

const dryRun = (plural: string, object: object): Promise<Record<string, unknown>> =>
  client.raw(
    'POST',
    `/apis/kubevirt.io/v1/namespaces/default/${plural}?dryRun=All&fieldValidation=Strict`,
    object,
  );

async function kubectl(...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(kubernetesProgram('kubectl'), [
    '--kubeconfig',
    server.kubeconfig,
    ...args,
  ]);
  return stdout + stderr;
}

describe('CRDs', () => {
  test('are structural, so that unknown fields are named', async () => {
    const { items } = await client.list<Crd>(crdKind, {});
    for (const { metadata, status } of items) {
      const bad = status?.conditions?.filter(({ type }) => type === 'NonStructuralSchema') ?? [];
      assert.deepEqual(bad, [], metadata.name);
    }
    const vmi = withField(sampleVmi(), 'spec.domain.cpus', 4);
    await assert.rejects(dryRun('virtualmachineinstances', vmi), /unknown field "spec\.domain\.cpus"/);
  });

  test('are explained', async () => {
    const text = await kubectl('explain', 'vm.spec.template.spec.domain');
    for (const words of [/Memory that the guest sees/, /devices\s+<Object> -required-/, /firmware/])
      assert.match(text, words);
  });

  test('serve v1alpha3 with a warning', async () => {
    const text = await kubectl('get', 'virtualmachines.v1alpha3.kubevirt.io', '-A');
    assert.match(text, /deprecated; use kubevirt\.io\/v1/);
  });
});

describe('samples', () => {
  test('are accepted', async () => {
    for (const file of (await readdir(samples)).filter((name) => name.startsWith('vm'))) {
      const object = parse(await readFile(join(samples, file), 'utf8')) as object;
      await dryRun('virtualmachines', object);
    }
    const kubeVirt = parse(await readFile(join(samples, 'kubevirt.yaml'), 'utf8')) as Record<string, unknown>;
    await client.raw(
      'POST',
      '/apis/kubevirt.io/v1/namespaces/default/kubevirts?dryRun=All&fieldValidation=Strict',
      {
        ...kubeVirt,
        metadata: { name: 'kubevirt', namespace: 'default' },
      },
    );
  });
});

describe('webhooks', () => {
  test('a stored VM is what was applied', async () => {
    const vm = sampleVm();
    const stored = await client.create<Vm>(virtualMachines, vm);
    assert.deepEqual(stored.spec, vm.spec);
    assert.equal(stored.metadata.generation, 1);
    const key = { namespace: 'default', name: 'sample' };
    const patch = { type: 'merge' as const, body: { spec: { runStrategy: 'Sometimes' } } };
    await assert.rejects(
      client.patch(virtualMachines, key, patch),
      (error: { status: number }) => error.status === 422,
    );
    await client.delete(virtualMachines, key);
  });

  test('a VMI is defaulted, once, and its spec then fixed', async () => {
    const stored = await client.create<Vmi>(virtualMachineInstances, sampleVmi());
    assert.deepEqual(stored.metadata.finalizers, ['kubevirt.io/foregroundDeleteVirtualMachine']);
    assert.equal(stored.spec.domain.machine?.type, 'q35');
    assert.ok(stored.spec.domain.firmware?.uuid);
    const key = { namespace: 'default', name: 'sample' };
    const patch = { type: 'merge' as const, body: { spec: { hostname: 'other' } } };
    await assert.rejects(
      client.patch(virtualMachineInstances, key, patch),
      /update of VMI object is restricted/,
    );
    const free = { type: 'merge' as const, body: { metadata: { labels: { app: 'x' } } } };
    await client.patch(virtualMachineInstances, key, free);
  });

  test('a user writes no status', async () => {
    const stored = await client.create<Vmi>(virtualMachineInstances, {
      ...sampleVmi(),
      metadata: { name: 'forged', namespace: 'default' },
      status: { phase: 'Running' },
    });
    assert.equal(stored.status?.phase, undefined);
  });

  test('all causes come at once, with 422', async () => {
    const vmi = withField(withField(sampleVmi(), 'spec.hostname', 'A'), 'spec.domain.memory', undefined);
    await assert.rejects(
      dryRun('virtualmachineinstances', vmi),
      (error: { status: number; message: string }) => {
        assert.equal(error.status, 422);
        assert.match(error.message, /no memory requested/);
        assert.match(error.message, /spec\.hostname/);
        return true;
      },
    );
  });

  test('a wrong type is named by the API server', async () => {
    const vmi = withField(sampleVmi(), 'spec.volumes', 'none');
    await assert.rejects(dryRun('virtualmachineinstances', vmi), /spec\.volumes.*must be of type array/s);
  });

  test('running is warned about', async () => {
    const vm = withField(withField(sampleVm(), 'spec.runStrategy', undefined), 'spec.running', true);
    const file = join(server.directory, 'running.json');
    await writeFile(file, JSON.stringify(vm));
    const text = await kubectl('apply', '--dry-run=server', '-f', file);
    assert.match(text, /Warning: spec\.running is deprecated/);
  });

  test('an old version is reviewed as the new one', async () => {
    const vm = { ...withField(sampleVm(), 'spec.runStrategy', 'Never'), apiVersion: 'kubevirt.io/v1alpha3' };
    const path = '/apis/kubevirt.io/v1alpha3/namespaces/default/virtualmachines?dryRun=All';
    await assert.rejects(client.raw('POST', path, vm), /Invalid RunStrategy/);
  });
});

describe('draining a node', () => {
  const namespace = 'default';
  const nodeName = 'worker';

  /** A VMI that runs on the node, with the pod that it runs in. */
  async function runs(name: string, evictionStrategy: string): Promise<void> {
    const manifest = withField(sampleVmi(), 'spec.evictionStrategy', evictionStrategy);
    const vmi = await client.create<Vmi>(virtualMachineInstances, {
      ...manifest,
      metadata: { name, namespace },
    });
    const key = { namespace, name };
    const body = { status: { nodeName, phase: 'Running' } };
    await client.patch(virtualMachineInstances, key, { type: 'merge', body }, { subresource: 'status' });
    await client.create(pods, {
      metadata: {
        name: `virt-launcher-${name}-abcde`,
        namespace,
        labels: { 'kubevirt.io': 'virt-launcher', 'kubevirt.io/created-by': vmi.metadata.uid },
        annotations: { 'kubevirt.io/domain': name },
      },
      spec: { nodeName, containers: [{ name: 'compute', image: 'example.test/none' }] },
    });
  }

  /** The pod is on a node, so that its deletion takes a kubelet, which is not here. */
  const deleted = async (name: string): Promise<boolean> => {
    const key = { namespace, name: `virt-launcher-${name}-abcde` };
    const pod = await client.get<KubeObject>(pods, key);
    return pod.metadata.deletionTimestamp !== undefined;
  };

  const statusOf = async (name: string): Promise<Vmi['status']> =>
    (await client.get<Vmi>(virtualMachineInstances, { namespace, name })).status;

  test('stops at guests that are to be moved, and asks who moves them', async () => {
    await client.create(nodes, { metadata: { name: nodeName } });
    await runs('moved-by-others', 'External');
    await runs('disposable', 'None');
    const flags = ['--force', '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=3s'];
    await assert.rejects(kubectl('drain', nodeName, ...flags), (error: { stderr: string }) => {
      assert.match(error.stderr, /Eviction triggered evacuation of VMI "default\/moved-by-others"/);
      assert.match(error.stderr, /will retry/);
      return true;
    });
    assert.equal((await statusOf('moved-by-others'))?.evacuationNodeName, nodeName);
    assert.deepEqual([await deleted('moved-by-others'), await deleted('disposable')], [false, true]);
  });

  test('tries without a trace', async () => {
    await runs('tried', 'External');
    const eviction = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'virt-launcher-tried-abcde', namespace },
    };
    const path = `/api/v1/namespaces/${namespace}/pods/virt-launcher-tried-abcde/eviction?dryRun=All`;
    await assert.rejects(
      client.raw('POST', path, eviction),
      (error: { status: number }) => error.status === 429,
    );
    assert.equal((await statusOf('tried'))?.evacuationNodeName, undefined);
  });
});
