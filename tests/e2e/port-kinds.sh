#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The kinds of ports that plain-box.sh and the lab do not use: net_tap, memif, ring, pcap.
#
#   host a 10.202.1.2 == net_tap == [ box a ] == memif == [ box b ] == net_tap == host b 10.202.3.2
#
# The interface that net_tap makes lies where the daemon runs: that namespace is the host. The
# boxes' own TAPs, addresses and routes lie in NS-box-a and NS-box-b.
set -euo pipefail

[ "$(id -u)" = 0 ] || { echo "must be root" && exit 77; }

top=$(cd "$(dirname "$0")/../.." && pwd)
daemon=${GETVPN_BUILD:-$top/build}/getvpnd
ns=gvt-kinds-$$
tmp=$(mktemp -d)
. "$top/tests/e2e/say.sh"
declare -A pid=()

finish() {
	local status=$? n
	trap - EXIT
	[ "$status" = 0 ] && [ "$failed" = 0 ] || cat "$tmp"/*.log || :
	for n in a b box-a box-b; do
		ip netns pids "$ns-$n" 2>/dev/null | xargs -r kill -KILL || :
		ip netns del "$ns-$n" 2>/dev/null || :
	done
	rm -rf "$tmp"
	[ "$status" != 0 ] || status=$failed
	exit "$status"
}
trap finish EXIT
trap 'exit 1' TERM INT HUP

configure() { # BOX LAN-DEVICE WAN-DEVICE LAN-NETWORK WAN-ADDRESS OTHER-NETWORK OTHER-WAN
	cat >"$tmp/$1.conf" <<END
socket = "$tmp/$1.sock"; state_dir = "$tmp"; log = "stderr";
lcores = "0@0,1@1"; file_prefix = "$ns-$1"; memory_mib = 128; mbufs = 8192;
netns = "$ns-box-$1"; persist_taps = false;
ports = ( { name = "Ethernet0/0"; device = "$2"; }, { name = "Serial1/0"; device = "$3"; } );
END
	cat >"$tmp/$1.cfg" <<END
hostname BOX
interface Ethernet0/0
 ip address 10.202.$4.1 255.255.255.0
interface Serial1/0
 ip address $5 255.255.255.0
ip route 10.202.$6.0 255.255.255.0 $7
END
}

start() { # BOX
	ip netns exec "$ns-$1" "$daemon" -d -f "$tmp/$1.conf" -c "$tmp/$1.cfg" 2>"$tmp/$1.log" &
	pid[$1]=$!
	wait_for 20 grep -q SYS-5-RESTART "$tmp/$1.log"
}

stop() { # BOX: must end by itself and cleanly
	local status=0
	kill -TERM "${pid[$1]}"
	wait "${pid[$1]}" || status=$?
	return "$status"
}

host() { # HOST NETWORK OTHER-NETWORK
	ip -n "$ns-$1" addr add "10.202.$2.2/24" dev lan0
	ip -n "$ns-$1" link set lan0 up
	ip -n "$ns-$1" route add "10.202.$3.0/24" via "10.202.$2.1"
}

for n in a b box-a box-b; do
	ip netns add "$ns-$n"
	ip -n "$ns-$n" link set lo up
	ip netns exec "$ns-$n" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
done

memif="socket-abstract=no,socket=$tmp/memif.sock,id=0"
configure a net_tap0,iface=lan0 "net_memif0,role=server,$memif" 1 10.202.2.1 3 10.202.2.2
configure b net_tap0,iface=lan0 "net_memif0,role=client,$memif" 3 10.202.2.2 1 10.202.2.1
must "a member with net_tap and a memif server starts" start a
must "and its other end, a memif client" start b
host a 1 3
host b 3 1
must "pings pass through both" \
	ip netns exec "$ns-a" ping -c 20 -i 0.05 -W 2 -q 10.202.3.2
must "and of 1500 octets with DF" \
	ip netns exec "$ns-a" ping -c 2 -s 1472 -M 'do' -W 2 -q 10.202.3.2
must "b ends cleanly" stop b
must "a ends cleanly" stop a

printf '\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00' >"$tmp/in.pcap"
configure a net_ring0 "net_pcap0,rx_pcap=$tmp/in.pcap,tx_pcap=$tmp/out.pcap" 1 10.202.2.1 3 10.202.2.2
must "a member with a ring and a pcap port starts" start a
ip netns exec "$ns-box-a" ping -c 1 -W 1 -q 10.202.2.2 >/dev/null || :
must "it ends cleanly" stop a
must "what it sent is in the capture" \
	sh -c "tcpdump -nn -r '$tmp/out.pcap' 2>/dev/null | grep -q 'Request who-has 10.202.2.2'"
