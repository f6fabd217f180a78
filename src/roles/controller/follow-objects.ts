/** Watches of single objects, each for as long as somebody waits for it. */
import type { Follow } from '../../controllers/support/awaited.ts';
import type { ApiClient } from '../../kube/client.ts';
import { createInformer } from '../../kube/informer.ts';
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
