/** What the first process of a node does before it becomes the reaper of all others. Pure. */

import { nodeProgramDirs } from './paths.ts';

export interface InitInput {
  name: string;
  /** Host folders: what becomes `/var`, and where programs are that the node sees in `nodeProgramDirs`. */
  varDir: string;
  programs: Readonly<Record<keyof typeof nodeProgramDirs, string>>;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Descriptor on which the script says that the node's namespaces are ready. */
export const readyDescriptor = 3;

/**
 * A shell script for a process in new mount, network, PID, UTS and IPC namespaces, with private mounts.
 * The node gets its own `/var`, `/run`, `/tmp`, `/proc` and `/sys`; the rest of the tree is the host's. Sources
 * are bound before the places they may lie in are covered. At the end mounts become shared among the node's
 * own containers, as on a machine run by systemd; the host is in none of these peer groups.
 */
export function initScript(input: InitInput): string {
  const binds = Object.entries(input.programs).map(([name, from]) => {
    const to = nodeProgramDirs[name as keyof typeof nodeProgramDirs];
    return `mkdir -p ${to}\nmount --bind ${quote(from)} ${to}`;
  });
  return `set -eu
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/monovirt/cgroup /run/lock
${binds.join('\n')}
mount --bind ${quote(input.varDir)} /var
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t proc proc /proc
mount --rbind /sys/fs/cgroup /run/monovirt/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/monovirt/cgroup /sys/fs/cgroup
umount -l /run/monovirt/cgroup
mount --make-rshared /
hostname ${quote(input.name)}
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
for i in all default; do
  echo 0 > /proc/sys/net/ipv6/conf/$i/disable_ipv6
  echo 0 > /proc/sys/net/ipv6/conf/$i/accept_dad
done
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
for f in /proc/sys/net/bridge/bridge-nf-call-iptables /proc/sys/net/bridge/bridge-nf-call-ip6tables; do
  if [ -e "$f" ]; then echo 1 > "$f"; fi
done
echo ready >&${readyDescriptor}
exec ${readyDescriptor}>&-
exec ${nodeProgramDirs.hold}/hold
`;
}
