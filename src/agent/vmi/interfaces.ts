/** `status.interfaces` of a running guest, from its domain, its pod, Multus and its agent. Pure. */
import type { Interface, Pod, Vmi, VmiStatus } from '../../api/types.ts';
import type { DomainReport, GuestInterface } from '../../launcher/protocol.ts';
import { isOnSecondary, reportedAddresses } from '../../network/annotations.ts';
import { withAttachments } from '../../network/attachments.ts';
import { isMultusDefault } from '../../network/names.ts';
import { networkPlan } from '../../network/plan.ts';
import type { InterfacePlan } from '../../network/plan.ts';

type Status = NonNullable<VmiStatus['interfaces']>[number];

/** Most interfaces told of that only the guest knows, and most addresses of one. */
const most = { guestOnly: 10, addresses: 32 };

/** The one on the pod's own network first, as columns of tables expect; then in the order of the spec. */
export function interfacesOf(vmi: Vmi, pod: Pod | undefined, report: DomainReport): Status[] {
  const heard = (report.guestAgent?.interfaces ?? []).filter(({ name }) => name !== 'lo');
  const known = plansOf(vmi, pod).flatMap((plan) => {
    const domain = report.interfaces.find(({ name }) => name === plan.name);
    if (domain === undefined) return [];
    const guest = joined(heard.filter(({ mac }) => mac === domain.mac));
    return [statusOf({ vmi, pod, plan, mac: domain.mac }, guest)];
  });
  const macs = new Set(known.map(({ mac }) => mac));
  const others = heard.filter(({ mac }) => !macs.has(mac)).slice(0, most.guestOnly);
  return [...known, ...others.map(guestOnly)];
}

/**
 * What a guest has on one link: a bridge, a bond or a VLAN has the address of the interface below it. It is called
 * after the last that has addresses, as KubeVirt does.
 */
function joined(interfaces: readonly GuestInterface[]): GuestInterface | undefined {
  const named = interfaces.findLast(({ addresses: own }) => own.length > 0) ?? interfaces[0];
  const all = new Set(interfaces.flatMap(({ addresses: own }) => own));
  return named && { ...named, addresses: [...all] };
}

function plansOf(vmi: Vmi, pod: Pod | undefined): InterfacePlan[] {
  const primary = vmi.spec.networks?.find((network) => network.pod !== undefined || isMultusDefault(network));
  return networkPlan(withAttachments(vmi, pod?.metadata.annotations)).toSorted(
    (one, other) => Number(other.name === primary?.name) - Number(one.name === primary?.name),
  );
}

interface Seen {
  vmi: Vmi;
  pod: Pod | undefined;
  plan: InterfacePlan;
  mac: string;
}

function statusOf(seen: Seen, guest: GuestInterface | undefined): Status {
  const { vmi, plan, mac } = seen;
  const sources = [
    'domain',
    ...(guest === undefined ? [] : ['guest-agent']),
    ...(isOnSecondary(vmi.spec, plan.name) ? ['multus-status'] : []),
  ];
  const given = givenTo(seen);
  return {
    name: plan.name,
    mac,
    infoSource: sources.join(', '),
    podInterfaceName: plan.podInterface,
    queueCount: plan.queues,
    linkState: wantedOf(vmi, plan)?.state === 'down' ? 'down' : 'up',
    ...(guest !== undefined && { interfaceName: guest.name }),
    ...addresses(guest === undefined ? given : merged(given, reachable(plan, guest))),
  };
}

/**
 * The addresses at which the network reaches a guest. One in its pod's place is given the IPv4 address of the pod,
 * and no other: see agent/network/bridge.ts.
 */
function givenTo({ vmi, pod, plan }: Seen): string[] {
  const all = isOnSecondary(vmi.spec, plan.name)
    ? reportedAddresses(pod?.metadata.annotations, plan.podInterface)
    : (pod?.status?.podIPs ?? []).flatMap(({ ip = '' }) => (ip === '' ? [] : [ip]));
  return plan.binding === 'bridge' ? all.filter(isIpv4) : all;
}

/** Behind NAT nobody reaches what the guest has on its link alone. */
const reachable = ({ binding }: InterfacePlan, { addresses: all }: GuestInterface): string[] =>
  binding === 'masquerade' ? all.filter((address) => !/^(?:fe[89ab]|169\.254\.)/i.test(address)) : all;

/**
 * In each family what was given, unless the guest has nothing of that family: then it is reached at none. Where
 * nothing was given, what the guest says.
 */
function merged(given: readonly string[], guest: readonly string[]): string[] {
  return [isIpv4, isIpv6].flatMap((family) => {
    const [own, said] = [given.filter(family), guest.filter(family)];
    return own.length === 0 || said.length === 0 ? said : own;
  });
}

const guestOnly = ({ name, mac, addresses: all }: GuestInterface): Status => ({
  ...(mac !== '' && { mac }),
  interfaceName: name,
  infoSource: 'guest-agent',
  ...addresses(all),
});

function addresses(all: readonly string[]): Pick<Status, 'ipAddress' | 'ipAddresses'> {
  const ipAddresses = all.slice(0, most.addresses);
  const [ipAddress] = ipAddresses;
  return ipAddress === undefined ? {} : { ipAddress, ipAddresses };
}

const isIpv4 = (address: string): boolean => address.includes('.');
const isIpv6 = (address: string): boolean => !isIpv4(address);

const wantedOf = (vmi: Vmi, { name }: InterfacePlan): Interface | undefined =>
  vmi.spec.domain.devices.interfaces?.find((iface) => iface.name === name);
