import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lookupOf } from '../../admission/testing.ts';
import type { VmManifest } from '../../api/manifests.ts';
import { sampleVm } from '../../api/testing/vmi.ts';
import type { KubeObject } from '../../api/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import { findBoth } from './find.ts';
import type { Matcher, Ref } from './matchers.ts';

const { signal } = new AbortController();

const stored = (
  kind: string,
  name: string,
  rest: object = {},
  labels?: Record<string, string>,
): KubeObject => ({
  kind,
  metadata: {
    name,
    namespace: 'default',
    uid: `uid-${name}`,
    resourceVersion: '1',
    generation: 3,
    creationTimestamp: '',
    ...(labels && { labels }),
  },
  ...rest,
});
const size = (guest: number): object => ({ spec: { cpu: { guest }, memory: { guest: '1Gi' } } });
const revision = (name: string, data: object, original = 'small'): KubeObject =>
  stored(
    'ControllerRevision',
    name,
    { data, revision: 0 },
    {
      'instancetype.kubevirt.io/object-name': original,
      'instancetype.kubevirt.io/object-kind': 'VirtualMachineClusterInstancetype',
    },
  );
const asked = { 'instancetype.kubevirt.io/default-instancetype': 'small' };
const askedInNamespace = {
  'instancetype.kubevirt.io/default-instancetype': 'local',
  'instancetype.kubevirt.io/default-instancetype-kind': 'VirtualMachineInstancetype',
};
const version = 'instancetype.kubevirt.io/v1beta1';

const objects = [
  stored('VirtualMachineClusterInstancetype', 'small', size(1)),
  stored('VirtualMachineInstancetype', 'local', size(2)),
  revision('kept', { apiVersion: version, kind: 'VirtualMachineClusterInstancetype', ...size(7) }),
  revision('garbage', {
    apiVersion: version,
    kind: 'VirtualMachineClusterInstancetype',
    spec: { cpu: 'many', memory: {} },
  }),
  revision('foreign', { apiVersion: 'apps/v1', kind: 'DaemonSet', spec: {} }),
  stored('PersistentVolumeClaim', 'labelled', {}, asked),
  stored('PersistentVolumeClaim', 'local', {}, askedInNamespace),
  stored('PersistentVolumeClaim', 'plain'),
  stored('DataVolume', 'labelled-dv', { spec: {} }, asked),
  stored('DataVolume', 'of-claim', { spec: { source: { pvc: { name: 'labelled' } } } }),
  stored('DataVolume', 'of-source', { spec: { sourceRef: { kind: 'DataSource', name: 'golden' } } }),
  stored('DataVolume', 'of-http', { spec: { source: { http: {} } } }),
  stored('DataVolume', 'of-snapshot', { spec: { source: { snapshot: { name: 'snap' } } } }),
  stored('VolumeSnapshot', 'snap', {}, asked),
  stored('DataSource', 'golden', { spec: { source: { pvc: { name: 'labelled' } } } }),
];

function vm(matcher: Matcher | undefined, volume: object = {}, ref?: Ref): VmManifest {
  const base = sampleVm();
  const spec = { ...base.spec.template.spec!, volumes: [{ name: 'root', ...volume }] };
  return {
    ...base,
    spec: { ...base.spec, ...(matcher && { instancetype: matcher }), template: { spec } },
    ...(ref && { status: { instancetypeRef: ref } }),
  };
}

const claim = (claimName: string): object => ({ persistentVolumeClaim: { claimName } });
const dataVolume = (name: string): object => ({ dataVolume: { name } });
const infer: Matcher = { inferFromVolume: 'root' };
const ignore: Matcher = { ...infer, inferFromVolumeFailurePolicy: 'Ignore' };
const cluster = 'virtualmachineclusterinstancetype';

