/** Which format an image has, and whether QEMU may be let loose on it. Pure: looks at the first bytes only. */
import type { ImageFormat } from '../../libvirt/context.ts';
import { invalid } from './image-invalid.ts';
import { checkQcow2Tables } from './qcow2-tables.ts';

/** How many bytes of an image `inspectImage` wants. */
export const inspectedBytes = 512;
/** The largest disk a guest may get from an image: 64 TiB. */
const maxVirtualSize = 1n << 46n;

export interface ImageFacts {
  format: ImageFormat;
  /** Size of the disk that a guest sees, in bytes. */
  virtualSize: bigint;
}

const foreign: readonly { magic: string; name: string }[] = [
  { magic: 'KDMV', name: 'VMDK' },
  { magic: 'COWD', name: 'VMDK' },
  { magic: '# Disk DescriptorFile', name: 'VMDK' },
  { magic: 'vhdxfile', name: 'VHDX' },
  { magic: 'conectix', name: 'VHD' },
  { magic: 'QED\0', name: 'QED' },
  { magic: 'LUKS\xba\xbe', name: 'LUKS' },
  { magic: '<<< ', name: 'VDI' },
  { magic: '\x1f\x8b', name: 'gzip' },
  { magic: '\xfd7zXZ\0', name: 'xz' },
  { magic: '\x28\xb5\x2f\xfd', name: 'zstd' },
];

/**
 * Judges an image by its beginning.
 * @param head the first bytes, up to `inspectedBytes`.
 * @param fileSize in bytes.
 * @throws MonovirtError `ImageInvalid` that says what is wrong with it and what would be right.
 */
export function inspectImage(head: Buffer, fileSize: number): ImageFacts {
  if (head.toString('latin1', 0, 4) === 'QFI\xfb')
    return { format: 'qcow2', virtualSize: checkQcow2(head, fileSize) };
  const known = foreign.find(({ magic }) => head.toString('latin1', 0, magic.length) === magic);
  if (known !== undefined)
    throw invalid(`is in ${known.name} format: convert it to raw or qcow2 with qemu-img`);
  if (fileSize < 512) throw invalid(`is only ${fileSize} bytes long, less than one disk sector`);
  return { format: 'raw', virtualSize: BigInt(fileSize) };
}

const knownIncompatible = 0b11011n;
const corrupt = 0b10n;
const externalData = 0b100n;
const extendedEntries = 0b10000n;

function checkQcow2(head: Buffer, fileSize: number): bigint {
  if (head.length < 104) throw invalid('ends within its qcow2 header');
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw invalid(`is qcow2 version ${version}: only 2 and 3 exist`);
  if (head.readBigUInt64BE(8) !== 0n) {
    throw invalid('names a backing file: flatten it with `qemu-img convert -O qcow2`');
  }
  if (head.readUInt32BE(32) !== 0) throw invalid('is encrypted inside: convert it to a plain qcow2 image');
  const features = version === 3 ? head.readBigUInt64BE(72) : 0n;
  checkFeatures(features);
  const [clusterBits, virtualSize] = [head.readUInt32BE(20), head.readBigUInt64BE(24)];
  checkSizes(clusterBits, virtualSize);
  checkQcow2Tables(head, fileSize, { clusterBits, virtualSize, wide: (features & extendedEntries) !== 0n });
  return virtualSize;
}

function checkSizes(clusterBits: number, virtualSize: bigint): void {
  if (clusterBits < 9 || clusterBits > 21)
    throw invalid(`has clusters of 2^${clusterBits} bytes: 9 to 21 is legal`);
  if (virtualSize > 0n && virtualSize <= maxVirtualSize) return;
  throw invalid(`claims a disk of ${virtualSize} bytes: 1 to ${maxVirtualSize} is accepted`);
}

function checkFeatures(incompatible: bigint): void {
  if ((incompatible & corrupt) !== 0n) {
    throw invalid('is marked as corrupt: repair it with `qemu-img check -r all`, or make it anew');
  }
  if ((incompatible & externalData) !== 0n) {
    throw invalid('keeps its data in another file: convert it with `qemu-img convert -O qcow2`');
  }
  if ((incompatible & ~knownIncompatible) !== 0n) {
    throw invalid(`uses qcow2 features 0x${incompatible.toString(16)} that are unknown here`);
  }
}
