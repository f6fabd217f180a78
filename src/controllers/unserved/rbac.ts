/** What telling on objects that nothing acts on them takes. */
import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';
import { speakingKinds } from './status.ts';

const groups = [...Map.groupBy(speakingKinds, ({ group }) => group)].map(
  ([group, kinds]) => [group, kinds.map(({ plural }) => plural)] as const,
);

export const unservedRules: PolicyRule[] = groups.flatMap(([group, plurals]) => [
  { apiGroups: [group], resources: plurals, verbs: ['get', 'list', 'watch'] },
  { apiGroups: [group], resources: plurals.map((plural) => `${plural}/status`), verbs: ['patch'] },
]);
