/** What admission judges of a VM that names an instancetype or a preference: the guest they make of it. */
import type { AdmissionRequest, Verdict } from '../admission/review.ts';
import type { ReviewContext } from '../admission/webhook.ts';
import type { VmManifest } from '../api/manifests.ts';
import type { InstancetypeSpec } from '../api/types.ts';
import { invalid } from '../api/validate/cause.ts';
import type { Cause } from '../api/validate/cause.ts';
import { MonovirtError } from '../support/errors.ts';
import { expandTemplate } from './expand.ts';
import { descriptionOf, find } from './find/find.ts';
import type { Found } from './find/find.ts';
import { cannotInfer } from './find/infer.ts';
import { instancetypeRole, preferenceRole } from './find/matchers.ts';
import type { Role } from './find/matchers.ts';
import { validateMatchers } from './rules/matchers.ts';

export type Judged =
  { vm: VmManifest; warnings: readonly string[]; verdict?: never } | { vm?: never; verdict: Verdict };

/**
 * What every instancetype gives, for VMs that are applied before theirs is: what the template must not state
 * then, and need not.
 */
const anyInstancetype: InstancetypeSpec = { cpu: { guest: 1 }, memory: { guest: '1Gi' } };

/** The VM as it will run, to be validated, or a verdict on how it names what describes it. */
export async function judgeDescription(
  vm: VmManifest,
  request: Pick<AdmissionRequest, 'namespace' | 'oldObject'>,
  context: ReviewContext,
): Promise<Judged> {
  if (vm.spec.instancetype === undefined && vm.spec.preference === undefined) return { vm, warnings: [] };
  // What is stored was the right kind when it was.
  const causes = validateMatchers(vm, request.oldObject as VmManifest | undefined);
  if (causes.length > 0) return { verdict: { allowed: false, causes } };
  return judge(placed(vm, request.namespace), vm, context);
}

/** The namespace is in the request, and may be missing in the object. */
const placed = (vm: VmManifest, namespace: string | undefined): VmManifest =>
  namespace === undefined ? vm : { ...vm, metadata: { ...vm.metadata, namespace } };

async function judge(
  placedVm: VmManifest,
  vm: VmManifest,
  { lookup, signal, config }: ReviewContext,
): Promise<Judged> {
  const attempt = (role: Role): Promise<Attempt> => attemptTo(role, find(placedVm, role, lookup, signal));
  const [instancetype, preference] = await Promise.all([attempt(instancetypeRole), attempt(preferenceRole)]);
  const refused = [instancetype, preference].flatMap((each) => each.causes ?? []);
  if (refused.length > 0) return { verdict: { allowed: false, causes: refused } };
  const found = { instancetype: instancetype.found, preference: preference.found };
  const described = instancetype.missing ? { instancetype: anyInstancetype } : descriptionOf(placedVm, found);
  const expansion = expandTemplate(vm.spec.template, described, config);
  if (expansion.conflicts !== undefined) {
    return { verdict: { allowed: false, causes: expansion.conflicts } };
  }
  const metadata = { ...vm.spec.template.metadata, annotations: { ...expansion.annotations } };
  return {
    vm: { ...vm, spec: { ...vm.spec, template: { metadata, spec: expansion.spec } } },
    warnings: [instancetype, preference].flatMap(({ missing }) => (missing ? [missing] : [])),
  };
}

interface Attempt {
  found?: Found | undefined;
  /** What is missing, and what it means. */
  missing?: string;
  causes?: readonly Cause[];
}

/** Objects of one manifest come in any order: what a VM names may follow it. The VM waits for it, and says so. */
async function attemptTo(role: Role, finding: Promise<Found | undefined>): Promise<Attempt> {
  try {
    return { found: await finding };
  } catch (error) {
    if (!(error instanceof MonovirtError)) throw error;
    if (error.reason === role.failure) {
      return { missing: `the VirtualMachine cannot start yet: ${error.message}` };
    }
    if (error.reason !== cannotInfer) throw error;
    return { causes: [invalid(`spec.${role.field}.inferFromVolume`, error.message)] };
  }
}
