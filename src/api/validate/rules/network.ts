/** Rules on a VMI's spec in the order in which causes are reported: networks and interfaces. */
import * as networks from '../networks.ts';
import * as interfaces from '../interfaces.ts';
import type { Rule } from '../rule.ts';

export const networkRules: readonly Rule[] = [
  networks.networkHasInterface,
  networks.interfaceHasNetwork,
  networks.networkNamesDiffer,
  networks.interfaceNamesDiffer,
  networks.networkHasOneType,
  networks.onePodNetwork,
  networks.podCidrIsANetwork,
  interfaces.interfaceNameIsPlain,
  interfaces.interfaceHasOneBinding,
  interfaces.bindingIsNotDiscontinued,
  interfaces.masqueradeIsOnPodNetwork,
  interfaces.interfaceModelIsKnown,
  interfaces.macAddressIsUsable,
  interfaces.interfacePciAddressIsWellFormed,
  interfaces.acpiIndexIsPositive,
  interfaces.portIsInRange,
  interfaces.portProtocolIsKnown,
  interfaces.portNameIsAName,
  interfaces.portNamesDiffer,
];
