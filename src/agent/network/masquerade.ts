/** The masquerade binding: the guest has a network of its own behind the pod's addresses. Pure. */
import type { MasqueradePlan } from '../../network/plan.ts';
import type { Link } from './pod-links.ts';
import type { SetupParts } from './parts.ts';
import { bridgeCommands, tapCommands, withoutIpv6 } from './tap.ts';

/** The bridge's address on the wire; a fixed one, so that the guest's ARP cache stays right. */
const bridgeMac = '02:00:00:00:00:01';

export function masqueradeParts(
  plan: MasqueradePlan,
  pod: Link,
  existing: ReadonlyMap<string, Link>,
): SetupParts {
  const { bridge, tap, gatewayAddress, prefixLength } = plan;
  return {
    create: [
      ...bridgeCommands(bridge, pod, { mac: bridgeMac, exists: existing.has(bridge) }),
      ...tapCommands(plan, pod.mtu, existing.has(tap)),
    ],
    start: [
      `address replace ${gatewayAddress}/${prefixLength} dev ${bridge}`,
      `link set dev ${tap} up`,
      `link set dev ${bridge} up`,
    ],
    sysctls: [
      // The guest has IPv4 behind NAT only: nothing leaks around it.
      ...withoutIpv6(bridge, tap),
      // Lets connections to 127.0.0.1 in the pod reach the guest; the ruleset keeps the guest from using it back.
      { name: `ipv4/conf/${bridge}/route_localnet`, value: '1', optional: false },
    ],
  };
}

const table = 'ip monovirt';

/** The table of all masqueraded interfaces. */
export function masqueradeRules(plans: readonly MasqueradePlan[]): string {
  const chain = (name: string, hook: string, rules: readonly string[]): string =>
    [`  chain ${name} {`, `    ${hook}; policy accept;`, ...rules.map((rule) => `    ${rule}`), '  }'].join(
      '\n',
    );
  return [
    `table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    chain('prerouting', 'type nat hook prerouting priority dstnat', plans.flatMap(inboundRules)),
    chain('output', 'type nat hook output priority -100', plans.flatMap(localRules)),
    chain('postrouting', 'type nat hook postrouting priority srcnat', plans.flatMap(outboundRules)),
    chain('input', 'type filter hook input priority filter', plans.flatMap(guardRules)),
    '}',
    '',
  ].join('\n');
}

/** What arrives at the pod goes to the guest: every port, or the listed ones. */
function inboundRules(plan: MasqueradePlan): string[] {
  return portMatches(plan).map((match) =>
    join(`iifname "${plan.podInterface}"`, match, `dnat to ${plan.guestAddress}`),
  );
}

/** So does what the pod's own processes send to its loopback address. */
function localRules(plan: MasqueradePlan): string[] {
  return portMatches(plan).map((match) => join('ip daddr 127.0.0.1', match, `dnat to ${plan.guestAddress}`));
}

function outboundRules({ bridge, guestAddress, gatewayAddress }: MasqueradePlan): string[] {
  return [
    `ip saddr ${guestAddress} oifname != "${bridge}" masquerade`,
    `ip saddr 127.0.0.0/8 oifname "${bridge}" snat to ${gatewayAddress}`,
  ];
}

/** Keeps the guest from opening connections to what listens on the pod's loopback address. */
function guardRules({ bridge }: MasqueradePlan): string[] {
  return [`iifname "${bridge}" ip daddr 127.0.0.0/8 ct state new drop`];
}

/** One match a protocol with its listed ports; one empty match when all ports are forwarded. */
function portMatches({ ports }: MasqueradePlan): string[] {
  if (ports.length === 0) return [''];
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    const listed = ports
      .filter((entry) => entry.protocol === protocol)
      .map(({ port, end }) => (end === undefined ? `${port}` : `${port}-${end}`));
    return listed.length === 0 ? [] : [`${protocol} dport { ${listed.join(', ')} }`];
  });
}

const join = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');
