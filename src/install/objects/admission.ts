/** Webhook configurations. Pure. */
import {
  apiVersionOf,
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from '../../api/kinds.ts';
import { webhookEntries } from '../../admission/entries.ts';
import { webhooks } from '../../admission/webhooks.ts';
import { apiServiceName } from '../certificates/leaves.ts';
import { clusterMeta, componentUsers } from '../installation.ts';
import type { Installation } from '../installation.ts';
import type { Desired } from './desired.ts';

export function webhookConfigurations(installation: Installation): Desired[] {
  const service = {
    namespace: installation.namespace,
    name: apiServiceName,
    port: 443,
    caBundle: Buffer.from(installation.caBundle).toString('base64'),
    components: componentUsers(installation.namespace),
  };
  const kinds = [
    { resource: mutatingWebhookConfigurations, name: 'virt-api-mutator', type: 'mutating' },
    { resource: validatingWebhookConfigurations, name: 'virt-api-validator', type: 'validating' },
  ] as const;
  return kinds.map(({ resource, name, type }) => ({
    resource,
    object: {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: clusterMeta(installation, name),
      webhooks: webhookEntries(webhooks, type, service),
    },
  }));
}
