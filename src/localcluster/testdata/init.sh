set -eu
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/monovirt/cgroup /run/lock
mkdir -p /run/monovirt/bin
mount --bind '/bin' /run/monovirt/bin
mkdir -p /run/monovirt/hold
mount --bind '/hold' /run/monovirt/hold
mkdir -p /run/monovirt/policies
mount --bind '/policies' /run/monovirt/policies
mkdir -p /run/monovirt/multus
mount --bind '/multus' /run/monovirt/multus
mount --bind '/it'\''s/var' /var
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t proc proc /proc
mount --rbind /sys/fs/cgroup /run/monovirt/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/monovirt/cgroup /sys/fs/cgroup
umount -l /run/monovirt/cgroup
mount --make-rshared /
hostname 'node2'
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
echo ready >&3
exec 3>&-
exec /run/monovirt/hold/hold
