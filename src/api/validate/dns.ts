/** Rules on where the pod looks names up; its guest is told the same. */
import { invalid, notSupported, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { dnsLabelRules, isDnsSubdomain } from './names.ts';
import { parseIpv4 } from './networks.ts';
import { forEachItem } from './rule.ts';
import type { SpecContext } from './rule.ts';

const policies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

export function dnsPolicyIsKnown({ spec, path }: SpecContext): Cause[] {
  const policy = spec.dnsPolicy;
  if (!policy || policies.includes(policy)) return [];
  const field = `${path}.dnsPolicy`;
  return [notSupported(field, `DNSPolicy: ${policy} is not supported, valid values: ${policies.join(', ')}`)];
}

export function dnsNoneHasServers({ spec, path }: SpecContext): Cause[] {
  if (spec.dnsPolicy !== 'None' || spec.dnsConfig?.nameservers?.length) return [];
  const field = `${path}.dnsConfig`;
  if (!spec.dnsConfig)
    return [
      required(field, `must provide \`dnsConfig\` when \`dnsPolicy\` is None; set ${field}.nameservers`),
    ];
  return [
    required(
      `${field}.nameservers`,
      `must provide at least one DNS nameserver when \`dnsPolicy\` is None; add one to ${field}.nameservers`,
    ),
  ];
}

export function dnsConfigIsBounded({ spec, path }: SpecContext): Cause[] {
  const { nameservers = [], searches = [] } = spec.dnsConfig ?? {};
  const field = `${path}.dnsConfig`;
  const causes: Cause[] = [];
  if (nameservers.length > 3)
    causes.push(invalid(`${field}.nameservers`, 'must not have more than 3 nameservers'));
  if (searches.length > 6)
    causes.push(invalid(`${field}.searches`, 'must not have more than 6 search paths'));
  if (searches.join(' ').length > 256) {
    causes.push(
      invalid(
        `${field}.searches`,
        'must not have more than 256 characters (including spaces) in the search list',
      ),
    );
  }
  return causes;
}

export function dnsServersAreAddresses({ spec, path }: SpecContext): Cause[] {
  return forEachItem(spec.dnsConfig?.nameservers, `${path}.dnsConfig.nameservers`, (server, field) =>
    parseIpv4(server) !== undefined || /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$/.test(server)
      ? []
      : [invalid(field, `${field} '${server}' must be a valid IP address, such as 10.96.0.10`)],
  );
}

export function dnsSearchesAreNames({ spec, path }: SpecContext): Cause[] {
  // A dot at the end says that the name is complete.
  return forEachItem(spec.dnsConfig?.searches, `${path}.dnsConfig.searches`, (search, field) =>
    isDnsSubdomain(search.replace(/\.$/, ''))
      ? []
      : [invalid(field, `${field} '${search}' is no name of a domain; in each part ${dnsLabelRules}`)],
  );
}

export function dnsOptionsAreNamed({ spec, path }: SpecContext): Cause[] {
  return forEachItem(spec.dnsConfig?.options, `${path}.dnsConfig.options`, ({ name }, field) =>
    name ? [] : [invalid(`${field}.name`, `${field}.name must not be empty; name an option such as ndots`)],
  );
}
