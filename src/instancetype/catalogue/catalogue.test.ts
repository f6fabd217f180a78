import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig } from '../../api/cluster-config.ts';
import { sampleVm, withField } from '../../api/testing/vmi.ts';
import { clusterInstancetypes, clusterPreferences } from '../../api/kinds.ts';
import type { InstancetypeSpec, KubeObject, KubeVirt, PreferenceSpec } from '../../api/types.ts';
import { validateVm } from '../../api/validate/vm.ts';
import { FakeCache, fakeClient, fakeQueue } from '../../controllers/testing/cluster.ts';
import type { Logger } from '../../support/log.ts';
import { expandTemplate } from '../expand.ts';
import { validateInstancetype } from '../rules/instancetype.ts';
import { validatePreference } from '../rules/preference.ts';
import { createCatalogueController } from './controller.ts';
import { catalogue, digestLabel } from './objects.ts';
import { planCatalogue, wantsCatalogue } from './plan.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const entries = catalogue('v1.2.3');
const of = (kind: string): typeof entries => entries.filter(({ resource }) => resource.kind === kind);
const sizes = of('VirtualMachineClusterInstancetype');
const tastes = of('VirtualMachineClusterPreference');

test('names are those that manifests use', () => {
  const names = new Set(entries.map(({ object }) => object.metadata.name));
  for (const name of [
    'u1.small',
    'u1.2xmedium',
    'o1.nano',
    'd1.large',
    'cx1.xlarge1gi',
    'm1.large',
    'n1.medium',
  ]) {
    assert.ok(names.has(name), name);
  }
  for (const name of [
    'fedora',
    'ubuntu',
    'rhel.9',
    'windows.11.virtio',
    'windows.2k22',
    'cirros',
    'linux.efi',
  ]) {
    assert.ok(names.has(name), name);
  }
  assert.equal(names.size, entries.length);
});

describe('each size', () => {
  const sizeless = withField(sampleVm(), 'spec.template.spec.domain.memory', undefined);
  for (const { object } of sizes) {
    test(`${object.metadata.name} makes a VM that is accepted`, () => {
      const spec = object.spec as InstancetypeSpec;
      assert.deepEqual(validateInstancetype(spec), []);
      assertAccepted(sizeless, { instancetype: spec });
    });
  }
});

describe('each taste', () => {
  const offline = withField(sampleVm(), 'spec.template.spec.networks', undefined);
  const large = withField(offline, 'spec.template.spec.domain', {
    cpu: { sockets: 8, cores: 8, threads: 2 },
    memory: { guest: '8Gi' },
    devices: {},
  });
  for (const { object } of tastes) {
    test(`${object.metadata.name} makes a VM that is accepted`, () => {
      const spec = object.spec as PreferenceSpec;
      assert.deepEqual(validatePreference(spec), []);
      assertAccepted(large, { preference: spec });
    });
  }
});

function assertAccepted(
  vm: ReturnType<typeof sampleVm>,
  described: Parameters<typeof expandTemplate>[1],
): void {
  const { conflicts, spec } = expandTemplate(vm.spec.template, described, defaultConfig);
  assert.equal(conflicts, undefined);
  const expanded = withField(vm, 'spec.template.spec', spec);
  assert.deepEqual(validateVm(expanded, defaultConfig, false), []);
}

test('labels say what a size is', () => {
  const size = sizes.find(({ object }) => object.metadata.name === 'cx1.large1gi');
  const { [digestLabel]: digest, ...labels } = size?.object.metadata.labels ?? {};
  assert.match(digest ?? '', /^[0-9a-f]{16}$/);
  const group = 'instancetype.kubevirt.io';
  assert.deepEqual(labels, {
    [`${group}/class`]: 'compute.exclusive',
    [`${group}/cpu`]: '2',
    [`${group}/memory`]: '4Gi',
    [`${group}/size`]: 'large1gi',
    [`${group}/version`]: '1',
    [`${group}/icon-pf`]: 'pficon-registry',
    [`${group}/hugepages`]: '1Gi',
    [`${group}/dedicatedCPUPlacement`]: 'true',
    [`${group}/isolateEmulatorThread`]: 'true',
    [`${group}/numa`]: 'true',
    [`${group}/vendor`]: 'kubevirt.io',
    [`${group}/common-instancetypes-version`]: 'v1.2.3',
  });
});

