/** `expand-spec` and `expand-vm-spec`: a VM as it would run, without its instancetype and preference. */
import type { ClusterConfig } from '../api/cluster-config.ts';
import { nonconformities } from '../api/crd/conform.ts';
import { defaultVmiSpec } from '../api/defaults.ts';
import { definitions } from '../api/gen/definitions.ts';
import type { VmManifest } from '../api/manifests.ts';
import type { Cause } from '../api/validate/cause.ts';
import { HttpError } from '../http/status.ts';
import type { HttpResponse } from '../http/types.ts';
import type { KubeClient } from '../kube/types.ts';
import { MonovirtError } from '../support/errors.ts';
import { expandTemplate } from './expand.ts';
import { descriptionOf, findBoth } from './find/find.ts';
import { finderOf } from './finder.ts';

export interface ExpandHands {
  client: KubeClient;
  config: ClusterConfig;
  signal: AbortSignal;
}

/**
 * The VM with everything that describes its guest in its template, and all defaults.
 * @throws MonovirtError as `findBoth`; HttpError 400 with causes on a conflict
 */
export async function expandVm(vm: VmManifest, hands: ExpandHands): Promise<VmManifest> {
  const { instancetype, preference, ...spec } = vm.spec;
  if (instancetype === undefined && preference === undefined) return vm;
  const found = await findBoth(vm, finderOf(hands.client), hands.signal);
  const expansion = expandTemplate(spec.template, descriptionOf(vm, found), hands.config);
  if (expansion.conflicts !== undefined) throw conflicting(expansion.conflicts);
  const { instancetypeRef: _instancetype, preferenceRef: _preference, ...status } = vm.status ?? {};
  const metadata = { ...spec.template.metadata, annotations: { ...expansion.annotations } };
  return {
    ...vm,
    spec: { ...spec, template: { metadata, spec: defaultVmiSpec(expansion.spec, hands.config) } },
    ...(vm.status && { status }),
  };
}

/**
 * Expands a VM that is stored.
 * @throws HttpError 500 with what cannot be found or does not agree, as KubeVirt's
 */
export async function expandStored(vm: VmManifest, hands: ExpandHands): Promise<HttpResponse> {
  return { status: 200, body: await expandVm(vm, hands).catch(refuse(500, 'InternalError')) };
}

/**
 * Expands a VM that a user hands in; nothing is stored.
 * @throws HttpError 400 with what is no VM, cannot be found or does not agree
 */
export async function expandGiven(
  body: Buffer,
  namespace: string,
  hands: ExpandHands,
): Promise<HttpResponse> {
  const vm = readVm(body);
  const stated = vm.metadata?.namespace ?? '';
  if (stated !== '' && stated !== namespace) {
    throw new HttpError(400, 'BadRequest', `VM namespace must be empty or ${namespace}`);
  }
  const placed = { ...vm, metadata: { ...vm.metadata, namespace } };
  return { status: 200, body: await expandVm(placed, hands).catch(refuse(400, 'BadRequest')) };
}

function readVm(body: Buffer): VmManifest {
  const value = parseJson(body.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(400, 'BadRequest', 'the body is no object: send a VirtualMachine as JSON');
  }
  const causes = nonconformities(definitions, 'VirtualMachine', value);
  if (causes.length === 0) return value as VmManifest;
  throw new HttpError(400, 'BadRequest', 'Object is not a valid VirtualMachine', detailsOf(causes));
}

function parseJson(text: string): unknown {
  if (text === '') throw new HttpError(400, 'BadRequest', 'empty request body');
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, 'BadRequest', 'the body is not JSON: send a VirtualMachine');
  }
}

const refuse =
  (status: number, reason: string) =>
  (error: unknown): never => {
    if (!(error instanceof MonovirtError) || !refusals.has(error.reason)) throw error;
    throw new HttpError(
      status,
      reason,
      error.message,
      error instanceof HttpError ? error.details : undefined,
    );
  };

/** What the user can mend; all else is an error of its own. */
const refusals = new Set(['FailedFindInstancetype', 'FailedFindPreference', 'CannotInfer', 'BadRequest']);

const conflicting = (causes: readonly Cause[]): HttpError =>
  new HttpError(400, 'BadRequest', causes.map(({ message }) => message).join('\n'), detailsOf(causes));

const detailsOf = (
  causes: readonly Cause[],
): { causes: { reason: string; message: string; field: string }[] } => ({
  causes: causes.map(({ type, message, field }) => ({ reason: type, message, field })),
});
