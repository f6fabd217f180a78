/** One VM stopped at each place on its way, and what the screen says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeVirt, Node, Pod, Vm, Vmi } from '../../api/types.ts';
import type { Facts } from './facts.ts';
import { whyText } from './render.ts';
import { walk } from './stations.ts';

const now = Date.parse('2026-11-23T12:00:00Z');

const meta = (name: string, uid = name): Vm['metadata'] => ({
  name,
  namespace: 'default',
  uid,
  resourceVersion: '1',
  creationTimestamp: '2026-11-23T11:58:00Z',
});

const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
const condition = (type: string, status: string, reason: string, message: string): object => ({
  conditions: [{ type, status, reason, message }],
});

const vm = (status: object = {}, runStrategy = 'Always'): Vm => ({
  metadata: meta('sample', 'vm'),
  spec: { runStrategy, template: {} },
  status,
});
const vmi = (status: object): Vmi => ({
  metadata: meta('sample', 'vmi'),
  spec: { domain: { devices: {} } },
  status,
});

const startedPod: Pod = {
  metadata: meta('virt-launcher-sample', 'pod'),
  spec: { nodeName: 'node1', containers: [{ name: 'compute', image: 'i' }] },
  status: {
    phase: 'Running',
    containerStatuses: [
      { name: 'compute', image: 'i', imageID: '', ready: true, restartCount: 0, state: { running: {} } },
    ],
  },
};

const running = vmi({ phase: 'Running', nodeName: 'node1', ...ready });
const agentPod = { metadata: meta('virt-handler'), status: ready } as unknown as Pod;
const node1 = { metadata: meta('node1'), status: ready } as unknown as Node;

function facts(differs: Partial<Facts> = {}): Facts {
  return {
    namespace: 'default',
    name: 'sample',
    vm: vm({ printableStatus: 'Running' }),
    vmi: running,
    pods: [startedPod],
    node: node1,
    agent: agentPod,
    kubeVirt: { metadata: meta('kubevirt'), status: { phase: 'Deployed' } } as unknown as KubeVirt,
    controllers: [agentPod],
    events: [],
    unreadable: new Set(),
    ...differs,
  };
}

const warning = (uid: string, reason: string, message: string): Facts['events'][number] => ({
  metadata: meta('e'),
  type: 'Warning',
  reason,
  message,
  lastTimestamp: '2026-11-23T11:59:30Z',
  involvedObject: { kind: 'Pod', uid },
});

const podWith = (part: object): Pod => ({ ...startedPod, ...part });
const unscheduled = podWith({
  spec: { containers: [] },
  status: {
    phase: 'Pending',
    ...condition('PodScheduled', 'False', 'Unschedulable', '0/1 nodes: Insufficient memory.'),
  },
});
const pulling = podWith({
  status: {
    phase: 'Pending',
    containerStatuses: [
      {
        name: 'volumeroot',
        image: 'x',
        state: { waiting: { reason: 'ErrImagePull', message: 'not found' } },
      },
    ],
  },
});
const pending = podWith({ status: { phase: 'Pending', containerStatuses: [] } });

const rows: { name: string; facts: Facts; at: string; state: string; says: RegExp }[] = [
  { name: 'nothing is wrong', facts: facts(), at: 'domain', state: 'ok', says: /runs/ },
  {
    name: 'nothing is installed',
    facts: facts({ kubeVirt: undefined }),
    at: 'installation',
    state: 'problem',
    says: /no KubeVirt object/,
  },
  {
    name: 'no controller is ready',
    facts: facts({ controllers: [] }),
    at: 'installation',
    state: 'problem',
    says: /no controller/,
  },
  {
    name: 'neither VM nor instance exists',
    facts: facts({ vm: undefined, vmi: undefined }),
    at: 'VirtualMachine',
    state: 'problem',
    says: /there is no/,
  },
  {
    name: 'the VM is halted',
    facts: facts({ vm: vm({}, 'Halted'), vmi: undefined }),
    at: 'VirtualMachine',
    state: 'wish',
    says: /nobody asked/,
  },
  {
    name: 'the VM cannot make its instance',
    facts: facts({ vm: vm(condition('Failure', 'True', 'FailedCreate', 'quota')), vmi: undefined }),
    at: 'VirtualMachine',
    state: 'problem',
    says: /FailedCreate: quota/,
  },
  {
    name: 'the VM crashes again and again',
    facts: facts({
      vm: vm({
        startFailure: {
          consecutiveFailCount: 3,
          lastFailedVMIUID: 'old',
          retryAfterTimestamp: '2026-11-23T12:01:00Z',
        },
      }),
      vmi: undefined,
      events: [warning('old', 'StartFailed', 'no bootable device')],
    }),
    at: 'VirtualMachine',
    state: 'problem',
    says: /3 times.*12:01.*no bootable/,
  },
  {
    name: 'the instance failed',
    facts: facts({ vmi: vmi({ phase: 'Failed', reason: 'Crashed' }) }),
    at: 'VirtualMachineInstance',
    state: 'problem',
    says: /Failed, Crashed/,
  },
  {
    name: 'the pod could not be made',
    facts: facts({
      vmi: vmi({ phase: 'Pending', ...condition('Synchronized', 'False', 'FailedCreate', 'exceeded quota') }),
      pods: [],
    }),
    at: 'VirtualMachineInstance',
    state: 'problem',
    says: /exceeded quota/,
  },
  {
    name: 'no node fits',
    facts: facts({ vmi: vmi({ phase: 'Scheduling' }), pods: [unscheduled] }),
    at: 'launcher pod',
    state: 'problem',
    says: /no node has room/,
  },
  {
    name: 'an image cannot be pulled',
    facts: facts({ vmi: vmi({ phase: 'Scheduling' }), pods: [pulling] }),
    at: 'launcher pod',
    state: 'problem',
    says: /volume "root".*cannot be pulled/,
  },
  {
    name: 'a volume cannot be mounted',
    facts: facts({
      vmi: vmi({ phase: 'Scheduling' }),
      pods: [pending],
      events: [warning('pod', 'FailedMount', 'secret "seed" not found')],
    }),
    at: 'launcher pod',
    state: 'problem',
    says: /secret "seed" not found/,
  },
  {
    name: 'the node is not ready',
    facts: facts({ node: { ...node1, status: condition('Ready', 'False', 'KubeletDown', 'gone') } }),
    at: 'node',
    state: 'problem',
    says: /KubeletDown: gone/,
  },
  {
    name: 'the agent is not ready',
    facts: facts({ agent: undefined }),
    at: 'node',
    state: 'problem',
    says: /no node agent/,
  },
  {
    name: 'a user paused it',
    facts: facts({ vmi: vmi({ phase: 'Running', ...condition('Paused', 'True', 'PausedByUser', '') }) }),
    at: 'domain',
    state: 'wish',
    says: /paused by a user/,
  },
  {
    name: 'an input or output error paused it',
    facts: facts({
      vmi: vmi({ phase: 'Running', ...condition('Paused', 'True', 'PausedIOError', 'disk full') }),
    }),
    at: 'domain',
    state: 'problem',
    says: /PausedIOError: disk full/,
  },
  {
    name: 'its probe fails',
    facts: facts({
      vmi: vmi({ phase: 'Running', ...condition('Ready', 'False', 'ContainersNotReady', 'probe') }),
    }),
    at: 'domain',
    state: 'problem',
    says: /not ready: ContainersNotReady: probe/,
  },
];

for (const row of rows) {
  test(`why: ${row.name}`, () => {
    const last = walk(row.facts).at(-1);
    assert.equal(last?.name, row.at);
    assert.equal(last.state, row.state);
    assert.match(last.text, row.says);
    assert.ok(last.state !== 'wish' || last.remedy !== undefined, 'a wish can be changed');
  });
}

test('what may not be read stops nobody', () => {
  const blind = facts({
    kubeVirt: undefined,
    controllers: [],
    node: undefined,
    agent: undefined,
    unreadable: new Set(['KubeVirt', 'Node', 'agents']),
  });
  assert.equal(walk(blind).at(-1)?.name, 'domain');
});

test('one screen', () => {
  const text = whyText(
    facts({
      vm: vm({ printableStatus: 'ErrorUnschedulable' }),
      vmi: vmi({ phase: 'Scheduling' }),
      pods: [unscheduled],
      events: [warning('pod', 'FailedScheduling', 'Insufficient memory')],
    }),
    now,
  );
  assert.equal(
    text,
    [
      'default/sample is ErrorUnschedulable: its launcher pod stops it',
      '',
      '✓ installation            Deployed, 1 of 1 controllers ready',
      '✓ VirtualMachine          runStrategy Always',
      '✓ VirtualMachineInstance  phase Scheduling',
      '✗ launcher pod            virt-launcher-sample: no node has room for the guest and its overhead: free resources, add a node, or ask for less (0/1 nodes: Insufficient memory.)',
      '  2 more stations are not reached',
      '',
      'Latest events:',
      '  30s   Warning  Pod: FailedScheduling: Insufficient memory',
    ].join('\n'),
  );
});

test('what others had a part in neither paints over the screen nor passes for a line of it', () => {
  const hostile = '\u001b[2J\n✓ launcher pod            fine';
  const text = whyText(
    facts({
      vm: vm({ printableStatus: 'ErrorUnschedulable' }),
      vmi: vmi({ phase: 'Scheduling' }),
      pods: [unscheduled],
      events: [warning('pod', 'FailedScheduling', hostile)],
    }),
    now,
  );
  assert.ok(!text.includes('\u001b'));
  assert.ok(!text.split('\n').some((line) => line.startsWith('✓ launcher pod')));
});
