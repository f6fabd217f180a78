/** Taps that network plugins made, found in the pod. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainContext } from '../libvirt/context.ts';
import type { InterfacePlan } from '../network/plan.ts';

/**
 * Names and MTUs of the links that interfaces are attached to: KubeVirt's name of a tap, or, where no link is called
 * that, the pod's interface, which is one itself (macvtap).
 * @param netDir `/sys/class/net`; a test brings its own.
 */
export function withPluggedTaps(
  plans: readonly InterfacePlan[],
  netDir = '/sys/class/net',
): Pick<DomainContext, 'interfaces' | 'mtus'> {
  const interfaces = plans.map((plan) =>
    plan.binding === 'tap' && !existsSync(join(netDir, plan.tap))
      ? { ...plan, tap: plan.podInterface }
      : plan,
  );
  const plugged = interfaces.filter(({ binding }) => binding === 'tap');
  if (plugged.length === 0) return { interfaces };
  return { interfaces, mtus: Object.fromEntries(plugged.flatMap(({ tap }) => mtuOf(netDir, tap))) };
}

/** Unknown where it cannot be read: the guest takes its own then. */
function mtuOf(netDir: string, link: string): [string, number][] {
  try {
    const mtu = Number.parseInt(readFileSync(join(netDir, link, 'mtu'), 'utf8'), 10);
    return mtu >= 68 && mtu <= 65_535 ? [[link, mtu]] : [];
  } catch {
    return [];
  }
}
