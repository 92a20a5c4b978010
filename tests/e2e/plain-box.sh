#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A member without a crypto map is a plain IPv4 router whose kernel owns everything but the
# packets in transit.
#
#   a 10.201.1.2 --- .1 et0_0 [ box ] se1_0 .1 --- 10.201.2.2 b, which also has 10.201.3.0/24
#
# The raw ends of the links lie in NS-port, the TAPs, addresses and routes in NS-box.
set -euo pipefail

[ "$(id -u)" = 0 ] || { echo "must be root" && exit 77; }

top=$(cd "$(dirname "$0")/../.." && pwd)
daemon=${GETVPN_BUILD:-$top/build}/getvpnd
ns=gvt-box-$$
tmp=$(mktemp -d)
. "$top/tests/e2e/say.sh"
pid=

finish() {
	local status=$? n
	trap - EXIT
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || :
	for n in a b box port; do
		ip netns pids "$ns-$n" 2>/dev/null | xargs -r kill -KILL || :
		ip netns del "$ns-$n" 2>/dev/null || :
	done
	[ "$status" = 0 ] && [ "$failed" = 0 ] || cat "$tmp/log" || :
	rm -rf "$tmp"
	[ "$status" != 0 ] || status=$failed
	exit "$status"
}
trap finish EXIT
trap 'exit 1' TERM INT HUP

on() { # NODE CMD...
	local node=$1
	shift
	ip netns exec "$ns-$node" "$@"
}

link() { # NODE RAW: one end for a host, one for DPDK, without offloads
	local at
	ip link add eth0 netns "$ns-$1" type veth peer name "$2" netns "$ns-port"
	for at in "$1 eth0" "port $2"; do
		read -r node dev <<<"$at"
		on "$node" ethtool -K "$dev" tx off rx off tso off gso off gro off >/dev/null
		ip -n "$ns-$node" link set "$dev" up
	done
}

topology() {
	local n
	for n in a b box port; do
		ip netns add "$ns-$n"
		ip -n "$ns-$n" link set lo up
		on "$n" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1
	done
	# A careless box: what starts must put this right.
	on box sysctl -qw net.ipv4.ip_forward=1
	link a lan
	link b wan
	ip -n "$ns-a" addr add 10.201.1.2/24 dev eth0
	ip -n "$ns-a" route add default via 10.201.1.1
	ip -n "$ns-b" addr add 10.201.2.2/24 dev eth0
	ip -n "$ns-b" addr add 10.201.3.2/24 dev eth0
	ip -n "$ns-b" route add default via 10.201.2.1
}

configure() { # DRIVER USER PERSIST
	cat >"$tmp/platform.conf" <<END
socket = "$tmp/box.sock"; state_dir = "$tmp"; log = "stderr";
lcores = "0@0,1@0"; file_prefix = "$ns"; memory_mib = 256; mbufs = 16384;
netns = "$ns-box"; persist_taps = $3; user = "$2";
ports = ( { name = "Ethernet0/0"; device = "$1_0,iface=lan"; },
          { name = "Serial1/0"; device = "$1_1,iface=wan"; } );
END
	cat >"$tmp/startup.cfg" <<END
hostname BOX
interface Ethernet0/0
 ip address 10.201.1.1 255.255.255.0
interface Serial1/0
 ip address 10.201.2.1 255.255.255.0
ip route 10.201.3.0 255.255.255.0 10.201.2.2
END
}

start() {
	: >"$tmp/log"
	ip netns exec "$ns-port" "$daemon" -d -f "$tmp/platform.conf" -c "$tmp/startup.cfg" 2>>"$tmp/log" &
	pid=$!
	wait_for 20 grep -q SYS-5-RESTART "$tmp/log"
}

stop() { # must end by itself and cleanly
	local status=0
	kill -TERM "$pid"
	wait "$pid" || status=$?
	pid=
	[ "$status" = 0 ] || cat "$tmp/log"
	return "$status"
}

runs_as() { # USER
	[ "$(stat -c %U "/proc/$pid")" = "$1" ]
}

# Interfaces that persist outlive the daemon with their addresses; nothing passes meanwhile, and
# the next start takes them over.
killed() {
	echo "-- killed"
	configure net_af_xdp "" true
	must "the daemon starts" start
	must "and forwards" ping_from a 10 10.201.2.2
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
	must "addresses are still there" on box sh -c 'ip -4 addr show se1_0 | grep -q 10.201.2.1/24'
	must_not "nothing is forwarded" ping_from a 2 10.201.2.2 -W 1
	must "the daemon starts again" start
	must "and forwards again" ping_from a 100 10.201.2.2
	must "as it answers" ping_from a 10 10.201.2.1
	must "the daemon ends" stop
	must "and leaves its interfaces" on box ip link show se1_0
}

ping_from() { # NODE COUNT ADDRESS [OPTION...]: all of them come back
	local node=$1 count=$2 addr=$3
	shift 3
	on "$node" ping -q -n -c "$count" -i 0.01 -W 2 "$@" "$addr" |
		tee "$tmp/ping" | grep -q " $count received"
}

frames() { # what BOX's kernel forwarded by itself
	on box nstat -asz IpForwDatagrams | awk '/IpForwDatagrams/ { exit $2 != 0 }'
}

