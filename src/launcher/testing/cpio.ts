/** Writes the archives that Linux takes as initrd (`newc`). Pure. */
export interface CpioEntry {
  name: string;
  /** Mode with its file type, as 0o100755 for a program and 0o040755 for a folder. */
  mode: number;
  data?: Buffer;
}

export function cpio(entries: readonly CpioEntry[]): Buffer {
  const all = [...entries, { name: 'TRAILER!!!', mode: 0 }];
  return Buffer.concat(all.map((entry, index) => record(entry, index + 1)));
}

function record({ name, mode, data = Buffer.alloc(0) }: CpioEntry, inode: number): Buffer {
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length + 1, 0];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return Buffer.concat([padded(Buffer.from(head)), padded(data)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes], Math.ceil(bytes.length / 4) * 4);
}
