/** Puts images from archives into the nodes. */
import { open } from 'node:fs/promises';
import { MonovirtError } from '../support/errors.ts';
import { run } from './exec.ts';
import { containerdSocket } from './node/files.ts';
import { insideNamespaces } from './processes.ts';

/** Start of every command on a node's images, as run inside the node. */
export const ctr: readonly string[] = [
  'ctr',
  '--address',
  containerdSocket,
  '--namespace',
  'k8s.io',
  'images',
];

export interface ArchivedImage {
  name: string;
  digest: string;
}

interface Index {
  manifests?: { digest?: string; annotations?: Record<string, string> }[];
}

/** Reads the names and digests out of an OCI archive's index. Pure. */
export function imagesOfIndex(text: string): ArchivedImage[] {
  const index = JSON.parse(text) as Index;
  return (index.manifests ?? []).flatMap(({ digest, annotations }) => {
    const name = annotations?.['io.containerd.image.name'];
    return name === undefined || digest === undefined ? [] : [{ name, digest }];
  });
}

/** @returns whether `ctr images list` names every image with its digest. Pure. */
export function hasAll(listing: string, images: readonly ArchivedImage[]): boolean {
  const lines = listing.split('\n').map((line) => line.split(/\s+/));
  return images.every(({ name, digest }) =>
    lines.some((words) => words[0] === name && words.includes(digest)),
  );
}

/**
 * Imports an OCI archive into a node's container runtime, unless it is there with the same digests.
 * @param initPid host pid of the node's first process.
 * @returns whether something was imported.
 * @throws MonovirtError `BadArchive` when the archive names no image.
 */
export async function importInto(initPid: number, archive: string, signal: AbortSignal): Promise<boolean> {
  const images = imagesOfIndex(
    await run(['tar', '--extract', '--to-stdout', '--file', archive, 'index.json'], { signal }),
  );
  if (images.length === 0) {
    const message = `${archive} names no image: its index lacks the annotation io.containerd.image.name`;
    throw new MonovirtError('BadArchive', message, 'never');
  }
  const listing = await run(insideNamespaces(initPid, [...ctr, 'list']), { signal });
  if (hasAll(listing, images)) return false;
  const file = await open(archive, 'r');
  try {
    await run(insideNamespaces(initPid, [...ctr, 'import', '-']), { input: file.fd, signal });
  } finally {
    await file.close();
  }
  return true;
}