reach() {
	must "own address of the near port" ping_from a 20 10.201.1.1
	must "own address of the far port" ping_from a 20 10.201.2.1
	must "through the box" ping_from a 100 10.201.2.2
	must "through the box, other way" ping_from b 100 10.201.1.2
	must "by the static route" ping_from a 20 10.201.3.2
	must "datagrams of 3000 octets through the box" ping_from a 20 10.201.2.2 -s 3000
	must "datagrams of 9000 octets to the box" ping_from a 10 10.201.1.1 -s 9000
	must "the box itself reaches both" ping_from box 10 10.201.2.2
	must "TCP to the box" transfer
}

transfer() { # a file through TCP to an own address, byte for byte
	head -c 3000000 /dev/urandom >"$tmp/sent"
	on box timeout 20 /usr/bin/python3 -c '
import socket, sys
s = socket.create_server(("10.201.1.1", 7001)); c = s.accept()[0]
with open(sys.argv[1], "wb") as f:
    while d := c.recv(65536): f.write(d)' "$tmp/got" &
	local server=$!
	wait_for 5 on box sh -c 'ss -ltn | grep -q 7001'
	on a timeout 20 /usr/bin/python3 -c '
import socket, sys
c = socket.create_connection(("10.201.1.1", 7001)); c.sendall(open(sys.argv[1], "rb").read())' \
		"$tmp/sent"
	wait "$server"
	cmp "$tmp/sent" "$tmp/got"
}

errors() {
	must "time exceeded comes from the near port" \
		on a sh -c 'ping -n -c 1 -t 1 -W 2 10.201.2.2 | grep -q "From 10.201.1.1 .*Time to live"'
	must "no route is said" \
		on a sh -c 'ping -n -c 1 -W 2 172.20.1.1 | grep -q "From 10.201.1.1 .*Net Unreachable"'
	must "a host that does not answer is said" \
		on a sh -c 'ping -n -c 1 -W 6 10.201.2.77 | grep -q "From 10.201.1.1 .*Host Unreachable"'
	ip -n "$ns-box" link set se1_0 mtu 1400
	ip -n "$ns-b" link set eth0 mtu 1400
	must "too big with DF is said with the MTU" \
		on a sh -c 'ping -n -c 1 -W 2 -M do -s 1400 10.201.2.2 2>&1 | grep -q "mtu = 1400"'
	must "too big without DF is fragmented" ping_from a 10 10.201.2.2 -s 1400 -M dont
	ip -n "$ns-box" link set se1_0 mtu 1500
	ip -n "$ns-b" link set eth0 mtu 1500
	# The refused size is in the host's cache; without it the packet goes through again.
	ip -n "$ns-a" route flush cache
	must "the MTU of the interface is the port's" ping_from a 10 10.201.2.2 -s 1400 -M "do"
}

changes() {
	ip -n "$ns-box" route del 10.201.3.0/24
	must_not "a route that went is not used" ping_from a 2 10.201.3.2 -W 1
	ip -n "$ns-box" route replace 10.201.3.0/24 via 10.201.2.2
	must "a route that came is used" ping_from a 5 10.201.3.2
	ip -n "$ns-box" addr add 10.201.1.9/24 dev et0_0
	must "an address that came answers" ping_from a 5 10.201.1.9
	on box sysctl -qw net.ipv4.neigh.se1_0.base_reachable_time_ms=500 \
		net.ipv4.neigh.se1_0.delay_first_probe_time=1
	on box ip neigh flush dev se1_0
	must "a neighbour that was forgotten is asked for" ping_from a 10 10.201.2.2
	ip -n "$ns-b" link set eth0 address 02:00:00:00:00:$((RANDOM % 90 + 10))
	must "a neighbour with a new address is found again" \
		wait_for 15 ping_from a 1 10.201.2.2 -W 1
	ip -n "$ns-box" link set se1_0 down
	must_not "an interface that is down forwards nothing" ping_from a 2 10.201.2.2 -W 1
	ip -n "$ns-box" link set se1_0 up
	must "and forwards when it is up again" wait_for 5 ping_from a 1 10.201.2.2 -W 1
}

quiet() {
	must "the kernel's forwarding was turned off" \
		on box sh -c '! grep -q 1 /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/forwarding'
	on box sysctl -qw net.ipv4.conf.et0_0.forwarding=1
	must "and is turned off again" wait_for 3 \
		on box grep -q 0 /proc/sys/net/ipv4/conf/et0_0/forwarding
	must "which is said" grep -q '%SYS-3-FORWARDING_ON: .*et0_0' "$tmp/log"
	must "the kernel forwarded nothing" frames
}

[ -x "$daemon" ] || { echo "no $daemon" && exit 77; }
topology
for driver in net_af_xdp net_af_packet; do
	# The second time without root: what it still may do must be enough.
	user=$([ $driver = net_af_xdp ] || echo nobody)
	echo "-- $driver $user"
	configure "$driver" "$user" false
	must "the daemon starts" start
	must "as the user it should be" runs_as "${user:-root}"
	reach
	[ "$driver" = net_af_packet ] || errors
	changes
	quiet
	must "the daemon ends" stop
	must_not "and takes its interfaces along" on box ip link show se1_0
done
killed
