/** Hands a domain to libvirt, after others have changed it where the pod has such. */
import type { Vmi } from '../api/types.ts';
import type { Hypervisor } from '../libvirt/types.ts';
import { messageOf, MonovirtError } from '../support/errors.ts';

/** Lets hook sidecars change the XML of a domain. */
export type ChangeDomain = (xml: string, vmi: Vmi, signal: AbortSignal) => Promise<string>;

export interface Definition {
  vmi: Vmi;
  xml: string;
  signal: AbortSignal;
}

/**
 * What others wrote has to match libvirt's schema: a word that libvirt does not know would be dropped without a sound.
 * @returns the domain's UUID.
 * @throws MonovirtError `SidecarFailed` for a changed domain that libvirt refuses for what it says, else what
 * `changeDomain` and libvirt throw.
 */
export async function defineDomain(
  hypervisor: Hypervisor,
  { changeDomain }: { changeDomain?: ChangeDomain },
  { vmi, xml, signal }: Definition,
): Promise<string> {
  const changed = await changeDomain?.(xml, vmi, signal);
  if (changed === undefined || changed === xml) return hypervisor.define(xml);
  try {
    return await hypervisor.define(changed, { validate: true });
  } catch (error) {
    // The same domain may well be defined by the next attempt: what failed was something else.
    if (!(error instanceof MonovirtError) || error.retry !== 'never') throw error;
    const message = `libvirt refuses the domain as hook sidecars left it: ${messageOf(error)}`;
    throw new MonovirtError('SidecarFailed', message, 'never', { cause: error });
  }
}
