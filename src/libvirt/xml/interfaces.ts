/** Network interfaces, on taps that the node agent made or on passt. */
import type { Vmi } from '../../api/types.ts';
import type { InterfacePlan } from '../../network/plan.ts';
import type { DomainContext } from '../context.ts';
import { bootOrder, given, pciAddress, userAlias, virtioModel, when } from './common.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';
import { attachmentOf } from './interface-attachment.ts';

/** In the order of the plan. */
export function interfaces(vmi: Vmi, context: DomainContext): Element[] {
  return context.interfaces.map((plan) => interfaceElement(vmi, plan, context));
}

function interfaceElement(vmi: Vmi, plan: InterfacePlan, context: DomainContext): Element {
  const { type, element } = attachmentOf(plan, context);
  const mtu = type === 'ethernet' ? context.mtus?.[plan.tap] : undefined;
  const wanted = vmi.spec.domain.devices.interfaces?.find(({ name }) => name === plan.name);
  const order = wanted?.bootOrder;
  return el(
    'interface',
    { type },
    el('mac', { address: plan.mac }),
    element,
    el('model', { type: plan.model === 'virtio' ? virtioModel(vmi) : plan.model }),
    when(plan.queues > 1, () => el('driver', { queues: plan.queues })),
    given(mtu, (size) => el('mtu', { size })),
    when(wanted?.state === 'down', () => el('link', { state: 'down' })),
    bootOrder(order),
    // A boot ROM is loaded for each interface and is of use only to one that is booted from.
    when(order === undefined, () => el('rom', { enabled: 'no' })),
    given(wanted?.acpiIndex, (index) => el('acpi', { index })),
    pciAddress(wanted?.pciAddress),
    userAlias(`interface-${plan.name}`),
  );
}
