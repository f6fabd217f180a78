#!/bin/sh
set -eu
if [ "$CNI_COMMAND" != ADD ]; then exec /usr/lib/cni/ptp; fi
nsenter --net="$CNI_NETNS" sh -c 'echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad; echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad'
/usr/lib/cni/ptp
for link in /proc/sys/net/ipv4/conf/veth*; do
  { echo 1 > "$link/proxy_arp"; echo 0 > "/proc/sys/net/ipv4/neigh/${link##*/}/proxy_delay"; } 2> /dev/null || true
done
