/** Rules on how a VM names its instancetype and its preference. */
import type { VmManifest } from '../../api/manifests.ts';
import { invalid, notFound, notSupported } from '../../api/validate/cause.ts';
import type { Cause } from '../../api/validate/cause.ts';
import { check } from '../../api/validate/rule.ts';
import type { Rule } from '../../api/validate/rule.ts';
import { resourceOf, roles } from '../find/matchers.ts';
import type { Matcher, Role } from '../find/matchers.ts';

export interface MatcherContext {
  readonly role: Role;
  readonly matcher: Matcher;
  /** The same matcher before an update. */
  readonly old: Matcher | undefined;
}

const at = ({ role }: MatcherContext): string => `spec.${role.field}`;

export function matcherNamesSomething(context: MatcherContext): Cause[] {
  const { name, inferFromVolume } = context.matcher;
  if (name || inferFromVolume) return [];
  return [
    notFound(
      at(context),
      `Either Name or InferFromVolume should be provided within the ${context.role.matcher}`,
    ),
  ];
}

export function inferenceStandsAlone(context: MatcherContext): Cause[] {
  if (!context.matcher.inferFromVolume) return [];
  return (['name', 'kind'] as const)
    .filter((field) => context.matcher[field])
    .map((field) =>
      notSupported(
        `${at(context)}.${field}`,
        `${field === 'name' ? 'Name' : 'Kind'} already set, should be cleared before setting inferFromVolume`,
      ),
    );
}

const policies = ['Ignore', 'Reject'];

export function failurePolicyIsKnown(context: MatcherContext): Cause[] {
  const policy = context.matcher.inferFromVolumeFailurePolicy;
  if (policy === undefined || policies.includes(policy)) return [];
  return [
    invalid(
      `${at(context)}.inferFromVolumeFailurePolicy`,
      `Invalid value '${policy}' for InferFromVolumeFailurePolicy; use one of: ${policies.join(', ')}`,
    ),
  ];
}

export function matcherKindIsKnown(context: MatcherContext): Cause[] {
  const { role, matcher } = context;
  if (resourceOf(role, matcher.kind) !== undefined) return [];
  return [
    notSupported(
      `${at(context)}.kind`,
      `got unexpected kind in ${role.matcher}: ${matcher.kind ?? ''}; use ${role.inCluster.kind} or ${role.inNamespace.kind}`,
    ),
  ];
}

/** A revision is of one object: another name needs another one. */
export function revisionFollowsName(context: MatcherContext): Cause[] {
  const { matcher, old } = context;
  if (!matcher.revisionName || old === undefined) return [];
  if (matcher.name === old.name || matcher.revisionName !== old.revisionName) return [];
  return [
    invalid(
      `${at(context)}.revisionName`,
      'the Matcher Name has been updated without updating the RevisionName; remove revisionName or name one of the new object',
    ),
  ];
}

export const matcherRules: readonly Rule<MatcherContext>[] = [
  revisionFollowsName,
  matcherNamesSomething,
  inferenceStandsAlone,
  failurePolicyIsKnown,
  matcherKindIsKnown,
];

/** All that is wrong with a VM's matchers. */
export function validateMatchers(vm: VmManifest, old: VmManifest | undefined): Cause[] {
  return roles.flatMap((role) => {
    const matcher = vm.spec[role.field];
    return matcher === undefined ? [] : check(matcherRules, { role, matcher, old: old?.spec[role.field] });
  });
}
