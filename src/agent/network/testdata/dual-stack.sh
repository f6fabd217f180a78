set -e
/usr/sbin/ip -batch - <<'END'
link add name k6t-eth0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
link set dev k6t-eth0 address 02:00:00:00:00:01 mtu 1450
tuntap add dev tap0 mode tap user 107 group 107
link set dev tap0 mtu 1450 master k6t-eth0
tuntap add dev nd0 mode tap user 107 group 107
link set dev nd0 mtu 1450 master k6t-eth0
END
echo 67 >/proc/sys/net/ipv4/ip_unprivileged_port_start
echo 1 >/proc/sys/net/ipv4/ip_forward
[ ! -e /proc/sys/net/ipv6/conf/eth0/accept_ra ] || [ "$(cat /proc/sys/net/ipv6/conf/eth0/accept_ra)" != 1 ] || echo 2 >/proc/sys/net/ipv6/conf/eth0/accept_ra
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
[ ! -e /proc/sys/net/ipv6/conf/tap0/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/tap0/disable_ipv6
[ ! -e /proc/sys/net/ipv6/conf/nd0/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/nd0/disable_ipv6
echo 1 >/proc/sys/net/ipv6/conf/k6t-eth0/addr_gen_mode
echo 0 >/proc/sys/net/ipv6/conf/k6t-eth0/accept_ra
echo 0 >/proc/sys/net/ipv6/conf/k6t-eth0/accept_redirects
echo 0 >/proc/sys/net/ipv6/conf/k6t-eth0/disable_ipv6
echo 1 >/proc/sys/net/ipv4/conf/k6t-eth0/route_localnet
/usr/sbin/ip -batch - <<'END'
address replace 10.0.2.1/24 dev k6t-eth0
address replace fe80::ff:fe00:1/64 dev k6t-eth0 nodad
address replace fd10:0:2::1/120 dev k6t-eth0 nodad
link set dev nd0 up
link set dev tap0 up
link set dev k6t-eth0 up
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
table ip6 monovirt
delete table ip6 monovirt
table ip6 monovirt {
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "eth0" dnat to fd10:0:2::2
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip6 saddr fd10:0:2::2 oifname != "k6t-eth0" masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "k6t-eth0" oifname != "k6t-eth0" ip6 saddr != fd10:0:2::2 drop
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
  }
}
END
/usr/sbin/nft -f - <<'END' || echo 'bridge filter unavailable' >&2
table bridge monovirt
delete table bridge monovirt
table bridge monovirt {
  chain forward {
    type filter hook forward priority filter; policy accept;
    oifname "nd0" icmpv6 type nd-router-solicit limit rate 20/second burst 40 packets accept
    oifname "nd0" ip6 nexthdr udp udp dport 547 limit rate 20/second burst 40 packets accept
    oifname "nd0" drop
  }
  chain output {
    type filter hook output priority filter; policy accept;
    oifname "nd0" drop
  }
}
END
exit 0
