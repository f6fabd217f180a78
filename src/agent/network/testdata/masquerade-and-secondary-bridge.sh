set -e
/usr/sbin/ip -batch - <<'END'
link add name k6t-eth0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
link set dev k6t-eth0 address 02:00:00:00:00:01 mtu 1450
tuntap add dev tap0 mode tap user 107 group 107
link set dev tap0 mtu 1450 master k6t-eth0
link add name k6t-16477688c0e type bridge stp_state 0 forward_delay 0 mcast_snooping 0
link set dev k6t-16477688c0e address 06:aa:bb:cc:dd:ee mtu 9000
tuntap add dev tap16477688c0e mode tap user 107 group 107
link set dev tap16477688c0e mtu 9000 master k6t-16477688c0e
link set dev pod16477688c0e down
link set dev pod16477688c0e name 16477688c0e-nic
address flush dev 16477688c0e-nic scope global
link set dev 16477688c0e-nic address 02:aa:bb:cc:dd:ee
link add name pod16477688c0e address 02:00:00:00:99:99 mtu 9000 type bridge stp_state 0
link set dev pod16477688c0e up
link set dev 16477688c0e-nic master k6t-16477688c0e
link set dev 16477688c0e-nic type bridge_slave learning off
END
echo 67 >/proc/sys/net/ipv4/ip_unprivileged_port_start
echo 1 >/proc/sys/net/ipv4/ip_forward
[ ! -e /proc/sys/net/ipv6/conf/k6t-eth0/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/k6t-eth0/disable_ipv6
[ ! -e /proc/sys/net/ipv6/conf/tap0/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/tap0/disable_ipv6
echo 1 >/proc/sys/net/ipv4/conf/k6t-eth0/route_localnet
[ ! -e /proc/sys/net/ipv6/conf/k6t-16477688c0e/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/k6t-16477688c0e/disable_ipv6
[ ! -e /proc/sys/net/ipv6/conf/tap16477688c0e/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/tap16477688c0e/disable_ipv6
[ ! -e /proc/sys/net/ipv6/conf/16477688c0e-nic/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/16477688c0e-nic/disable_ipv6
[ ! -e /proc/sys/net/ipv6/conf/pod16477688c0e/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/pod16477688c0e/disable_ipv6
echo 0 >/proc/sys/net/ipv4/conf/k6t-16477688c0e/forwarding
/usr/sbin/ip -batch - <<'END'
address replace 10.0.2.1/24 dev k6t-eth0
link set dev tap0 up
link set dev k6t-eth0 up
link set dev 16477688c0e-nic up
link set dev tap16477688c0e up
link set dev k6t-16477688c0e up
END
/usr/sbin/nft -f - <<'END'
table ip monovirt
delete table ip monovirt
table ip monovirt {
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "eth0" dnat to 10.0.2.2
  }
  chain output {
    type nat hook output priority -100; policy accept;
    ip daddr 127.0.0.1 dnat to 10.0.2.2
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 10.0.2.2 oifname != "k6t-eth0" masquerade
    ip saddr 127.0.0.0/8 oifname "k6t-eth0" snat to 10.0.2.1
  }
  chain input {
    type filter hook input priority filter; policy accept;
    iifname "k6t-eth0" ip daddr 127.0.0.0/8 ct state new drop
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "k6t-eth0" oifname != "k6t-eth0" ip saddr != 10.0.2.2 drop
    iifname != "k6t-eth0" oifname "k6t-eth0" ct state new ct status & dnat != dnat drop
  }
}
table ip monovirt_floods
delete table ip monovirt_floods
table ip monovirt_floods {
  chain input {
    type filter hook input priority filter; policy accept;
    iifname "k6t-eth0" udp dport 67 limit rate 20/second burst 40 packets accept
    iifname "k6t-eth0" udp dport 67 drop
    iifname "k6t-16477688c0e" udp dport 67 limit rate 20/second burst 40 packets accept
    iifname "k6t-16477688c0e" udp dport 67 drop
  }
}
END
exit 0
