/** Rules on volumes that a guest mounts as file systems. */
import { claimOf } from '../claim-of.ts';
import type { Volume } from '../types.ts';
import { duplicate, invalid, notSupported, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { firstByName, forEachItem, repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

const at = ({ path }: SpecContext): string => `${path}.domain.devices.filesystems`;

type Filesystem = NonNullable<SpecContext['spec']['domain']['devices']['filesystems']>[number];

const forEachFilesystem = (
  context: SpecContext,
  each: (filesystem: Filesystem, field: string) => Cause[],
): Cause[] => forEachItem(context.spec.domain.devices.filesystems, at(context), each);

function forEachShared(context: SpecContext, each: (volume: Volume, field: string) => Cause[]): Cause[] {
  const volumes = firstByName(context.spec.volumes);
  return forEachFilesystem(context, ({ name }, field) => {
    const volume = volumes.get(name);
    return volume === undefined ? [] : each(volume, field);
  });
}

export function filesystemNamesDiffer(context: SpecContext): Cause[] {
  const field = at(context);
  return repeats(context.spec.domain.devices.filesystems ?? [], ({ name }) => name).map(({ index, first }) =>
    duplicate(
      `${field}[${index}].name`,
      `${field}[${first}] and ${field}[${index}] share the same volume; keep one of them`,
    ),
  );
}

export function filesystemHasVolume(context: SpecContext): Cause[] {
  const volumes = new Set((context.spec.volumes ?? []).map(({ name }) => name));
  return forEachFilesystem(context, ({ name }, field) =>
    volumes.has(name)
      ? []
      : [
          invalid(
            `${field}.name`,
            `${field}.name '${name}' not found. Add a volume of that name to ${context.path}.volumes or remove the file system`,
          ),
        ],
  );
}

export function filesystemIsVirtiofs(context: SpecContext): Cause[] {
  return forEachFilesystem(context, ({ virtiofs }, field) =>
    virtiofs ? [] : [required(`${field}.virtiofs`, `${field}.virtiofs is a required field; set it to {}`)],
  );
}

/** The guest mounts it by its name, for which the device has this much room. */
const mostInTag = 36;

export function filesystemNameFits(context: SpecContext): Cause[] {
  return forEachFilesystem(context, ({ name }, field) =>
    Buffer.byteLength(name) <= mostInTag
      ? []
      : [
          invalid(
            `${field}.name`,
            `${field}.name '${name}' is what the guest mounts the volume by, and is longer than the ${mostInTag} bytes that a device has for it; give the volume a shorter name`,
          ),
        ],
  );
}

/** What is a folder of files in the pod. */
const sources = [
  'configMap',
  'secret',
  'serviceAccount',
  'downwardAPI',
  'persistentVolumeClaim',
  'dataVolume',
] as const;

export function filesystemIsOfFiles(context: SpecContext): Cause[] {
  return forEachShared(context, (volume, field) =>
    sources.some((source) => volume[source])
      ? []
      : [
          notSupported(
            field,
            `${field}: volume '${volume.name}' is no folder of files; give it a disk, or share one of: ${sources.join(', ')}`,
          ),
        ],
  );
}

/**
 * The disk would be a file in the very folder that its guest changes as it likes; through another volume on the same
 * claim as well.
 */
export function sharedClaimIsNoDisk(context: SpecContext): Cause[] {
  const { domain, volumes = [] } = context.spec;
  const disks = new Set((domain.devices.disks ?? []).map(({ name }) => name));
  const claims = new Set(
    volumes.flatMap((volume) => (disks.has(volume.name) ? (claimOf(volume)?.claimName ?? []) : [])),
  );
  return forEachShared(context, (volume, field) => {
    const claim = claimOf(volume)?.claimName;
    if (claim === undefined || !claims.has(claim)) return [];
    return [
      invalid(
        field,
        `${field}: claim '${claim}' is a disk of the guest as well; remove its disk, or the file system`,
      ),
    ];
  });
}
