/** What this release honours of a VMI's spec: networks and interfaces. */
import type { Area } from './area.ts';

/** The paths of slirp, macvtap and passt are here because a rule of their own refuses them. */
export const network: Area = {
  paths: `
  domain.devices.autoattachPodInterface domain.devices.interfaces[].pciAddress
  domain.devices.interfaces[].acpiIndex domain.devices.interfaces[].name domain.devices.interfaces[].model
  domain.devices.interfaces[].macAddress domain.devices.interfaces[].bootOrder
  domain.devices.interfaces[].masquerade.** domain.devices.interfaces[].ports[].**
  domain.devices.interfaces[].slirp.** domain.devices.interfaces[].macvtap.**
  domain.devices.interfaces[].passt.** networks[].name networks[].pod.vmNetworkCIDR`,
  remedies: {
    'networks.multus': 'use pod: {}',
    'networks.pod.vmIPv6NetworkCIDR': 'guests get IPv4; remove it',
    'domain.devices.interfaces.bridge': 'use masquerade: {}',
    'domain.devices.interfaces.sriov': 'use masquerade: {}',
    'domain.devices.interfaces.binding': 'use masquerade: {}',
    'domain.devices.interfaces.passtBinding': 'use masquerade: {}',
  },
};
