/** The last thing a controller does when the namespace around it is being deleted. */
import {
  apiServices,
  kubeVirts,
  mutatingWebhookConfigurations,
  namespaces,
  validatingWebhookConfigurations,
} from '../api/kinds.ts';
import type { Resource } from '../api/kinds.ts';
import type { KubeObject, KubeVirt } from '../api/types.ts';
import { bound } from '../kube/bound.ts';
import { isNotFound, keyOf } from '../kube/types.ts';
import type { KubeClient } from '../kube/types.ts';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/log.ts';
import { kubeVirtFinalizer } from './kubevirt/decide.ts';
import { managedLabel, managedValue } from './installation.ts';

/** The kubelet gives a pod 20 seconds in all. */
const limitMs = 8_000;

/**
 * Deleting the namespace ends the controller together with everything else, in no order. So that neither a
 * webhook without a server stops the cluster, nor a finalizer without a controller stops the deletion, both go
 * before the controller does. Does nothing when the namespace is not being deleted. Never rejects.
 */
export async function farewell(asker: KubeClient, namespace: string, log: Logger): Promise<void> {
  try {
    await leave(bound(asker, AbortSignal.timeout(limitMs)), namespace, log);
  } catch (error) {
    log.warn('farewell failed', { namespace, error: messageOf(error) });
  }
}

async function leave(client: KubeClient, namespace: string, log: Logger): Promise<void> {
  const own = await client.get<KubeObject>(namespaces, { name: namespace });
  if (own.metadata.deletionTimestamp === undefined) return;
  log.info('the namespace is ending: removing webhooks and finalizers', { namespace });
  for (const resource of [mutatingWebhookConfigurations, validatingWebhookConfigurations, apiServices]) {
    await removeOurs(client, resource);
  }
  const { items } = await client.list<KubeVirt>(kubeVirts, { namespace });
  for (const kubeVirt of items) await release(client, kubeVirt);
}

async function removeOurs(client: KubeClient, resource: Resource): Promise<void> {
  const { items } = await client.list(resource, { labelSelector: `${managedLabel}=${managedValue}` });
  for (const object of items) {
    await client.delete(resource, keyOf(object)).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}

async function release(client: KubeClient, kubeVirt: KubeVirt): Promise<void> {
  const finalizers = kubeVirt.metadata.finalizers ?? [];
  if (!finalizers.includes(kubeVirtFinalizer)) return;
  const body = {
    metadata: { finalizers: finalizers.filter((finalizer) => finalizer !== kubeVirtFinalizer) },
  };
  await client.patch(kubeVirts, keyOf(kubeVirt), { type: 'merge', body });
}
