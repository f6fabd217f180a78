/** Names that controller, node agent and launcher have in common for one pod. Pure. */
import { createHash } from 'node:crypto';
import type { Vmi } from '../api/types.ts';

/** Container 0: the launcher with libvirt and QEMU. */
export const computeContainerName = 'compute';

/** Condition that a pod must have beside running containers to receive traffic: its guest is not paused. */
export const unpausedGate = 'kubevirt.io/virtual-machine-unpaused';

const maxNameLength = 253;
const maxLabelLength = 63;

/**
 * The pod's name: the same for one VMI however often it is asked, another for the next VMI of that name.
 * Long VMI names are shortened; the digest keeps the result unique.
 */
export function podName(vmi: Vmi): string {
  const digest = createHash('sha256').update(vmi.metadata.uid).digest();
  // Lower-case base 36 is what a DNS label may hold.
  const suffix = digest.readUIntBE(0, 6).toString(36).padStart(5, '0').slice(-5);
  const prefix = `virt-launcher-${vmi.metadata.name}`.slice(0, maxNameLength - suffix.length - 1);
  return `${prefix.replace(/[.-]+$/, '')}-${suffix}`;
}

/** The guest's host name, which a pod shares so that cluster DNS knows it: a DNS label. */
export function hostnameOf(vmi: Vmi): string {
  const [label = ''] = (vmi.spec.hostname ?? vmi.metadata.name).split('.');
  return label.slice(0, maxLabelLength).replace(/-+$/, '');
}

/** A name as a label value: cut where labels end; the digest keeps two long names apart. */
export function nameLabel(name: string): string {
  if (name.length <= maxLabelLength) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, maxLabelLength - digest.length - 1)}-${digest}`;
}
