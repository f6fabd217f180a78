/** Watches of single objects, each for as long as somebody waits for it. */
import type { Follow } from '../../controllers/support/awaited.ts';
import type { ApiClient } from '../../kube/client.ts';
import { persistentVolumeClaims } from '../../api/kinds.ts';
import { trimClaim } from '../../controllers/vmi/claims/growth.ts';
import type { Growth } from '../../controllers/vmi/claims/growth.ts';
import { followChanges } from '../../kube/changes.ts';
import { createInformer } from '../../kube/informer.ts';
import { whenAborted } from '../../support/abort.ts';
import type { Logger } from '../../support/log.ts';

/** All end with `leading`. */
export function followObjects(client: ApiClient, logger: Logger, leading: AbortSignal): Follow {
  return (resource, { namespace, name }, onChange, signal) => {
    const selection = {
      fieldSelector: `metadata.name=${name}`,
      ...(namespace === undefined ? {} : { namespace }),
    };
    const informer = createInformer(client, resource, selection, { logger });
    informer.onChange(onChange, signal);
    void informer.run(AbortSignal.any([leading, signal]));
  };
}

/** Tells of claims that change, from when the first instance has one: most clusters have more claims than guests. */
export async function followClaims(
  client: ApiClient,
  growth: Growth,
  logger: Logger,
  leading: AbortSignal,
): Promise<void> {
  await Promise.race([growth.wanted, whenAborted(leading)]);
  if (leading.aborted) return;
  const onObject = growth.seen;
  await followChanges(client, persistentVolumeClaims, { trim: trimClaim, onObject, logger }, leading);
}
