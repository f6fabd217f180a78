/** What the leader runs beside serving: certificates, installation, VMs and their instances. */
import type { ApiClient } from '../../kube/client.ts';
import { keyOf } from '../../kube/types.ts';
import type { EventRecorder, WorkQueue } from '../../kube/types.ts';
import { createWorkQueue } from '../../kube/work-queue.ts';
import type { Reconcile } from '../../kube/work-queue.ts';
import type { Logger } from '../../support/log.ts';
import { createNodeController } from '../../controllers/node/controller.ts';
import { createReplicaSetController } from '../../controllers/replicaset/controller.ts';
import { persistently } from '../../controllers/support/until-it-passes.ts';
import { createVmController } from '../../controllers/vm/controller.ts';
import { createGrowth } from '../../controllers/vmi/claims/growth.ts';
import { createVmiController } from '../../controllers/vmi/controller.ts';
import { followPodEvents } from '../../controllers/vmi/pod-events.ts';
import { keepCertificates } from '../../install/certificates/keeper.ts';
import { createInstallController } from '../../install/kubevirt/controller.ts';
import { createCatalogueController } from '../../instancetype/catalogue/controller.ts';
import { describing } from '../../instancetype/describe.ts';
import { wakeWaiting } from '../../instancetype/waiting.ts';
import { allOf, eventCaches, leadingCaches } from './caches.ts';
import type { ServingCaches } from './caches.ts';
import type { ControllerConfig } from './config.ts';
import { followClaims, followObjects } from './follow-objects.ts';
import type { OwnImage, Settings } from './settings.ts';
import { tellUnserved } from './unserved.ts';

export interface LeadDeps {
  client: ApiClient;
  config: ControllerConfig;
  own: OwnImage;
  serving: ServingCaches;
  settings: Settings;
  events: EventRecorder;
  log: Logger;
}

/** VMs come in crowds; each reconcile waits for the API server most of its time. */
const workers = 8;
const now = (): Date => new Date();

/** Leads until `signal` aborts; ends when the last reconcile has. */
export async function lead(deps: LeadDeps, signal: AbortSignal): Promise<void> {
  const { client, config, log, serving, settings, events } = deps;
  log.info('leading');
  const caches = leadingCaches(client, config.namespace, log);
  const queues = {
    vm: queue('vm', log),
    vmi: queue('vmi', log),
    replicaSet: queue('vmirs', log),
    install: queue('kubevirt', log),
    catalogue: queue('catalogue', log),
    node: queue('node', log),
  };
  const vm = createVmController({
    client,
    ...caches,
    ...describing(client, settings.cluster),
    queue: queues.vm,
    events,
    now,
    random: () => Math.random(),
    follow: followObjects(client, log, signal),
  });
  wakeWaiting(caches.described.values(), caches.vms, queues.vm);
  const bringCatalogue = createCatalogueController(
    {
      client,
      ...caches,
      kubeVirts: serving.kubeVirts,
      queue: queues.catalogue,
      log,
      version: config.version,
    },
    signal,
  );
  const replicaSet = createReplicaSetController({ client, ...caches, queue: queues.replicaSet, events, now });
  const growth = createGrowth(caches.vmis, queues.vmi);
  const vmi = createVmiController({
    client,
    ...caches,
    queue: queues.vmi,
    events,
    log,
    follow: followObjects(client, log, signal),
    podEvents: followPodEvents({ open: eventCaches(client, log), queue: queues.vmi }, signal),
    config: settings.launcher,
    now,
    growth,
  });
  const node = createNodeController({ client, nodes: caches.nodes, queue: queues.node, events, log, now });
  const install = createInstallController(
    {
      client,
      ...caches,
      kubeVirts: serving.kubeVirts,
      queue: queues.install,
      log,
      installation: () =>
        settings.installation(caches.namespaces.get({ name: config.namespace })?.metadata.uid),
      versions: { version: config.version, registry: registryOf(deps.own.image), architecture: 'amd64' },
      now,
    },
    signal,
  );
  const installAll = (): void => {
    for (const kubeVirt of serving.kubeVirts.all()) queues.install.add(keyOf(kubeVirt));
  };
  installAll();
  serving.secrets.onChange(installAll, signal);
  const informers = allOf(caches);
  const keeper = keepCertificates(
    { client, secrets: serving.secrets, namespace: config.namespace, log, now },
    signal,
  );
  const synced = Promise.all(
    [...informers, serving.kubeVirts, serving.secrets].map((informer) => informer.synced),
  );
  const work = async (to: WorkQueue, reconcile: Reconcile, count: number): Promise<void> => {
    await Promise.race([synced, untilAborted(signal)]);
    if (!signal.aborted) await to.run(reconcile, { workers: count }, signal);
  };
  await Promise.all([
    ...informers.map((informer) => informer.run(signal)),
    keeper,
    work(queues.vm, vm, workers),
    work(queues.vmi, vmi, workers),
    work(queues.replicaSet, replicaSet, workers),
    work(queues.install, persistently(install), 1),
    work(queues.node, persistently(node), 1),
    work(queues.catalogue, persistently(bringCatalogue), 1),
    tellUnserved(client, log, signal),
    followClaims(client, growth, log, signal),
  ]);
}

const queue = (name: string, logger: Logger): WorkQueue => createWorkQueue({ name, logger });

/** Everything before the last slash of an image's name. */
const registryOf = (image: string): string => image.slice(0, Math.max(0, image.lastIndexOf('/')));

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
