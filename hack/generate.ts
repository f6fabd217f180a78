/** `node hack/generate.ts [--verify]`: writes generated files, or fails when the committed ones are stale. */
import { fileURLToPath } from 'node:url';
import { staleFiles, writeGenerated } from './generated.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

if (process.argv.includes('--verify')) {
  const stale = await staleFiles(root);
  for (const path of stale) console.error(`${path} is stale`);
  if (stale.length > 0) console.error('run `make generate` and commit what it writes');
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  const written = await writeGenerated(root);
  console.log(`wrote ${written.length} generated files`);
}
