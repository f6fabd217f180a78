/** What this release honours of a VMI's spec: networks and interfaces. */
import type { Area } from './area.ts';

/**
 * The paths of slirp, macvtap and passt are here because a rule of their own refuses them. A bridge to a multus
 * network needs Multus in the cluster; without it the VMI says that the pod lacks the interface.
 */
export const network: Area = {
  paths: `
  domain.devices.autoattachPodInterface domain.devices.networkInterfaceMultiqueue
  domain.devices.interfaces[].bridge.** domain.devices.interfaces[].state
  domain.devices.interfaces[].dhcpOptions.** domain.devices.interfaces[].portRanges[].**
  networks[].multus.** domain.devices.interfaces[].pciAddress
  domain.devices.interfaces[].acpiIndex domain.devices.interfaces[].name domain.devices.interfaces[].model
  domain.devices.interfaces[].macAddress domain.devices.interfaces[].bootOrder
  domain.devices.interfaces[].masquerade.** domain.devices.interfaces[].ports[].**
  domain.devices.interfaces[].slirp.** domain.devices.interfaces[].macvtap.**
  domain.devices.interfaces[].binding.** domain.devices.interfaces[].passtBinding.** domain.devices.interfaces[].passt.** networks[].name networks[].pod.vmNetworkCIDR
  networks[].pod.vmIPv6NetworkCIDR`,
  remedies: {
    'networks.resourceClaim': 'use pod: {} or multus',
    'domain.devices.interfaces.tag': 'remove it; guests know an interface by its MAC address',
    'domain.devices.interfaces.sriov': 'use bridge: {} on the same multus network',
  },
};
