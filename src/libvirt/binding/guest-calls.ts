/** Calls that reach into a guest, or into what QEMU has for it. */
import { LibvirtError } from '../errors.ts';
import type { Picture, RebootWay } from '../types.ts';
import type { Lane } from './lanes.ts';
import type { Libvirt } from './library.ts';
import type { Pointer } from './native.ts';

/** In numbers of `virDomainRebootFlagValues`. */
const rebootFlags: Readonly<Record<RebootWay, number>> = { acpi: 1, agent: 2 };

export const reboot = (libvirt: Libvirt, domain: Pointer, way: RebootWay): Promise<number> =>
  libvirt.reboot(domain, rebootFlags[way]);

/** Of a `virDomainBlockInfo`, in bytes; the capacity comes first. */
const blockInfoBytes = 24;

/** The size of a disk as the guest sees it. `call` says what was tried. */
export async function diskBytes(
  libvirt: Libvirt,
  { lane, domain }: { lane: Lane; domain: Pointer },
  { call, disk }: { call: string; disk: string },
): Promise<number> {
  const info = Buffer.alloc(blockInfoBytes);
  await lane.number(call, libvirt.blockInfo(domain, disk, info, 0));
  return Number(info.readBigUInt64LE());
}

/** A screen of 8192 × 8192 uncompressed would be more; QEMU's adapters have less memory than that. */
const maxPictureBytes = 128 * 1024 * 1024;
const chunkBytes = 256 * 1024;

/** @param call says what was tried. */
export async function screenshot(
  libvirt: Libvirt,
  { lane, domain }: { lane: Lane; domain: Pointer },
  call: string,
): Promise<Picture> {
  const stream = await lane.value(call, libvirt.streamNew(lane.connection, 0));
  try {
    const mime = await lane.value(call, libvirt.screenshot(domain, stream, 0, 0));
    const data = await readAll(libvirt, stream, { lane, call });
    await lane.number(call, libvirt.streamFinish(stream));
    return { mime, data };
  } catch (error) {
    await libvirt.streamAbort(stream);
    throw error;
  } finally {
    await libvirt.streamFree(stream);
  }
}

async function readAll(
  libvirt: Libvirt,
  stream: Pointer,
  { lane, call }: { lane: Lane; call: string },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const chunk = Buffer.allocUnsafeSlow(chunkBytes);
  for (let size = 0; ;) {
    const count = await lane.number(call, libvirt.streamRead(stream, chunk, chunk.length));
    if (count === 0) return Buffer.concat(chunks, size);
    size += count;
    if (size > maxPictureBytes) {
      throw new LibvirtError('PictureTooLarge', `cannot ${call}: the picture is too large`, {
        retry: 'never',
      });
    }
    chunks.push(Buffer.from(chunk.subarray(0, count)));
  }
}
