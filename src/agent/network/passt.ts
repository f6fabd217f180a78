/** The passt binding: nothing is made, but passt, which holds no privilege, may do what a guest is used to. Pure. */
import { launcherUser } from '../../api/constants.ts';
import type { SetupParts } from './parts.ts';

export function passtParts(): SetupParts {
  return {
    create: [],
    start: [],
    sysctls: [
      // Listens on the guest's ports, of which those of servers are low.
      { name: 'ipv4/ip_unprivileged_port_start', value: '0', optional: false },
      // Pings what the guest pings; the kernel takes the two numbers of a range in one line.
      { name: 'ipv4/ping_group_range', value: `"${launcherUser} ${launcherUser}"`, optional: false },
    ],
  };
}
