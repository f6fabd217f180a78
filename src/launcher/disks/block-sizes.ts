/** The sizes of blocks that a volume works in. */
import { readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumeImage } from '../../libvirt/context.ts';

type Sizes = NonNullable<VolumeImage['blockSizes']>;

/** Where the kernel describes block devices by number. */
const devicesDir = '/sys/dev/block';

/** What a file system or device works in, in bytes. @param sysDir where devices are described. */
export async function blockSizesOf(
  { file, block }: Pick<VolumeImage, 'file' | 'block'>,
  sysDir = devicesDir,
): Promise<Sizes> {
  if (block === true) return deviceSizes(join(sysDir, deviceNumber((await stat(file)).rdev)));
  const { bsize } = await statfs(file);
  return { logical: bsize, physical: bsize, discardGranularity: bsize };
}

/** `major:minor`, taken apart as Linux puts them together. */
export function deviceNumber(rdev: number): string {
  const number = BigInt(rdev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn);
  const minor = (number & 0xffn) | ((number >> 12n) & ~0xffn & 0xffffffffn);
  return `${major}:${minor}`;
}

/** Of a device, or of the whole one that it is a partition of. */
async function deviceSizes(folder: string): Promise<Sizes> {
  const [logical, physical, discard] = await Promise.all(
    ['logical_block_size', 'physical_block_size', 'discard_granularity'].map((name) =>
      queueFact(folder, name),
    ),
  );
  const least = logical || physical || 512;
  const granularity = discard ?? 0;
  return {
    logical: least,
    physical: Math.max(physical ?? 0, least),
    discardGranularity: granularity % least === 0 ? granularity : Math.max(physical ?? 0, least),
  };
}

async function queueFact(folder: string, name: string): Promise<number | undefined> {
  for (const queue of ['queue', '../queue']) {
    const text = await readFile(`${folder}/${queue}/${name}`, 'utf8').catch(() => undefined);
    if (text !== undefined) return Number(text.trim());
  }
  return undefined;
}
