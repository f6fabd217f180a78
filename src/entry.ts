/** Which entry point the arguments choose. Shared by the source tree's `main.ts` and the executable's `sea.ts`. */
import { MonovirtError } from './support/errors.ts';

/** Every entry point: returns the process's exit code, ends when `signal` aborts. */
export interface EntryPoint {
  run(args: readonly string[], signal: AbortSignal): Promise<number>;
}

/** Source file of each entry point; a build makes one bundle of each, and a process loads exactly one. */
export const entryFiles = {
  controller: 'roles/controller.ts',
  'node-agent': 'roles/node-agent.ts',
  launcher: 'roles/launcher.ts',
  cli: 'cli/main.ts',
} as const;

export type EntryName = keyof typeof entryFiles;

const roles: readonly EntryName[] = ['controller', 'node-agent', 'launcher'];

/**
 * Chooses by `--role <role>` in first place; anything else is a command of the human interface.
 * @throws MonovirtError `UnknownRole`.
 */
export function chooseEntry(args: readonly string[]): { entry: EntryName; rest: readonly string[] } {
  if (args[0] !== '--role') return { entry: 'cli', rest: args };
  const entry = roles.find((role) => role === args[1]);
  if (entry === undefined) {
    const message = `unknown role ${JSON.stringify(args[1])}: choose one of ${roles.join(', ')}`;
    throw new MonovirtError('UnknownRole', message, 'never');
  }
  return { entry, rest: args.slice(2) };
}
