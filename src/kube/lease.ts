/** Leader election over a Lease: of several replicas one works, and another takes over when it goes. */
import { leases } from '../api/kinds.ts';
import { messageOf } from '../support/errors.ts';
import type { ApiClient } from './client.ts';
import { within } from './deadline.ts';
import { createInformer } from './informer.ts';
import type { Lease, LeaseSpec } from './lease-record.ts';
import { microTime, takenBy, untilFree } from './lease-record.ts';
import type { Election, Lead, LeaseOptions } from './lease-hold.ts';
import { hold, writeLease } from './lease-hold.ts';
import type { Informer } from './types.ts';
import { isConflict } from './types.ts';

/**
 * Runs `lead` whenever this process holds the lease. The signal given to `lead` aborts when the lease is lost,
 * after which the process competes again, and when `signal` aborts, after which the lease is released. Returns
 * when `lead` ends by itself or `signal` has aborted; rejects with what `lead` throws while it holds the lease.
 */
export async function runWithLease(
  client: ApiClient,
  options: LeaseOptions,
  lead: Lead,
  signal: AbortSignal,
): Promise<void> {
  const following = new AbortController();
  let seenAt = client.clock.now();
  const informer = createInformer<Lease>(
    client,
    leases,
    { namespace: options.namespace, fieldSelector: `metadata.name=${options.name}` },
    options.logger === undefined ? {} : { logger: options.logger },
  );
  informer.onChange(() => {
    seenAt = client.clock.now();
  });
  const election: Election = {
    client,
    informer,
    seenAt: () => seenAt,
    changed: changes(informer),
    options: withDefaults(options),
  };
  const followed = informer.run(following.signal);
  try {
    while (!signal.aborted) {
      const held = await acquire(election, signal);
      if (held === undefined || (await hold(election, held, lead, signal))) return;
    }
  } finally {
    following.abort();
    await followed;
  }
}

const withDefaults = (options: LeaseOptions): Election['options'] => ({
  leaseSeconds: 15,
  renewDeadlineMs: 10_000,
  retryMs: 2000,
  ...options,
  logger: options.logger,
});

/** Waits for the lease to be free and takes it; undefined after an abort. */
async function acquire(election: Election, signal: AbortSignal): Promise<Lease | undefined> {
  const { client, informer, options, seenAt, changed } = election;
  await changed.next(signal, informer.synced);
  while (!signal.aborted) {
    const seen = informer.get(options);
    const wait = untilFree(seen, options.identity, client.clock.now() - seenAt());
    if (wait <= 0) {
      const lease = await take(election, seen, signal);
      if (lease !== undefined) return lease;
    }
    const pause = wait > 0 ? wait : options.retryMs * (1 + client.clock.random() / 5);
    const stop = new AbortController();
    await changed.next(AbortSignal.any([signal, stop.signal]), client.clock.sleep(pause, stop.signal));
    stop.abort();
  }
  return undefined;
}

/** Undefined when another was faster or the server cannot be asked. */
async function take(
  election: Election,
  seen: Lease | undefined,
  signal: AbortSignal,
): Promise<Lease | undefined> {
  const { client, options } = election;
  const now = microTime(client.clock);
  const spec = takenBy(options.identity, seen, { seconds: options.leaseSeconds, now });
  try {
    return await within(client.clock, options.renewDeadlineMs, signal, (limited) =>
      seen === undefined
        ? client.create<Lease>(leases, newLease(options, spec), limited)
        : writeLease(election, seen, spec, limited),
    );
  } catch (error) {
    if (!isConflict(error) && !signal.aborted) {
      options.logger?.warn('cannot take the lease', { name: options.name, error: messageOf(error) });
    }
    return undefined;
  }
}

const newLease = ({ namespace, name }: LeaseOptions, spec: LeaseSpec): unknown => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace, name },
  spec,
});

/** Turns change events into something to wait for. */
function changes(informer: Informer<Lease>): Election['changed'] {
  let wake = Promise.withResolvers<void>();
  informer.onChange(() => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  });
  return {
    async next(signal, or) {
      if (signal.aborted) return;
      const { promise: aborted, resolve } = Promise.withResolvers<void>();
      const onAbort = (): void => resolve();
      signal.addEventListener('abort', onAbort, { once: true });
      await Promise.race([wake.promise, or, aborted]);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
