/** Rules on a VMI's spec in the order in which causes are reported: networks and interfaces. */
import * as networks from '../networks.ts';
import * as bindings from '../bindings.ts';
import * as plugins from '../binding-plugins.ts';
import * as dhcp from '../dhcp-options.ts';
import * as interfaces from '../interfaces.ts';
import * as claims from '../network-claims.ts';
import * as ports from '../ports.ts';
import type { Rule } from '../rule.ts';

export const networkRules: readonly Rule[] = [
  networks.networkHasInterface,
  networks.interfaceHasNetwork,
  networks.networkNamesDiffer,
  networks.interfaceNamesDiffer,
  networks.networkHasOneType,
  networks.onePodNetwork,
  networks.oneMultusDefault,
  networks.podNetworkOrMultusDefault,
  networks.multusNetworkIsNamed,
  networks.podCidrIsANetwork,
  claims.networkClaimsNeedTheirGate,
  claims.networkClaimsStandAlone,
  claims.networkClaimIsNamed,
  claims.networkClaimExists,
  claims.networkClaimsDiffer,
  claims.networkClaimHasBinding,
  interfaces.interfaceNameIsPlain,
  bindings.interfaceHasOneBinding,
  bindings.bindingIsNotDiscontinued,
  bindings.masqueradeIsOnPodNetwork,
  bindings.masqueradeMacIsFree,
  bindings.bridgeIsPermittedOnPodNetwork,
  plugins.bindingPluginIsRegistered,
  bindings.passtBindingIsOnPodNetwork,
  bindings.passtBindingNeedsItsGate,
  bindings.passtIsVirtio,
  bindings.passtHasNoDhcpOptions,
  bindings.interfaceStateIsKnown,
  bindings.sriovHasNoLinkState,
  bindings.onlyBridgesAreAbsent,
  bindings.defaultNetworkIsPresent,
  interfaces.interfaceModelIsKnown,
  interfaces.macAddressIsUsable,
  interfaces.interfacePciAddressIsWellFormed,
  interfaces.acpiIndexIsPositive,
  ports.portIsInRange,
  ports.portProtocolIsKnown,
  ports.portNameIsAName,
  ports.portNamesDiffer,
  ports.portRangesNeedTheirGate,
  ports.portsOrPortRanges,
  ports.portRangesAreMasqueraded,
  ports.fewPortRanges,
  ports.portRangeProtocolIsKnown,
  ports.portRangeStartIsAPort,
  ports.portRangeEndIsAPort,
  ports.portRangeAscends,
  ports.portRangesDoNotOverlap,
  dhcp.privateOptionsDiffer,
  dhcp.privateOptionsAreInRange,
  dhcp.ntpServersAreIpv4,
  dhcp.dhcpOptionsFit,
];
