import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { stringify } from 'yaml';
import { MonovirtError } from '../support/errors.ts';
import { multusObjects } from './addons/multus.ts';
import { policiesSources } from './addons/policies-go.ts';
import { policyObjects } from './addons/policies.ts';
import { storageFiles, storageObjects } from './addons/storage.ts';
import { corefile } from './components.ts';
import { resolveConfig } from './config.ts';
import { corednsModule, kubernetesModule } from './gomodule.ts';
import { hostNetworkBatch, nodeNetworkBatch } from './hostnet.ts';
import { cniConfig, multusConfig, routedPlugin } from './node/cni.ts';
import { containerdConfig, kubeletConfig, proxyConfig } from './node/files.ts';
import { initScript } from './node/script.ts';
import { dnsObjects, nodeObject } from './objects.ts';
import { allProcesses, processNamed } from './specs.ts';

const config = resolveConfig({ nodes: 2, stateDir: '/state', cacheDir: '/cache' }, {});
const node = config.nodes[1]!;

const golden: Record<string, string> = {
  'processes.yaml': stringify(allProcesses(config)),
  'network.txt': [
    '# host',
    ...hostNetworkBatch(config),
    '# node2',
    ...nodeNetworkBatch(config, node),
    '',
  ].join('\n'),
  'containerd.toml': containerdConfig(),
  'cni.json': cniConfig(node),
  'multus.json': multusConfig(node),
  'kubelet.yaml': kubeletConfig(config, node),
  'kube-proxy.yaml': proxyConfig(config, node),
  'init.sh': initScript({
    name: 'node2',
    varDir: "/it's/var",
    programs: { kubernetes: '/bin', hold: '/hold', policies: '/policies', multus: '/multus' },
  }),
  'routed.sh': routedPlugin(),
  'objects.yaml': stringify([
    nodeObject(node),
    ...policyObjects(),
    ...multusObjects(),
    ...dnsObjects(config),
    ...storageObjects(),
  ]),
  'storage.txt': Object.values(storageFiles(config)).join('---\n'),
  'kubernetes.go.mod': kubernetesModule(['kubectl']).files['go.mod']!,
  'coredns.go': corednsModule().files['main.go']!,
  'network-policies.go': Object.values(policiesSources).join('\n'),
};

for (const [file, text] of Object.entries(golden)) {
  test(`golden: ${file}`, () => {
    const path = join(import.meta.dirname, 'testdata', file);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
    assert.equal(text, readFileSync(path, 'utf8'));
  });
}

for (const row of [
  { name: 'with a server', resolvConf: 'search a\nnameserver 192.0.2.1\n', forwards: true },
  { name: 'without', resolvConf: '# nameserver 192.0.2.1\n', forwards: false },
]) {
  test(`Corefile on a machine ${row.name}`, () => {
    assert.equal(corefile(config, row.resolvConf).includes('forward .'), row.forwards);
  });
}

test('process names are unique: each has one record and one log', () => {
  const names = allProcesses(config).map((spec) => spec.name);
  assert.equal(new Set(names).size, names.length);
});

test('an unknown component is refused with the names there are', () => {
  assert.throws(
    () => processNamed(config, 'kubelet'),
    (error) =>
      error instanceof MonovirtError &&
      error.reason === 'UnknownComponent' &&
      error.message.includes('node2-kubelet'),
  );
});

test('only what is missing is built', () => {
  assert.deepEqual(kubernetesModule(['kubectl']).programs, { kubectl: 'k8s.io/kubernetes/cmd/kubectl' });
});
