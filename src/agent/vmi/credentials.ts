/** What is told of the keys and passwords that a guest's agent is to set. Pure. */
import type { Condition, Vmi } from '../../api/types.ts';
import type { DomainReport } from '../../launcher/protocol.ts';
import type { AgentEvent } from './snapshot.ts';
import type { Wanted } from './troubles.ts';

const type = 'AccessCredentialsSynchronized';

export function credentialsCondition(_vmi: Vmi, { credentials }: DomainReport): Wanted | undefined {
  if (credentials === undefined) return undefined;
  const { synchronized, reason, message } = credentials;
  if (synchronized) return { type, status: 'True' };
  return { type, status: 'False', ...(reason && { reason }), ...(message && { message }) };
}

/** Told of when it changes. That an agent is not there yet is what every start looks like, and no event. */
export function credentialsEvents({ status }: Vmi, after: readonly Condition[]): AgentEvent[] {
  const known = status?.conditions?.find((condition) => condition.type === type);
  const found = after.find((condition) => condition.type === type);
  if (found === undefined || (found.status === known?.status && found.message === known.message)) return [];
  if (found.status === 'True')
    return [
      {
        type: 'Normal',
        reason: 'AccessCredentialsSyncSuccess',
        message: 'Access credentials sync successful.',
      },
    ];
  if (found.reason === 'GuestAgentOffline') return [];
  const message = `Access credentials sync failed: ${found.message ?? ''}`;
  return [{ type: 'Warning', reason: 'AccessCredentialsSyncFailed', message }];
}
