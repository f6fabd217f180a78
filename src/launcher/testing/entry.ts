/** Runs the launcher role with its folders moved: `node entry.ts <folders as JSON> <arguments of the role>…`. */
// eslint-disable-next-line no-restricted-imports -- this file stands in for main.ts.
import { run } from '../../roles/launcher.ts';
import { installSignals } from '../../support/signals.ts';
import { podFolders } from '../paths.ts';
import type { Folders } from '../paths.ts';

const [folders = '{}', ...args] = process.argv.slice(2);
process.exitCode = await run(args, installSignals(), {
  ...podFolders,
  ...(JSON.parse(folders) as Partial<Folders>),
});
