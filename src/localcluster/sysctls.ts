/** Kernel settings that a kubelet changes for the whole machine: remembered, and put back at the end. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { ClusterConfig } from './config.ts';
import { readIfThere, writeFileAtomic } from './files.ts';

const changedByKubelet = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

const savedSchema = v.record(v.string(), v.string());
const savedPath = (config: ClusterConfig): string => join(config.stateDir, 'sysctls.json');

/** Writes the machine's values down, the first time only. */
export async function rememberSysctls(config: ClusterConfig): Promise<void> {
  if ((await readIfThere(savedPath(config))) !== null) return;
  const values: Record<string, string> = {};
  for (const name of changedByKubelet) {
    const value = await readIfThere(join('/proc/sys', name));
    if (value !== null) values[name] = value.trim();
  }
  await writeFileAtomic(savedPath(config), `${JSON.stringify(values, null, 2)}\n`);
}

/** Puts the remembered values back. */
export async function restoreSysctls(config: ClusterConfig): Promise<void> {
  const text = await readIfThere(savedPath(config));
  if (text === null) return;
  for (const [name, value] of Object.entries(v.parse(savedSchema, JSON.parse(text)))) {
    await writeFile(join('/proc/sys', name), value);
  }
}