const metadata = { uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const live = (name: string, labels: Record<string, string>): KubeObject => ({
  metadata: { ...metadata, name, labels },
});
const [first, second] = sizes;
const asWanted = sizes.map(({ object }) => live(object.metadata.name, object.metadata.labels));
const nameOf = (object: KubeObject): string => object.metadata.name;
const without = (name: string | undefined): KubeObject[] =>
  asWanted.filter((object) => nameOf(object) !== name);

describe('what the cluster has', () => {
  const firstName = first!.object.metadata.name;
  const rows: {
    name: string;
    entries?: typeof entries;
    wanted?: boolean;
    live: KubeObject[];
    apply?: string[];
    remove?: string[];
  }[] = [
    { name: 'all', live: asWanted },
    {
      name: 'nothing',
      entries: [first!, second!],
      live: [],
      apply: [firstName, second!.object.metadata.name],
    },
    {
      name: 'an older one',
      live: [...without(firstName), live(firstName, { [digestLabel]: 'old' })],
      apply: [firstName],
    },
    { name: "a user's of the same name", live: [...without(firstName), live(firstName, {})] },
    {
      name: "one of KubeVirt's",
      live: [...without(firstName), live(firstName, { 'app.kubernetes.io/managed-by': 'virt-operator' })],
      apply: [firstName],
    },
    {
      name: 'one that this release does not know',
      live: [...asWanted, live('z9.old', { [digestLabel]: 'x' })],
    },
    { name: "a user's own", live: [...asWanted, live('mine', {})] },
    {
      name: 'what is not wanted any more',
      wanted: false,
      live: [asWanted[0]!, live(second!.object.metadata.name, {}), live('mine', {})],
      remove: [firstName],
    },
  ];
  for (const { name, entries: some = sizes, wanted = true, live: there, apply = [], remove = [] } of rows) {
    test(name, () => {
      const plan = planCatalogue(some, wanted, there);
      assert.deepEqual(
        plan.apply.map(({ object }) => object.metadata.name),
        apply,
      );
      assert.deepEqual(plan.remove.map(nameOf), remove);
    });
  }
});

const kubeVirt = (spec: object, extra: object = {}): KubeVirt => ({
  metadata: { ...metadata, name: 'kubevirt', namespace: 'kubevirt', ...extra },
  spec,
});
const off = { configuration: { commonInstancetypesDeployment: { enabled: false } } };

test('a KubeVirt object wants it unless it says no', () => {
  assert.equal(wantsCatalogue(undefined), false);
  assert.equal(wantsCatalogue(kubeVirt({})), true);
  assert.equal(wantsCatalogue(kubeVirt(off)), false);
  assert.equal(wantsCatalogue(kubeVirt({}, { deletionTimestamp: 'now' })), false);
});

describe('the controller', () => {
  const start = (spec: object): { client: ReturnType<typeof fakeClient>; run: () => Promise<unknown> } => {
    const client = fakeClient();
    const kubeVirts = new FakeCache<KubeVirt>();
    const namespaces = new FakeCache<KubeObject>();
    const described = new Map(
      [clusterInstancetypes, clusterPreferences].map(
        ({ plural }) => [plural, new FakeCache<KubeObject>()] as const,
      ),
    );
    kubeVirts.put(kubeVirt(spec));
    namespaces.put(live('kubevirt', {}));
    described.get(clusterInstancetypes.plural)?.put(live('u1.small', { [digestLabel]: 'older' }));
    const { signal } = new AbortController();
    const deps = { client, kubeVirts, namespaces, described, queue: fakeQueue(), log: silent, version: 'v1' };
    const reconcile = createCatalogueController(deps, signal);
    return { client, run: () => reconcile({ name: 'catalogue' }, signal) };
  };

  test('brings all of it', async () => {
    const { client, run } = start({});
    await run();
    assert.equal(client.asked.filter((what) => what.startsWith('apply ')).length, entries.length);
  });

  test('takes all of it away when it is not wanted', async () => {
    const { client, run } = start(off);
    await run();
    assert.deepEqual(client.asked, ['delete virtualmachineclusterinstancetypes']);
  });
});
