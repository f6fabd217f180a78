/** Tells on objects that nothing acts on them. Apart from all else: nobody waits for it, least of all virtual machines. */
import type { Resource } from '../../api/kinds.ts';
import { createUnservedController, trimUnserved } from '../../controllers/unserved/controller.ts';
import { speakingKinds } from '../../controllers/unserved/status.ts';
import type { Unserved } from '../../controllers/unserved/status.ts';
import type { ApiClient } from '../../kube/client.ts';
import { createInformer } from '../../kube/informer.ts';
import { createWorkQueue } from '../../kube/work-queue.ts';
import type { Logger } from '../../support/log.ts';

/** Runs until `signal` aborts. */
export async function tellUnserved(client: ApiClient, logger: Logger, signal: AbortSignal): Promise<void> {
  await Promise.all(speakingKinds.map((resource) => tell(client, resource, logger, signal)));
}

async function tell(
  client: ApiClient,
  resource: Resource,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const objects = createInformer<Unserved>(client, resource, { trim: trimUnserved }, { logger });
  const queue = createWorkQueue({ name: resource.plural, logger });
  const now = (): Date => new Date();
  const reconcile = createUnservedController({ client, resource, objects, queue, now });
  // A queue that is empty asks for nothing: there is no complete list to wait for.
  await Promise.all([objects.run(signal), queue.run(reconcile, { workers: 1 }, signal)]);
}
