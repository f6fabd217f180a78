import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { defaultConfig } from '../../api/cluster-config.ts';
import type { ClusterConfig } from '../../api/cluster-config.ts';
import { milliUnits } from '../../api/quantity.ts';
import type { PodSpec, Vmi } from '../../api/types.ts';
import { podName } from '../../pod/names.ts';
import type { LauncherConfig } from './launcher-config.ts';
import { desiredPod } from './pod.ts';

const cases = join(import.meta.dirname, 'testdata', 'pod');
const readYaml = (path: string): unknown => parse(readFileSync(path, 'utf8'));

function configOf(folder: string): LauncherConfig {
  const path = join(folder, 'config.yaml');
  const overrides = existsSync(path) ? (readYaml(path) as Partial<ClusterConfig>) : {};
  return {
    image: 'registry.example/monovirt:1',
    imagePullSecrets: [],
    cluster: { ...defaultConfig, ...overrides },
  };
}

for (const name of readdirSync(cases)) {
  test(`pod of ${name}`, () => {
    const folder = join(cases, name);
    const pod = desiredPod(readYaml(join(folder, 'vmi.yaml')) as Vmi, configOf(folder));
    const golden = join(folder, 'pod.yaml');
    const text = stringify(JSON.parse(JSON.stringify(pod)), { aliasDuplicateObjects: false, lineWidth: 0 });
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, 'utf8'));
  });
}

const minimal = readYaml(join(cases, 'minimal', 'vmi.yaml')) as Vmi;

test('the name belongs to one VMI: the same twice, another for its namesake', () => {
  const namesake: Vmi = { ...minimal, metadata: { ...minimal.metadata, uid: 'another' } };
  assert.equal(podName(minimal), podName(structuredClone(minimal)));
  assert.notEqual(podName(minimal), podName(namesake));
  assert.match(podName(minimal), /^virt-launcher-vm1-[a-z0-9]{5}$/);
});

const isLauncher = ({ name }: { name: string }): boolean => name === 'compute';

/** Those that a hostDisk names, which takes a gate that only who runs the cluster can open. */
const allowedFolders = new Map([['volume-host-disk', '/data,/data']]);
const hostFolders = ({ volumes = [] }: PodSpec): string | undefined =>
  volumes.flatMap(({ hostPath }) => hostPath?.path ?? []).join() || undefined;

type Figures = Record<string, string | undefined>;
const podFor = (name: string): PodSpec =>
  desiredPod(readYaml(join(cases, name, 'vmi.yaml')) as Vmi, configOf(join(cases, name))).spec;

for (const name of ['container-disks-guaranteed', 'filesystems-guaranteed', 'cpu-dedicated']) {
  test(`every container of ${name} requests what it is limited to: the pod is Guaranteed`, () => {
    for (const { name: container, resources } of podFor(name).containers) {
      const { requests, limits } = resources as { requests: Figures; limits: Figures };
      for (const figure of ['cpu', 'memory']) {
        assert.ok(limits[figure] !== undefined, container);
        assert.equal(milliUnits(requests[figure] ?? '0'), milliUnits(limits[figure]), container);
      }
    }
  });
}

test('where the VMI has limits every container has them: a quota may demand it', () => {
  for (const { name, resources } of podFor('network-binding-plugins-with-limits').containers) {
    const limits = resources?.limits as Figures | undefined;
    assert.ok(limits?.['cpu'] !== undefined && limits['memory'] !== undefined, name);
  }
});

/** A container that lists a capability lets its user ask the kernel for more, but no process of it holds one. */
test('no container of a VM pod has a credential, a capability or a path to root', () => {
  for (const name of readdirSync(cases)) {
    const { spec } = desiredPod(readYaml(join(cases, name, 'vmi.yaml')) as Vmi, configOf(join(cases, name)));
    assert.equal(spec.automountServiceAccountToken, false);
    for (const container of spec.containers) {
      const { drop, add } = container.securityContext?.capabilities ?? {};
      assert.deepEqual(drop, ['ALL'], name);
      assert.deepEqual(
        add,
        name === 'cpu-numa-passthrough' && isLauncher(container) ? ['SYS_NICE'] : undefined,
      );
      assert.equal(container.securityContext?.allowPrivilegeEscalation, false, name);
      assert.equal(container.securityContext?.runAsUser, 107, name);
    }
    assert.equal(hostFolders(spec), allowedFolders.get(name), name);
  }
});
