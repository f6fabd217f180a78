/** What a guest does without when the cluster lets QEMU translate (`useEmulation`). */
import type { ClusterConfig } from '../cluster-config.ts';
import { hypervOfKernel, isOn } from '../hyperv.ts';
import type { VmiSpecManifest } from '../manifests.ts';

type Domain = VmiSpecManifest['domain'];

/** @param path of the spec in its object. */
export function warningsOfEmulation(
  { domain }: VmiSpecManifest,
  path: string,
  { useEmulation }: ClusterConfig,
): string[] {
  if (!useEmulation) return [];
  const missing = [...enlightenments(domain), ...others(domain)].map((field) => `${path}.domain.${field}`);
  const without = `guests of this cluster are emulated (useEmulation) and go without ${missing.join(', ')}`;
  const model = `${path}.domain.cpu.model: emulated guests get what QEMU can emulate instead of the node's CPU`;
  return [
    ...(missing.length === 0 ? [] : [without]),
    ...(domain.cpu?.model === 'host-passthrough' ? [model] : []),
  ];
}

const enlightenments = ({ features }: Domain): string[] =>
  [...hypervOfKernel, 'evmcs' as const]
    .filter((name) => isOn(features?.hyperv?.[name]))
    .map((name) => `features.hyperv.${name}`);

function others({ features, clock }: Domain): string[] {
  return [
    ...(features?.hypervPassthrough?.enabled ? ['features.hypervPassthrough'] : []),
    ...(isOn(features?.pvspinlock) ? ['features.pvspinlock'] : []),
    ...(clock?.timer?.kvm ? ['clock.timer.kvm'] : []),
  ];
}
