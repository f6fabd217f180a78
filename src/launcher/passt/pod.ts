/** The passt of a VMI's pod. Loaded only where an interface asks for it. */
import type { Vmi } from '../../api/types.ts';
import { networkPlan } from '../../network/plan.ts';
import type { Logger } from '../../support/log.ts';
import { passtArguments } from './arguments.ts';
import { servePasst } from './serve.ts';

/** Starts the one there can be: only the pod's own network has this binding. @throws as `servePasst` does. */
export async function passtOf(vmi: Vmi, socket: string, log: Logger): Promise<AsyncDisposable | undefined> {
  const plan = networkPlan(vmi).find(({ binding }) => binding === 'passt');
  if (plan?.binding !== 'passt') return undefined;
  return servePasst({ args: passtArguments(vmi, plan, socket), socket, log });
}