const rows: { name: string; vm: VmManifest; cpus?: number; ref?: Ref; reason?: string }[] = [
  { name: 'none', vm: vm(undefined) },
  {
    name: 'of the cluster by default',
    vm: vm({ name: 'small' }),
    cpus: 1,
    ref: { name: 'small', kind: cluster },
  },
  {
    name: 'plural, any case',
    vm: vm({ name: 'local', kind: 'VirtualMachineInstancetypes' }),
    cpus: 2,
    ref: { name: 'local', kind: 'VirtualMachineInstancetypes' },
  },
  { name: 'missing', vm: vm({ name: 'gone' }), reason: 'FailedFindInstancetype' },
  {
    name: 'missing in the namespace',
    vm: vm({ name: 'small', kind: 'virtualmachineinstancetype' }),
    reason: 'FailedFindInstancetype',
  },
  { name: 'of no kind', vm: vm({ name: 'small', kind: 'Pod' }), reason: 'FailedFindInstancetype' },
  {
    name: 'revision of the spec',
    vm: vm({ name: 'small', revisionName: 'kept' }),
    cpus: 7,
    ref: { name: 'small', kind: cluster, controllerRevisionRef: { name: 'kept' } },
  },
  {
    name: 'revision that is gone',
    vm: vm({ name: 'small', revisionName: 'gone' }),
    reason: 'FailedFindInstancetype',
  },
  {
    name: 'revision of garbage',
    vm: vm({ name: 'small', revisionName: 'garbage' }),
    reason: 'FailedFindInstancetype',
  },
  {
    name: 'revision of something else',
    vm: vm({ name: 'small', revisionName: 'foreign' }),
    reason: 'FailedFindInstancetype',
  },
  {
    name: 'revision of the status',
    vm: vm({ name: 'small' }, {}, { name: 'small', kind: cluster, controllerRevisionRef: { name: 'kept' } }),
    cpus: 7,
    ref: { name: 'small', kind: cluster, controllerRevisionRef: { name: 'kept' } },
  },
  {
    name: 'another name leaves the revision of the status',
    vm: vm(
      { name: 'local', kind: 'virtualmachineinstancetype' },
      {},
      { name: 'small', kind: cluster, controllerRevisionRef: { name: 'kept' } },
    ),
    cpus: 2,
    ref: { name: 'local', kind: 'virtualmachineinstancetype' },
  },
  {
    name: 'claim',
    vm: vm(infer, claim('labelled')),
    cpus: 1,
    ref: { name: 'small', kind: cluster, inferFromVolume: 'root' },
  },
  {
    name: 'claim that names a kind',
    vm: vm(infer, claim('local')),
    cpus: 2,
    ref: { name: 'local', kind: 'VirtualMachineInstancetype', inferFromVolume: 'root' },
  },
  { name: 'data volume', vm: vm(infer, dataVolume('labelled-dv')), cpus: 1 },
  { name: 'claim of a data volume', vm: vm(infer, dataVolume('of-claim')), cpus: 1 },
  { name: 'data source of a data volume', vm: vm(infer, dataVolume('of-source')), cpus: 1 },
  { name: 'snapshot of a data volume', vm: vm(infer, dataVolume('of-snapshot')), cpus: 1 },
  { name: 'data volume that was collected', vm: vm(infer, dataVolume('labelled')), cpus: 1 },
  { name: 'volume that is not there', vm: vm({ inferFromVolume: 'other' }), reason: 'CannotInfer' },
  { name: 'volume of another type', vm: vm(infer, { containerDisk: { image: 'a' } }), reason: 'CannotInfer' },
  { name: 'claim without label', vm: vm(infer, claim('plain')), reason: 'CannotInfer' },
  { name: 'claim that is not there', vm: vm(infer, claim('gone')), reason: 'CannotInfer' },
  { name: 'data volume of another source', vm: vm(infer, dataVolume('of-http')), reason: 'CannotInfer' },
  {
    name: 'claim without label, ignored',
    vm: vm(ignore, claim('plain')),
    ref: { inferFromVolume: 'root', inferFromVolumeFailurePolicy: 'Ignore' },
  },
  {
    name: 'ignored once, ignored for good',
    vm: vm(ignore, claim('labelled'), { inferFromVolume: 'root', inferFromVolumeFailurePolicy: 'Ignore' }),
    ref: { inferFromVolume: 'root', inferFromVolumeFailurePolicy: 'Ignore' },
  },
  { name: 'claim that is not there is not ignored', vm: vm(ignore, claim('gone')), reason: 'CannotInfer' },
  {
    name: 'inferred once, kept',
    vm: vm(infer, claim('plain'), {
      name: 'small',
      kind: cluster,
      inferFromVolume: 'root',
      controllerRevisionRef: { name: 'kept' },
    }),
    cpus: 7,
  },
];

describe('what a VM names', () => {
  for (const { name, vm: given, cpus, ref, reason } of rows) {
    test(name, async () => {
      const finding = findBoth(given, lookupOf(...objects), signal);
      if (reason !== undefined) {
        await assert.rejects(finding, (error) => error instanceof MonovirtError && error.reason === reason);
        return;
      }
      const { instancetype, preference } = await finding;
      assert.equal(preference, undefined);
      assert.equal((instancetype?.spec as { cpu?: { guest: number } } | undefined)?.cpu?.guest, cpus);
      if (ref !== undefined) assert.deepEqual(instancetype?.ref, ref);
    });
  }

  test('a data volume template is asked before anything exists', async () => {
    const base = vm(infer, dataVolume('new'));
    const dataVolumeTemplates = [
      { metadata: { name: 'new' }, spec: { source: { pvc: { name: 'labelled', namespace: 'default' } } } },
    ];
    const given = { ...base, spec: { ...base.spec, dataVolumeTemplates } };
    const { instancetype } = await findBoth(given, lookupOf(...objects), signal);
    assert.equal(instancetype?.ref.name, 'small');
  });

  test('a preference is found like an instancetype', async () => {
    const base = sampleVm();
    const given = { ...base, spec: { ...base.spec, preference: { name: 'guest' } } };
    const preference = stored('VirtualMachineClusterPreference', 'guest', {
      spec: { preferredSubdomain: 'a' },
    });
    const found = await findBoth(given, lookupOf(preference), signal);
    assert.deepEqual(found.preference?.ref, { name: 'guest', kind: 'virtualmachineclusterpreference' });
    await assert.rejects(findBoth(given, lookupOf(), signal), { reason: 'FailedFindPreference' });
  });
});
