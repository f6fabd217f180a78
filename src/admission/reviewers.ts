/** What each webhook decides. Pure: a request and the cluster's configuration in, a verdict out. */
import type { ClusterConfig } from '../api/cluster-config.ts';
import { nonconformities } from '../api/crd/conform.ts';
import { defaultVmi } from '../api/defaults.ts';
import { definitions } from '../api/gen/definitions.ts';
import type { KubeVirtManifest, VmManifest, VmiManifest } from '../api/manifests.ts';
import { sameJson } from '../api/same-json.ts';
import { invalid } from '../api/validate/cause.ts';
import type { Cause } from '../api/validate/cause.ts';
import { validateKubeVirt, warningsOfKubeVirt } from '../api/validate/kubevirt.ts';
import { validateVm, warningsOfVm } from '../api/validate/vm.ts';
import { validateVmi, validateVmiUpdate } from '../api/validate/vmi.ts';
import { jsonPatch } from './json-patch.ts';
import type { AdmissionRequest, Verdict } from './review.ts';

export interface ReviewContext {
  readonly config: ClusterConfig;
  /** The request comes from a component of ours. */
  readonly trusted: boolean;
}

export type Reviewer = (request: AdmissionRequest, context: ReviewContext) => Verdict;

const verdict = (causes: readonly Cause[], warnings: readonly string[] = []): Verdict =>
  causes.length > 0 ? { allowed: false, causes } : { allowed: true, warnings };

type Parsed<T> = { object: T; causes?: never } | { object?: never; causes: readonly Cause[] };

/** The object under review as the kind it claims to be; its schema is the proof. */
function parse<T extends object>(value: AdmissionRequest['object'], kind: string): Parsed<T> {
  if (!value) return { causes: [invalid('', `the request carries no ${kind}`)] };
  const causes = nonconformities(definitions, kind, value);
  return causes.length > 0 ? { causes } : { object: value as T };
}

/** An object that is going away must be let go, or its finalizers could never be removed. */
const isGoing = ({ object }: AdmissionRequest): boolean => {
  const metadata = object?.['metadata'] as { deletionTimestamp?: unknown } | null | undefined;
  return metadata?.deletionTimestamp !== undefined;
};

/** What was stored under older rules is not judged by newer ones while nobody touches it. */
const keepsSpec = ({ object, oldObject }: AdmissionRequest): boolean =>
  Boolean(oldObject) && sameJson(object?.['spec'], oldObject?.['spec']);

/** Fills in defaults. What does not match the schema passes as it is: the API server then names each field. */
export const mutateVmi: Reviewer = (request, { config }) => {
  if (request.operation !== 'CREATE') return { allowed: true };
  const { object } = parse<VmiManifest>(request.object, 'VirtualMachineInstance');
  if (!object) return { allowed: true };
  return { allowed: true, patch: jsonPatch(object, defaultVmi(object, config, request.uid)) };
};

export const validateVmiCreate: Reviewer = (request, { config, trusted }) => {
  const { object, causes } = parse<VmiManifest>(request.object, 'VirtualMachineInstance');
  return verdict(causes ?? validateVmi(object, config, trusted));
};

export const validateVmiChange: Reviewer = (request, { trusted }) => {
  if (trusted && keepsSpec(request)) return { allowed: true };
  const { object, causes } = parse<VmiManifest>(request.object, 'VirtualMachineInstance');
  const old = parse<VmiManifest>(request.oldObject, 'VirtualMachineInstance');
  if (causes) return verdict(causes);
  // Without a readable former state nothing can be said to have changed unduly.
  return verdict(old.object ? validateVmiUpdate(object, old.object, trusted) : []);
};

export const validateVmAny: Reviewer = (request, { config, trusted }) => {
  if (isGoing(request) || keepsSpec(request)) return { allowed: true };
  const { object, causes } = parse<VmManifest>(request.object, 'VirtualMachine');
  if (causes) return verdict(causes);
  return verdict(validateVm(object, config, trusted), warningsOfVm(object));
};

export const validateKubeVirtAny: Reviewer = (request) => {
  if (isGoing(request) || keepsSpec(request)) return { allowed: true };
  const { object, causes } = parse<KubeVirtManifest>(request.object, 'KubeVirt');
  if (causes) return verdict(causes);
  return verdict(validateKubeVirt(object), warningsOfKubeVirt(object));
};
