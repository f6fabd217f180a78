/** Disks, LUNs and CD-ROMs on the images that the launcher prepared. */
import { busOf, diskKind, diskTargets } from '../../api/disks.ts';
import type { DiskTarget } from '../../api/disks.ts';
import type { Disk, Vmi } from '../../api/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import type { DomainContext, VolumeImage } from '../context.ts';
import { bootOrder, given, pciAddress, userAlias, virtioModel } from './common.ts';
import { backing, diskDriver, imageType, source } from './disk-image.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

/** Elements in the order of the spec. */
export function disks(vmi: Vmi, context: DomainContext): Element[] {
  return diskTargets(vmi.spec.domain.devices.disks ?? []).map((target) =>
    diskElement(vmi, target, imageOf(target.disk, context)),
  );
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

function diskElement(vmi: Vmi, { disk, name, index }: DiskTarget, image: VolumeImage): Element {
  const bus = busOf(disk);
  return el(
    'disk',
    {
      type: imageType(image),
      device: diskKind(disk),
      model: bus === 'virtio' ? virtioModel(vmi) : undefined,
    },
    diskDriver(vmi, disk, image),
    source(image),
    backing(image.backing),
    el('target', { dev: name, bus, tray: disk.cdrom?.tray }),
    blockSize(disk, image),
    given(disk.serial || undefined, (serial) => el('serial', {}, serial)),
    isReadonly(disk, image) ? el('readonly') : undefined,
    disk.shareable === true ? el('shareable') : undefined,
    bootOrder(disk.bootOrder),
    address(disk, index),
    userAlias(disk.name),
  );
}

function isReadonly({ cdrom, lun, disk }: Disk, image: VolumeImage): boolean {
  if (cdrom !== undefined) return cdrom.readonly ?? true;
  return image.readonly === true || (lun ?? disk)?.readonly === true;
}

/** The only size of SATA's blocks. */
const sataBlock = 512;

function blockSize(disk: Disk, { blockSizes }: VolumeImage): Element | undefined {
  const sizes = disk.blockSize?.custom ?? blockSizes;
  if (sizes === undefined) return undefined;
  const { logical, physical, discardGranularity } = sizes;
  return el('blockio', {
    logical_block_size: busOf(disk) === 'sata' ? sataBlock : logical,
    physical_block_size: physical,
    // What libvirt knows as not given.
    discard_granularity: discardGranularity || undefined,
  });
}

function address(disk: Disk, unit: number): Element | undefined {
  const bus = busOf(disk);
  if (bus === 'scsi') return el('address', { type: 'drive', controller: 0, bus: 0, unit });
  return bus === 'virtio' ? pciAddress(disk.disk?.pciAddress) : undefined;
}
