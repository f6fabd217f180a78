import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition, Pod, Vmi, VmiPhase } from '../../api/types.ts';
import { conditionOf } from '../../status/conditions.ts';
import { nextStatus } from './status.ts';
import type { StatusInput } from './status.ts';

const now = new Date('2026-01-01T12:00:00Z');
const metadata = { name: 'v', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const vmi = (status: Vmi['status'] = {}, rest: Partial<Vmi['metadata']> = {}): Vmi => ({
  metadata: { ...metadata, ...rest },
  spec: { domain: { devices: {} } },
  status,
});
const waiting = (reason: string, image = 'i', created = '2026-01-01T11:00:00Z'): Pod =>
  ({
    metadata: { ...metadata, creationTimestamp: created },
    status: {
      containerStatuses: [{ name: 'volumed', image, state: { waiting: { reason, message: 'why' } } }],
    },
  }) as Pod;

const dedicated: Vmi = {
  ...vmi(),
  spec: { domain: { devices: {}, cpu: { dedicatedCpuPlacement: true } } },
};

/** Conditions after each of these states of the pod in turn. */
function after(phase: VmiPhase, ...inputs: Partial<StatusInput>[]): Condition[] {
  return inputs.reduce<Condition[]>((conditions, input) => {
    const before = vmi({ phase, conditions });
    return nextStatus({ vmi: before, pod: undefined, phase, now, ...input }).conditions as Condition[];
  }, []);
}

const sync: { name: string; states: Partial<StatusInput>[]; want: string | undefined }[] = [
  { name: 'pull fails', states: [{ pod: waiting('ErrImagePull') }], want: 'ErrImagePull' },
  {
    name: 'pull backs off',
    states: [{ pod: waiting('ErrImagePull') }, { pod: waiting('ImagePullBackOff') }],
    want: 'ImagePullBackOff',
  },
  {
    name: 'pull fails again after backing off: nothing new',
    states: [{ pod: waiting('ImagePullBackOff') }, { pod: waiting('ErrImagePull') }],
    want: 'ImagePullBackOff',
  },
  {
    name: 'pull fails again soon after the start',
    states: [
      { pod: waiting('ImagePullBackOff') },
      { pod: waiting('ErrImagePull', 'i', '2026-01-01T11:58:00Z') },
    ],
    want: 'ErrImagePull',
  },
  {
    name: 'pull of another image fails after one backed off',
    states: [{ pod: waiting('ImagePullBackOff') }, { pod: waiting('ErrImagePull', 'j') }],
    want: 'ErrImagePull',
  },
  {
    name: 'pulled at last',
    states: [{ pod: waiting('ImagePullBackOff') }, { pod: waiting('ContainerCreating') }],
    want: undefined,
  },
  {
    name: 'a volume cannot be mounted',
    states: [
      { pod: waiting('ContainerCreating'), trouble: { reason: 'FailedMount', message: 'no such secret' } },
    ],
    want: 'FailedMount',
  },
  {
    name: 'the volume was mounted at last',
    states: [
      { pod: waiting('ContainerCreating'), trouble: { reason: 'FailedMount', message: 'no such secret' } },
      { pod: waiting('ContainerCreating') },
    ],
    want: undefined,
  },
  {
    name: 'a guest that wants processors to itself is in a pod that shares',
    states: [{ vmi: dedicated, pod: { ...waiting('x'), status: { qosClass: 'Burstable' } } }],
    want: 'FailedGuaranteeResources',
  },
  {
    name: 'a guest that wants processors to itself has them',
    states: [{ vmi: dedicated, pod: { ...waiting('x'), status: { qosClass: 'Guaranteed' } } }],
    want: undefined,
  },
  {
    name: 'no pod could be made',
    states: [{ createFailure: { reason: 'FailedCreate', message: 'quota' } }],
    want: 'FailedCreate',
  },
  {
    name: 'the pod ended before the guest ran',
    states: [{ pod: waiting('ErrImagePull') }, { end: { reason: 'PodFailed', message: 'no cause' } }],
    want: 'PodFailed',
  },
];
test('Synchronized: what the agent said of the start stays when the pod has ended', () => {
  const said = { type: 'Synchronized', status: 'False', reason: 'Synchronizing with the Domain failed.' };
  const before = vmi({ phase: 'Scheduled', conditions: [said] });
  const end = { reason: 'PodDeleted', message: 'gone' };
  const { conditions } = nextStatus({ vmi: before, pod: undefined, phase: 'Failed', end, now });
  assert.equal(conditionOf(conditions, 'Synchronized')?.reason, said.reason);
});

for (const row of sync)
  test(`Synchronized: ${row.name}`, () =>
    assert.equal(conditionOf(after('Scheduling', ...row.states), 'Synchronized')?.reason, row.want));

test('EvictionRequested comes with the node to leave and goes with it', () => {
  const asked = nextStatus({
    vmi: vmi({ phase: 'Running', evacuationNodeName: 'n1' }),
    pod: undefined,
    phase: 'Running',
    now,
  });
  assert.equal(conditionOf(asked.conditions, 'EvictionRequested')?.reason, 'EvictionRequested');
  const { evacuationNodeName: _left, ...stays } = asked;
  const over = nextStatus({ vmi: vmi(stays), pod: undefined, phase: 'Running', now });
  assert.equal(conditionOf(over.conditions, 'EvictionRequested'), undefined);
});

const ofVm = {
  annotations: { 'kubevirt.io/vm-generation': '4' },
  ownerReferences: [
    { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'v', uid: 'vm', controller: true },
  ],
};
const revisions: { name: string; vmi: Vmi; want: string | undefined }[] = [
  { name: 'of a VM', vmi: vmi({}, ofVm), want: 'revision-start-vm-vm-4' },
  {
    name: 'stays when the generation moves on',
    vmi: vmi({ virtualMachineRevisionName: 'revision-start-vm-vm-3' }, ofVm),
    want: 'revision-start-vm-vm-3',
  },
  { name: 'of nobody', vmi: vmi({}, { annotations: ofVm.annotations }), want: undefined },
];
for (const row of revisions)
  test(`revision of an instance: ${row.name}`, () => {
    const status = nextStatus({ vmi: row.vmi, pod: undefined, phase: 'Pending', now });
    assert.equal(status.virtualMachineRevisionName, row.want);
  });

const withDataVolume = (status: Vmi['status']): Vmi => ({
  ...vmi(status),
  spec: { domain: { devices: {} }, volumes: [{ name: 'd', dataVolume: { name: 'dv' } }] },
});
const filling = { reason: 'DataVolumeNotReady', message: 'phase ImportInProgress' };
const dataVolumes: { name: string; input: Partial<StatusInput>; want: string[] }[] = [
  {
    name: 'being filled',
    input: { createFailure: filling },
    want: ['DataVolumesReady=False', 'Provisioning=True'],
  },
  { name: 'filled, and the pod is there', input: { pod: waiting('x') }, want: ['DataVolumesReady=True'] },
  { name: 'nothing known yet', input: {}, want: [] },
];
for (const row of dataVolumes)
  test(`DataVolumes: ${row.name}`, () => {
    const before: Condition[] = row.input.pod ? [{ type: 'Provisioning', status: 'True' }] : [];
    const given = withDataVolume({ phase: 'Pending', conditions: before });
    const { conditions } = nextStatus({ vmi: given, pod: undefined, phase: 'Pending', now, ...row.input });
    const shown = (conditions as Condition[]).map(({ type, status }) => `${type}=${status}`).toSorted();
    assert.deepEqual(
      shown.filter((text) => /^(DataVolumes|Prov)/.test(text)),
      row.want,
    );
  });
