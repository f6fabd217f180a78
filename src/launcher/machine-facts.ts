/** What a domain's machine needs to know of the node. */
import type { Vmi } from '../api/types.ts';
import type { DomainContext } from '../libvirt/context.ts';
import { MonovirtError } from '../support/errors.ts';
import { readHostCpus } from './host-cpus.ts';

const architectures: Readonly<Record<string, DomainContext['architecture']>> = {
  x64: 'amd64',
  arm64: 'arm64',
};

/**
 * The part of a domain's context that is about its machine.
 * @throws MonovirtError `UnknownArchitecture` on a node that this program was not made for.
 */
export function machineFacts(vmi: Vmi): Pick<DomainContext, 'architecture' | 'hostCpus'> {
  const architecture = architectures[process.arch];
  if (architecture === undefined)
    throw new MonovirtError('UnknownArchitecture', `no guests on ${process.arch}`, 'never');
  const dedicated = vmi.spec.domain.cpu?.dedicatedCpuPlacement === true;
  return { architecture, ...(dedicated ? { hostCpus: readHostCpus() } : {}) };
}
