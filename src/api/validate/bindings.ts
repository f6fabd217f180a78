/** Rules on how interfaces are connected. */
import { normalMac } from '../../network/mac.ts';
import { isSecondary } from '../../network/names.ts';
import type { Interface, Network } from '../types.ts';
import { invalid, notSupported } from './cause.ts';
import type { Cause } from './cause.ts';
import { forEachInterface } from './interfaces.ts';
import { firstByName } from './rule.ts';
import type { SpecContext } from './rule.ts';
import { bindings } from '../bindings.ts';

/** Looks networks up by the interfaces that they are of. */
function networksOf({ spec }: SpecContext): (iface: Interface) => Network | undefined {
  const networks = firstByName(spec.networks);
  return ({ name }) => networks.get(name);
}

const discontinued = ['slirp', 'macvtap', 'passt'] as const;

export function interfaceHasOneBinding(context: SpecContext): Cause[] {
  return forEachInterface(context, (iface, field) => {
    const found = bindings.filter((binding) => iface[binding]);
    if (found.length === 1) return [];
    const what = found.length === 0 ? 'none is set' : `found ${found.join(', ')}`;
    return [
      invalid(
        field,
        `logical ${iface.name} interface must have exactly one binding method or binding plugin; ${what}; use masquerade: {}`,
      ),
    ];
  });
}

export function bindingIsNotDiscontinued(context: SpecContext): Cause[] {
  return forEachInterface(context, (iface, field) =>
    discontinued
      .filter((binding) => iface[binding])
      .map((binding) =>
        invalid(
          `${field}.${binding}`,
          `${binding} interface has been discontinued since v1.3; use masquerade: {}`,
        ),
      ),
  );
}

export function masqueradeIsOnPodNetwork(context: SpecContext): Cause[] {
  const networkOf = networksOf(context);
  return forEachInterface(context, (iface, field) => {
    const network = networkOf(iface);
    if (!iface.masquerade || !network || network.pod) return [];
    return [
      invalid(`${field}.name`, 'Masquerade interface only implemented with pod network; use network pod: {}'),
    ];
  });
}

/** What the bridge of a masqueraded interface has, here and in KubeVirt. */
const reservedMacs = ['02:00:00:00:00:00', '02:00:00:00:00:01'];

export function masqueradeMacIsFree(context: SpecContext): Cause[] {
  return forEachInterface(context, ({ masquerade, macAddress = '' }, field) =>
    masquerade && reservedMacs.includes(normalMac(macAddress) ?? '')
      ? [
          invalid(
            `${field}.macAddress`,
            `The requested MAC address is reserved for the in-pod bridge. Please choose another one than ${reservedMacs.join(' and ')}`,
          ),
        ]
      : [],
  );
}

export function bridgeIsPermittedOnPodNetwork(context: SpecContext): Cause[] {
  if (context.config.bridgeOnPodNetwork) return [];
  const networkOf = networksOf(context);
  return forEachInterface(context, (iface, field) =>
    iface.bridge && networkOf(iface)?.pod
      ? [
          invalid(
            `${field}.name`,
            'Bridge on pod network configuration is not enabled under kubevirt-config; use masquerade: {}, or set spec.configuration.network.permitBridgeInterfaceOnPodNetwork of the KubeVirt object',
          ),
        ]
      : [],
  );
}

export function passtBindingIsOnPodNetwork(context: SpecContext): Cause[] {
  const networkOf = networksOf(context);
  return forEachInterface(context, (iface, field) =>
    iface.passtBinding && !networkOf(iface)?.pod
      ? [
          invalid(
            `${field}.name`,
            'PasstBinding interface only implemented with pod network; use network pod: {}',
          ),
        ]
      : [],
  );
}

export function passtBindingNeedsItsGate(context: SpecContext): Cause[] {
  return forEachInterface(context, ({ passtBinding }, field) =>
    passtBinding && !context.config.featureGates.has('PasstBinding')
      ? [
          invalid(
            `${field}.name`,
            'PasstBinding feature gate is not enabled; use masquerade: {}, or take PasstBinding off disabledFeatureGates of the KubeVirt object',
          ),
        ]
      : [],
  );
}

/** QEMU has no other model that another process can serve. */
export function passtIsVirtio(context: SpecContext): Cause[] {
  return forEachInterface(context, ({ name, passtBinding, model }, field) =>
    passtBinding && model && model !== 'virtio'
      ? [
          notSupported(
            `${field}.model`,
            `interface ${name} cannot have model ${model} with the passt binding; use virtio, or masquerade: {}`,
          ),
        ]
      : [],
  );
}

/** passt answers DHCP itself, and from the pod alone. */
export function passtHasNoDhcpOptions(context: SpecContext): Cause[] {
  return forEachInterface(context, ({ name, passtBinding, dhcpOptions }, field) =>
    passtBinding && dhcpOptions
      ? [
          invalid(
            `${field}.dhcpOptions`,
            `interface ${name} gets its DHCP options from passt, which takes none; remove them, or use masquerade: {}`,
          ),
        ]
      : [],
  );
}

const states = ['up', 'down', 'absent'];

export function interfaceStateIsKnown(context: SpecContext): Cause[] {
  return forEachInterface(context, ({ name, state }, field) =>
    !state || states.includes(state)
      ? []
      : [
          invalid(
            `${field}.state`,
            `logical ${name} interface state value is unsupported: ${state}; use one of: ${states.join(', ')}`,
          ),
        ],
  );
}

export function sriovHasNoLinkState(context: SpecContext): Cause[] {
  return forEachInterface(context, ({ name, sriov, state }, field) =>
    sriov && (state === 'up' || state === 'down')
      ? [
          invalid(
            `${field}.state`,
            `"${name}" interface's state "${state}" is not supported for SR-IOV NICs; remove it`,
          ),
        ]
      : [],
  );
}

export function onlyBridgesAreAbsent(context: SpecContext): Cause[] {
  return forEachInterface(context, ({ name, bridge, state }, field) =>
    state === 'absent' && !bridge
      ? [
          invalid(
            `${field}.state`,
            `"${name}" interface's state "absent" is supported only for bridge binding; remove the interface instead`,
          ),
        ]
      : [],
  );
}

export function defaultNetworkIsPresent(context: SpecContext): Cause[] {
  const networkOf = networksOf(context);
  return forEachInterface(context, (iface, field) => {
    const network = networkOf(iface);
    if (iface.state !== 'absent' || !network || isSecondary(network)) return [];
    return [
      invalid(
        `${field}.state`,
        `"${iface.name}" interface's state "absent" is not supported on default networks; remove interface and network instead`,
      ),
    ];
  });
}
