/** Volumes of a launcher pod and where its containers see them. */
import { join } from 'node:path/posix';
import { isOnlyShared, sharedVolumes } from '../../api/filesystems.ts';
import type { Container, PodSpec, Vmi, VmiSpec, Volume } from '../../api/types.ts';
import { agentSecrets } from '../../api/agent-credentials.ts';
import { sshSecrets } from '../../api/ssh-keys.ts';
import { layout } from '../../launcher/layout.ts';
import { isBlock } from './claims/volume-status.ts';
import { claimOf } from '../../api/claim-of.ts';
import { claimVolumeName, hostFolder } from './claims/volume-source.ts';
import { configSource, configVolumeName } from './config-source.ts';
import { deviceMounts } from './device-resources.ts';

type PodVolume = NonNullable<PodSpec['volumes']>[number];
type Mount = NonNullable<Container['volumeMounts']>[number];
type Device = NonNullable<Container['volumeDevices']>[number];

interface Scratch {
  name: string;
  path: string;
}

const scratch: readonly Scratch[] = [
  { name: layout.socketVolume, path: layout.socketDir },
  { name: layout.privateVolume, path: layout.privateDir },
  { name: layout.ephemeralVolume, path: layout.ephemeralDir },
  { name: layout.containerDiskVolume, path: layout.containerDiskDir },
];

/** The sockets of shared file systems have a folder only where there are any. */
const scratchOf = (spec: VmiSpec): readonly Scratch[] =>
  sharedVolumes(spec).length === 0
    ? scratch
    : [...scratch, { name: layout.virtiofsVolume, path: layout.virtiofsDir }];

/** The pod's volumes: our folders, what disks of files are made of, and where lasting disks are. */
export function podVolumes(spec: VmiSpec): PodVolume[] {
  return [
    ...scratchOf(spec).map(({ name }) => ({ name, emptyDir: {} })),
    ...keySecrets(spec).map(({ name, secretName }) => ({ name, secret: { secretName } })),
    ...volumesOf(spec).flatMap(podVolume),
  ];
}

/** By number: names of secrets may be too long for a volume. */
const keySecrets = (spec: VmiSpec): { name: string; secretName: string }[] =>
  [...new Set([...sshSecrets(spec, ['noCloud', 'configDrive']), ...agentSecrets(spec)])].map(
    (secretName, index) => ({ name: `ssh-keys-${index}`, secretName }),
  );

const volumesOf = (spec: VmiSpec): Volume[] => spec.volumes ?? [];

function podVolume(volume: Volume): PodVolume[] {
  const files = configSource(volume);
  if (files !== undefined) return [{ name: configVolumeName(volume), ...files }];
  const lasting = hostFolder(volume) ?? claimSource(volume);
  return lasting === undefined ? [] : [{ name: claimVolumeName(volume), ...lasting }];
}

function claimSource(volume: Volume): Omit<PodVolume, 'name'> | undefined {
  const claim = claimOf(volume);
  if (claim === undefined) return undefined;
  const { claimName, readOnly } = claim;
  return { persistentVolumeClaim: { claimName, ...(readOnly ? { readOnly } : {}) } };
}

/** Where the compute container sees files and file systems. */
export function computeMounts(vmi: Vmi): Mount[] {
  return [
    ...scratchOf(vmi.spec).map(({ name, path }) => ({ name, mountPath: path })),
    ...keySecrets(vmi.spec).map(({ name, secretName }) => ({
      name,
      mountPath: join(layout.keysDir, secretName),
      readOnly: true,
    })),
    ...volumesOf(vmi.spec)
      .filter((volume) => !isOnlyShared(vmi.spec, volume))
      .flatMap((volume) => mountOf(vmi, volume)),
    ...deviceMounts(vmi.spec),
  ];
}

function mountOf(vmi: Vmi, volume: Volume): Mount[] {
  const { name } = volume;
  if (configSource(volume) !== undefined) {
    const mountPath = join(layout.configDir, name);
    return [{ name: configVolumeName(volume), mountPath, readOnly: true }];
  }
  const claim = claimOf(volume);
  if (claim === undefined ? volume.hostDisk === undefined : isBlock(vmi, name)) return [];
  // What is below an overlay is only read.
  const readOnly = claim?.readOnly === true || volume.ephemeral !== undefined;
  const mountPath = join(layout.claimDir, name);
  return [{ name: claimVolumeName(volume), mountPath, ...(readOnly ? { readOnly } : {}) }];
}

/** Where it sees claims that are block devices; undefined without any. */
export function computeDevices(vmi: Vmi): Device[] | undefined {
  const found = volumesOf(vmi.spec)
    .filter((volume) => claimOf(volume) !== undefined && isBlock(vmi, volume.name))
    .map((volume) => ({ name: claimVolumeName(volume), devicePath: join(layout.blockDir, volume.name) }));
  return found.length === 0 ? undefined : found;
}
