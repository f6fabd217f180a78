/** Examples of VirtualMachineInstances. */
import { testImageName } from '../../../src/image/names.ts';
import { runs, waits, refused } from './example.ts';
import type { Example } from './example.ts';
import { attachment, claim, cloudInit, containerDisk, onPodNetwork, vmi, hooks, hyperv } from './shapes.ts';

const masquerade = {
  devices: { interfaces: [onPodNetwork({ masquerade: {} })], rng: {} },
  spec: { networks: [onPodNetwork({ pod: {} })] },
};

const secondNetwork = (networkName: string, binding: object) => ({
  devices: { interfaces: [onPodNetwork({ masquerade: {} }), { name: 'second', ...binding }], rng: {} },
  spec: { networks: [onPodNetwork({ pod: {} }), { name: 'second', multus: { networkName } }] },
});

const efi = (secureBoot: boolean) => ({ firmware: { bootloader: { efi: { secureBoot } } } });

export const vmiExamples: readonly Example[] = [
  { name: 'vmi-ephemeral.yaml', needs: 'container disks', objects: [vmi('vmi-ephemeral')], outcome: runs },
  {
    name: 'vmi-sata.yaml',
    needs: 'disks without a bus (SATA)',
    objects: [vmi('vmi-sata', { volumes: [{ ...containerDisk, disk: { disk: {} } }] })],
    outcome: runs,
  },
  {
    name: 'vmi-fedora.yaml',
    needs: 'masquerade, random numbers, cloud-init',
    objects: [vmi('vmi-fedora', { ...masquerade, volumes: [containerDisk, cloudInit] })],
    outcome: runs,
  },
  {
    name: 'vmi-fedora-isolated.yaml',
    needs: "a node with the kubelet's CPU manager",
    objects: [
      vmi('vmi-fedora-isolated', {
        domain: {
          cpu: { cores: 1, sockets: 1, threads: 1, dedicatedCpuPlacement: true, isolateEmulatorThread: true },
        },
      }),
    ],
    outcome: waits(/cpumanager|node/i),
  },
  {
    name: 'vmi-masquerade.yaml',
    needs: 'masquerade with ports',
    objects: [
      vmi('vmi-masquerade', {
        devices: { interfaces: [onPodNetwork({ masquerade: {}, ports: [{ name: 'http', port: 80 }] })] },
        spec: { networks: [onPodNetwork({ pod: {} })] },
      }),
    ],
    outcome: runs,
  },
  {
    name: 'vmi-migratable.yaml',
    needs: 'masquerade',
    objects: [vmi('vmi-migratable', masquerade)],
    outcome: runs,
  },
  {
    name: 'vmi-nocloud.yaml',
    needs: 'cloud-init, empty disks',
    objects: [
      vmi('vmi-nocloud', {
        volumes: [
          containerDisk,
          cloudInit,
          {
            name: 'emptydisk',
            disk: { disk: { bus: 'virtio' } },
            source: { emptyDisk: { capacity: '2Gi' } },
          },
        ],
      }),
    ],
    outcome: runs,
  },
  {
    name: 'vmi-arm.yaml',
    needs: 'a node with arm64 processors',
    objects: [vmi('vmi-arm', { spec: { architecture: 'arm64' }, domain: efi(false) })],
    outcome: waits(/node/i),
  },
  {
    name: 'vmi-alpine-efi.yaml',
    needs: 'EFI',
    objects: [vmi('vmi-alpine-efi', { memory: '256Mi', domain: efi(false) })],
    outcome: runs,
  },
  {
    name: 'vmi-secureboot.yaml',
    needs: 'EFI with secure boot',
    objects: [
      vmi('vmi-secureboot', {
        memory: '256Mi',
        domain: { ...efi(true), features: { acpi: {}, smm: { enabled: true } } },
      }),
    ],
    outcome: runs,
  },
  {
    name: 'vmi-kernel-boot.yaml',
    needs: 'kernel and initrd from an image',
    objects: [
      vmi('vmi-kernel-boot', {
        volumes: [],
        domain: {
          firmware: {
            kernelBoot: {
              kernelArgs: 'console=ttyS0',
              container: {
                image: testImageName('guest'),
                kernelPath: '/boot/vmlinuz',
                initrdPath: '/boot/initrd',
                imagePullPolicy: 'IfNotPresent',
              },
            },
          },
        },
      }),
    ],
    outcome: runs,
  },
  {
    name: 'vmi-pvc.yaml',
    needs: 'a PersistentVolumeClaim',
    objects: [vmi('vmi-pvc', { volumes: [claim('pvcdisk', 'disk-alpine')] })],
    outcome: waits(/disk-alpine/),
  },
  {
    name: 'vmi-host-disk.yaml',
    needs: 'disks of the host (gate HostDisk)',
    objects: [
      vmi('vmi-host-disk', {
        volumes: [
          {
            name: 'host-disk',
            disk: { disk: { bus: 'virtio' } },
            source: { hostDisk: { path: '/var/data/disk.img', type: 'DiskOrCreate', capacity: '1Gi' } },
          },
        ],
      }),
    ],
    outcome: refused(/HostDisk|hostDisk/),
  },
  {
    name: 'vmi-multus-multiple-net.yaml',
    needs: 'Multus',
    objects: [
      attachment('ovs-vlan-100', '192.168.91.0/24'),
      vmi('vmi-multus-multiple-net', secondNetwork('ovs-vlan-100', { bridge: {} })),
    ],
    outcome: runs,
  },
  {
    name: 'vmi-multus-ptp.yaml',
    needs: 'Multus',
    objects: [
      attachment('ptp-conf', '192.168.92.0/24'),
      vmi('vmi-multus-ptp', {
        devices: { interfaces: [{ name: 'ptp', bridge: {} }] },
        spec: { networks: [{ name: 'ptp', multus: { networkName: 'ptp-conf' } }] },
      }),
    ],
    outcome: runs,
  },
  {
    name: 'vmi-sriov.yaml',
    needs: 'Multus and SR-IOV',
    objects: [vmi('vmi-sriov', secondNetwork('sriov/sriov-network', { sriov: {} }))],
    outcome: refused(/sriov|multus/i),
  },
  {
    name: 'vmi-gpu.yaml',
    needs: 'a GPU that the KubeVirt object permits',
    objects: [
      vmi('vmi-gpu', { devices: { gpus: [{ name: 'gpu1', deviceName: 'nvidia.com/GP102GL_Tesla_P40' }] } }),
    ],
    outcome: refused(/GP102GL_Tesla_P40/),
  },
  {
    name: 'vmi-dra-pgpu.yaml',
    needs: 'GPUs by dynamic resource allocation',
    after: ['pgpu-resource-claim-tmpl.yaml'],
    objects: [
      vmi('vmi-dra-pgpu', {
        devices: { gpus: [{ name: 'example-gpu', claimName: 'pgpu', requestName: 'pgpu' }] },
        spec: {
          resourceClaims: [{ name: 'pgpu', resourceClaimTemplateName: 'pgpu-resource-claim-tmpl' }],
        },
      }),
    ],
    outcome: refused(/resourceClaims|claimName/),
  },
  {
    name: 'vmi-usb.yaml',
    needs: 'a USB device that the KubeVirt object permits',
    objects: [
      vmi('vmi-usb', { devices: { hostDevices: [{ name: 'usb', deviceName: 'kubevirt.io/storage' }] } }),
    ],
    outcome: refused(/kubevirt\.io\/storage/),
  },
  {
    name: 'vmi-windows.yaml',
    needs: 'a PersistentVolumeClaim with Windows; hyperv features, TPM, EFI with secure boot',
    objects: [
      vmi('vmi-windows', {
        memory: '256Mi',
        volumes: [claim('pvcdisk', 'disk-windows')],
        devices: { interfaces: [onPodNetwork({ masquerade: {}, model: 'e1000' })], tpm: {} },
        domain: {
          ...efi(true),
          features: { acpi: {}, apic: {}, smm: {}, hyperv },
          clock: { utc: {}, timer: { hpet: { present: false }, hyperv: {}, rtc: { tickPolicy: 'catchup' } } },
        },
        spec: { networks: [onPodNetwork({ pod: {} })] },
      }),
    ],
    outcome: waits(/disk-windows/),
  },
  {
    name: 'vmi-with-sidecar-hook.yaml',
    needs: 'hook sidecars (gate Sidecar)',
    objects: [vmi('vmi-with-sidecar-hook', { annotations: hooks })],
    outcome: refused(/hooks\.kubevirt\.io\/hookSidecars/),
  },
  {
    name: 'vmi-with-sidecar-hook-configmap.yaml',
    needs: 'hook sidecars (gate Sidecar)',
    objects: [vmi('vmi-with-sidecar-hook-configmap', { annotations: hooks })],
    outcome: refused(/hooks\.kubevirt\.io\/hookSidecars/),
  },
];
