/** The instancetype and the preference of a VM. */
import type { Finder } from '../finder.ts';
import { controllerRevisions } from '../../api/kinds.ts';
import type { Resource } from '../../api/kinds.ts';
import type { VmManifest } from '../../api/manifests.ts';
import type { InstancetypeSpec, PreferenceSpec } from '../../api/types.ts';
import { MonovirtError } from '../../support/errors.ts';
import type { Description } from '../expand.ts';
import { infer } from './infer.ts';
import { currentRef, ignoresFailure, instancetypeRole, preferenceRole, resourceOf } from './matchers.ts';
import type { Matcher, Ref, Role } from './matchers.ts';
import { specOf } from './revision.ts';
import type { Original, OriginalSpec, Revision } from './revision.ts';

/** What answers a matcher. */
export interface Found {
  /** What the VM's status is to say; without a revision when nothing was asked for. */
  ref: Ref;
  /** Absent when the volume asks for nothing and the matcher takes that. */
  spec?: OriginalSpec;
  /** The object itself, when no revision keeps it yet. */
  original?: { object: Original; resource: Resource };
}

/**
 * Finds what one matcher of a VM names: the revision that its spec or its status names, or else the object as
 * it is now.
 * @returns undefined when the VM has no such matcher.
 * @throws MonovirtError with the role's reason when there is no such object, CannotInfer
 */
export async function find(
  vm: VmManifest,
  role: Role,
  lookup: Finder,
  signal: AbortSignal,
): Promise<Found | undefined> {
  const matcher = vm.spec[role.field];
  if (matcher === undefined) return undefined;
  const question = { role, namespace: vm.metadata?.namespace ?? 'default', lookup, signal };
  const answered = currentRef(role, vm);
  const revision = matcher.revisionName || answered?.controllerRevisionRef?.name;
  if (revision) return ofRevision(revision, matcher, question);
  return answered === undefined ? ofMatcher(vm, matcher, question) : { ref: answered };
}

async function ofMatcher(vm: VmManifest, matcher: Matcher, question: Question): Promise<Found> {
  if (!matcher.inferFromVolume) return ofObject(matcher, matcher, question);
  const inferred = await infer(vm, matcher, question);
  return inferred === undefined ? { ref: refOf(matcher, {}) } : ofObject(inferred, matcher, question);
}

interface Question {
  role: Role;
  namespace: string;
  lookup: Finder;
  signal: AbortSignal;
}

async function ofRevision(name: string, matcher: Matcher, question: Question): Promise<Found> {
  const { role, namespace, lookup, signal } = question;
  const revision = await lookup.find<Revision>(controllerRevisions, { namespace, name }, signal);
  if (revision === undefined) {
    throw new MonovirtError(
      role.failure,
      `ControllerRevision ${namespace}/${name} not found: it kept the ${role.field} of this VirtualMachine; restore it, or take spec.${role.field} away and name one anew`,
    );
  }
  const { name: originally, kind } = originalOf(revision);
  return {
    spec: specOf(revision, role),
    ref: {
      ...refOf(matcher, { name: matcher.name || originally, kind: matcher.kind || kind }),
      controllerRevisionRef: { name },
    },
  };
}

const originalOf = ({ metadata: { labels = {} } }: Revision): Pick<Ref, 'name' | 'kind'> => ({
  name: labels['instancetype.kubevirt.io/object-name'] ?? '',
  kind: (labels['instancetype.kubevirt.io/object-kind'] ?? '').toLowerCase(),
});

async function ofObject(
  named: Pick<Matcher, 'name' | 'kind'>,
  matcher: Matcher,
  { role, namespace, lookup, signal }: Question,
): Promise<Found> {
  const { name = '', kind } = named;
  const resource = resourceOf(role, kind);
  if (resource === undefined) {
    throw new MonovirtError(
      role.failure,
      `got unexpected kind in ${role.matcher}: ${kind ?? ''}; use ${role.inCluster.kind} or ${role.inNamespace.kind}`,
    );
  }
  const key = resource.namespaced ? { namespace, name } : { name };
  const object = await lookup.find<Original>(resource, key, signal);
  if (object === undefined) {
    const where = resource.namespaced ? ` in namespace ${namespace}` : '';
    throw new MonovirtError(
      role.failure,
      `${resource.plural}.${resource.group} "${name}" not found${where}; create it, or name another in spec.${role.field}`,
    );
  }
  return {
    spec: object.spec,
    original: { object, resource },
    ref: refOf(matcher, { name, kind: kind || resource.kind.toLowerCase() }),
  };
}

const refOf = (matcher: Matcher, named: Pick<Ref, 'name' | 'kind'>): Ref => ({
  ...named,
  ...(matcher.inferFromVolume && { inferFromVolume: matcher.inferFromVolume }),
  ...(matcher.inferFromVolumeFailurePolicy && {
    inferFromVolumeFailurePolicy: matcher.inferFromVolumeFailurePolicy,
  }),
});

export interface FoundBoth {
  instancetype: Found | undefined;
  preference: Found | undefined;
}

/** Both, at once; rejects like `find`. */
export async function findBoth(vm: VmManifest, lookup: Finder, signal: AbortSignal): Promise<FoundBoth> {
  const [instancetype, preference] = await Promise.all([
    find(vm, instancetypeRole, lookup, signal),
    find(vm, preferenceRole, lookup, signal),
  ]);
  return { instancetype, preference };
}

/** What was found, for `expandTemplate`. */
export function descriptionOf(vm: VmManifest, { instancetype, preference }: FoundBoth): Description {
  const matcher = vm.spec.instancetype;
  return {
    instancetype: instancetype?.spec as InstancetypeSpec | undefined,
    preference: preference?.spec as PreferenceSpec | undefined,
    replacesMemory: Boolean(matcher?.inferFromVolume) && ignoresFailure(matcher),
  };
}
