/** Rules on the guest's clock and timers. */
import { forbidden, invalid, notSupported } from './cause.ts';
import type { Cause } from './cause.ts';
import type { SpecContext } from './rule.ts';

/** What QEMU does of what libvirt can say about ticks that came too late. */
const tickPolicies = {
  hpet: ['delay', 'catchup', 'merge', 'discard'],
  pit: ['delay', 'catchup', 'discard'],
  rtc: ['delay', 'catchup'],
} as const;

/** Each timer has its own set of tick policies. */
export function tickPolicyIsKnown({ spec, path }: SpecContext): Cause[] {
  const timer = spec.domain.clock?.timer;
  return (['hpet', 'pit', 'rtc'] as const).flatMap((name) => {
    const policy = timer?.[name]?.tickPolicy;
    const known: readonly string[] = tickPolicies[name];
    const field = `${path}.domain.clock.timer.${name}.tickPolicy`;
    if (!policy || known.includes(policy)) return [];
    return [notSupported(field, `${field} '${policy}' is not known; use one of: ${known.join(', ')}`)];
  });
}

export function rtcTrackIsKnown({ spec, path }: SpecContext): Cause[] {
  const track = spec.domain.clock?.timer?.rtc?.track;
  if (!track || track === 'guest' || track === 'wall') return [];
  const field = `${path}.domain.clock.timer.rtc.track`;
  return [notSupported(field, `${field} '${track}' is not known; use guest or wall`)];
}

export function oneClock({ spec, path }: SpecContext): Cause[] {
  const clock = spec.domain.clock;
  if (!clock?.utc || !clock.timezone) return [];
  const field = `${path}.domain.clock`;
  return [forbidden(field, `${field} has both utc and timezone; keep one`)];
}

export function timezoneIsAName({ spec, path }: SpecContext): Cause[] {
  const timezone = spec.domain.clock?.timezone;
  if (!timezone || /^[A-Za-z0-9_+/-]{1,64}$/.test(timezone)) return [];
  const field = `${path}.domain.clock.timezone`;
  return [invalid(field, `${field} must be a name such as Europe/Berlin`)];
}
