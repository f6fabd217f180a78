/** Rules on networks that a resource claim provides (dynamic resource allocation). */
import type { Network, VmiSpec } from '../types.ts';
import { duplicate, invalid, notFound, required } from './cause.ts';
import type { Cause } from './cause.ts';
import { firstByName, forEachItem, repeats } from './rule.ts';
import type { SpecContext } from './rule.ts';

interface Claim {
  claimName?: string;
  requestName?: string;
}

/** The types of KubeVirt's API do not have the field yet. */
const claimOf = (network: Network): Claim | undefined =>
  (network as { resourceClaim?: Claim }).resourceClaim ?? undefined;

const claimsOf = (spec: VmiSpec): readonly { name?: string }[] =>
  (spec as { resourceClaims?: readonly { name?: string }[] }).resourceClaims ?? [];

const hasClaims = ({ spec }: SpecContext): boolean => spec.networks?.some(claimOf) === true;

function forEachClaim(
  context: SpecContext,
  each: (claim: Claim, field: string, network: Network) => Cause[],
): Cause[] {
  return forEachItem(context.spec.networks, `${context.path}.networks`, (network, field) => {
    const claim = claimOf(network);
    return claim === undefined ? [] : each(claim, field, network);
  });
}

export function networkClaimsNeedTheirGate(context: SpecContext): Cause[] {
  if (!hasClaims(context) || context.config.featureGates.has('NetworkDevicesWithDRA')) return [];
  return [
    invalid(
      `${context.path}.networks`,
      'vmi.spec.networks contains DRA networks but NetworkDevicesWithDRA feature gate is not enabled; use pod: {} or multus',
    ),
  ];
}

export function networkClaimsStandAlone(context: SpecContext): Cause[] {
  const mixed = hasClaims(context) && context.spec.networks?.some(({ multus }) => multus) === true;
  const message =
    'mixing Multus and DRA resourceClaim networks in the same VMI is not supported; use one of them';
  return mixed ? [invalid(`${context.path}.networks`, message)] : [];
}

export function networkClaimIsNamed(context: SpecContext): Cause[] {
  return forEachClaim(context, (claim, field) =>
    (['claimName', 'requestName'] as const)
      .filter((name) => !claim[name])
      .map((name) => required(`${field}.resourceClaim.${name}`, `${name} is required for DRA network`)),
  );
}

export function networkClaimExists(context: SpecContext): Cause[] {
  const names = new Set(claimsOf(context.spec).map(({ name }) => name));
  return forEachClaim(context, ({ claimName }, field) =>
    !claimName || names.has(claimName)
      ? []
      : [
          notFound(
            `${field}.resourceClaim.claimName`,
            `network references resourceClaim "${claimName}" which is not defined in spec.resourceClaims; add it there`,
          ),
        ],
  );
}

export function networkClaimsDiffer(context: SpecContext): Cause[] {
  const keyOf = (network: Network): string | undefined => {
    const { claimName, requestName } = claimOf(network) ?? {};
    return claimName && requestName ? `${claimName}/${requestName}` : undefined;
  };
  const networks = context.spec.networks ?? [];
  return repeats(networks, keyOf).map(({ index }) => {
    const key = keyOf(networks[index] ?? { name: '' });
    const field = `${context.path}.networks[${index}]`;
    return duplicate(
      field,
      `duplicate claimName/requestName combination "${key}"; each request is one network`,
    );
  });
}

export function networkClaimHasBinding(context: SpecContext): Cause[] {
  const interfaces = firstByName(context.spec.domain.devices.interfaces);
  return forEachClaim(context, (_, __, { name }) => {
    const iface = interfaces.get(name);
    if (!iface || iface.sriov || iface.binding) return [];
    return [
      invalid(
        `${context.path}.domain.devices.interfaces`,
        `DRA network "${name}" requires an SR-IOV or binding plugin interface`,
      ),
    ];
  });
}
