/** Rules on disks. */
import { busOf, diskKind } from '../disks.ts';
import type { Disk } from '../types.ts';
import { invalid, notSupported } from './cause.ts';
import type { Cause } from './cause.ts';
import { dnsLabelRules, isDnsLabel } from './names.ts';
import { forEachItem, repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

const at = ({ path }: SpecContext): string => `${path}.domain.devices.disks`;

export function forEachDisk(context: SpecContext, each: (disk: Disk, field: string) => Cause[]): Cause[] {
  return forEachItem(context.spec.domain.devices.disks, at(context), each);
}

const targets = ['disk', 'cdrom', 'lun'] as const;

export function diskNamesDiffer(context: SpecContext): Cause[] {
  const field = at(context);
  return repeats(context.spec.domain.devices.disks ?? [], (disk) => disk.name).map(({ index, first }) =>
    invalid(
      `${field}[${index}].name`,
      `${field}[${first}] and ${field}[${index}] must not have the same Name.`,
    ),
  );
}

export function diskHasVolume(context: SpecContext): Cause[] {
  const volumes = new Set((context.spec.volumes ?? []).map((volume) => volume.name));
  return forEachDisk(context, (disk, field) => {
    if (volumes.has(disk.name)) return [];
    const remedy = `Add a volume of that name to ${context.path}.volumes or remove the disk`;
    const problem = disk.cdrom
      ? `DeclarativeHotplugVolumes feature gate not enabled, cannot define an empty CD-ROM disk, and this release of monovirt does not fill one later.`
      : `${field}.Name '${disk.name}' not found.`;
    return [invalid(`${field}.name`, `${problem} ${remedy}`)];
  });
}

export function diskNameIsALabel(context: SpecContext): Cause[] {
  return forEachDisk(context, ({ name }, field) =>
    isDnsLabel(name) ? [] : [invalid(`${field}.name`, `${field}.name '${name}': ${dnsLabelRules}`)],
  );
}

export function diskHasOneTarget(context: SpecContext): Cause[] {
  return forEachDisk(context, (disk, field) => {
    const found = targets.filter((name) => disk[name]);
    if (found.length <= 1) return [];
    return [invalid(field, `${field} can only have a single target type defined; found ${found.join(', ')}`)];
  });
}

const buses = ['virtio', 'scsi', 'sata', 'usb'];

export function diskBusIsSupported(context: SpecContext): Cause[] {
  return forEachDisk(context, (disk, field) => {
    const bus = busOf(disk);
    const path = `${field}.${diskKind(disk)}.bus`;
    if (bus === 'ide') return [invalid(path, 'IDE bus is not supported; use sata')];
    if (buses.includes(bus)) return [];
    return [
      invalid(path, `${field} is set with an unrecognized bus ${bus}, must be one of: ${buses.join(' ')}`),
    ];
  });
}

export function cdromBusIsSupported(context: SpecContext): Cause[] {
  return forEachDisk(context, (disk, field) =>
    disk.cdrom && busOf(disk) === 'virtio'
      ? [invalid(`${field}.cdrom.bus`, 'Bus type virtio is invalid for CD-ROM device; use sata, scsi or usb')]
      : [],
  );
}

export function readonlyDiskBusIsSupported(context: SpecContext): Cause[] {
  return forEachDisk(context, (disk, field) =>
    disk.disk?.readonly && busOf(disk) === 'sata'
      ? [
          invalid(
            `${field}.disk.bus`,
            'sata hard-disks do not support read-only. Use virtio or scsi, or a cdrom',
          ),
        ]
      : [],
  );
}

export function cdromIsReadonly(context: SpecContext): Cause[] {
  return forEachDisk(context, (disk, field) =>
    disk.cdrom?.readonly === false
      ? [
          invalid(
            `${field}.cdrom.readonly`,
            `${field}.cdrom.readonly must be true: no guest can write to a CD-ROM; use a disk`,
          ),
        ]
      : [],
  );
}

export function trayIsOpenOrClosed(context: SpecContext): Cause[] {
  return forEachDisk(context, (disk, field) => {
    const tray = disk.cdrom?.tray;
    if (!tray || tray === 'open' || tray === 'closed') return [];
    return [
      notSupported(`${field}.cdrom.tray`, `${field}.cdrom.tray '${tray}' is not known; use open or closed`),
    ];
  });
}

export function diskSerialIsPlain(context: SpecContext): Cause[] {
  return forEachDisk(context, ({ serial }, field) => {
    if (!serial) return [];
    if (serial.length > 256) {
      return [
        invalid(`${field}.serial`, `${field} must be less than or equal to 256 in length, if specified`),
      ];
    }
    if (/^[A-Za-z0-9_.+-]+$/.test(serial)) return [];
    return [
      invalid(
        `${field}.serial`,
        `${field} must be made up of the following characters [A-Za-z0-9_.+-], if specified`,
      ),
    ];
  });
}

const caches = ['none', 'writethrough', 'writeback'];

export function diskCacheIsKnown(context: SpecContext): Cause[] {
  return forEachDisk(context, ({ cache }, field) =>
    !cache || caches.includes(cache)
      ? []
      : [
          invalid(
            `${field}.cache`,
            `${field}.cache has invalid value ${cache}; use one of: ${caches.join(', ')}`,
          ),
        ],
  );
}

export function diskIoIsKnown(context: SpecContext): Cause[] {
  return forEachDisk(context, ({ io }, field) =>
    !io || io === 'native' || io === 'threads'
      ? []
      : [
          notSupported(
            `${field}.io`,
            `Disk IO mode for ${field}.io is not supported. Supported modes are: native, threads.`,
          ),
        ],
  );
}

/** QEMU opens a file for native I/O only past the host's cache. */
export function nativeIoIsUncached(context: SpecContext): Cause[] {
  return forEachDisk(context, ({ io, cache }, field) =>
    io === 'native' && cache && cache !== 'none'
      ? [
          invalid(
            `${field}.io`,
            `${field}.io native needs ${field}.cache none, but it is ${cache}; use io threads or cache none`,
          ),
        ]
      : [],
  );
}

/** Boot orders of disks and interfaces, which share one sequence. */
function bootOrders(context: SpecContext): { field: string; order: number }[] {
  const devices = context.spec.domain.devices;
  return (['disks', 'interfaces'] as const).flatMap((kind) =>
    (devices[kind] ?? []).flatMap(({ bootOrder }, index) =>
      bootOrder === undefined
        ? []
        : [{ field: `${context.path}.domain.devices.${kind}[${index}]`, order: bootOrder }],
    ),
  );
}

export function bootOrderIsPositive(context: SpecContext): Cause[] {
  return bootOrders(context)
    .filter(({ order }) => order < 1)
    .map(({ field }) => invalid(`${field}.bootOrder`, `${field} must have a boot order > 0, if supplied`));
}

export function bootOrdersDiffer(context: SpecContext): Cause[] {
  const orders = bootOrders(context);
  return repeats(orders, ({ order }) => order).map(({ index, first }) => {
    const field = `${orders[index]?.field}.bootOrder`;
    return invalid(
      field,
      `Boot order for ${field} already set for a different device. ${orders[first]?.field} has the same; number devices 1, 2, …`,
    );
  });
}

export function ioThreadIsPossible(context: SpecContext): Cause[] {
  return forEachDisk(context, (disk, field) => {
    const bus = busOf(disk);
    if (disk.dedicatedIOThread !== true || bus === 'virtio') return [];
    return [
      notSupported(
        field,
        `IOThreads are not supported for disks on a ${bus} bus. Use bus virtio or remove dedicatedIOThread`,
      ),
    ];
  });
}
