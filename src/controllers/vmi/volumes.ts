/** Volumes of a launcher pod and where its containers see them. */
import { join } from 'node:path/posix';
import type { Container, PodSpec, VmiSpec } from '../../api/types.ts';
import { layout } from '../../launcher/layout.ts';

type PodVolume = NonNullable<PodSpec['volumes']>[number];
type Mount = NonNullable<Container['volumeMounts']>[number];

const scratch: readonly { name: string; path: string }[] = [
  { name: layout.socketVolume, path: layout.socketDir },
  { name: layout.privateVolume, path: layout.privateDir },
  { name: layout.ephemeralVolume, path: layout.ephemeralDir },
  { name: layout.containerDiskVolume, path: layout.containerDiskDir },
];

interface SecretVolume {
  name: string;
  secrets: string[];
}

/** The pod's volumes: our folders, and one projected volume for each cloud-init source that names secrets. */
export function podVolumes(spec: VmiSpec): PodVolume[] {
  return [
    ...scratch.map(({ name }) => ({ name, emptyDir: {} })),
    ...secretVolumes(spec).map(({ name, secrets }) => ({
      name: podVolumeName(name),
      projected: { sources: secrets.map((secret) => ({ secret: { name: secret } })) },
    })),
  ];
}

/** Where the compute container sees them. */
export function computeMounts(spec: VmiSpec): Mount[] {
  return [
    ...scratch.map(({ name, path }) => ({ name, mountPath: path })),
    ...secretVolumes(spec).map(({ name }) => ({
      name: podVolumeName(name),
      mountPath: join(layout.configDir, name),
      readOnly: true,
    })),
  ];
}

/** Never the name of one of our own volumes, whatever the user called theirs. */
const podVolumeName = (volume: string): string => `config-${volume}`;

function secretVolumes(spec: VmiSpec): SecretVolume[] {
  return (spec.volumes ?? []).flatMap((volume) => {
    const source = volume.cloudInitNoCloud ?? volume.cloudInitConfigDrive;
    const names = [source?.secretRef?.name, source?.networkDataSecretRef?.name];
    const secrets = [...new Set(names.filter((name): name is string => name !== undefined && name !== ''))];
    return secrets.length === 0 ? [] : [{ name: volume.name, secrets }];
  });
}
