/** Rules on claims of devices (Kubernetes' dynamic resource allocation). */
import { duplicate, invalid, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { dnsLabelRules, isDnsLabel, isDnsSubdomain } from './names.ts';
import { forEachItem, repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

const at = ({ path }: SpecContext): string => `${path}.resourceClaims`;

export function resourceClaimIsNamed(context: SpecContext): Cause[] {
  return forEachItem(context.spec.resourceClaims, at(context), ({ name }, claim) => {
    const field = `${claim}.name`;
    if (!name) return [required(field, `${field} is a required field`)];
    if (isDnsLabel(name)) return [];
    return [invalid(field, `${field} does not conform to the kubernetes DNS_LABEL rules: ${dnsLabelRules}`)];
  });
}

export function resourceClaimNamesDiffer(context: SpecContext): Cause[] {
  const claims = context.spec.resourceClaims ?? [];
  return repeats(claims, ({ name }) => name || undefined).map(({ index }) =>
    duplicate(
      `${at(context)}[${index}].name`,
      `duplicate resourceClaims name "${claims[index]?.name ?? ''}"; give each claim a name of its own`,
    ),
  );
}

const sources = ['resourceClaimName', 'resourceClaimTemplateName'] as const;

export function resourceClaimHasOneSource(context: SpecContext): Cause[] {
  return forEachItem(context.spec.resourceClaims, at(context), (claim, field) => {
    const given = sources.filter((name) => claim[name] !== undefined).length;
    if (given === 1) return [];
    const message =
      given === 0
        ? 'must specify one of: resourceClaimName, resourceClaimTemplateName'
        : 'at most one of resourceClaimName or resourceClaimTemplateName may be specified';
    return [invalid(field, `${field} ${message}`)];
  });
}

export function resourceClaimSourceIsAName(context: SpecContext): Cause[] {
  return forEachItem(context.spec.resourceClaims, at(context), (claim, field) =>
    sources
      .filter((name) => claim[name] !== undefined && !isDnsSubdomain(claim[name]))
      .map((name) =>
        invalid(
          `${field}.${name}`,
          `${field}.${name} '${claim[name]}' is no name of an object; ${dnsLabelRules}`,
        ),
      ),
  );
}
