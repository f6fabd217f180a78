/** The guest's clock and timers. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { yesNo } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

type Clock = NonNullable<Vmi['spec']['domain']['clock']>;
interface Timer {
  present?: boolean;
  tickPolicy?: string;
  track?: string;
}

/** What a guest gets that asks for nothing: UTC, lost ticks made up for, no timer that costs wake-ups. */
const defaultClock: Clock = {
  utc: {},
  timer: { hpet: { present: false }, pit: { tickPolicy: 'delay' }, rtc: { tickPolicy: 'catchup' } },
};

export function clock(vmi: Vmi, context: DomainContext): Element {
  const wanted = vmi.spec.domain.clock ?? (context.architecture === 'amd64' ? defaultClock : {});
  return el('clock', offset(wanted), ...timers(wanted, context));
}

function offset({ timezone, utc }: Clock): Record<string, string | number> {
  if (timezone !== undefined && utc === undefined) return { offset: 'timezone', timezone };
  return { offset: 'utc', adjustment: utc?.offsetSeconds ?? 'reset' };
}

function timers({ timer = {} }: Clock, { emulation }: DomainContext): (Element | undefined)[] {
  return [
    element('rtc', timer.rtc),
    element('pit', timer.pit),
    // KVM's own clock exists only with KVM; libvirt refuses even its absence without.
    emulation ? undefined : element('kvmclock', timer.kvm),
    element('hpet', timer.hpet),
    element('hypervclock', timer.hyperv),
  ];
}

function element(name: string, timer: Timer | undefined): Element | undefined {
  if (timer === undefined) return undefined;
  const { present, tickPolicy, track } = timer;
  return el('timer', {
    name,
    present: yesNo(present),
    // Go's empty string means not given.
    tickpolicy: tickPolicy || undefined,
    track: track || undefined,
  });
}
