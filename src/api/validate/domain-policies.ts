/** Rules on settings of the domain that name one of a few ways. */
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import type { SpecContext } from './rule.ts';

const ioThreadsPolicies = ['auto', 'shared', 'supplementalPool'];

export function ioThreadsPolicyIsKnown({ spec, path }: SpecContext): Cause[] {
  const policy = spec.domain.ioThreadsPolicy;
  if (!policy || ioThreadsPolicies.includes(policy)) return [];
  const message = `Invalid IOThreadsPolicy (${policy}); use one of: ${ioThreadsPolicies.join(', ')}`;
  return [invalid(`${path}.domain.ioThreadsPolicy`, message)];
}

/** More threads than any node has processors for are a slip. */
const mostPoolThreads = 256;

export function poolHasThreads({ spec, path }: SpecContext): Cause[] {
  const { ioThreadsPolicy, ioThreads } = spec.domain;
  const count = ioThreads?.supplementalPoolThreadCount ?? 0;
  if (ioThreadsPolicy !== 'supplementalPool' || (count >= 1 && count <= mostPoolThreads)) return [];
  const message = `the number of iothreads needs to be set and positive for the dedicated policy; set supplementalPoolThreadCount to 1 … ${mostPoolThreads}`;
  return [invalid(`${path}.domain.ioThreads.count`, message)];
}

/** Threads that no policy uses would be ignored. */
export function poolHasItsPolicy({ spec, path }: SpecContext): Cause[] {
  const { ioThreadsPolicy, ioThreads } = spec.domain;
  if (!ioThreads?.supplementalPoolThreadCount || ioThreadsPolicy === 'supplementalPool') return [];
  const field = `${path}.domain.ioThreads.supplementalPoolThreadCount`;
  return [
    invalid(field, `${field} is used with ioThreadsPolicy: supplementalPool only; set that or remove it`),
  ];
}

export function rebootPolicyIsGated({ spec, path, config }: SpecContext): Cause[] {
  if (!spec.domain.rebootPolicy || config.featureGates.has('RebootPolicy')) return [];
  const message =
    'RebootPolicy is specified but the RebootPolicy feature gate is not enabled. Take it off developerConfiguration.disabledFeatureGates of the KubeVirt object';
  return [invalid(`${path}.domain.rebootPolicy`, message)];
}

export function rebootPolicyIsKnown({ spec, path }: SpecContext): Cause[] {
  const policy = spec.domain.rebootPolicy;
  if (!policy || policy === 'Reboot' || policy === 'Terminate') return [];
  const field = `${path}.domain.rebootPolicy`;
  return [invalid(field, `${field} '${policy}' is not known; use Reboot or Terminate`)];
}

const mostEntry = 255;

/** They become strings of the guest's SMBIOS. */
export function chassisIsPlain({ spec, path }: SpecContext): Cause[] {
  return Object.entries(spec.domain.chassis ?? {}).flatMap(([name, value]) => {
    const field = `${path}.domain.chassis.${name}`;
    if (/^[\x20-\x7e]*$/.test(value) && value.length <= mostEntry) return [];
    return [invalid(field, `${field} must be at most ${mostEntry} printable ASCII characters`)];
  });
}
