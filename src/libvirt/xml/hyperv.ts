/** Hyper-V's enlightenments, by which Windows finds out that it is a guest. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { onOff } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

type Features = NonNullable<Vmi['spec']['domain']['features']>;
type Hyperv = NonNullable<Features['hyperv']>;
export interface State {
  enabled?: boolean;
}

/** `<name state="on">` for a feature that is given; `enabled` is on unless it says otherwise. */
export function state(
  name: string,
  wanted: State | undefined,
  ...children: (Element | undefined)[]
): Element | undefined {
  return wanted === undefined ? undefined : el(name, { state: onOff(wanted.enabled) }, ...children);
}

/** `<hyperv>`. Enlightenments that KVM's kernel part makes are not there when QEMU translates. */
export function hyperv(
  { hyperv: wanted, hypervPassthrough }: Features,
  { emulation }: DomainContext,
): Element | undefined {
  if (wanted === undefined) {
    const passed = hypervPassthrough?.enabled === true && !emulation;
    return passed ? el('hyperv', { mode: 'passthrough' }) : undefined;
  }
  return el('hyperv', {}, ...ofQemu(wanted), ...(emulation ? [] : ofKvm(wanted)));
}

function ofQemu({ relaxed, vapic, spinlocks, vendorid }: Hyperv): (Element | undefined)[] {
  return [
    state('relaxed', relaxed),
    state('vapic', vapic),
    spinlocks === undefined
      ? undefined
      : el('spinlocks', { state: onOff(spinlocks.enabled), retries: spinlocks.spinlocks }),
    vendorid === undefined
      ? undefined
      : el('vendor_id', { state: onOff(vendorid.enabled), value: vendorid.vendorid }),
  ];
}

function ofKvm(wanted: Hyperv): (Element | undefined)[] {
  const { synictimer, tlbflush } = wanted;
  return [
    state('vpindex', wanted.vpindex),
    state('runtime', wanted.runtime),
    state('synic', wanted.synic),
    state('stimer', synictimer, state('direct', synictimer?.direct)),
    state('reset', wanted.reset),
    state('frequencies', wanted.frequencies),
    state('reenlightenment', wanted.reenlightenment),
    state('tlbflush', tlbflush, state('direct', tlbflush?.direct), state('extended', tlbflush?.extended)),
    state('ipi', wanted.ipi),
    state('evmcs', wanted.evmcs),
  ];
}
