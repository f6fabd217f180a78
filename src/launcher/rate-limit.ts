/** A token bucket: how often something hostile may make us work. */
export interface RateLimit {
  /** Whether `amount` more is allowed now; takes it when it is. */
  take(amount?: number): boolean;
  /** Whether it would be. */
  has(amount: number): boolean;
}

/**
 * @param perSecond what comes back each second.
 * @param burst what may be taken at once after silence.
 * @param now a clock in milliseconds.
 */
export function rateLimit(
  perSecond: number,
  burst: number,
  now: () => number = () => performance.now(),
): RateLimit {
  let tokens = burst;
  let last = now();
  const has = (amount: number): boolean => {
    const time = now();
    tokens = Math.min(burst, tokens + ((time - last) / 1000) * perSecond);
    last = time;
    return tokens >= amount;
  };
  return {
    has,
    take: (amount = 1) => {
      if (!has(amount)) return false;
      tokens -= amount;
      return true;
    },
  };
}
