/** Network namespaces for tests. */
import { execFileSync } from 'node:child_process';

export const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' });

/** Whether this machine and this user can make them and filter in them. */
export function canMakeNamespaces(): boolean {
  if (process.getuid?.() !== 0) return false;
  const probe = `mv${process.pid}probe`;
  try {
    run('ip', 'netns', 'add', probe);
    run('ip', 'netns', 'del', probe);
    run('nft', '--version');
    return true;
  } catch {
    return false;
  }
}
