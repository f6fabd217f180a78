/** Manifests for tests: a small valid one, and a way to change one field. */
import { defaultConfig } from '../cluster-config.ts';
import type { ClusterConfig } from '../cluster-config.ts';
import { defaultVmiSpec } from '../defaults.ts';
import type { VmManifest, VmiManifest, VmiSpecManifest } from '../manifests.ts';

/** A VMI that is accepted as it is. */
export function sampleVmi(): VmiManifest {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'sample', namespace: 'default' },
    spec: {
      domain: {
        memory: { guest: '128Mi' },
        devices: {
          disks: [
            { name: 'root', disk: { bus: 'virtio' } },
            { name: 'seed', disk: { bus: 'virtio' } },
          ],
          interfaces: [{ name: 'default', masquerade: {} }],
        },
      },
      networks: [{ name: 'default', pod: {} }],
      volumes: [
        { name: 'root', containerDisk: { image: 'docker.io/example/disk:1' } },
        { name: 'seed', cloudInitNoCloud: { userData: '#cloud-config' } },
      ],
    },
  };
}

/** A VM whose template is the sample. */
export function sampleVm(): VmManifest {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: 'sample', namespace: 'default' },
    spec: { runStrategy: 'Always', template: { metadata: {}, spec: sampleVmi().spec } },
  };
}

/**
 * Sets a field by its path, such as `domain.devices.disks[0].name`, making objects on the way; `undefined`
 * removes it. The argument is not changed.
 */
export function withField<T>(object: T, path: string, value: unknown): T {
  const copy = structuredClone(object);
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
  const last = keys.pop() ?? '';
  let node = copy as Record<string, unknown>;
  for (const key of keys) {
    node[key] ??= {};
    node = node[key] as Record<string, unknown>;
  }
  if (value === undefined) delete node[last];
  else node[last] = value;
  return copy;
}

/** The sample's spec with some fields set, then defaulted. */
export function specWith(
  fields: Readonly<Record<string, unknown>>,
  config: ClusterConfig = defaultConfig,
): VmiSpecManifest {
  const changed = Object.entries(fields).reduce(
    (spec, [path, value]) => withField(spec, path, value),
    sampleVmi().spec,
  );
  return defaultVmiSpec(changed, config);
}
