/** Composition root of the controller: every replica serves, the lease holder controls. Wiring only. */
import { evacuator } from '../admission/evacuate.ts';
import { admissionRoutes } from '../admission/routes.ts';
import { components } from '../api/constants.ts';
import { pods, presets } from '../api/kinds.ts';
import type { Pod } from '../api/types.ts';
import { startServer } from '../http/server.ts';
import type { RunningServer } from '../http/types.ts';
import { farewell } from '../install/farewell.ts';
import { componentUsers } from '../install/installation.ts';
import { createKubeClient } from '../kube/client.ts';
import type { ApiClient } from '../kube/client.ts';
import { loadConfig } from '../kube/config.ts';
import { createEventRecorder } from '../kube/events.ts';
import { runWithLease } from '../kube/lease.ts';
import { loadKoffi } from '../libvirt/binding/koffi.ts';
import { createLogger } from '../support/log.ts';
import { giveBackMemoryIfPossible } from '../support/resident.ts';
import { subresourceRoutes } from '../subresources/routes.ts';
import { allOf, servingCaches } from './controller/caches.ts';
import type { ServingCaches } from './controller/caches.ts';
import { close, drainMs } from './controller/closing.ts';
import { readConfig } from './controller/config.ts';
import type { ControllerConfig } from './controller/config.ts';
import { healthRoutes } from './controller/health.ts';
import { lead } from './controller/lead.ts';
import { createLookup } from './controller/lookup.ts';
import { createSettings } from './controller/settings.ts';
import type { OwnImage, Settings } from './controller/settings.ts';

/** When start-up is over, in milliseconds after it began. */
const settleMs = 10_000;

/**
 * Serves and, while it holds the lease, controls until `signal` aborts. Guests run on without it.
 * @returns the exit code of the process.
 */
export async function run(args: readonly string[], signal: AbortSignal): Promise<number> {
  const config = readConfig(args, process.env);
  const log = createLogger('controller', config.logLevel);
  const client = createKubeClient(await loadConfig(), { userAgent: `monovirt-controller/${config.version}` });
  const caches = servingCaches(client, config.namespace, log);
  const own = await ownImage(client, config, signal);
  const settings = createSettings(caches, config.namespace, own);
  // Serving and telling outlive the signal: see `close`.
  const [serving, telling] = [new AbortController(), new AbortController()];
  const server = await serve({ client, config, caches, settings }, serving.signal);
  log.info('controller serves', { port: server.port });
  setTimeout(() => void giveBackMemoryIfPossible(loadKoffi), settleMs).unref();
  const events = createEventRecorder(
    client,
    { component: components.controller, logger: log },
    telling.signal,
  );
  const identity = config.podName === '' ? `${process.pid}` : config.podName;
  await Promise.all([
    ...allOf(caches).map((informer) => informer.run(signal)),
    runWithLease(
      client,
      { namespace: config.namespace, name: components.controller, identity, logger: log },
      (leading) => lead({ client, config, own, serving: caches, settings, events, log }, leading),
      signal,
    ),
  ]);
  await close({
    server,
    events,
    telling,
    farewell: () => farewell(client, config.namespace, log),
    // Outside a cluster nobody's requests are on their way.
    drainMs: config.podName === '' ? 0 : drainMs,
  });
  await client.close();
  return 0;
}

interface ServeDeps {
  client: ApiClient;
  config: ControllerConfig;
  caches: ServingCaches;
  settings: Settings;
}

async function serve(
  { client, config, caches, settings }: ServeDeps,
  signal: AbortSignal,
): Promise<RunningServer> {
  const { namespace } = config;
  const trustedUsers = new Set(componentUsers(namespace));
  const { requestHeaders, agentTls } = settings;
  const lookup = createLookup(client, { resource: presets, cache: caches.presets });
  const subresources = subresourceRoutes({
    client,
    namespace,
    requestHeaders,
    agentTls,
    cluster: settings.cluster,
    version: config.version,
  });
  const server = await startServer(
    {
      port: config.port,
      identity: settings.identity,
      routes: [
        ...healthRoutes(caches, settings),
        ...admissionRoutes({ config: settings.cluster, trustedUsers, lookup, evacuate: evacuator(client) }),
        ...subresources.routes,
      ],
      upgrades: subresources.upgrades,
    },
    signal,
  );
  // Renewed certificates and a renewed CA of the aggregator arrive as changes of these two.
  caches.secrets.onChange(() => server.reload());
  caches.authentication.onChange(() => server.reload());
  return server;
}

/** The pod that we run in says which image we are: launchers and agents use the same. */
async function ownImage(client: ApiClient, config: ControllerConfig, signal: AbortSignal): Promise<OwnImage> {
  if (config.podName === '' || config.image !== '') return imageOf(undefined, config.image);
  const pod = await client.get<Pod>(pods, { namespace: config.namespace, name: config.podName }, signal);
  return imageOf(pod, '');
}

function imageOf(pod: Pod | undefined, fallback: string): OwnImage {
  const container = pod?.spec?.containers[0];
  return {
    image: container?.image ?? fallback,
    pullSecrets: (pod?.spec?.imagePullSecrets ?? []).flatMap(({ name }) =>
      name === undefined ? [] : [name],
    ),
  };
}
