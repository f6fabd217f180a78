/** Rules on volumes that outlive their VM: claims, DataVolumes and files of a node. */
import { tryParseQuantity } from '../quantity.ts';
import { invalid, notFound, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { isDnsSubdomain, isPlainPath } from './names.ts';
import { forEachItem } from './rule.ts';
import type { SpecContext } from './rule.ts';

const at = (context: SpecContext): string => `${context.path}.volumes`;

/** Kubernetes' rule for names of claims, as far as a message needs it. */
const subdomainRules = 'use lower-case letters, digits, dashes and dots, 253 at most';

export function claimIsNamed(context: SpecContext): Cause[] {
  return forEachItem(context.spec.volumes, at(context), ({ persistentVolumeClaim, ephemeral }, volume) => {
    const causes: Cause[] = [];
    if (persistentVolumeClaim) {
      causes.push(...claimName(persistentVolumeClaim.claimName, `${volume}.persistentVolumeClaim.claimName`));
    }
    if (ephemeral) {
      const field = `${volume}.ephemeral.persistentVolumeClaim.claimName`;
      causes.push(...claimName(ephemeral.persistentVolumeClaim?.claimName, field));
    }
    return causes;
  });
}

function claimName(name: string | undefined, field: string): Cause[] {
  if (!name) return [required(field, `${field} is a required field: the name of a PersistentVolumeClaim`)];
  if (isDnsSubdomain(name)) return [];
  return [invalid(field, `${field} '${name}' cannot name a PersistentVolumeClaim; ${subdomainRules}`)];
}

export function dataVolumeIsNamed(context: SpecContext): Cause[] {
  return forEachItem(context.spec.volumes, at(context), ({ dataVolume }, volume) => {
    if (!dataVolume) return [];
    if (!dataVolume.name) {
      return [required(`${volume}.name`, `DataVolume 'name' must be set. Fill in ${volume}.dataVolume.name`)];
    }
    if (isDnsSubdomain(dataVolume.name)) return [];
    const field = `${volume}.dataVolume.name`;
    return [invalid(field, `${field} '${dataVolume.name}' cannot name a DataVolume; ${subdomainRules}`)];
  });
}

type HostDisk = NonNullable<NonNullable<SpecContext['spec']['volumes']>[number]['hostDisk']>;

function forEachHostDisk(context: SpecContext, each: (disk: HostDisk, volume: string) => Cause[]): Cause[] {
  return forEachItem(context.spec.volumes, at(context), ({ hostDisk }, volume) =>
    hostDisk ? each(hostDisk, volume) : [],
  );
}

export function hostDiskIsEnabled(context: SpecContext): Cause[] {
  if (context.config.featureGates.has('HostDisk')) return [];
  return forEachHostDisk(context, (_disk, volume) => [
    invalid(
      volume,
      'HostDisk feature gate is not enabled. Add HostDisk to developerConfiguration.featureGates of the KubeVirt object, or use a PersistentVolumeClaim',
    ),
  ]);
}

export function hostDiskHasPath(context: SpecContext): Cause[] {
  return forEachHostDisk(context, ({ path }, volume) => {
    const field = `${volume}.hostDisk.path`;
    if (!path) return [notFound(field, `${field} is required for hostDisk volume: a file of the node`)];
    if (isPlainPath(path)) return [];
    return [
      invalid(field, `${field} '${path}' must be an absolute path to a file without relative components`),
    ];
  });
}

const types = ['Disk', 'DiskOrCreate'];

export function hostDiskTypeIsKnown(context: SpecContext): Cause[] {
  return forEachHostDisk(context, ({ type }, volume) => {
    const field = `${volume}.hostDisk.type`;
    if (types.includes(type)) return [];
    return [invalid(field, `${field} has invalid value '${type}', allowed are 'Disk' or 'DiskOrCreate'`)];
  });
}

/** A capacity says how large a file to make, so it belongs to making one, and only there. */
export function hostDiskCapacityFits(context: SpecContext): Cause[] {
  return forEachHostDisk(context, ({ type, capacity }, volume) => {
    const field = `${volume}.hostDisk.capacity`;
    const nanos = tryParseQuantity(capacity);
    if (type === 'Disk' && nanos !== undefined && nanos !== 0n) {
      return [
        invalid(
          field,
          `${field} is allowed to pass only with ${volume}.hostDisk.type equal to 'DiskOrCreate'`,
        ),
      ];
    }
    if (type !== 'DiskOrCreate' || (nanos !== undefined && nanos >= leastDisk)) return [];
    return [
      invalid(field, `${field} '${capacity ?? ''}': must be greater than or equal to 1Mi, such as 10Gi`),
    ];
  });
}

/** The least that a disk can have: 1 MiB, in nano units. A smaller one is a slip of the unit. */
export const leastDisk = (1n << 20n) * 1_000_000_000n;
