/** Containers that share volumes with a guest as file systems, one a volume. Pure. */
import { join } from 'node:path/posix';
import { launcherUser } from '../../api/constants.ts';
import { sharedVolumes } from '../../api/filesystems.ts';
import { isGuaranteed } from '../../api/guaranteed.ts';
import { formatBytes } from '../../api/quantity.ts';
import type { Container, VmiSpec, Volume } from '../../api/types.ts';
import { layout, virtiofsContainer, virtiofsSocket } from '../../launcher/layout.ts';
import { claimOf } from '../../api/claim-of.ts';
import { claimVolumeName } from './claims/volume-source.ts';
import { configSource, configVolumeName } from './config-source.ts';
import { restricted } from './containers.ts';
import { guestBytes, isPositive } from './guest.ts';
import type { LauncherConfig } from './launcher-config.ts';
import { untilTheGuestEnds } from './virtiofs-shell.ts';

/** virtiofsd itself, with a descriptor for each file that the guest knows; KubeVirt's figure. */
const daemonBytes = 80_000_000n;

/**
 * One container for each volume that the guest mounts. They come before container disks, whose images may take
 * long to be pulled: the launcher waits only so long for a file system.
 */
export function virtiofsContainers(spec: VmiSpec, config: LauncherConfig): Container[] {
  return sharedVolumes(spec).map((volume) => ({
    name: virtiofsContainer(volume.name),
    image: config.image,
    imagePullPolicy: config.cluster.imagePullPolicy,
    command: commandOf(volume),
    resources: resourcesOf(spec),
    volumeMounts: [
      { name: layout.virtiofsVolume, mountPath: layout.virtiofsDir },
      {
        name: podVolumeOf(volume),
        mountPath: folderOf(volume),
        ...(isReadOnly(volume) ? { readOnly: true } : {}),
      },
    ],
    securityContext: restricted,
    terminationMessagePolicy: 'FallbackToLogsOnError',
  }));
}

function commandOf(volume: Volume): string[] {
  const { name, serviceAccount } = volume;
  const socket = join(layout.virtiofsDir, virtiofsSocket(name));
  return [
    '/bin/sh',
    '-c',
    untilTheGuestEnds,
    'sh',
    socket,
    '/usr/libexec/virtiofsd',
    `--socket-path=${socket}`,
    `--shared-dir=${folderOf(volume)}`,
    // A sandbox of its own takes rights that it does not get here; the container is its sandbox.
    '--sandbox=none',
    '--cache=auto',
    ...(isReadOnly(volume) ? ['--readonly'] : []),
    // Guests follow no link in a folder such as this one unless it belongs to the folder's owner, who is root.
    ...(serviceAccount === undefined ? [] : [`--translate-uid=host:${launcherUser}:0:1`]),
  ];
}

const folderOf = ({ name }: Volume): string => join(layout.sharedDir, name);

const podVolumeOf = (volume: Volume): string =>
  configSource(volume) === undefined ? claimVolumeName(volume) : configVolumeName(volume);

const isReadOnly = (volume: Volume): boolean =>
  configSource(volume) !== undefined || claimOf(volume)?.readOnly === true;

/**
 * KubeVirt's figures, but for two. Pages of the guest's memory are charged to whoever touches them first, which may be
 * virtiofsd: under a limit that leaves no room for them it would be killed for them. Guests of guaranteed pods have
 * all of theirs from the start (`libvirt/xml/memory.ts`). And its processor time is limited where the guest's is,
 * which is where a quota may demand it: a tenth of a processor would be a slow disk.
 */
function resourcesOf(spec: VmiSpec): NonNullable<Container['resources']> {
  const memory = formatBytes(daemonBytes + (isGuaranteed(spec) ? 0n : guestBytes(spec)));
  const limited = isGuaranteed(spec) || isPositive(spec.domain.resources?.limits?.cpu);
  const limits = { ...(limited ? { cpu: '100m' } : {}), memory };
  return { requests: isGuaranteed(spec) ? { ...limits } : { cpu: '10m', memory: '1M' }, limits };
}
