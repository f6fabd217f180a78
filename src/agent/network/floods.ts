/** How much DHCP of a guest reaches the launcher: the kernel drops the rest, which costs the guest's time alone. Pure. */
import type { InterfacePlan } from '../../network/plan.ts';

/** A guest boots with a handful of packets a second; the launcher answers no more than this. */
export const packetRate = 'limit rate 20/second burst 40 packets';

/** The table that bounds the DHCP of every interface; empty without interfaces. */
export function floodRules(plans: readonly InterfacePlan[]): string {
  if (plans.length === 0) return '';
  const table = 'table ip monovirt_floods';
  return [
    table,
    `delete ${table}`,
    `${table} {`,
    '  chain input {',
    '    type filter hook input priority filter; policy accept;',
    ...plans.flatMap(({ bridge }) => [
      `    iifname "${bridge}" udp dport 67 ${packetRate} accept`,
      `    iifname "${bridge}" udp dport 67 drop`,
    ]),
    '  }',
    '}',
    '',
  ].join('\n');
}
