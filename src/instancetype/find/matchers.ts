/** How a VM names its instancetype and its preference. Pure. */
import { clusterInstancetypes, clusterPreferences, instancetypes, preferences } from '../../api/kinds.ts';
import type { Resource } from '../../api/kinds.ts';
import type { VmManifest } from '../../api/manifests.ts';

export type Matcher = NonNullable<VmManifest['spec']['instancetype']>;
export type Ref = NonNullable<NonNullable<VmManifest['status']>['instancetypeRef']>;

/** What differs between instancetypes and preferences. */
export interface Role {
  /** Field of the VM's spec. */
  readonly field: 'instancetype' | 'preference';
  /** Field of the VM's status. */
  readonly ref: 'instancetypeRef' | 'preferenceRef';
  /** KubeVirt's name of the matcher's type, which its messages carry. */
  readonly matcher: string;
  readonly inNamespace: Resource;
  readonly inCluster: Resource;
  /** Reason of the condition when there is none such. */
  readonly failure: string;
  /** Labels of a volume that name the role's object. */
  readonly nameLabel: string;
  readonly kindLabel: string;
  /** Annotations of instances. */
  readonly annotation: string;
  readonly clusterAnnotation: string;
}

const group = 'instancetype.kubevirt.io';

export const instancetypeRole: Role = {
  field: 'instancetype',
  ref: 'instancetypeRef',
  matcher: 'InstancetypeMatcher',
  inNamespace: instancetypes,
  inCluster: clusterInstancetypes,
  failure: 'FailedFindInstancetype',
  nameLabel: `${group}/default-instancetype`,
  kindLabel: `${group}/default-instancetype-kind`,
  annotation: 'kubevirt.io/instancetype-name',
  clusterAnnotation: 'kubevirt.io/cluster-instancetype-name',
};

export const preferenceRole: Role = {
  field: 'preference',
  ref: 'preferenceRef',
  matcher: 'PreferenceMatcher',
  inNamespace: preferences,
  inCluster: clusterPreferences,
  failure: 'FailedFindPreference',
  nameLabel: `${group}/default-preference`,
  kindLabel: `${group}/default-preference-kind`,
  annotation: 'kubevirt.io/preference-name',
  clusterAnnotation: 'kubevirt.io/cluster-preference-name',
};

export const roles: readonly Role[] = [instancetypeRole, preferenceRole];

/** The kind that a matcher names, in any case, singular or plural; the cluster's unless told otherwise. */
export function resourceOf(role: Role, kind: string | undefined): Resource | undefined {
  const wanted = (kind ?? '').toLowerCase();
  if (wanted === '') return role.inCluster;
  return [role.inNamespace, role.inCluster].find(
    (resource) => resource.plural === wanted || resource.kind.toLowerCase() === wanted,
  );
}

/** Whether a matcher may be answered by nothing, when its volume names nothing. */
export const ignoresFailure = (matcher: Matcher | undefined): boolean =>
  matcher?.inferFromVolumeFailurePolicy === 'Ignore';

/**
 * What the VM's status names, when that is what its spec asks for: then it is kept, whatever became of the
 * original. Without a revision it was found to be nothing.
 */
export function currentRef(role: Role, { spec, status }: VmManifest): Ref | undefined {
  const matcher = spec[role.field];
  const ref = status?.[role.ref];
  return matcher !== undefined && ref !== undefined && answers(role, matcher, ref) ? ref : undefined;
}

function answers(role: Role, matcher: Matcher, ref: Ref): boolean {
  const revision = ref.controllerRevisionRef?.name;
  if (matcher.revisionName) return revision === matcher.revisionName && isNameOf(matcher, ref);
  if (matcher.inferFromVolume) {
    const same = ref.inferFromVolume === matcher.inferFromVolume;
    return same && (Boolean(revision) || ignoresFailure(matcher));
  }
  const sameKind = resourceOf(role, ref.kind) === resourceOf(role, matcher.kind);
  return Boolean(revision) && !ref.inferFromVolume && ref.name === matcher.name && sameKind;
}

/** A matcher without a name leaves it to its revision to say what that is of. */
const isNameOf = ({ name }: Matcher, ref: Ref): boolean => !name || ref.name === name;
