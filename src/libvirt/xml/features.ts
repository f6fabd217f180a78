/** Features of the virtual machine itself. */
import type { Vmi } from '../../api/types.ts';
import { onOff } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

type Features = NonNullable<Vmi['spec']['domain']['features']>;
type Hyperv = NonNullable<Features['hyperv']>;
interface State {
  enabled?: boolean;
}

export function features(vmi: Vmi): Element {
  const wanted = vmi.spec.domain.features ?? {};
  return el(
    'features',
    {},
    wanted.acpi?.enabled === false ? undefined : el('acpi'),
    enabled('apic', wanted.apic),
    enabled('smm', wanted.smm),
    hyperv(wanted),
    wanted.kvm === undefined
      ? undefined
      : el('kvm', {}, el('hidden', { state: wanted.kvm.hidden === true ? 'on' : 'off' })),
    state('pvspinlock', wanted.pvspinlock),
    el('vmport', { state: 'off' }),
  );
}

/** A feature that libvirt knows only to be there or not. */
function enabled(name: string, wanted: State | undefined): Element | undefined {
  return wanted === undefined || wanted.enabled === false ? undefined : el(name);
}

function state(
  name: string,
  wanted: State | undefined,
  ...children: (Element | undefined)[]
): Element | undefined {
  return wanted === undefined ? undefined : el(name, { state: onOff(wanted.enabled) }, ...children);
}

function hyperv({ hyperv: wanted, hypervPassthrough }: Features): Element | undefined {
  if (wanted === undefined)
    return hypervPassthrough?.enabled === true ? el('hyperv', { mode: 'passthrough' }) : undefined;
  return el('hyperv', {}, ...simpleHyperv(wanted), ...detailedHyperv(wanted));
}

function simpleHyperv(wanted: Hyperv): (Element | undefined)[] {
  return [
    state('relaxed', wanted.relaxed),
    state('vapic', wanted.vapic),
    state('vpindex', wanted.vpindex),
    state('runtime', wanted.runtime),
    state('synic', wanted.synic),
    state('reset', wanted.reset),
    state('frequencies', wanted.frequencies),
    state('reenlightenment', wanted.reenlightenment),
    state('tlbflush', wanted.tlbflush),
    state('ipi', wanted.ipi),
    state('evmcs', wanted.evmcs),
  ];
}

function detailedHyperv({ spinlocks, synictimer, vendorid }: Hyperv): (Element | undefined)[] {
  return [
    spinlocks === undefined
      ? undefined
      : el('spinlocks', { state: onOff(spinlocks.enabled), retries: spinlocks.spinlocks }),
    state('stimer', synictimer, state('direct', synictimer?.direct)),
    vendorid === undefined
      ? undefined
      : el('vendor_id', { state: onOff(vendorid.enabled), value: vendorid.vendorid }),
  ];
}
