/**
 * `make image`: images as OCI archives, with their digests: those of a local cluster, or the kinds that are named.
 *
 *   node hack/image.ts [--out <directory>] [--compression none|gzip|zstd] [kind …]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildImages } from '../src/image/build.ts';
import { imageKinds, rareImageKinds } from '../src/image/names.ts';
import { messageOf } from '../src/support/errors.ts';
import { installSignals } from '../src/support/signals.ts';

const compressions = ['none', 'gzip', 'zstd'] as const;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { out: { type: 'string' }, compression: { type: 'string', default: 'none' } },
  });
  const all = [...imageKinds, ...rareImageKinds];
  const unknown = positionals.filter((name) => !all.some((kind) => kind === name));
  if (unknown.length > 0) throw new Error(`unknown image ${unknown.join(', ')}: choose of ${all.join(', ')}`);
  const compression = compressions.find((name) => name === values.compression);
  if (compression === undefined) throw new Error(`--compression must be one of ${compressions.join(', ')}`);
  const archives = await buildImages({
    root: join(import.meta.dirname, '..'),
    compression,
    ...(values.out !== undefined && { out: values.out }),
    only: positionals.length === 0 ? imageKinds : all.filter((kind) => positionals.includes(kind)),
    progress: (step) => console.error(step),
    signal: installSignals(),
  });
  for (const { name, digest, size, file } of archives) {
    console.log(`${name}  ${digest}  ${(size / 2 ** 20).toFixed(1)} MiB  ${file}`);
  }
}

await main().catch((error: unknown) => {
  console.error(`error: ${messageOf(error)}`);
  process.exitCode = 1;
});
