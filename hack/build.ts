/** `make build`: the single executable in `dist/`, with the files that go into the image beside it. */
import { join } from 'node:path';
import { buildExecutable } from '../src/image/executable.ts';
import { messageOf } from '../src/support/errors.ts';
import { installSignals } from '../src/support/signals.ts';

const root = join(import.meta.dirname, '..');

try {
  const built = await buildExecutable({ root, out: join(root, 'dist') }, installSignals());
  for (const file of Object.values(built)) console.log(file);
} catch (error) {
  console.error(`error: ${messageOf(error)}`);
  process.exitCode = 1;
}
