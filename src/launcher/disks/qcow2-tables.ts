/**
 * Where a qcow2 image says that its tables are (QEMU's docs/interop/qcow2.txt). QEMU checks what it reads; here is
 * refused what is cut short or absurd, before a guest waits for it. Pure.
 */
import { invalid } from './image-invalid.ts';

export interface Geometry {
  clusterBits: number;
  /** Of the disk, in bytes. */
  virtualSize: bigint;
  /** Entries of the second level are twice as large. */
  wide: boolean;
}

/** QEMU's own bounds: bytes of the two tables that the header names, and snapshots. */
const maxL1Bytes = 32n << 20n;
const maxRefcountBytes = 8n << 20n;
const maxSnapshots = 65_536;
const entryBytes = 8n;

/** @param head the header, of 104 bytes at least. @throws MonovirtError `ImageInvalid`. */
export function checkQcow2Tables(head: Buffer, fileSize: number, geometry: Geometry): void {
  const cluster = 1n << BigInt(geometry.clusterBits);
  // The last cluster of a file need not be whole.
  const end = ((BigInt(fileSize) + cluster - 1n) / cluster) * cluster;
  const l1Entries = BigInt(head.readUInt32BE(36));
  const perEntry = (cluster * cluster) / (geometry.wide ? 2n * entryBytes : entryBytes);
  if (l1Entries * perEntry < geometry.virtualSize) {
    throw invalid(
      `has tables for less than its disk of ${geometry.virtualSize} bytes: it is corrupt, make it anew`,
    );
  }
  const place = { cluster, end };
  checkTable(head.readBigUInt64BE(40), l1Entries * entryBytes, { ...place, most: maxL1Bytes });
  const refcountBytes = BigInt(head.readUInt32BE(56)) * cluster;
  checkTable(head.readBigUInt64BE(48), refcountBytes, { ...place, most: maxRefcountBytes });
  const snapshots = head.readUInt32BE(60);
  if (snapshots > maxSnapshots) throw invalid(`claims ${snapshots} snapshots: it is corrupt, make it anew`);
}

function checkTable(
  offset: bigint,
  bytes: bigint,
  { cluster, end, most }: Record<'cluster' | 'end' | 'most', bigint>,
): void {
  if (bytes > most) throw invalid(`claims a table of ${bytes} bytes: it is corrupt, make it anew`);
  if (offset === 0n || offset % cluster !== 0n)
    throw invalid('has no tables where it says: it is corrupt, make it anew');
  if (offset + bytes > end) throw invalid('ends before its tables: it was cut short, copy it again');
}
