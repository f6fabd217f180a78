/** Webhooks of kinds that nothing acts on yet: what is wrong is refused, what is right comes with a warning. */
import {
  backupTrackers,
  backups,
  clones,
  migrationPolicies,
  migrations,
  pools,
  restores,
  snapshotContents,
  snapshots,
  vmExports,
} from '../../api/kinds.ts';
import type { Resource } from '../../api/kinds.ts';
import { unservedMessage } from '../../api/unserved.ts';
import { check } from '../../api/validate/rule.ts';
import type { Rule } from '../../api/validate/rule.ts';
import { cloneRules, exportRules } from '../../api/validate/unserved/copies.ts';
import { migrationRules, policyRules } from '../../api/validate/unserved/migration.ts';
import { poolRules } from '../../api/validate/unserved/pool.ts';
import { restoreRules, snapshotRules } from '../../api/validate/unserved/snapshot.ts';
import { isGoing, keepsSpec, parse, verdict } from '../parse.ts';
import { specChanges } from '../webhook.ts';
import type { Reviewer, Webhook } from '../webhook.ts';

function reviewer<Spec>(resource: Resource, rules: readonly Rule<Spec>[]): Reviewer {
  return (request) => {
    if (isGoing(request) || keepsSpec(request)) return { allowed: true };
    const { object, causes } = parse<{ spec?: Spec }>(request.object, resource.kind);
    if (causes) return verdict(causes);
    // What the schema lets be left out is judged as if it were there and empty.
    return verdict(check(rules, object.spec ?? ({} as Spec)), [unservedMessage(resource)]);
  };
}

/** @param changes whether the spec can be changed; the schema says so for the others */
function webhook<Spec>(resource: Resource, rules: readonly Rule<Spec>[], changes = false): Webhook {
  return {
    name: `${resource.kind.toLowerCase()}-validator.${resource.group}`,
    type: 'validating',
    path: `/${resource.plural}-validate`,
    resource,
    operations: changes ? ['CREATE', 'UPDATE'] : ['CREATE'],
    ...(changes && { conditions: specChanges }),
    review: reviewer(resource, rules),
  };
}

export const unservedWebhooks: readonly Webhook[] = [
  webhook(migrations, migrationRules),
  webhook(migrationPolicies, policyRules, true),
  webhook(pools, poolRules, true),
  webhook(snapshots, snapshotRules),
  webhook(snapshotContents, []),
  webhook(restores, restoreRules),
  webhook(vmExports, exportRules),
  webhook(clones, cloneRules),
  // Their rules are in the schema.
  webhook(backups, []),
  webhook(backupTrackers, []),
];
