/** Examples of everything that is made before, beside or instead of a single VM. */
import { runs, served, warned } from './example.ts';
import type { Example } from './example.ts';
import { instancetype, replicaSet, vmi, hyperv } from './shapes.ts';

const priorityClass = (name: string, preemptionPolicy: string): object => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value: 1000,
  globalDefault: false,
  preemptionPolicy,
  description: 'For the examples of virtual machines.',
});

export const otherExamples: readonly Example[] = [
  {
    name: 'clarge.yaml',
    needs: 'instancetypes',
    objects: [
      instancetype('VirtualMachineInstancetype', 'clarge', { cpu: { guest: 2 }, memory: { guest: '256Mi' } }),
    ],
    outcome: served,
  },
  {
    name: 'csmall.yaml',
    needs: 'instancetypes',
    objects: [
      instancetype('VirtualMachineInstancetype', 'csmall', { cpu: { guest: 1 }, memory: { guest: '128Mi' } }),
    ],
    outcome: served,
  },
  {
    name: 'cluster-csmall.yaml',
    needs: 'instancetypes of the cluster',
    objects: [
      instancetype('VirtualMachineClusterInstancetype', 'cluster-csmall', {
        cpu: { guest: 1 },
        memory: { guest: '128Mi' },
      }),
    ],
    outcome: served,
  },
  {
    name: 'virtio.yaml',
    needs: 'preferences',
    objects: [
      instancetype('VirtualMachinePreference', 'virtio', {
        devices: { preferredDiskBus: 'virtio', preferredInterfaceModel: 'virtio' },
      }),
    ],
    outcome: served,
  },
  {
    name: 'windows.yaml',
    needs: 'preferences',
    objects: [
      instancetype('VirtualMachinePreference', 'windows', {
        clock: {
          preferredClockOffset: { utc: {} },
          preferredTimer: { hpet: { present: false }, hyperv: {} },
        },
        cpu: { preferredCPUTopology: 'sockets' },
        devices: { preferredDiskBus: 'sata', preferredInterfaceModel: 'e1000', preferredTPM: {} },
        features: { preferredAcpi: {}, preferredApic: {}, preferredHyperv: hyperv, preferredSmm: {} },
        firmware: { preferredEfi: { secureBoot: true } },
      }),
    ],
    outcome: served,
  },
  {
    name: 'example-migration-policy.yaml',
    needs: 'live migration',
    objects: [
      {
        apiVersion: 'migrations.kubevirt.io/v1alpha1',
        kind: 'MigrationPolicy',
        metadata: { name: 'example-migration-policy' },
        spec: {
          allowPostCopy: false,
          bandwidthPerMigration: '2000Mi',
          selectors: { namespaceSelector: { a: 'b' }, virtualMachineInstanceSelector: { c: 'd' } },
        },
      },
    ],
    outcome: warned(/MigrationPolicy/),
  },
  {
    name: 'migration-job.yaml',
    needs: 'live migration',
    after: ['vmi-migratable.yaml'],
    objects: [
      {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstanceMigration',
        metadata: { name: 'migration-job' },
        spec: { vmiName: 'vmi-migratable' },
      },
    ],
    outcome: warned(/VirtualMachineInstanceMigration/),
  },
  {
    name: 'preemtible.yaml',
    needs: 'nothing of monovirt',
    objects: [priorityClass('preemtible', 'PreemptLowerPriority')],
    outcome: served,
  },
  {
    name: 'non-preemtible.yaml',
    needs: 'nothing of monovirt',
    objects: [priorityClass('non-preemtible', 'Never')],
    outcome: served,
  },
  {
    name: 'pgpu-resource-claim-tmpl.yaml',
    needs: 'nothing of monovirt',
    objects: [
      {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceClaimTemplate',
        metadata: { name: 'pgpu-resource-claim-tmpl' },
        spec: {
          spec: {
            devices: { requests: [{ name: 'pgpu', exactly: { deviceClassName: 'pgpu.example.com' } }] },
          },
        },
      },
    ],
    outcome: served,
  },
  {
    name: 'vmi-preset-small.yaml',
    needs: 'presets',
    objects: [
      {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstancePreset',
        metadata: { name: 'vmi-preset-small' },
        spec: {
          domain: { resources: { requests: { memory: '128Mi' } }, devices: {} },
          selector: { matchLabels: { 'kubevirt.io/vmPreset': 'vmi-preset-small' } },
        },
      },
      vmi('vmi-preset-small', { memory: '', labels: { 'kubevirt.io/vmPreset': 'vmi-preset-small' } }),
    ],
    outcome: runs,
  },
  {
    name: 'vmi-replicaset-cirros.yaml',
    needs: 'replica sets',
    objects: [replicaSet('vmi-replicaset-cirros', 3)],
    outcome: runs,
  },
];
