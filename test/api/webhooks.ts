/** Our webhooks in front of a real API server, over a server of ours on loopback. */
import { evacuator } from '../../src/admission/evacuate.ts';
import { webhookEntries } from '../../src/admission/entries.ts';
import { admissionRoutes } from '../../src/admission/routes.ts';
import type { Webhook } from '../../src/admission/webhook.ts';
import { webhooks } from '../../src/admission/webhooks.ts';
import { defaultConfig } from '../../src/api/cluster-config.ts';
import { startServer } from '../../src/http/server.ts';
import type { ApiClient } from '../../src/kube/client.ts';
import { createLookup } from '../../src/roles/controller/lookup.ts';
import { createAuthority } from './certificates.ts';

export interface RunningWebhooks {
  close(): Promise<void>;
}

/**
 * Serves all webhooks and registers them. The API server takes them into use a moment later.
 * @param component name of the user whose requests pass as those of a component
 */
export async function startWebhooks(client: ApiClient, component: string): Promise<RunningWebhooks> {
  const authority = createAuthority('webhooks');
  const pair = authority.issue('localhost');
  const routes = admissionRoutes({
    config: () => defaultConfig,
    trustedUsers: new Set([component]),
    lookup: createLookup(client),
    evacuate: evacuator(client),
  });
  const stop = new AbortController();
  const edge = await startServer(
    { port: 0, host: '127.0.0.1', identity: () => ({ certificate: pair.cert, key: pair.key }), routes },
    stop.signal,
  );
  const caBundle = Buffer.from(authority.cert).toString('base64');
  const service = { namespace: 'x', name: 'x', caBundle, components: [component] };
  for (const type of ['mutating', 'validating'] as const) {
    await register(client, type, webhookEntries(webhooks, type, service), edge.port);
  }
  return {
    async close() {
      stop.abort();
      await edge.close();
    },
  };
}

async function register(
  client: ApiClient,
  type: Webhook['type'],
  entries: ReturnType<typeof webhookEntries>,
  port: number,
): Promise<void> {
  const kind = type === 'mutating' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration';
  await client.raw('POST', `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}s`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: 'monovirt' },
    webhooks: entries.map(({ clientConfig: { service, caBundle }, ...entry }) => ({
      ...entry,
      clientConfig: { url: `https://localhost:${port}${service.path}`, caBundle },
    })),
  });
}
