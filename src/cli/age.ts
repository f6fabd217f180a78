/** Ages as kubectl prints them. */

interface Unit {
  suffix: string;
  seconds: number;
}

const units: readonly Unit[] = [
  { suffix: 'd', seconds: 86_400 },
  { suffix: 'h', seconds: 3_600 },
  { suffix: 'm', seconds: 60 },
];

/**
 * Time since `timestamp` in at most two units, as kubectl does: `45s`, `3m10s`, `2d`.
 * @param timestamp RFC 3339; an unreadable or absent one prints as `<unknown>`.
 */
export function age(timestamp: string | undefined, now: number): string {
  const start = Date.parse(timestamp ?? '');
  if (Number.isNaN(start)) return '<unknown>';
  const total = Math.max(0, Math.floor((now - start) / 1000));
  const index = units.findIndex((unit) => total >= unit.seconds);
  const unit = units[index];
  if (unit === undefined || total < 120) return `${total}s`;
  const count = Math.floor(total / unit.seconds);
  const next = units[index + 1] ?? { suffix: 's', seconds: 1 };
  const rest = Math.floor((total % unit.seconds) / next.seconds);
  return count < 10 && rest > 0 ? `${count}${unit.suffix}${rest}${next.suffix}` : `${count}${unit.suffix}`;
}
