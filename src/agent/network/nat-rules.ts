/** The NAT of masqueraded interfaces, a table a family. Pure. */
import type { MasqueradePlan } from '../../network/plan.ts';
import type { Masqueraded } from './masquerade.ts';

/** One interface in one family. */
interface Side extends Pick<MasqueradePlan, 'bridge' | 'podInterface' | 'ports'> {
  /** As nftables calls the family and its header. */
  family: 'ip' | 'ip6';
  guest: string;
  gateway: string;
  /**
   * Whether the guest is reached at the pod's loopback address, too. In IPv6 Linux takes no answer that arrives for
   * ::1 from a link, however it is routed: there ::1 stays the pod's own.
   */
  onLoopback: boolean;
}

/** The tables of all families in which something is masqueraded; empty without any. */
export function natRules(masqueraded: readonly Masqueraded[]): string {
  const sides = masqueraded.flatMap(sidesOf);
  return (['ip', 'ip6'] as const)
    .map((family) => ({ family, own: sides.filter((side) => side.family === family) }))
    .filter(({ own }) => own.length > 0)
    .map(({ family, own }) => table(family, own))
    .join('');
}

function sidesOf({ plan, families }: Masqueraded): Side[] {
  const { bridge, podInterface, ports, ipv6 } = plan;
  const common = { bridge, podInterface, ports };
  const ipv4Side: Side = {
    ...common,
    family: 'ip',
    guest: plan.guestAddress,
    gateway: plan.gatewayAddress,
    onLoopback: true,
  };
  const ipv6Side: Side = {
    ...common,
    family: 'ip6',
    guest: ipv6.guestAddress,
    gateway: ipv6.gatewayAddress,
    onLoopback: false,
  };
  return [...(families.ipv4 ? [ipv4Side] : []), ...(families.ipv6 ? [ipv6Side] : [])];
}

function table(family: string, sides: readonly Side[]): string {
  const name = `table ${family} monovirt`;
  return [
    name,
    `delete ${name}`,
    `${name} {`,
    ...chain('prerouting', 'type nat hook prerouting priority dstnat', sides.flatMap(inboundRules)),
    ...chain('output', 'type nat hook output priority -100', sides.flatMap(localRules)),
    ...chain('postrouting', 'type nat hook postrouting priority srcnat', sides.flatMap(outboundRules)),
    ...chain('input', 'type filter hook input priority filter', sides.flatMap(guardRules)),
    ...chain('forward', 'type filter hook forward priority filter', sides.flatMap(crossingRules)),
    '}',
    '',
  ].join('\n');
}

const chain = (name: string, hook: string, rules: readonly string[]): string[] =>
  rules.length === 0
    ? []
    : [`  chain ${name} {`, `    ${hook}; policy accept;`, ...rules.map((rule) => `    ${rule}`), '  }'];

/** What arrives at the pod goes to the guest: every port, or the listed ones. */
function inboundRules(side: Side): string[] {
  return portMatches(side).map((match) =>
    join(`iifname "${side.podInterface}"`, match, `dnat to ${side.guest}`),
  );
}

/** So does what the pod's own processes send to its loopback address. */
function localRules(side: Side): string[] {
  if (!side.onLoopback) return [];
  return portMatches(side).map((match) => join('ip daddr 127.0.0.1', match, `dnat to ${side.guest}`));
}

function outboundRules({ family, bridge, guest, gateway, onLoopback }: Side): string[] {
  return [
    `${family} saddr ${guest} oifname != "${bridge}" masquerade`,
    ...(onLoopback ? [`ip saddr 127.0.0.0/8 oifname "${bridge}" snat to ${gateway}`] : []),
  ];
}

/** Keeps the guest from opening connections to what listens on the pod's loopback address. */
function guardRules({ bridge, onLoopback }: Side): string[] {
  return onLoopback ? [`iifname "${bridge}" ip daddr 127.0.0.0/8 ct state new drop`] : [];
}

/**
 * Nothing goes around the NAT: neither what the guest sends under another address than its own, nor what neighbours
 * of the pod send to the guest's own network. What goes from port to port comes by here on kernels that filter
 * bridges as if they were routers; it is let through.
 */
function crossingRules({ family, bridge, guest }: Side): string[] {
  return [
    `iifname "${bridge}" oifname != "${bridge}" ${family} saddr != ${guest} drop`,
    `iifname != "${bridge}" oifname "${bridge}" ct state new ct status & dnat != dnat drop`,
  ];
}

/** One match a protocol with its listed ports; one empty match when all ports are forwarded. */
function portMatches({ ports }: Side): string[] {
  if (ports.length === 0) return [''];
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    const listed = ports
      .filter((entry) => entry.protocol === protocol)
      .map(({ port, end }) => (end === undefined ? `${port}` : `${port}-${end}`));
    return listed.length === 0 ? [] : [`${protocol} dport { ${listed.join(', ')} }`];
  });
}

const join = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');
