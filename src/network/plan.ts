/** How each interface of a VMI is wired inside its pod. Pure: the node agent builds it, the launcher uses it. */
import { createHash } from 'node:crypto';
import { vcpus } from '../api/vcpus.ts';
import type { Interface, Network, Vmi } from '../api/types.ts';
import { attachmentOf } from './attachments.ts';
import { formatIpv6, parseIpv6 } from './ipv6.ts';
import { normalMac } from './mac.ts';
import { linkNames } from './names.ts';
import type { LinkNames } from './names.ts';
import { portRangesOf } from './port-ranges.ts';

interface CommonPlan extends LinkNames {
  /** Name in `spec.domain.devices.interfaces` and `spec.networks`. */
  name: string;
  model: string;
  /** Of the guest; in lower case with colons, however the spec writes it. */
  mac: string;
  /** Pairs of transmit and receive queues: 1, or one a virtual CPU. */
  queues: number;
}

export interface ForwardedPorts {
  port: number;
  /** Last port of a range that begins with `port`; alone without it. */
  end?: number;
  protocol: 'tcp' | 'udp';
}

export interface Ipv6Plan {
  guestAddress: string;
  gatewayAddress: string;
  prefixLength: number;
  /** The launcher's own tap on the bridge, over which it tells the guest about IPv6. */
  tap: string;
}

/** Guest ⇄ tap ⇄ bridge ⇄ NAT ⇄ pod interface. */
export interface MasqueradePlan extends CommonPlan {
  binding: 'masquerade';
  /** IPv4 of the guest, of the bridge (its gateway) and the prefix length they share. */
  guestAddress: string;
  gatewayAddress: string;
  prefixLength: number;
  /** The same in IPv6, for pods that have it. */
  ipv6: Ipv6Plan;
  /** Forwarded ports; empty means all. */
  ports: ForwardedPorts[];
}

/** Guest ⇄ tap ⇄ bridge ⇄ pod interface: the guest has the pod's place, MAC and address on the network. */
export interface BridgePlan extends CommonPlan {
  binding: 'bridge';
  /** Of the pod interface, which gave its own to the guest. */
  nicMac: string;
  /** Link-local IPv4 of the bridge, from which DHCP is served. */
  serverAddress: string;
  /** The launcher tells the guest its address; a plug-in's guest learns it by other means. */
  dhcp: boolean;
}

/** Guest ⇄ passt, an unprivileged process that speaks for it on the pod's own sockets. */
export interface PasstPlan extends CommonPlan {
  binding: 'passt';
  /** Forwarded ports; empty means all. */
  ports: ForwardedPorts[];
}

/** Guest ⇄ tap that a network plugin has made, or ⇄ the pod's interface where that is one itself. */
export interface TapPlan extends CommonPlan {
  binding: 'tap';
}

export type InterfacePlan = MasqueradePlan | BridgePlan | PasstPlan | TapPlan;

const defaultCidr = '10.0.2.0/24';
const defaultIpv6Cidr = 'fd10:0:2::/120';
/** The kernel's limit on queues of a tap. */
const maxQueues = 256;

/**
 * Plans every interface of a VMI that admission has accepted.
 * @returns one plan an interface, in the order of the spec; none for interfaces whose state is `absent`, nor for those
 * that a plug-in wires all by itself.
 */
export function networkPlan(vmi: Vmi): InterfacePlan[] {
  const interfaces = vmi.spec.domain.devices.interfaces ?? [];
  return interfaces
    .filter(({ state }) => state !== 'absent')
    .flatMap((iface, index) => plan(vmi, iface, index));
}

function plan(vmi: Vmi, iface: Interface, index: number): InterfacePlan[] {
  const network = vmi.spec.networks?.find((candidate) => candidate.name === iface.name);
  const model = iface.model || 'virtio';
  const common = {
    name: iface.name,
    model,
    mac: macOf(vmi, iface),
    queues: queuesOf(vmi, model),
    ...linkNames(network),
  };
  const nicMac = stableMac(vmi.metadata.uid, `${iface.name}/nic`);
  const bridge = { ...common, binding: 'bridge' as const, nicMac, serverAddress: `169.254.75.${10 + index}` };
  if (iface.bridge !== undefined) return [{ ...bridge, dhcp: true }];
  // passt serves one queue.
  if (iface.passtBinding !== undefined)
    return [{ ...common, queues: 1, binding: 'passt', ports: forwarded(iface) }];
  if (iface.binding === undefined) return [masqueradePlan(common, iface, network)];
  const attachment = attachmentOf(vmi, iface.binding.name);
  if (attachment === 'managedTap') return [{ ...bridge, dhcp: false }];
  return attachment === 'tap' ? [{ ...common, binding: 'tap' }] : [];
}

function masqueradePlan(common: CommonPlan, iface: Interface, network: Network | undefined): MasqueradePlan {
  const [base = '10.0.2.0', prefix = '24'] = (network?.pod?.vmNetworkCIDR || defaultCidr).split('/');
  return {
    ...common,
    binding: 'masquerade',
    gatewayAddress: addressAt(base, 1),
    guestAddress: addressAt(base, 2),
    prefixLength: Number(prefix),
    ipv6: ipv6Plan(network?.pod?.vmIPv6NetworkCIDR || defaultIpv6Cidr),
    ports: forwarded(iface),
  };
}

function ipv6Plan(cidr: string): Ipv6Plan {
  const [base = '', prefix] = cidr.split('/');
  const first = parseIpv6(base) ?? 0n;
  return {
    gatewayAddress: formatIpv6(first + 1n),
    guestAddress: formatIpv6(first + 2n),
    prefixLength: Number(prefix),
    tap: 'nd0',
  };
}

function forwarded(iface: Interface): ForwardedPorts[] {
  return [
    ...(iface.ports ?? []).map(({ port, protocol }) => ({ port, protocol: protocolOf(protocol) })),
    ...portRangesOf(iface).map(({ start, end, protocol }) => ({
      port: start,
      ...(end > start && { end }),
      protocol: protocolOf(protocol),
    })),
  ];
}

const protocolOf = (text: string | undefined): 'tcp' | 'udp' =>
  text?.toLowerCase() === 'udp' ? 'udp' : 'tcp';

function queuesOf(vmi: Vmi, model: string): number {
  const several = vmi.spec.domain.devices.networkInterfaceMultiqueue === true && model === 'virtio';
  return several ? Math.min(vcpus(vmi.spec), maxQueues) : 1;
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
