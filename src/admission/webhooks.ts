/** All webhooks: routes and webhook configurations are made from this one table. */
import { evictionWebhooks } from './kinds/eviction.ts';
import { instancetypeWebhooks } from './kinds/instancetype.ts';
import { kubeVirtWebhooks } from './kinds/kubevirt.ts';
import { presetWebhooks } from './kinds/preset.ts';
import { replicaSetWebhooks } from './kinds/replicaset.ts';
import { unservedWebhooks } from './kinds/unserved.ts';
import { vmWebhooks } from './kinds/vm.ts';
import { vmiWebhooks } from './kinds/vmi.ts';
import type { Webhook } from './webhook.ts';

export const webhooks: readonly Webhook[] = [
  ...vmiWebhooks,
  ...vmWebhooks,
  ...replicaSetWebhooks,
  ...presetWebhooks,
  ...unservedWebhooks,
  ...kubeVirtWebhooks,
  ...evictionWebhooks,
  ...instancetypeWebhooks,
];
