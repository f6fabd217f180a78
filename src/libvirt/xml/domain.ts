/** VMI → libvirt's domain XML. Pure: the same input gives the same text. */
import type { Vmi } from '../../api/types.ts';
import type { DomainContext } from '../context.ts';
import { clock } from './clock.ts';
import { cpuTune } from './cpu-tune.ts';
import { cpuElements } from './cpu.ts';
import { devices } from './devices.ts';
import { el, serialize } from './element.ts';
import { features } from './features.ts';
import { domainName, domainUuid, metadata, sysinfo } from './identity.ts';
import { ioThreads } from './io-threads.ts';
import { memory, memoryBacking } from './memory.ts';
import { numaTune } from './numa.ts';
import { endings, os } from './os.ts';

/**
 * Builds the domain of a VMI that admission has accepted.
 * @throws MonovirtError VolumeImageMissing, GuestMemoryMissing, InvalidCharacter, or of `cpuTune`, none of which a retry mends.
 */
export function domainXml(vmi: Vmi, context: DomainContext): string {
  return serialize(
    el(
      'domain',
      { type: context.emulation ? 'qemu' : 'kvm' },
      el('name', {}, domainName(vmi)),
      el('uuid', {}, domainUuid(vmi)),
      metadata(vmi),
      memory(vmi),
      memoryBacking(vmi),
      ...cpuElements(vmi, context),
      ioThreads(vmi),
      cpuTune(vmi, context),
      numaTune(vmi, context),
      sysinfo(vmi, context),
      os(vmi, context),
      features(vmi, context),
      clock(vmi, context),
      ...endings(vmi),
      devices(vmi, context),
    ),
  );
}
