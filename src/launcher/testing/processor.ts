/** What a process costs. */
import { readFile } from 'node:fs/promises';

/** Processor time that a process has used so far, in milliseconds; the clock of /proc ticks a hundred times a second. */
export async function processorMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
