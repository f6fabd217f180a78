/** Webhooks of instancetypes and preferences. */
import { clusterInstancetypes, clusterPreferences, instancetypes, preferences } from '../../api/kinds.ts';
import type { Resource } from '../../api/kinds.ts';
import type { InstancetypeSpec, PreferenceSpec } from '../../api/types.ts';
import type { Cause } from '../../api/validate/cause.ts';
import { validateInstancetype, warningsOfInstancetype } from '../../instancetype/rules/instancetype.ts';
import { validatePreference, warningsOfPreference } from '../../instancetype/rules/preference.ts';
import { isGoing, keepsSpec, parse, verdict } from '../parse.ts';
import { specChanges } from '../webhook.ts';
import type { Reviewer, Webhook } from '../webhook.ts';

interface Judgement<Spec> {
  validate: (spec: Spec) => Cause[];
  warn: (spec: Spec) => string[];
}

const reviewer =
  <Spec>({ kind }: Resource, { validate, warn }: Judgement<Spec>): Reviewer =>
  (request) => {
    if (isGoing(request) || keepsSpec(request)) return { allowed: true };
    const { object, causes } = parse<{ spec: Spec }>(request.object, kind);
    return causes ? verdict(causes) : verdict(validate(object.spec), warn(object.spec));
  };

function webhook<Spec>(resource: Resource, judgement: Judgement<Spec>): Webhook {
  return {
    name: `${resource.kind.toLowerCase()}-validator.${resource.group}`,
    type: 'validating',
    path: `/${resource.plural}-validate`,
    resource,
    operations: ['CREATE', 'UPDATE'],
    // The release brings a catalogue of its own.
    exemptsComponents: true,
    conditions: specChanges,
    review: reviewer(resource, judgement),
  };
}

const size: Judgement<InstancetypeSpec> = { validate: validateInstancetype, warn: warningsOfInstancetype };
const taste: Judgement<PreferenceSpec> = { validate: validatePreference, warn: warningsOfPreference };

export const instancetypeWebhooks: readonly Webhook[] = [
  webhook(instancetypes, size),
  webhook(clusterInstancetypes, size),
  webhook(preferences, taste),
  webhook(clusterPreferences, taste),
];
