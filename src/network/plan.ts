/** How each interface of a VMI is wired inside its pod. Pure: the node agent builds it, the launcher uses it. */
import { createHash } from 'node:crypto';
import type { Interface, Vmi } from '../api/types.ts';
import { normalMac } from './mac.ts';

/** One interface with the masquerade binding: guest ⇄ tap ⇄ bridge ⇄ NAT ⇄ pod interface. */
export interface InterfacePlan {
  /** Name in `spec.domain.devices.interfaces` and `spec.networks`. */
  name: string;
  binding: 'masquerade';
  model: string;
  /** In lower case with colons, however the spec writes it. */
  mac: string;
  tap: string;
  bridge: string;
  podInterface: string;
  /** IPv4 of the guest, of the bridge (its gateway) and the prefix length they share. */
  guestAddress: string;
  gatewayAddress: string;
  prefixLength: number;
  /** Forwarded ports; empty means all. */
  ports: { port: number; protocol: 'tcp' | 'udp' }[];
}

const defaultCidr = '10.0.2.0/24';

/**
 * Plans every interface of a VMI that admission has accepted.
 * @returns one plan an interface, in the order of the spec.
 */
export function networkPlan(vmi: Vmi): InterfacePlan[] {
  const interfaces = vmi.spec.domain.devices.interfaces ?? [];
  return interfaces.map((iface, index) => {
    const network = vmi.spec.networks?.find((candidate) => candidate.name === iface.name);
    const cidr = network?.pod?.vmNetworkCIDR ?? defaultCidr;
    const [base = '10.0.2.0', prefix = '24'] = cidr.split('/');
    return {
      name: iface.name,
      binding: 'masquerade',
      model: iface.model ?? 'virtio',
      mac: macOf(vmi, iface),
      tap: `tap${index}`,
      bridge: `k6t-eth${index}`,
      podInterface: `eth${index}`,
      gatewayAddress: addressAt(base, 1),
      guestAddress: addressAt(base, 2),
      prefixLength: Number(prefix),
      ports: (iface.ports ?? []).map((port) => ({
        port: port.port,
        protocol: port.protocol?.toLowerCase() === 'udp' ? 'udp' : 'tcp',
      })),
    };
  });
}

function macOf(vmi: Vmi, { name, macAddress = '' }: Interface): string {
  return normalMac(macAddress) ?? stableMac(vmi.metadata.uid, name);
}

/** A locally administered unicast MAC that stays the same however often a VMI is planned. */
export function stableMac(uid: string, interfaceName: string): string {
  const digest = createHash('sha256').update(`${uid}/${interfaceName}`).digest();
  return ['02', ...[...digest.subarray(0, 5)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

function addressAt(base: string, offset: number): string {
  const value = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
