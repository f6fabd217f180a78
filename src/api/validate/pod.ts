/** Rules on what becomes part of the pod: names, strategies, service account. */
import { serviceAccountNameOf } from '../service-account.ts';
import { invalid } from './cause.ts';
import type { Cause } from './cause.ts';
import { dnsLabelRules, isDnsLabel, isDnsSubdomain } from './names.ts';
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

const evictionStrategies = ['None', 'LiveMigrate', 'LiveMigrateIfPossible', 'External'];

export function evictionStrategyIsKnown({ spec, path }: SpecContext): Cause[] {
  const strategy = spec.evictionStrategy;
  if (!strategy || evictionStrategies.includes(strategy)) return [];
  const field = `${path}.evictionStrategy`;
  return [
    invalid(
      field,
      `${field} is set with an unrecognized option: ${strategy}; use one of: ${evictionStrategies.join(', ')}`,
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

export function serviceAccountIsAName({ spec, path }: SpecContext): Cause[] {
  const name = serviceAccountNameOf(spec);
  if (name === undefined || isDnsSubdomain(name)) return [];
  const field = `${path}.serviceAccountName`;
  return [invalid(field, `${field} '${name}' is not a valid service account name: ${dnsLabelRules}`)];
}

export function oneServiceAccount({ spec, path }: SpecContext): Cause[] {
  const name = serviceAccountNameOf(spec);
  const mounted = spec.volumes?.find(({ serviceAccount }) => serviceAccount)?.serviceAccount;
  if (name === undefined || !mounted || mounted.serviceAccountName === name) return [];
  const field = `${path}.serviceAccountName`;
  return [
    invalid(
      field,
      `${field} "${name}" and serviceAccount volume "${mounted.serviceAccountName ?? ''}" must reference the same service account`,
    ),
  ];
}

export function utilityVolumesComeLater({ spec, path }: SpecContext): Cause[] {
  if (!spec.utilityVolumes?.length) return [];
  const field = `${path}.utilityVolumes`;
  return [
    invalid(
      field,
      `${field} cannot be set on VMI creation; remove it, and list the volumes in ${path}.volumes`,
    ),
  ];
}
