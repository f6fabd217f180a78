/** Rules on what becomes part of the pod: names, DNS, strategies, probes. */
import type { VmiSpecManifest } from '../manifests.ts';
import { invalid, notSupported, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { dnsLabelRules, isDnsLabel, isDnsSubdomain } from './names.ts';
import { parseIpv4 } from './networks.ts';
import { forEachItem } from './rule.ts';
import type { SpecContext } from './rule.ts';

export function hostNamesAreLabels({ spec, path }: SpecContext): Cause[] {
  return (['hostname', 'subdomain'] as const).flatMap((name) => {
    const value = spec[name];
    if (!value || isDnsLabel(value)) return [];
    const field = `${path}.${name}`;
    return [invalid(field, `${field} does not conform to the kubernetes DNS_LABEL rules : ${dnsLabelRules}`)];
  });
}

export function schedulingNamesAreNames({ spec, path }: SpecContext): Cause[] {
  return (['priorityClassName', 'schedulerName'] as const).flatMap((name) => {
    const value = spec[name];
    if (!value || isDnsSubdomain(value)) return [];
    const field = `${path}.${name}`;
    return [invalid(field, `${field} '${value}' is no name of an object; ${dnsLabelRules}`)];
  });
}

export function graceIsNotNegative({ spec, path }: SpecContext): Cause[] {
  const seconds = spec.terminationGracePeriodSeconds;
  if (seconds === undefined || seconds >= 0) return [];
  const field = `${path}.terminationGracePeriodSeconds`;
  return [invalid(field, `${field} '${seconds}': must be greater than or equal to 0.`)];
}

export function evictionStrategyIsKnown({ spec, path }: SpecContext): Cause[] {
  const strategy = spec.evictionStrategy;
  const field = `${path}.evictionStrategy`;
  if (!strategy || strategy === 'None' || strategy === 'LiveMigrateIfPossible') return [];
  if (strategy === 'LiveMigrate' || strategy === 'External') {
    const remedy = 'use None, or LiveMigrateIfPossible, which acts as None until migration is there';
    return [
      notSupported(field, `${field} ${strategy} is not supported by this release of monovirt; ${remedy}`),
    ];
  }
  return [
    invalid(
      field,
      `${field} is set with an unrecognized option: ${strategy}; use None or LiveMigrateIfPossible`,
    ),
  ];
}

export function startStrategyIsKnown({ spec, path }: SpecContext): Cause[] {
  const field = `${path}.startStrategy`;
  if (!spec.startStrategy) return [];
  if (spec.startStrategy !== 'Paused') {
    return [
      invalid(
        field,
        `${field} is set with an unrecognized option: ${spec.startStrategy}; use Paused or leave it out`,
      ),
    ];
  }
  if (!spec.livenessProbe) return [];
  return [
    invalid(
      field,
      `either ${field} or ${path}.livenessProbe should be provided.Pausing VMI with LivenessProbe is not supported`,
    ),
  ];
}

export function dnsNoneHasServers({ spec, path }: SpecContext): Cause[] {
  if (spec.dnsPolicy !== 'None' || spec.dnsConfig?.nameservers?.length) return [];
  const field = `${path}.dnsConfig.nameservers`;
  return [
    required(
      field,
      `must provide at least one DNS nameserver when \`dnsPolicy\` is None; add one to ${field}`,
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

const probes = ['livenessProbe', 'readinessProbe'] as const;
const handlers = ['exec', 'guestAgentPing', 'httpGet', 'tcpSocket'] as const;

type Probe = NonNullable<VmiSpecManifest['livenessProbe']>;

function forEachProbe({ spec, path }: SpecContext, each: (probe: Probe, field: string) => Cause[]): Cause[] {
  return probes.flatMap((name) => (spec[name] ? each(spec[name], `${path}.${name}`) : []));
}

export function probeHasOneHandler(context: SpecContext): Cause[] {
  return forEachProbe(context, (probe, field) => {
    const count = handlers.filter((handler) => probe[handler]).length;
    if (count === 1) return [];
    if (count > 1) return [invalid(field, `${field} must have exactly one probe type set`)];
    return [
      required(
        field,
        `either ${field}.tcpSocket, ${field}.exec or ${field}.httpGet must be set if a ${field} is specified`,
      ),
    ];
  });
}

export function networkProbeHasPodNetwork(context: SpecContext): Cause[] {
  const connected = context.spec.networks?.some((network) => network.pod);
  return forEachProbe(context, (probe, field) =>
    (['httpGet', 'tcpSocket'] as const)
      .filter((handler) => probe[handler] && !connected)
      .map((handler) =>
        invalid(`${field}.${handler}`, `${field}.${handler} is only allowed if the Pod Network is attached`),
      ),
  );
}
