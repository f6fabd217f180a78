/** What the figures were measured on. */
import { readFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { mebibytes } from './stats.ts';

/** One line: processors, memory, kernel, system; no name or address of the machine. */
export async function describeMachine(): Promise<string> {
  const system = /PRETTY_NAME="([^"]*)"/.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  const [first] = cpus();
  const kernel = release().split('-')[0] ?? '';
  return `${cpus().length} × ${first?.model ?? 'unknown processor'}, ${mebibytes(totalmem())}, kernel ${kernel}, ${system}, guests emulated (TCG)`;
}
