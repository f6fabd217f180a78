/** What makes a pod's network namespace ready for its guest, as scripts. Pure. */
import type { InterfacePlan } from '../../network/plan.ts';
import { bridgeParts, dhcpFence } from './bridge.ts';
import { fence } from './fence.ts';
import { floodRules } from './floods.ts';
import { familiesOf, masqueradeParts, neighbourFence } from './masquerade.ts';
import { passtParts } from './passt.ts';
import type { Families } from './masquerade.ts';
import { natRules } from './nat-rules.ts';
import { podLinkOf } from './pod-links.ts';
import type { Link } from './pod-links.ts';
import { tools } from './tools.ts';
import type { SetupParts, Sysctl } from './parts.ts';

/** Everything to do. */
export interface NetworkSetup extends SetupParts {
  /** Rulesets for `nft -f`; each replaces a table of ours as a whole, in one transaction. */
  nftRules: string;
  /** A ruleset that a kernel may lack the means for; it goes on without. */
  optionalRules: string;
}

/** Lowest port that the unprivileged launcher may bind: its DHCP server's. */
const lowestPort: Sysctl = { name: 'ipv4/ip_unprivileged_port_start', value: '67', optional: false };

/** First of all: it sets the same for every link, and some are to have it otherwise. */
function forwarding({ ipv4, ipv6 }: Families): Sysctl[] {
  return [
    ...(ipv4 ? [{ name: 'ipv4/ip_forward', value: '1', optional: false }] : []),
    ...(ipv6 ? ipv6Forwarding : []),
  ];
}

const ipv6Forwarding: Sysctl[] = [
  // A router does not listen to others unless told so, and forgets the routes that it learnt.
  { name: 'ipv6/conf/eth0/accept_ra', value: '2', optional: true, insteadOf: '1' },
  { name: 'ipv6/conf/all/forwarding', value: '1', optional: false },
];

/**
 * Plans the set-up of a pod's network.
 * @param plans the interfaces of the VMI.
 * @param links what exists in the namespace now.
 * @throws MonovirtError `PodInterfaceMissing` when the pod lacks an interface that a plan builds on.
 * @throws MonovirtError `NetworkSetupInterrupted` when an earlier set-up left something that cannot be mended.
 */
export function netSetup(plans: readonly InterfacePlan[], links: readonly Link[]): NetworkSetup {
  const existing = new Map(links.map((link) => [link.name, link]));
  const parts = plans.map((plan) => partsOf(plan, existing));
  const masqueraded = plans
    .filter((plan) => plan.binding === 'masquerade')
    .map((plan) => ({ plan, families: familiesOf(podLinkOf(plan, existing)) }));
  const bridged = plans.filter((plan) => plan.binding === 'bridge');
  return {
    create: parts.flatMap(({ create }) => create),
    start: parts.flatMap(({ start }) => start),
    sysctls: [
      lowestPort,
      ...masqueraded.flatMap(({ families }) => forwarding(families)),
      ...parts.flatMap(({ sysctls }) => sysctls),
    ],
    nftRules: natRules(masqueraded) + floodRules([...masqueraded.map(({ plan }) => plan), ...bridged]),
    optionalRules: fence(dhcpFence(bridged, existing), neighbourFence(masqueraded)),
  };
}

function sysctlCommand({ name, value, optional, insteadOf }: Sysctl): string {
  const path = `/proc/sys/net/${name}`;
  const condition = [
    ...(optional ? [`[ ! -e ${path} ] ||`] : []),
    ...(insteadOf === undefined ? [] : [`[ "$(cat ${path})" != ${insteadOf} ] ||`]),
  ];
  return [...condition, `echo ${value} >${path}`].join(' ');
}

function partsOf(plan: InterfacePlan, existing: ReadonlyMap<string, Link>): SetupParts {
  switch (plan.binding) {
    case 'bridge':
      return bridgeParts(plan, existing);
    case 'masquerade':
      return masqueradeParts(plan, podLinkOf(plan, existing), existing);
    case 'passt':
      return passtParts();
    default:
      // A tap that a network plugin has made is ready.
      return { create: [], start: [], sysctls: [] };
  }
}

/** The whole set-up as one shell script; heredocs keep `ip` and `nft` input apart from the shell's. */
export function shellScript({ create, start, nftRules, optionalRules, sysctls }: NetworkSetup): string {
  const batch = (lines: readonly string[]): string =>
    `${tools.ip} -batch - <<'END'\n${lines.join('\n')}\nEND`;
  const nft = (rules: string, otherwise = ''): string[] =>
    rules === '' ? [] : [`${tools.nft} -f - <<'END'${otherwise}\n${rules}END`];
  return [
    'set -e',
    batch(create),
    ...sysctls.map(sysctlCommand),
    batch(start),
    ...nft(nftRules),
    ...nft(optionalRules, " || echo 'bridge filter unavailable' >&2"),
    'exit 0',
    '',
  ].join('\n');
}
