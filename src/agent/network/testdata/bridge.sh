set -e
/usr/sbin/ip -batch - <<'END'
link add name k6t-eth0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
link set dev k6t-eth0 address 06:aa:bb:cc:dd:ee mtu 1450
tuntap add dev tap0 mode tap user 107 group 107
link set dev tap0 mtu 1450 master k6t-eth0
link set dev eth0 down
link set dev eth0 name eth0-nic
address flush dev eth0-nic scope global
link set dev eth0-nic address 02:aa:bb:cc:dd:ee
link add name eth0 address 0a:58:0a:f4:00:05 mtu 1450 type bridge stp_state 0
link set dev eth0 up
address replace 10.244.0.5/24 dev eth0
route replace 10.244.0.0/24 dev eth0 scope link
route replace 0.0.0.0/0 via 10.244.0.1 dev eth0 onlink
link set dev eth0-nic master k6t-eth0
link set dev eth0-nic type bridge_slave learning off
END
echo 67 >/proc/sys/net/ipv4/ip_unprivileged_port_start
[ ! -e /proc/sys/net/ipv6/conf/k6t-eth0/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/k6t-eth0/disable_ipv6
[ ! -e /proc/sys/net/ipv6/conf/tap0/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/tap0/disable_ipv6
[ ! -e /proc/sys/net/ipv6/conf/eth0-nic/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/eth0-nic/disable_ipv6
[ ! -e /proc/sys/net/ipv6/conf/eth0/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6
echo 0 >/proc/sys/net/ipv4/conf/k6t-eth0/forwarding
echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore
/usr/sbin/ip -batch - <<'END'
address replace 169.254.75.10/32 dev k6t-eth0
link set dev eth0-nic up
link set dev tap0 up
link set dev k6t-eth0 up
END
/usr/sbin/nft -f - <<'END'
table ip monovirt_floods
delete table ip monovirt_floods
table ip monovirt_floods {
  chain input {
    type filter hook input priority filter; policy accept;
    iifname "k6t-eth0" udp dport 67 limit rate 20/second burst 40 packets accept
    iifname "k6t-eth0" udp dport 67 drop
  }
}
END
/usr/sbin/nft -f - <<'END' || echo 'bridge filter unavailable' >&2
table bridge monovirt
delete table bridge monovirt
table bridge monovirt {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "tap0" oifname "eth0-nic" udp dport { 67, 68 } drop
  }
  chain output {
    type filter hook output priority filter; policy accept;
    oifname "eth0-nic" udp dport { 67, 68 } drop
  }
}
END
exit 0
