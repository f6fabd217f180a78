/** Rules on Hyper-V's enlightenments, some of which build on others. */
import { hypervNeeds, isOn } from '../hyperv.ts';
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import type { SpecContext } from './rule.ts';

export function hypervHasWhatItNeeds({ spec, path }: SpecContext): Cause[] {
  const hyperv = spec.domain.features?.hyperv;
  const at = `${path}.domain.features.hyperv`;
  return hypervNeeds
    .filter(({ feature, needs }) => isOn(hyperv?.[feature]) && !isOn(hyperv?.[needs]))
    .map(({ feature, needs }) =>
      invalid(`${at}.${feature}`, `'${at}.${feature}' requires '${at}.${needs}', which was disabled.`),
    );
}

export function hypervIsOneOf({ spec, path }: SpecContext): Cause[] {
  const { hyperv, hypervPassthrough } = spec.domain.features ?? {};
  if (!hyperv || !hypervPassthrough) return [];
  const message =
    'Cannot explicitly set hyperV features if HypervPassthrough is being used. Please use either HyperV or HypervPassthrough.';
  return [invalid(path, message)];
}

export function vendorIdFits({ spec, path }: SpecContext): Cause[] {
  const id = spec.domain.features?.hyperv?.vendorid?.vendorid;
  if (id === undefined || /^[^,]{0,12}$/.test(id)) return [];
  const field = `${path}.domain.features.hyperv.vendorid.vendorid`;
  return [invalid(field, `${field} '${id}' must be at most 12 characters without commas`)];
}

/** libvirt takes no fewer. */
const fewestRetries = 4095;

export function spinlocksRetryEnough({ spec, path }: SpecContext): Cause[] {
  const retries = spec.domain.features?.hyperv?.spinlocks?.spinlocks;
  if (retries === undefined || retries >= fewestRetries) return [];
  const field = `${path}.domain.features.hyperv.spinlocks.spinlocks`;
  return [invalid(field, `${field} must be ${fewestRetries} or more; leave it out for 4096`)];
}
