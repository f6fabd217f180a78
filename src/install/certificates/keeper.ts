/** Keeps the certificates' Secrets up to date; runs on the leader alone. */
import { whenAborted } from '../../support/abort.ts';
import { secrets as secretResource } from '../../api/kinds.ts';
import { bound } from '../../kube/bound.ts';
import type { Informer, KubeClient } from '../../kube/types.ts';
import { delay } from '../../support/delay.ts';
import { messageOf } from '../../support/errors.ts';
import type { Logger } from '../../support/log.ts';
import { managedLabel, managedLabels, managedValue } from '../installation.ts';
import { leafSpecs } from './leaves.ts';
import { caName, planCertificates } from './plan.ts';
import type { StoredPair } from './plan.ts';
import { pairOf, secretOf } from './secrets.ts';
import type { Secret } from './secrets.ts';

export interface CertificateKeeperDeps {
  client: KubeClient;
  /** Secrets of our namespace that carry `managedLabel`. */
  secrets: Informer<Secret>;
  namespace: string;
  log: Logger;
  now: () => Date;
}

const fieldManager = 'virt-operator';
const retryMs = 5_000;
/** Timers hold at most this many milliseconds; certificates are due far earlier. */
const longestMs = 24 * 3_600_000;

/** Makes and renews certificates until `signal` aborts; what somebody deletes or spoils is made anew. */
export async function keepCertificates(deps: CertificateKeeperDeps, signal: AbortSignal): Promise<void> {
  let wake = new AbortController();
  deps.secrets.onChange(() => wake.abort(), signal);
  await Promise.race([deps.secrets.synced, whenAborted(signal)]);
  while (!signal.aborted) {
    wake = new AbortController();
    const pauseMs = await renew({ ...deps, client: bound(deps.client, signal) }).catch((error: unknown) => {
      if (!signal.aborted) deps.log.error('certificates not renewed', { error: messageOf(error) });
      return retryMs;
    });
    await delay(Math.min(pauseMs, longestMs), AbortSignal.any([signal, wake.signal]));
  }
}

/** Reads past the cache: what was written a moment ago must not be made again. */
async function renew({ client, namespace, log, now }: CertificateKeeperDeps): Promise<number> {
  const specs = leafSpecs(namespace);
  const selection = { namespace, labelSelector: `${managedLabel}=${managedValue}` };
  const { items } = await client.list<Secret>(secretResource, selection);
  const stored = Object.fromEntries(items.map((secret) => [secret.metadata.name, pairOf(secret)]));
  const plan = planCertificates(stored, specs, now());
  const wanted: Record<string, StoredPair> = { [caName]: plan.ca, ...plan.leaves };
  for (const name of plan.changed) {
    const pair = wanted[name];
    if (pair === undefined) continue;
    const secret = secretOf(pair, { name, namespace, labels: { ...managedLabels } });
    await client.apply(secretResource, secret, { fieldManager, force: true });
    log.info('certificate written', { name, namespace });
  }
  return plan.nextInMs;
}
