/** Features of the virtual machine itself. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { onOff } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';
import { hyperv, state } from './hyperv.ts';

type Features = NonNullable<Vmi['spec']['domain']['features']>;

export function features(vmi: Vmi, context: DomainContext): Element {
  const wanted = vmi.spec.domain.features ?? {};
  const amd64 = context.architecture === 'amd64';
  return el(
    'features',
    {},
    wanted.acpi?.enabled === false ? undefined : el('acpi'),
    ...(amd64 ? ofPc(wanted, context) : []),
    kvm(vmi, context),
    ...(amd64 ? [el('vmport', { state: 'off' })] : []),
  );
}

/** What only a PC has. */
function ofPc(wanted: Features, context: DomainContext): (Element | undefined)[] {
  // KVM's kernel part would have to wake waiters; a translator has none.
  const spinlocks = context.emulation ? undefined : state('pvspinlock', wanted.pvspinlock);
  return [apic(wanted.apic), state('smm', wanted.smm), hyperv(wanted, context), spinlocks];
}

function apic(wanted: Features['apic']): Element | undefined {
  if (wanted === undefined || wanted.enabled === false) return undefined;
  const { endOfInterrupt } = wanted;
  return el('apic', { eoi: endOfInterrupt === undefined ? undefined : onOff(endOfInterrupt) });
}

/** What the guest sees of KVM: whether it is there, and that its processors are never taken away. */
function kvm({ spec }: Vmi, { emulation, architecture }: DomainContext): Element | undefined {
  const { features: wanted, cpu } = spec.domain;
  const hidden = wanted?.kvm === undefined ? undefined : wanted.kvm.hidden === true;
  const dedicated = cpu?.dedicatedCpuPlacement === true && architecture === 'amd64' && !emulation;
  if (hidden === undefined && !dedicated) return undefined;
  return el(
    'kvm',
    {},
    hidden === undefined ? undefined : el('hidden', { state: onOff(hidden) }),
    dedicated ? el('hint-dedicated', { state: 'on' }) : undefined,
  );
}
