/** Rules on volumes and on how disks refer to them. */
import { kernelBootVolumeName } from '../../launcher/layout.ts';
import { tryParseQuantity } from '../quantity.ts';
import type { Volume } from '../types.ts';
import { invalid, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { leastDisk } from './claims.ts';
import { dnsLabelRules, isDnsLabel, isFileName, isImage, isPlainPath } from './names.ts';
import { forEachItem, repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

const at = (context: SpecContext): string => `${context.path}.volumes`;

/** The sources that a volume states, by name. */
export const sourcesOf = (volume: Volume): string[] =>
  Object.entries(volume)
    .filter(([name, value]) => name !== 'name' && value !== undefined && value !== null)
    .map(([name]) => name);

export function volumeNamesDiffer(context: SpecContext): Cause[] {
  const field = at(context);
  return repeats(context.spec.volumes ?? [], (volume) => volume.name).map(({ index, first }) =>
    invalid(
      `${field}[${index}].name`,
      `${field}[${first}] and ${field}[${index}] must not have the same Name.`,
    ),
  );
}

export function volumeHasOneSource(context: SpecContext): Cause[] {
  return forEachItem(context.spec.volumes, at(context), (volume, field) => {
    const sources = sourcesOf(volume);
    if (sources.length === 1) return [];
    const found = sources.length === 0 ? 'none is set' : `found ${sources.join(', ')}`;
    return [invalid(field, `${field} must have exactly one source type set; ${found}`)];
  });
}

/** All but empty disks have a container or volume of the pod named after them, with a prefix. */
const mostInPod = 56;

export function volumeNamesFitThePod(context: SpecContext): Cause[] {
  return forEachItem(context.spec.volumes, at(context), (volume, field) => {
    const name = `${field}.name`;
    if (!volume.emptyDisk && !(isDnsLabel(volume.name) && volume.name.length <= mostInPod)) {
      return [
        invalid(
          name,
          `${name} '${volume.name}' cannot name a part of the pod; ${dnsLabelRules}, ${mostInPod} at most here`,
        ),
      ];
    }
    if (isFileName(volume.name)) return [];
    return [
      invalid(
        name,
        `${name} must be at most 63 letters, digits, dots, dashes and underscores, and start and end with a letter or digit`,
      ),
    ];
  });
}

/** The image of an external kernel is offered beside the container disks, under a name of its own. */
export function volumeNameIsFree(context: SpecContext): Cause[] {
  if (!context.spec.domain.firmware?.kernelBoot?.container) return [];
  return forEachItem(context.spec.volumes, at(context), ({ name, containerDisk }, field) =>
    containerDisk && name === kernelBootVolumeName
      ? [
          invalid(
            `${field}.name`,
            `${field}.name '${name}' is taken by kernelBoot; choose another name for the volume`,
          ),
        ]
      : [],
  );
}

export function containerDiskIsComplete(context: SpecContext): Cause[] {
  return forEachItem(context.spec.volumes, at(context), ({ containerDisk }, volume) => {
    if (!containerDisk) return [];
    const field = `${volume}.containerDisk`;
    const causes: Cause[] = [];
    if (!isImage(containerDisk.image)) {
      causes.push(
        required(`${field}.image`, `${field}.image is a required field: the name of an image without blanks`),
      );
    }
    if (containerDisk.path && !isPlainPath(containerDisk.path)) {
      causes.push(
        invalid(
          `${field}.path`,
          `${field}.path must be an absolute path to a file without relative components`,
        ),
      );
    }
    return causes;
  });
}

export function emptyDiskHasCapacity(context: SpecContext): Cause[] {
  return forEachItem(context.spec.volumes, at(context), ({ emptyDisk }, volume) => {
    if (!emptyDisk) return [];
    const field = `${volume}.emptyDisk.capacity`;
    const nanos = tryParseQuantity(emptyDisk.capacity);
    if (nanos !== undefined && nanos >= leastDisk) return [];
    return [
      invalid(field, `${field} '${emptyDisk.capacity}': must be greater than or equal to 1Mi, such as 2Gi`),
    ];
  });
}
