/** File systems that a guest shares with its pod: each is served by a virtiofsd in a container of its own. */
import { join } from 'node:path/posix';
import type { Vmi } from '../../api/types.ts';
import { virtiofsSocket } from '../../launcher/layout.ts';
import type { DomainContext } from '../context.ts';
import { el } from './element.ts';
import type { Element } from './element.ts';

/** Requests that the guest may have under way at once: KubeVirt's number, and the most that virtiofsd takes. */
const queueSize = 1024;

/** Elements in the order of the spec; the guest mounts each by the name of its volume. */
export function filesystems(vmi: Vmi, { paths }: DomainContext): Element[] {
  return (vmi.spec.domain.devices.filesystems ?? []).map(({ name }) =>
    el(
      'filesystem',
      { type: 'mount', accessmode: 'passthrough' },
      el('driver', { type: 'virtiofs', queue: queueSize }),
      el('source', { socket: join(paths.virtiofsDir, virtiofsSocket(name)) }),
      el('target', { dir: name }),
    ),
  );
}
