/**
 * The bridge binding: the guest takes the pod's place on its network. Pure.
 *
 * The pod's interface is renamed and becomes a port of a bridge with the guest's tap. A link that leads nowhere
 * takes over its name, MAC, address and routes: CNI plugins find what they made, and this agent, should it
 * start again before the guest has, learns from it what the guest is to be told.
 */
import type { BridgePlan } from '../../network/plan.ts';
import type { PodAddress } from '../../network/links.ts';
import { MonovirtError } from '../../support/errors.ts';
import { podLinkOf } from './pod-links.ts';
import type { Fence } from './fence.ts';
import type { Link } from './pod-links.ts';
import type { SetupParts } from './parts.ts';
import { bridgeCommands, tapCommands, withoutIpv6 } from './tap.ts';

/**
 * @throws MonovirtError `PodInterfaceMissing`.
 * @throws MonovirtError `NetworkSetupInterrupted` when the interface was renamed and its place was not taken.
 */
export function bridgeParts(plan: BridgePlan, existing: ReadonlyMap<string, Link>): SetupParts {
  const { bridge, tap, nic, podInterface } = plan;
  if (existing.has(nic) && !existing.has(podInterface)) interrupted(plan);
  const pod = podLinkOf(plan, existing);
  const served = plan.dhcp && pod.address !== undefined;
  return {
    create: [
      ...bridgeCommands(bridge, pod, { mac: bridgeMac(plan), exists: existing.has(bridge) }),
      ...tapCommands(plan, pod.mtu, existing.has(tap)),
      ...(existing.has(nic) ? [] : takeOver(plan, pod)),
      `link set dev ${nic} master ${bridge}`,
      // A frame of the guest that the network sends back must not move the guest to the other side.
      `link set dev ${nic} type bridge_slave learning off`,
    ],
    start: [
      ...(served ? [`address replace ${plan.serverAddress}/32 dev ${bridge}`] : []),
      ...[nic, tap, bridge].map((name) => `link set dev ${name} up`),
    ],
    sysctls: [
      ...withoutIpv6(bridge, tap, nic, podInterface),
      // Neighbours on this network must not reach the pod's other networks through it.
      { name: `ipv4/conf/${bridge}/forwarding`, value: '0', optional: false },
      // The guest answers for the pod's address, not the link that only keeps it.
      ...(pod.address !== undefined
        ? [{ name: 'ipv4/conf/all/arp_ignore', value: '1', optional: false }]
        : []),
    ],
  };
}

/** Not the guest's, nor the NIC's: the bridge is a third party on the wire. */
const bridgeMac = ({ nicMac }: BridgePlan): string => `06${nicMac.slice(2)}`;

function takeOver({ podInterface, nic, nicMac }: BridgePlan, pod: Link): string[] {
  const mac = pod.mac === undefined ? '' : ` address ${pod.mac}`;
  return [
    `link set dev ${podInterface} down`,
    `link set dev ${podInterface} name ${nic}`,
    `address flush dev ${nic} scope global`,
    `link set dev ${nic} address ${nicMac}`,
    `link add name ${podInterface}${mac} mtu ${pod.mtu} type bridge stp_state 0`,
    `link set dev ${podInterface} up`,
    ...(pod.address === undefined ? [] : keepAddress(podInterface, pod.address)),
  ];
}

/** Routes on the link itself come first: the others lead through them. */
function keepAddress(device: string, { address, prefixLength, routes }: PodAddress): string[] {
  const onLink = routes.filter(({ gateway }) => gateway === '0.0.0.0');
  const beyond = routes.filter(({ gateway }) => gateway !== '0.0.0.0');
  return [
    `address replace ${address}/${prefixLength} dev ${device}`,
    ...onLink.map(({ destination }) => `route replace ${destination} dev ${device} scope link`),
    ...beyond.map(
      ({ destination, gateway }) => `route replace ${destination} via ${gateway} dev ${device} onlink`,
    ),
  ];
}

function interrupted({ podInterface, nic, name }: BridgePlan): never {
  throw new MonovirtError(
    'NetworkSetupInterrupted',
    `the set-up of interface ${name} was interrupted after ${podInterface} had become ${nic}, and its address is lost; delete the VirtualMachineInstance, its next pod is set up anew`,
    'never',
  );
}

/**
 * Keeps the guest's DHCP between it and the launcher, where the network plugin gave an address: servers of the
 * network do not see its requests, nor other guests the answers.
 */
export function dhcpFence(plans: readonly BridgePlan[], existing: ReadonlyMap<string, Link>): Fence {
  const served = plans.filter(
    ({ dhcp, podInterface }) => dhcp && existing.get(podInterface)?.address !== undefined,
  );
  return {
    forward: served.map(({ tap, nic }) => `iifname "${tap}" oifname "${nic}" udp dport { 67, 68 } drop`),
    output: served.map(({ nic }) => `oifname "${nic}" udp dport { 67, 68 } drop`),
  };
}
