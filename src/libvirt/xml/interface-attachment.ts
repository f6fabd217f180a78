/** What the far end of a network interface is: a tap, or the process that speaks for the guest. Pure. */
import type { InterfacePlan } from '../../network/plan.ts';
import type { DomainContext } from '../context.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

export interface Attachment {
  /** libvirt's type of the interface. */
  type: 'ethernet' | 'vhostuser';
  /** `<source>` or `<target>`. */
  element: Element;
}

/**
 * `managed='no'`: the tap exists, and libvirt has no right to touch it. passt is ours and not libvirt's: it is told
 * more than libvirt can say, and QEMU comes back to it after it died.
 */
export function attachmentOf(plan: InterfacePlan, { paths }: DomainContext): Attachment {
  if (plan.binding === 'passt') {
    const reconnect = el('reconnect', { enabled: 'yes', timeout: 1 });
    const source = { type: 'unix', path: paths.passtSocket, mode: 'client' };
    return { type: 'vhostuser', element: el('source', source, reconnect) };
  }
  return { type: 'ethernet', element: el('target', { dev: plan.tap, managed: 'no' }) };
}
