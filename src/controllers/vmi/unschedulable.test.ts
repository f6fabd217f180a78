import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainUnschedulable } from './unschedulable.ts';

const rows: { name: string; said: string; remedy: RegExp }[] = [
  {
    name: 'a claim without a volume',
    said: '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found',
    remedy: /^a claim of the VM is not bound: see kubectl describe pvc/,
  },
  {
    name: 'storage without room',
    said: "0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind.",
    remedy: /^a claim of the VM is not bound/,
  },
  {
    name: 'storage of another node',
    said: '0/2 nodes are available: 2 node(s) had volume node affinity conflict.',
    remedy: /^the storage of a claim is on a node that the VM may not run on/,
  },
  {
    name: 'a claim that was deleted meanwhile',
    said: '0/1 nodes are available: persistentvolumeclaim "data" is being deleted.',
    remedy: /^a claim of the VM is gone or going/,
  },
];

for (const { name, said, remedy } of rows) {
  test(name, () => {
    const text = explainUnschedulable(said);
    assert.match(text, remedy);
    assert.ok(text.endsWith(`(${said})`), "the scheduler's own words are kept");
  });
}

test('what is not known is left as it is', () => {
  assert.equal(explainUnschedulable('something new'), 'something new');
});

test('what the machine needs is named, for the scheduler does not', () => {
  const said = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
  const selector = {
    'kubevirt.io/schedulable': 'true',
    cpumanager: 'true',
    'cpu-model.node.kubevirt.io/Skylake-Server': 'true',
    'hyperv.node.kubevirt.io/synic': 'true',
  };
  const text = explainUnschedulable(said, selector);
  assert.match(text, /; for dedicatedCpuPlacement cpumanager=true, which a kubelet with/);
  assert.match(
    text,
    /machine cpu-model\.node\.kubevirt\.io\/Skylake-Server, hyperv\.node\.kubevirt\.io\/synic \(/,
  );
  assert.doesNotMatch(
    explainUnschedulable(said, { 'kubevirt.io/schedulable': 'true' }),
    /machine|cpumanager/,
  );
});
