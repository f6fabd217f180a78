/** The hooks of a launcher's pod. */
import type { Logger } from '../../support/log.ts';
import type { ChangeDomain } from '../define-domain.ts';
import { layout } from '../layout.ts';

export interface SidecarHooks {
  changeDomain: ChangeDomain;
  /** Tells the sidecars that the VM is gone. */
  dismissSidecars(): Promise<void>;
}

/** How long sidecars may take to hear of the end, in milliseconds. */
const dismissMs = 2_000;

/** None without sidecars: what speaks with them is not even loaded then. */
export function sidecarHooks(
  count: number,
  log: Logger,
  folder: string = layout.hooksDir,
): Partial<SidecarHooks> {
  if (count === 0) return {};
  const hooks = import('./hooks.ts').then(({ Hooks }) => new Hooks({ folder, count, log }));
  // Whoever needs them sees it fail.
  hooks.catch(() => undefined);
  return {
    changeDomain: async (xml, vmi, signal) => (await hooks).onDefineDomain(xml, vmi, signal),
    dismissSidecars: async () => (await hooks).shutdown(dismissMs),
  };
}
