/** What is behind a disk: its image, the image below that, and how QEMU reads and writes them. */
import { busOf, diskKind } from '../../api/disks.ts';
import type { Disk, Vmi } from '../../api/types.ts';
import type { DiskImage, VolumeImage } from '../context.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';
import { iothreadOf } from './io-threads.ts';
import { diskQueues } from './queues.ts';

/** `type` of a disk or of the store below it. */
export const imageType = ({ block }: DiskImage): 'block' | 'file' => (block === true ? 'block' : 'file');

export const source = (image: DiskImage): Element =>
  el('source', { [image.block === true ? 'dev' : 'file']: image.file });

/**
 * The chain below an image, always ended explicitly: left open, libvirt would read the next name and format
 * out of the image, which its guest may have written.
 */
export function backing(image: DiskImage | undefined): Element {
  if (image === undefined) return el('backingStore');
  return el(
    'backingStore',
    { type: imageType(image) },
    el('format', { type: image.format }),
    source(image),
    el('backingStore'),
  );
}

/** `<driver>`: what the spec says, else what suits the image. */
export function diskDriver(vmi: Vmi, disk: Disk, image: VolumeImage): Element {
  const { iothread, mapping } = iothreadOf(vmi, disk);
  return el(
    'driver',
    {
      name: 'qemu',
      type: image.format,
      cache: disk.cache || (disk.shareable === true ? 'none' : image.cache),
      io: disk.io || image.io,
      discard: diskKind(disk) === 'cdrom' || image.preallocated === true ? undefined : 'unmap',
      error_policy: disk.errorPolicy || 'stop',
      iothread,
      queues: busOf(disk) === 'virtio' ? diskQueues(vmi) : undefined,
    },
    mapping,
  );
}
