/** What may be done to a guest of this node, and the event that tells of it. */
import type { HttpRequest } from '../../http/types.ts';
import { HttpError } from '../../http/status.ts';
import { messageOf } from '../../support/errors.ts';
import type { AgentEvent } from '../vmi/snapshot.ts';
import type { VmiController } from '../vmi/controller.ts';
import * as v from 'valibot';

/** A VMI of this node. */
export type Found = NonNullable<ReturnType<VmiController['find']>>;

export interface Action {
  /** Its path. */
  name: string;
  act(session: Found['session'], request: HttpRequest): Promise<unknown>;
  done?: AgentEvent;
  failed?: (error: unknown) => AgentEvent;
}

const normal = (reason: string, message: string): AgentEvent => ({ type: 'Normal', reason, message });

export const actions: readonly Action[] = [
  {
    name: 'pause',
    act: (session) => session.request('pause', {}),
    done: normal('Paused', 'VirtualMachineInstance paused'),
  },
  {
    name: 'unpause',
    act: (session) => session.request('unpause', {}),
    done: normal('Unpaused', 'VirtualMachineInstance unpaused'),
  },
  {
    name: 'reset',
    act: (session) => session.request('reset', {}),
    done: normal('Reset', 'VirtualMachineInstance reset'),
  },
  {
    name: 'softreboot',
    act: (session) => session.request('softReboot', {}),
    done: normal('SoftRebooted', 'VirtualMachineInstance soft rebooted'),
  },
  {
    name: 'freeze',
    act: async (session, request) => session.request('freeze', freezeBody(await request.body())),
    failed: (error) => ({
      type: 'Warning',
      reason: 'FreezeError',
      message: `Failed to freeze VMI: ${messageOf(error)}`,
    }),
  },
  { name: 'unfreeze', act: (session) => session.request('unfreeze', {}) },
];

const freezeSchema = v.object({ unfreezeTimeoutSeconds: v.pipe(v.number(), v.minValue(0)) });

function freezeBody(body: Buffer): { unfreezeTimeoutSeconds: number } {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), freezeSchema), body.toString('utf8'));
  if (parsed.success) return parsed.output;
  throw new HttpError(400, 'BadRequest', 'freeze needs unfreezeTimeoutSeconds');
}
