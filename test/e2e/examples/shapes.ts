/** The objects that examples are made of, around the smallest bootable guest. */
import { testImageName } from '../../../src/image/names.ts';

export interface Guest {
  memory?: string;
  domain?: object;
  devices?: object;
  spec?: object;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  /** Volumes and the disks that show them; the container disk unless given. */
  volumes?: readonly Volume[];
}

export interface Volume {
  name: string;
  disk?: object;
  source: object;
}

const image = testImageName('guest-disk');

export const containerDisk: Volume = {
  name: 'containerdisk',
  disk: { disk: { bus: 'virtio' } },
  source: { containerDisk: { image, imagePullPolicy: 'IfNotPresent' } },
};

export const cloudInit: Volume = {
  name: 'cloudinitdisk',
  disk: { disk: { bus: 'virtio' } },
  source: { cloudInitNoCloud: { userData: '#!/bin/sh\necho hello from cloud-init\n' } },
};

export const claim = (name: string, claimName: string): Volume => ({
  name,
  disk: { disk: { bus: 'virtio' } },
  source: { persistentVolumeClaim: { claimName } },
});

export const onPodNetwork = (binding: object): object => ({ name: 'default', ...binding });

/** A network that Multus attaches, with a link to the node alone: nothing of it stays when the pod has gone. */
export const attachment = (name: string, subnet: string): object => ({
  apiVersion: 'k8s.cni.cncf.io/v1',
  kind: 'NetworkAttachmentDefinition',
  metadata: { name },
  spec: {
    config: JSON.stringify({
      cniVersion: '1.0.0',
      name,
      type: 'ptp',
      ipam: { type: 'host-local', dataDir: '/run/cni/e2e', ranges: [[{ subnet }]] },
    }),
  },
});

function template(guest: Guest): { metadata: object; spec: object } {
  const volumes = guest.volumes ?? [containerDisk];
  return {
    metadata: { labels: guest.labels ?? {}, annotations: guest.annotations ?? {} },
    spec: {
      terminationGracePeriodSeconds: 0,
      domain: {
        ...(guest.memory !== '' && { memory: { guest: guest.memory ?? '128Mi' } }),
        devices: {
          disks: volumes.map(({ name, disk }) => ({ name, ...disk })),
          ...guest.devices,
        },
        ...guest.domain,
      },
      volumes: volumes.map(({ name, source }) => ({ name, ...source })),
      ...guest.spec,
    },
  };
}

export function vmi(name: string, guest: Guest = {}): object {
  const { metadata, spec } = template(guest);
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name, ...metadata },
    spec,
  };
}

/** Halted, as most examples are. */
export function vm(name: string, guest: Guest = {}, spec: object = {}): object {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name },
    spec: { runStrategy: 'Halted', ...spec, template: template(guest) },
  };
}

export const instancetype = (kind: string, name: string, spec: object): object => ({
  apiVersion: 'instancetype.kubevirt.io/v1beta1',
  kind,
  metadata: { name },
  spec,
});

export function replicaSet(name: string, replicas: number): object {
  const labels = { 'kubevirt.io/vmReplicaSet': name };
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstanceReplicaSet',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: labels }, template: template({ labels }) },
  };
}

export function pool(name: string, replicas: number): object {
  const labels = { 'kubevirt.io/vmpool': name };
  return {
    apiVersion: 'pool.kubevirt.io/v1beta1',
    kind: 'VirtualMachinePool',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      virtualMachineTemplate: {
        metadata: { labels },
        spec: { runStrategy: 'Always', template: template({ labels }) },
      },
    },
  };
}

/** What Windows runs best with. */
export const hyperv = { relaxed: {}, vapic: {}, spinlocks: { spinlocks: 8191 } };

/** A program of the user's beside the launcher. */
export const hooks = {
  'hooks.kubevirt.io/hookSidecars': '[{"args": ["--version", "v1alpha2"], "image": "a/b:1"}]',
};
