/** What makes a pod's network namespace ready for its guest, as scripts. Pure. */
import { launcherUser } from '../../api/constants.ts';
import type { InterfacePlan } from '../../network/plan.ts';
import { MonovirtError } from '../../support/errors.ts';

/** A link that exists in the namespace. */
export interface Link {
  name: string;
  mtu: number;
}

/** Everything to do; each part may be done again without changing what is there. */
export interface NetworkSetup {
  /** Lines for `ip -batch` that make the links; those that exist already are not made again. */
  create: string[];
  /** Lines for `ip -batch` that bring them up, after the kernel settings. */
  start: string[];
  /** Ruleset for `nft -f`; it replaces our table as a whole, in one transaction. */
  nftRules: string;
  /** Kernel settings under /proc/sys/net. */
  sysctls: { name: string; value: string; optional: boolean }[];
}

/** By their paths: a shell that is busybox would prefer its own `ip`, which knows half of it. */
export const tools = { ip: '/usr/sbin/ip', nft: '/usr/sbin/nft' } as const;

/** The bridge's address on the wire; a fixed one, so that the guest's ARP cache stays right. */
const bridgeMac = '02:00:00:00:00:01';
/** Lowest port that the unprivileged launcher may bind: its DHCP server's. */
const lowestPort = '67';

/**
 * Plans the set-up of a pod's network.
 * @param plans the interfaces of the VMI.
 * @param links what exists in the namespace now.
 * @throws MonovirtError `PodInterfaceMissing` when the pod lacks an interface that a plan builds on.
 */
export function netSetup(plans: readonly InterfacePlan[], links: readonly Link[]): NetworkSetup {
  const existing = new Map(links.map((link) => [link.name, link]));
  return {
    create: plans.flatMap((plan) => createCommands(plan, existing)),
    start: plans.flatMap(startCommands),
    nftRules: ruleset(plans),
    sysctls: [
      { name: 'ipv4/ip_forward', value: '1', optional: false },
      { name: 'ipv4/ip_unprivileged_port_start', value: lowestPort, optional: false },
      ...plans.flatMap(linkSysctls),
    ],
  };
}

function createCommands(plan: InterfacePlan, existing: ReadonlyMap<string, Link>): string[] {
  const { bridge, tap, podInterface } = plan;
  const pod = existing.get(podInterface);
  if (pod === undefined) {
    throw new MonovirtError(
      'PodInterfaceMissing',
      `the pod has no interface ${podInterface} for interface ${plan.name}: is its network plugin working?`,
    );
  }
  const owner = `user ${launcherUser} group ${launcherUser}`;
  return [
    ...(existing.has(bridge) ? [] : [`link add name ${bridge} type bridge stp_state 0 forward_delay 0`]),
    `link set dev ${bridge} address ${bridgeMac} mtu ${pod.mtu}`,
    ...(existing.has(tap) ? [] : [`tuntap add dev ${tap} mode tap ${owner}`]),
    `link set dev ${tap} mtu ${pod.mtu} master ${bridge}`,
  ];
}

function startCommands({ bridge, tap, gatewayAddress, prefixLength }: InterfacePlan): string[] {
  return [
    `address replace ${gatewayAddress}/${prefixLength} dev ${bridge}`,
    `link set dev ${tap} up`,
    `link set dev ${bridge} up`,
  ];
}

/**
 * The guest has IPv4 behind NAT only: without IPv6 on bridge and tap nothing leaks around it.
 * `route_localnet` lets connections to 127.0.0.1 in the pod reach the guest; the ruleset keeps the guest from
 * using it the other way.
 */
function linkSysctls({ bridge, tap }: InterfacePlan): NetworkSetup['sysctls'] {
  return [
    { name: `ipv6/conf/${bridge}/disable_ipv6`, value: '1', optional: true },
    { name: `ipv6/conf/${tap}/disable_ipv6`, value: '1', optional: true },
    { name: `ipv4/conf/${bridge}/route_localnet`, value: '1', optional: false },
  ];
}

const table = 'ip monovirt';

function ruleset(plans: readonly InterfacePlan[]): string {
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
function inboundRules(plan: InterfacePlan): string[] {
  return portMatches(plan).map((match) =>
    join(`iifname "${plan.podInterface}"`, match, `dnat to ${plan.guestAddress}`),
  );
}

/** So does what the pod's own processes send to its loopback address. */
function localRules(plan: InterfacePlan): string[] {
  return portMatches(plan).map((match) => join('ip daddr 127.0.0.1', match, `dnat to ${plan.guestAddress}`));
}

function outboundRules({ bridge, guestAddress, gatewayAddress }: InterfacePlan): string[] {
  return [
    `ip saddr ${guestAddress} oifname != "${bridge}" masquerade`,
    `ip saddr 127.0.0.0/8 oifname "${bridge}" snat to ${gatewayAddress}`,
  ];
}

/** Keeps the guest from opening connections to what listens on the pod's loopback address. */
function guardRules({ bridge }: InterfacePlan): string[] {
  return [`iifname "${bridge}" ip daddr 127.0.0.0/8 ct state new drop`];
}

/** One match a protocol with its listed ports; one empty match when all ports are forwarded. */
function portMatches({ ports }: InterfacePlan): string[] {
  if (ports.length === 0) return [''];
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    const listed = ports.filter((port) => port.protocol === protocol).map(({ port }) => port);
    return listed.length === 0 ? [] : [`${protocol} dport { ${listed.join(', ')} }`];
  });
}

const join = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');

/** The whole set-up as one shell script; heredocs keep `ip` and `nft` input apart from the shell's. */
export function shellScript({ create, start, nftRules, sysctls }: NetworkSetup): string {
  const batch = (lines: readonly string[]): string =>
    `${tools.ip} -batch - <<'END'\n${lines.join('\n')}\nEND`;
  return [
    'set -e',
    batch(create),
    ...sysctls.map(({ name, value, optional }) => {
      const path = `/proc/sys/net/${name}`;
      return optional ? `[ ! -e ${path} ] || echo ${value} >${path}` : `echo ${value} >${path}`;
    }),
    batch(start),
    `${tools.nft} -f - <<'END'\n${nftRules}END`,
    'exit 0',
    '',
  ].join('\n');
}
