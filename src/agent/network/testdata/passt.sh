set -e
/usr/sbin/ip -batch - <<'END'

END
echo 67 >/proc/sys/net/ipv4/ip_unprivileged_port_start
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
echo "107 107" >/proc/sys/net/ipv4/ping_group_range
/usr/sbin/ip -batch - <<'END'

END
exit 0
