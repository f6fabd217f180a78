/** Role and command dispatch; nothing else. A role loads only its own code. */
import { installSignals } from './support/signals.ts';

/** Every entry point: returns the process's exit code, ends when `signal` aborts. */
export interface EntryPoint {
  run(args: readonly string[], signal: AbortSignal): Promise<number>;
}

const roles: Record<string, () => Promise<EntryPoint>> = {
  controller: () => import('./roles/controller.ts'),
  'node-agent': () => import('./roles/node-agent.ts'),
  launcher: () => import('./roles/launcher.ts'),
};
const commandLine = (): Promise<EntryPoint> => import('./cli/main.ts');

function chooseEntry(args: readonly string[]): { load: () => Promise<EntryPoint>; rest: readonly string[] } {
  if (args[0] !== '--role') return { load: commandLine, rest: args };
  const load = roles[args[1] ?? ''];
  if (load === undefined) {
    throw new Error(
      `unknown role ${JSON.stringify(args[1])}: choose one of ${Object.keys(roles).join(', ')}`,
    );
  }
  return { load, rest: args.slice(2) };
}

const { load, rest } = chooseEntry(process.argv.slice(2));
const entry = await load();
process.exitCode = await entry.run(rest, installSignals());
