/** What makes a pod's network namespace ready for its guest, as scripts. Pure. */
import type { InterfacePlan } from '../../network/plan.ts';
import { bridgeParts, dhcpFence } from './bridge.ts';
import { masqueradeParts, masqueradeRules } from './masquerade.ts';
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

const forwarding: Sysctl = { name: 'ipv4/ip_forward', value: '1', optional: false };

/**
 * Plans the set-up of a pod's network.
 * @param plans the interfaces of the VMI.
 * @param links what exists in the namespace now.
 * @throws MonovirtError `PodInterfaceMissing` when the pod lacks an interface that a plan builds on.
 * @throws MonovirtError `NetworkSetupInterrupted` when an earlier set-up left something that cannot be mended.
 */
export function netSetup(plans: readonly InterfacePlan[], links: readonly Link[]): NetworkSetup {
  const existing = new Map(links.map((link) => [link.name, link]));
  const parts = plans.map((plan) =>
    plan.binding === 'bridge'
      ? bridgeParts(plan, existing)
      : masqueradeParts(plan, podLinkOf(plan, existing), existing),
  );
  const masqueraded = plans.filter((plan) => plan.binding === 'masquerade');
  const bridged = plans.filter((plan) => plan.binding === 'bridge');
  return {
    create: parts.flatMap(({ create }) => create),
    start: parts.flatMap(({ start }) => start),
    sysctls: [
      lowestPort,
      // First of all: it sets the same for every link, and some are to have it otherwise.
      ...(masqueraded.length === 0 ? [] : [forwarding]),
      ...parts.flatMap(({ sysctls }) => sysctls),
    ],
    nftRules: masqueraded.length === 0 ? '' : masqueradeRules(masqueraded),
    optionalRules: bridged.length === 0 ? '' : dhcpFence(bridged, existing),
  };
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
    ...sysctls.map(({ name, value, optional }) => {
      const path = `/proc/sys/net/${name}`;
      return optional ? `[ ! -e ${path} ] || echo ${value} >${path}` : `echo ${value} >${path}`;
    }),
    batch(start),
    ...nft(nftRules),
    ...nft(optionalRules, ' 2>/dev/null || true'),
    'exit 0',
    '',
  ].join('\n');
}
