/** Examples of VirtualMachines. */
import { runs, waits, refused, warned } from './example.ts';
import type { Example } from './example.ts';
import { claim, cloudInit, containerDisk, pool, vm, hooks } from './shapes.ts';

const matching = (instancetypeRef: object, preference?: object) => ({
  instancetype: instancetypeRef,
  ...(preference !== undefined && { preference }),
});

const clarge = { kind: 'VirtualMachineInstancetype', name: 'clarge' };

const csmall = { kind: 'VirtualMachineInstancetype', name: 'csmall' };

export const vmExamples: readonly Example[] = [
  {
    name: 'vm-cirros.yaml',
    needs: 'container disks, cloud-init',
    objects: [vm('vm-cirros', { volumes: [containerDisk, cloudInit] })],
    outcome: runs,
  },
  {
    name: 'vm-cirros-sata.yaml',
    needs: 'disks without a bus (SATA)',
    objects: [
      vm('vm-cirros-sata', {
        volumes: [
          { ...containerDisk, disk: { disk: {} } },
          { ...cloudInit, disk: { disk: {} } },
        ],
      }),
    ],
    outcome: runs,
  },
  {
    name: 'vm-cirros-clarge.yaml',
    needs: 'instancetypes',
    after: ['clarge.yaml'],
    objects: [vm('vm-cirros-clarge', { memory: '' }, matching(clarge))],
    outcome: runs,
  },
  {
    name: 'vm-cirros-csmall.yaml',
    needs: 'instancetypes',
    after: ['csmall.yaml'],
    objects: [vm('vm-cirros-csmall', { memory: '' }, matching(csmall))],
    outcome: runs,
  },
  {
    name: 'vm-cirros-cluster-csmall.yaml',
    needs: 'instancetypes of the cluster',
    after: ['cluster-csmall.yaml'],
    objects: [vm('vm-cirros-cluster-csmall', { memory: '' }, matching({ name: 'cluster-csmall' }))],
    outcome: runs,
  },
  {
    name: 'vm-cirros-clarge-virtio.yaml',
    needs: 'instancetypes, preferences',
    after: ['clarge.yaml', 'virtio.yaml'],
    objects: [
      vm(
        'vm-cirros-clarge-virtio',
        { memory: '', volumes: [{ ...containerDisk, disk: {} }] },
        matching(clarge, { kind: 'VirtualMachinePreference', name: 'virtio' }),
      ),
    ],
    outcome: runs,
  },
  {
    name: 'vm-cirros-clarge-windows.yaml',
    needs: 'instancetypes, preferences, EFI secure boot, TPM',
    after: ['clarge.yaml', 'windows.yaml'],
    objects: [
      vm(
        'vm-cirros-clarge-windows',
        { memory: '', volumes: [{ ...containerDisk, disk: {} }] },
        matching(clarge, { kind: 'VirtualMachinePreference', name: 'windows' }),
      ),
    ],
    outcome: runs,
  },
  {
    name: 'vm-cirros-with-sidecar-hook-configmap.yaml',
    needs: 'hook sidecars (gate Sidecar)',
    objects: [vm('vm-cirros-with-sidecar-hook-configmap', { annotations: hooks })],
    outcome: refused(/hooks\.kubevirt\.io\/hookSidecars/),
  },
  {
    name: 'vm-alpine-datavolume.yaml',
    needs: 'CDI',
    objects: [
      vm(
        'vm-alpine-datavolume',
        {
          volumes: [
            {
              name: 'datavolumedisk1',
              disk: { disk: { bus: 'virtio' } },
              source: { dataVolume: { name: 'alpine-dv' } },
            },
          ],
        },
        {
          dataVolumeTemplates: [
            {
              metadata: { name: 'alpine-dv' },
              spec: {
                storage: { resources: { requests: { storage: '2Gi' } } },
                source: { registry: { url: 'docker://registry.example/alpine:1' } },
              },
            },
          ],
        },
      ),
    ],
    outcome: waits(/CDI is not installed/),
  },
  {
    name: 'vm-alpine-multipvc.yaml',
    needs: 'two PersistentVolumeClaims',
    objects: [
      vm('vm-alpine-multipvc', {
        volumes: [claim('pvcdisk1', 'disk-alpine'), claim('pvcdisk2', 'disk-custom')],
      }),
    ],
    outcome: waits(/disk-alpine/),
  },
  {
    name: 'vm-priorityclass.yaml',
    needs: 'priority classes',
    after: ['non-preemtible.yaml'],
    objects: [vm('vm-priorityclass', { spec: { priorityClassName: 'non-preemtible' } })],
    outcome: runs,
  },
  {
    name: 'vm-windows-clarge-windows.yaml',
    needs: 'a PersistentVolumeClaim with Windows, instancetypes, preferences',
    after: ['clarge.yaml', 'windows.yaml'],
    objects: [
      vm(
        'vm-windows-clarge-windows',
        { memory: '', volumes: [{ ...claim('disk', 'disk-windows'), disk: {} }] },
        matching(clarge, { kind: 'VirtualMachinePreference', name: 'windows' }),
      ),
    ],
    outcome: waits(/disk-windows/),
  },
  {
    name: 'vm-pool-cirros.yaml',
    needs: 'pools',
    objects: [pool('vm-pool-cirros', 3)],
    outcome: warned(/VirtualMachinePool/),
  },
];
