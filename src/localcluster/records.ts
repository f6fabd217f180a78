/** What is remembered of each process that was started: one file each, so that any later command finds it. */
import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { ProcessSpec } from './components.ts';
import { isMissing, readIfThere, writeFileAtomic } from './files.ts';
import type { ProcessIdentity } from './procfs.ts';
import { isAlive } from './procfs.ts';

const recordSchema = v.object({
  name: v.string(),
  pid: v.number(),
  startTime: v.string(),
  bootId: v.string(),
  /** Of the command line and all files read at start. */
  digest: v.string(),
  argv: v.array(v.string()),
});

export type ProcessRecord = v.InferOutput<typeof recordSchema>;

const ending = '.process.json';

/** Changes whenever the process would start differently. */
export async function digestOf(spec: ProcessSpec): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([spec.argv, spec.cwd ?? '', spec.node ?? '']));
  for (const file of spec.files) hash.update(`\0${file}\0${(await readIfThere(file)) ?? ''}`);
  return hash.digest('hex');
}

export async function writeRecord(runDir: string, record: ProcessRecord): Promise<void> {
  await writeFileAtomic(join(runDir, `${record.name}${ending}`), `${JSON.stringify(record, null, 2)}\n`);
}

/** @returns null when the process was never started, or its record cannot be read any more. */
export async function readRecord(runDir: string, name: string): Promise<ProcessRecord | null> {
  const text = await readIfThere(join(runDir, `${name}${ending}`));
  if (text === null) return null;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), recordSchema), text);
  return parsed.success ? parsed.output : null;
}

export async function removeRecord(runDir: string, name: string): Promise<void> {
  await rm(join(runDir, `${name}${ending}`), { force: true });
}

/** Every process on record, running or not. */
export async function listRecords(runDir: string): Promise<ProcessRecord[]> {
  let names: string[];
  try {
    names = await readdir(runDir);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const wanted = names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  const records = await Promise.all(wanted.toSorted().map((name) => readRecord(runDir, name)));
  return records.filter((record) => record !== null);
}

/** @returns the identity of the process when it runs. */
export async function runningProcess(runDir: string, name: string): Promise<ProcessIdentity | null> {
  const record = await readRecord(runDir, name);
  return record !== null && (await isAlive(record)) ? record : null;
}
