/** Holding a lease: renew it, notice its loss, give it back. */
import { leases } from '../api/kinds.ts';
import { MonovirtError, messageOf } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';
import type { ApiClient } from './client.ts';
import { within } from './deadline.ts';
import type { Lease, LeaseSpec } from './lease-record.ts';
import { microTime } from './lease-record.ts';
import type { Informer } from './types.ts';
import { ApiError } from './types.ts';

export interface LeaseOptions {
  namespace: string;
  name: string;
  /** Unique to this process, such as the pod's name. */
  identity: string;
  /** Others may take over after this time without a renewal. */
  leaseSeconds?: number;
  /** Without a renewal for this long the leader stops; must be shorter than the lease. */
  renewDeadlineMs?: number;
  retryMs?: number;
  logger?: Logger;
}

export type Lead = (signal: AbortSignal) => Promise<void>;

export interface Election {
  client: ApiClient;
  options: Required<Omit<LeaseOptions, 'logger'>> & { logger: Logger | undefined };
  informer: Informer<Lease>;
  /** When the present state of the lease was first seen. */
  seenAt: () => number;
  /** Waits for the next change of the lease, for `or`, or for an abort. */
  changed: { next(signal: AbortSignal, or: Promise<void>): Promise<void> };
}

const releaseTimeoutMs = 5000;

/** Returns whether to stop competing. */
export async function hold(
  election: Election,
  taken: Lease,
  lead: Lead,
  signal: AbortSignal,
): Promise<boolean> {
  const { options } = election;
  const lost = new AbortController();
  const finished = new AbortController();
  options.logger?.info('leading', { name: options.name, identity: options.identity });
  // Renewed until `lead` has ended, also while it cleans up after an abort.
  const renewed = renew(election, taken, lost, finished.signal);
  const inner = AbortSignal.any([signal, lost.signal]);
  try {
    await lead(inner);
  } catch (error) {
    if (!inner.aborted) throw error;
  } finally {
    finished.abort();
    const last = await renewed;
    if (!lost.signal.aborted) await release(election, last);
  }
  if (lost.signal.aborted) options.logger?.warn('lease lost', { name: options.name });
  return !lost.signal.aborted;
}

/** Aborts `lost` when no renewal succeeded in time or another holds the lease; returns the last known state. */
async function renew(
  election: Election,
  taken: Lease,
  lost: AbortController,
  finished: AbortSignal,
): Promise<Lease> {
  const { client, options } = election;
  const lose = (): void =>
    lost.abort(new MonovirtError('LeaseLost', `lease ${options.name} was not renewed in time`));
  const either = AbortSignal.any([finished, lost.signal]);
  let lease = taken;
  let cancel = client.clock.after(options.renewDeadlineMs, lose);
  for (;;) {
    await client.clock.sleep(options.retryMs, either);
    if (either.aborted) break;
    try {
      const spec = { renewTime: microTime(client.clock) };
      // A request that hangs must leave time for another on a new connection.
      const patience = options.renewDeadlineMs / 2;
      lease = await within(client.clock, patience, either, (limited) =>
        writeLease(election, lease, spec, limited),
      );
      cancel();
      cancel = client.clock.after(options.renewDeadlineMs, lose);
    } catch (error) {
      if (either.aborted) break;
      options.logger?.warn('cannot renew the lease', { name: options.name, error: messageOf(error) });
      if (mayBeTaken(error)) lease = (await reread(election, lose, either)) ?? lease;
    }
  }
  cancel();
  return lease;
}

const mayBeTaken = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 409 || error.status === 404);

/** A conflict may be an administrator's edit; it is only lost when somebody else holds it. */
async function reread(
  { client, options }: Election,
  lose: () => void,
  signal: AbortSignal,
): Promise<Lease | undefined> {
  try {
    const lease = await client.get<Lease>(leases, options, signal);
    if (lease.spec?.holderIdentity === options.identity) return lease;
    lose();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) lose();
  }
  return undefined;
}

/** Lets another take over at once. Best effort: the lease runs out anyway. */
async function release(election: Election, last: Lease): Promise<void> {
  const { client, options } = election;
  const spec = { holderIdentity: null, leaseDurationSeconds: 1, renewTime: microTime(client.clock) };
  try {
    await within(client.clock, releaseTimeoutMs, undefined, (limited) =>
      writeLease(election, last, spec, limited),
    );
  } catch (error) {
    options.logger?.warn('cannot release the lease', { name: options.name, error: messageOf(error) });
  }
}

/** The version in the patch makes the server refuse it when the lease has changed since. */
export function writeLease(
  { client, options }: Election,
  { metadata: { resourceVersion } }: Lease,
  spec: Partial<LeaseSpec>,
  signal: AbortSignal,
): Promise<Lease> {
  const body = { metadata: { resourceVersion }, spec };
  return client.patch<Lease>(leases, options, { type: 'merge', body }, { signal });
}
