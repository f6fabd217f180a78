#!/bin/sh
set -eu
config=$(cat)
case "$config" in
*'"k8s.v1.cni.cncf.io/networks"'*) exec /run/monovirt/multus/multus < /var/lib/cni/multus.json ;;
esac
if [ "$CNI_COMMAND" = ADD ]; then
  nsenter --net="$CNI_NETNS" sh -c 'echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad; echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad'
fi
printf %s "$config" | /usr/lib/cni/ptp
if [ "$CNI_COMMAND" = ADD ]; then
  for link in /proc/sys/net/ipv4/conf/veth*; do
    { echo 1 > "$link/proxy_arp"; echo 0 > "/proc/sys/net/ipv4/neigh/${link##*/}/proxy_delay"; } 2> /dev/null || true
  done
fi
