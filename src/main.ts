/** Role and command dispatch; nothing else. A role loads only its own code. */
import { chooseEntry, type EntryName, type EntryPoint } from './entry.ts';
import { installSignals } from './support/signals.ts';

const load: Record<EntryName, () => Promise<EntryPoint>> = {
  controller: () => import('./roles/controller.ts'),
  'node-agent': () => import('./roles/node-agent.ts'),
  launcher: () => import('./roles/launcher.ts'),
  cli: () => import('./cli/main.ts'),
};

const { entry, rest } = chooseEntry(process.argv.slice(2));
const chosen = await load[entry]();
process.exitCode = await chosen.run(rest, installSignals());
