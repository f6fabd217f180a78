/** Disks and CD-ROMs on the images that the launcher prepared. */
import type { Disk, Vmi } from '../../api/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import type { DiskImage, DomainContext, VolumeImage } from '../context.ts';
import { bootOrder, pciAddress, userAlias, virtioModel } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';
import { diskQueues } from './queues.ts';

/** A disk with what differs between disk, LUN and CD-ROM worked out. */
interface Target {
  device: 'disk' | 'cdrom' | 'lun';
  bus: string;
  readonly: boolean;
  tray?: string | undefined;
  pci?: string | undefined;
}

/** Elements in the order of the spec; names (`vda`, `sda`) are counted up a prefix. */
export function disks(vmi: Vmi, context: DomainContext): Element[] {
  const counts = new Map<string, number>();
  return (vmi.spec.domain.devices.disks ?? []).map((disk) => {
    const target = targetOf(disk);
    const prefix = target.bus === 'virtio' ? 'vd' : 'sd';
    const index = counts.get(prefix) ?? 0;
    counts.set(prefix, index + 1);
    return diskElement(vmi, { disk, target, image: imageOf(disk, context), prefix, index });
  });
}

/** The bus a disk is on. */
export function busOf(disk: Disk): string {
  return targetOf(disk).bus;
}

const defaultBus = 'sata';

function targetOf(wanted: Disk): Target {
  const { cdrom, lun, disk = {} } = wanted;
  if (cdrom !== undefined) {
    const { bus = defaultBus, readonly = true, tray } = cdrom;
    return { device: 'cdrom', bus, readonly, tray };
  }
  const { bus = defaultBus, readonly = false } = lun ?? disk;
  return { device: lun === undefined ? 'disk' : 'lun', bus, readonly, pci: disk.pciAddress };
}

function imageOf(disk: Disk, context: DomainContext): VolumeImage {
  const image = context.disks[disk.name];
  if (image !== undefined) return image;
  throw new MonovirtError(
    'VolumeImageMissing',
    `the disk ${disk.name} has no image; its volume was not prepared`,
    'never',
  );
}

interface Placed {
  disk: Disk;
  target: Target;
  image: VolumeImage;
  prefix: string;
  index: number;
}

function diskElement(vmi: Vmi, { disk, target, image, prefix, index }: Placed): Element {
  return el(
    'disk',
    { type: 'file', device: target.device, model: target.bus === 'virtio' ? virtioModel(vmi) : undefined },
    driver(disk, target, image, target.bus === 'virtio' ? diskQueues(vmi) : undefined),
    el('source', { file: image.file }),
    backing(image.backing),
    el('target', { dev: `${prefix}${letters(index)}`, bus: target.bus, tray: target.tray }),
    blockSize(disk),
    disk.serial === undefined ? undefined : el('serial', {}, disk.serial),
    target.readonly ? el('readonly') : undefined,
    disk.shareable === true ? el('shareable') : undefined,
    bootOrder(disk.bootOrder),
    address(target, index),
    userAlias(disk.name),
  );
}

function driver(
  disk: Disk,
  { device }: Target,
  { format, cache }: VolumeImage,
  queues: number | undefined,
): Element {
  return el('driver', {
    name: 'qemu',
    type: format,
    cache: disk.cache ?? (disk.shareable === true ? 'none' : cache),
    io: disk.io,
    discard: device === 'cdrom' ? undefined : 'unmap',
    error_policy: disk.errorPolicy ?? 'stop',
    queues,
  });
}

/**
 * The chain below an image, always ended explicitly: left open, libvirt would read the next name and format
 * out of the image, which its guest may have written.
 */
function backing(image: DiskImage | undefined): Element {
  if (image === undefined) return el('backingStore');
  return el(
    'backingStore',
    { type: 'file' },
    el('format', { type: image.format }),
    el('source', { file: image.file }),
    el('backingStore'),
  );
}

function blockSize({ blockSize: size }: Disk): Element | undefined {
  if (size?.custom === undefined) return undefined;
  const { logical, physical, discardGranularity } = size.custom;
  return el('blockio', {
    logical_block_size: logical,
    physical_block_size: physical,
    discard_granularity: discardGranularity,
  });
}

function address({ bus, pci }: Target, unit: number): Element | undefined {
  if (bus === 'scsi') return el('address', { type: 'drive', controller: 0, bus: 0, unit });
  return bus === 'virtio' ? pciAddress(pci) : undefined;
}

/** 0 → a, 25 → z, 26 → aa, as the kernel counts disks. */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
