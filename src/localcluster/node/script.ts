/** What the first process of a node does before it becomes the reaper of all others. Pure. */

export interface InitInput {
  name: string;
  /** Host folders, seen inside at the fixed places below. */
  varDir: string;
  kubernetesBin: string;
  holdDir: string;
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
  return `set -eu
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/monovirt/bin /run/monovirt/hold /run/monovirt/cgroup /run/lock
mount --bind ${quote(input.kubernetesBin)} /run/monovirt/bin
mount --bind ${quote(input.holdDir)} /run/monovirt/hold
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
for f in /proc/sys/net/bridge/bridge-nf-call-iptables /proc/sys/net/bridge/bridge-nf-call-ip6tables; do
  if [ -e "$f" ]; then echo 1 > "$f"; fi
done
echo ready >&${readyDescriptor}
exec ${readyDescriptor}>&-
exec /run/monovirt/hold/hold
`;
}
