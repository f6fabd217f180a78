/** Token buckets by key, of which only the latest used are kept. */
import type { Clock } from './clock.ts';

export interface Tokens {
  /** False when the key has used up its share for now. */
  take(key: string): boolean;
}

export function createTokens(
  clock: Clock,
  { burst, refillMs, maxKeys }: { burst: number; refillMs: number; maxKeys: number },
): Tokens {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(key) {
      const now = clock.now();
      const known = buckets.get(key) ?? { left: burst, at: now };
      const left = Math.min(burst, known.left + (now - known.at) / refillMs);
      buckets.delete(key);
      buckets.set(key, { left: left >= 1 ? left - 1 : left, at: now });
      const [oldest] = buckets.keys();
      if (buckets.size > maxKeys && oldest !== undefined) buckets.delete(oldest);
      return left >= 1;
    },
  };
}
