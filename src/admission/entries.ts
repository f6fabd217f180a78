/** The webhooks as the API server's configuration has them. Pure. */
import type { Webhook } from './webhook.ts';

/** One entry of a Mutating- or ValidatingWebhookConfiguration. */
export interface WebhookEntry {
  name: string;
  admissionReviewVersions: ['v1'];
  sideEffects: 'None' | 'NoneOnDryRun';
  failurePolicy: 'Fail' | 'Ignore';
  matchPolicy: 'Equivalent';
  timeoutSeconds: number;
  clientConfig: {
    service: { namespace: string; name: string; path: string; port?: number };
    caBundle: string;
  };
  rules: {
    apiGroups: string[];
    apiVersions: string[];
    operations: string[];
    resources: string[];
    scope: 'Namespaced' | 'Cluster';
  }[];
  matchConditions?: { name: string; expression: string }[];
}

export interface WebhookService {
  namespace: string;
  name: string;
  port?: number;
  /** PEM bundle, base64. */
  caBundle: string;
  /** User names of our components. */
  components: readonly string[];
}

/** Entries of one configuration object, in the order of the table. */
export function webhookEntries(
  table: readonly Webhook[],
  type: Webhook['type'],
  service: WebhookService,
): WebhookEntry[] {
  return table.filter((webhook) => webhook.type === type).map((webhook) => entry(webhook, service));
}

function entry(webhook: Webhook, { caBundle, components, ...target }: WebhookService): WebhookEntry {
  const { name, path, resource, subresource, operations } = webhook;
  const conditions = conditionsOf(webhook, components);
  return {
    name,
    admissionReviewVersions: ['v1'],
    sideEffects: webhook.writes === true ? 'NoneOnDryRun' : 'None',
    failurePolicy: webhook.failurePolicy ?? 'Fail',
    // Requests to older versions are reviewed too, as the version of the rule.
    matchPolicy: 'Equivalent',
    timeoutSeconds: 10,
    clientConfig: { service: { ...target, path }, caBundle },
    rules: [
      {
        apiGroups: [resource.group],
        apiVersions: [resource.version],
        operations: [...operations],
        resources: [subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`],
        scope: resource.namespaced ? 'Namespaced' : 'Cluster',
      },
    ],
    ...(conditions.length > 0 && { matchConditions: conditions }),
  };
}

function conditionsOf(
  { exemptsComponents, conditions }: Webhook,
  components: readonly string[],
): { name: string; expression: string }[] {
  const stated = Object.entries(conditions ?? {}).map(([name, expression]) => ({ name, expression }));
  if (exemptsComponents !== true || components.length === 0) return stated;
  const expression = `!(request.userInfo.username in ${JSON.stringify(components)})`;
  return [{ name: 'exempts-components', expression }, ...stated];
}
