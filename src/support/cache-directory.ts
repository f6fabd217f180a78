/** Where programs, images and logs are kept that outlive a checkout and a cluster. */
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** `$MONOVIRT_CACHE`, else `monovirt` in the user's cache directory. */
export function cacheDirectory(env: Environment = process.env): string {
  const userCache = env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? homedir(), '.cache');
  return env['MONOVIRT_CACHE'] ?? join(userCache, 'monovirt');
}
