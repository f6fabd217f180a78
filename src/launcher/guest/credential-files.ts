/** Keys and passwords in mounted secrets. Values are never part of an error. */
import { join } from 'node:path';
import type { AgentCredentials } from '../../api/agent-credentials.ts';
import { readAll } from '../disks/config-files.ts';

export interface Wanted {
  /** All keys that shall open each user's door; none closes it. */
  keys: ReadonlyMap<string, readonly string[]>;
  passwords: ReadonlyMap<string, string>;
}

/**
 * Reads what `credentials` name. @param folder where secrets are mounted by name.
 * @throws MonovirtError `ConfigFileInvalid`, or an error of the file system.
 */
export async function readCredentials(credentials: AgentCredentials, folder: string): Promise<Wanted> {
  const keys = new Map<string, string[]>();
  for (const [user, secrets] of credentials.keys) {
    const texts = await Promise.all(secrets.map((secret) => textsOf(join(folder, secret))));
    keys.set(user, [...new Set(texts.flatMap((files) => [...files.values()].flatMap(keysIn)))]);
  }
  const passwords = new Map<string, string>();
  for (const secret of credentials.passwords) {
    for (const [user, text] of await textsOf(join(folder, secret))) {
      // Who makes a secret of a file brings its last line's end along.
      if (text.trim() !== '') passwords.set(user, text.trim());
    }
  }
  return { keys, passwords };
}

async function textsOf(folder: string): Promise<Map<string, string>> {
  const files = await readAll(folder);
  return new Map(Object.entries(files).map(([name, data]) => [name, data.toString()]));
}

/** Lines that are keys: an agent refuses all of them for a comment. */
export const keysIn = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
