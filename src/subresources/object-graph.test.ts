import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selects } from '../api/label-selector.ts';
import { filtered, graphOfVm, graphOfVmi } from './object-graph.ts';
import type { GraphNode } from './object-graph.ts';
import { vmiOf, vmOf } from './testing/world.ts';

/** A tree as lines of `Kind namespace/name`, children indented. */
function lines(node: GraphNode | undefined, indent = ''): string[] {
  if (node === undefined) return [];
  const { kind, name, namespace = '' } = node.objectReference;
  const optional = node.optional === true ? ' (optional)' : '';
  return [
    `${indent}${kind} ${namespace}/${name}${optional}`,
    ...(node.children ?? []).flatMap((child) => lines(child, `${indent} `)),
  ];
}

const spec = {
  volumes: [
    { name: 'a', dataVolume: { name: 'disk' } },
    { name: 'b', persistentVolumeClaim: { claimName: 'claim' } },
    { name: 'c', configMap: { name: 'settings' } },
    { name: 'd', secret: { secretName: 'password' } },
    { name: 'e', serviceAccount: { serviceAccountName: 'account' } },
    { name: 'f', cloudInitNoCloud: { secretRef: { name: 'user' }, networkDataSecretRef: { name: 'net' } } },
    { name: 'g', emptyDisk: { capacity: '1Gi' } },
  ],
  networks: [
    { name: 'default', pod: {} },
    { name: 'near', multus: { networkName: 'lan' } },
    { name: 'far', multus: { networkName: 'other/wan' } },
  ],
  accessCredentials: [
    { sshPublicKey: { source: { secret: { secretName: 'keys' } }, propagationMethod: { noCloud: {} } } },
  ],
};

const parts = [
  'Secret ns/keys',
  'DataVolume ns/disk',
  ' PersistentVolumeClaim ns/disk',
  'PersistentVolumeClaim ns/claim',
  'ConfigMap ns/settings',
  'Secret ns/password',
  'ServiceAccount ns/account',
  'Secret ns/user',
  'Secret ns/net',
  'NetworkAttachmentDefinition ns/lan (optional)',
  'NetworkAttachmentDefinition other/wan (optional)',
];

test('the graph of an instance has its pod and all that its spec names', () => {
  const graph = graphOfVmi(vmiOf('Running', [], spec), 'pod');
  assert.deepEqual(lines(graph), [
    'VirtualMachineInstance ns/vm',
    ' Pod ns/pod',
    ...parts.map((part) => ` ${part}`),
  ]);
});

test('the graph of a VM has its instance, and what its hardware was taken from', () => {
  const vm = vmOf({
    spec: {
      template: { spec: { domain: { devices: {} } } },
      instancetype: { name: 'u1.small' },
      preference: { kind: 'VirtualMachinePreference', name: 'fedora', revisionName: 'kept' },
    },
    status: { created: true, instancetypeRef: { controllerRevisionRef: { name: 'u1-revision' } } },
  });
  assert.deepEqual(lines(graphOfVm(vm, 'pod')), [
    'VirtualMachine ns/vm',
    ' VirtualMachineInstance ns/vm',
    '  Pod ns/pod',
    ' VirtualMachineClusterInstancetype /u1.small (optional)',
    ' ControllerRevision ns/u1-revision',
    ' VirtualMachinePreference ns/fedora (optional)',
    ' ControllerRevision ns/kept',
  ]);
});

test('a VM that does not run has no instance', () => {
  assert.deepEqual(lines(graphOfVm(vmOf({ status: {} }), undefined)), ['VirtualMachine ns/vm']);
});

test('what is not wanted goes with all that hangs on it', () => {
  const graph = graphOfVmi(vmiOf('Running', [], spec), 'pod');
  assert.ok(graph);
  const labels = { matchLabels: { 'kubevirt.io/dependency-type': 'network' } };
  const wanted = {
    withoutOptional: false,
    selects: (found: Record<string, string>) => selects(labels, found),
  };
  assert.deepEqual(lines(filtered(graph, wanted)).length, 3);
  assert.deepEqual(lines(filtered(graph, { ...wanted, withoutOptional: true })).length, 1);
});
