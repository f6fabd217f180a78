/** libvirt's schema of domains, asked about many at once: loading it takes longer than using it. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseLayer, debian } from '../../src/image/base.ts';
import { cacheDirectory } from '../../src/support/cache-directory.ts';

/** Of the libvirt that runs guests, which may be newer than this machine's own. */
const schemas = './usr/share/libvirt/schemas';
const batchSize = 400;

export interface SchemaCheck {
  /** Remembers a domain; the same text is checked once. */
  add(xml: string, what: string): Promise<void>;
  /** Checks what is left; what the schema refuses, with what was said of it. */
  finish(): Promise<string[]>;
  readonly distinct: number;
}

/** Takes the schema out of our image's base; builds that when the cache lacks it. */
export async function createSchemaCheck(folder: string): Promise<SchemaCheck> {
  const base = await baseLayer({
    root: join(import.meta.dirname, '../..'),
    cache: join(cacheDirectory(), 'images'),
    source: debian,
    progress: (step) => console.log(step),
  });
  await run('tar', ['-xf', base.file, '-C', folder, schemas]);
  const schema = join(folder, schemas, 'domain.rng');
  const seen = new Set<string>();
  const refused: string[] = [];
  let waiting: { xml: string; what: string }[] = [];

  async function flush(): Promise<void> {
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) refused.push(...(await refusedOf(batch, { folder, schema })));
  }

  return {
    get distinct() {
      return seen.size;
    },
    async add(xml, what) {
      if (seen.has(xml)) return;
      seen.add(xml);
      waiting.push({ xml, what });
      if (waiting.length >= batchSize) await flush();
    },
    async finish() {
      await flush();
      return refused;
    },
  };
}

async function refusedOf(
  batch: readonly { xml: string; what: string }[],
  { folder, schema }: { folder: string; schema: string },
): Promise<string[]> {
  const place = join(folder, 'domains');
  await mkdir(place, { recursive: true });
  const files = batch.map((_, index) => join(place, `${index}.xml`));
  await Promise.all(files.map((file, index) => writeFile(file, batch[index]?.xml ?? '')));
  const log = join(folder, 'xmllint.log');
  const code = await run('sh', [
    '-c',
    `xmllint --noout --relaxng ${schema} "$@" > ${log} 2>&1`,
    'sh',
    ...files,
  ]);
  if (code === 0) return [];
  const said = await readFile(log, 'utf8');
  await rm(place, { recursive: true, force: true });
  return batch.flatMap(({ what }, index) => {
    const own = said
      .split('\n')
      .filter((line) => line.includes(`/${index}.xml`) && !line.endsWith(' validates'));
    return own.length === 0 ? [] : [`libvirt's schema refuses the domain of ${what}\n${own.join('\n')}`];
  });
}

function run(program: string, args: string[]): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(program, args, { stdio: 'ignore' });
  child.once('error', reject);
  child.once('exit', (code) => resolve(code ?? 1));
  return promise;
}
