#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The impairment forwarder between three plain hosts: what it does to packets, and that it counts
# what it did. Bounds of random numbers are four standard deviations wide.
#
#      a 10.201.1.2 ---[ wan ]--- b 10.201.2.2
#                         +------ c 10.201.3.2, 10.202.1.1 behind it
set -euo pipefail

[ "$(id -u)" = 0 ] || { echo "must be root" && exit 77; }

top=$(cd "$(dirname "$0")/../.." && pwd)
forwarder=${GETVPN_BUILD:-$top/build}/tests/lab/getvpn-impair
ns=gvt-impair-$$
tmp=$(mktemp -d)
. "$top/tests/e2e/say.sh"
pid=
received=0 copies=0 late=0 least=0 middle=0 greatest=0 # what numbered sets
a=10.201.1.2 b=10.201.2.2 c=10.201.3.2

finish() {
	local status=$? n
	trap - EXIT
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || :
	for n in a b c wan; do ip netns del "$ns-$n" 2>/dev/null || :; done
	rm -rf "$tmp"
	[ "$status" != 0 ] || status=$failed
	exit "$status"
}
trap finish EXIT
trap 'exit 1' TERM INT HUP

between() { # NUMBER LOW HIGH
	echo "$1"
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

on() { # NODE CMD...
	local node=$1
	shift
	ip netns exec "$ns-$node" "$@"
}

host() { # NODE N
	ip netns add "$ns-$1"
	ip link add eth0 netns "$ns-$1" type veth peer name "$1" netns "$ns-wan"
	on "$1" ethtool -K eth0 tx off rx off tso off gso off gro off >/dev/null
	on wan ethtool -K "$1" tx off rx off tso off gso off gro off >/dev/null
	ip -n "$ns-$1" addr add "10.201.$2.2/24" dev eth0
	ip -n "$ns-wan" addr add "10.201.$2.1/24" dev "$1"
	ip -n "$ns-$1" link set dev eth0 up
	ip -n "$ns-wan" link set dev "$1" up
	ip -n "$ns-$1" route add default via "10.201.$2.1"
}

topology() {
	ip netns add "$ns-wan"
	ip -n "$ns-wan" link set lo up
	on wan sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=0
	host a 1
	host b 2
	host c 3
	ip -n "$ns-c" addr add 10.202.1.1/32 dev lo
	ip -n "$ns-wan" route add 10.202.1.0/24 via $c
}

start() { # OPTION...
	local i
	ip netns exec "$ns-wan" "$forwarder" "$@" a b c >"$tmp/out" 2>&1 &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		grep -q '^forwarding' "$tmp/out" && return
		kill -0 $pid 2>/dev/null || break
		sleep 0.05
	done
	echo "the forwarder does not start: $(cat "$tmp/out")"
	exit 1
}

stop() {
	kill "$pid"
	must "the forwarder ends in order" wait "$pid"
	pid=
}

count() { # COUNTER, as last printed
	tail -n 1 "$tmp/out" | grep -oP "\"$1\": \\K[0-9]+"
}

numbered() { # ARG...: sets received, copies, late, least, middle, greatest
	local line
	line=$("$top/tests/lab/numbered.py" "$ns-a" "$ns-${to:-b}" "$@")
	eval "$line"
}

lost() { # NODE ADDRESS COUNT [ARG]...: pings without an answer
	on "$1" ping -q -i 0.01 -W 1 -c "$3" "${@:4}" "$2" >"$tmp/ping" 2>&1 || :
	echo $(($3 - $(grep -oP '[0-9]+(?= received)' "$tmp/ping")))
}

says() { # PATTERN CMD...: for must, whose file has the output
	local pattern=$1
	shift
	"$@" 2>&1 || :
	grep -Eq -- "$pattern" "$tmp/must"
}

refuses() { # STATUS PATTERN ARG...
	local status=0
	on wan "$forwarder" "${@:3}" >"$tmp/refused" 2>&1 || status=$?
	cat "$tmp/refused"
	[ $status = "$1" ] && [ "$(wc -l <"$tmp/refused")" -le 2 ] && grep -Eq -- "$2" "$tmp/refused"
}

test_refusals() {
	must "-h explains" says '--reorder PERCENT' "$forwarder" -h
	must "one link is not enough" refuses 2 'at least two links' a
	must "an unknown link" refuses 1 'nosuch: no such interface' a nosuch
	must "a loss above 100" refuses 2 '101: a number from 0 to 100' --loss 101 a b
	must "a port without ports" refuses 2 'only tcp and udp have ports' --block esp:848 a b
	must "a path over a link that is not there" refuses 2 'd: not among the links' --path d: a b
	must "a route for what is no group" refuses 2 'GROUP=FROM:TO' --mroute 10.1.1.1=a:b a b
	on wan sysctl -qw net.ipv4.conf.b.forwarding=1
	must "a kernel that forwards too" refuses 1 'b: the kernel forwards here' a b
	on wan sysctl -qw net.ipv4.ip_forward=1 net.ipv4.ip_forward=0
}

test_forwarding() {
	must "nothing passes without it" test "$(lost a $b 3)" = 3
	start --pcap "$tmp/sent.pcap"
	must "all packets pass" test "$(lost a $b 200)" = 0
	must "also the other way" test "$(lost b $a 20)" = 0
	must "by way of a gateway" test "$(lost a 10.202.1.1 10)" = 0
	must "one hop is taken" says 'ttl=63' on a ping -c 1 $b
	must "the node answers itself" test "$(lost a 10.201.2.1 5)" = 0
	must "a packet without hops is answered" says '^From 10\.201\.1\.1 .*Time to live exceeded' \
		on a ping -c 1 -t 1 $b
	must "no route is answered" says '^From 10\.201\.1\.1 .*Net Unreachable' on a ping -c 1 10.99.0.1
	must "a silent neighbour" test "$(lost a 10.201.2.99 1 -W 2)" = 1
	kill -USR1 "$pid"
	sleep 0.2
	must "it prints counters when asked" test "$(count sent)" = 464
	stop
	must "all were counted" test "$(count received) $(count own) $(count sent)" = "470 5 464"
	must "and the others" test \
		"$(count ttl_exceeded) $(count no_route) $(count no_neighbour)" = "1 1 1"
	must "the capture has what was sent" test \
		"$(tcpdump -nr "$tmp/sent.pcap" 2>/dev/null | wc -l)" = "$(count sent)"
}

test_loss() {
	start --seed 7 --path a:b --loss 10
	numbered $b 2000
	must "a tenth is lost" between $((2000 - received)) 146 254
	must "nothing else happens" test "$copies $late" = "0 0"
	must "other paths are whole" test "$(lost a $c 50)" = 0
	stop
	must "lost ones are counted" test "$(count lost)" = $((2000 - received))
	local before=$received
	start --seed 7 --path a:b --loss 10
	numbered $b 2000
	stop
	must "the same seed loses the same" test "$received" = "$before"
}

test_time() {
	start --delay 30
	numbered $b 200 --interval 2
	must "none is early" between "$least" 30000 45000
	must "few are later" between "$middle" 30000 45000
	must "none lost, copied or late" test "$received $copies $late" = "200 0 0"
	stop
	start --delay 10 --jitter 20
	numbered $b 100 --interval 10
	must "jitter comes on top" between "$least" 10000 18000
	must "and spreads" between $((greatest - least)) 8000 40000
	must "but keeps the order" test "$received $late" = "100 0"
	stop
}

test_copies() {
	start --path a:b --duplicate 20
	numbered $b 1000
	stop
	must "a fifth comes twice" between "$copies" 149 251
	must "copies are counted" test "$(count duplicated)" = "$copies"
	must "nothing lost" test "$received" = 1000
}

test_order() {
	start --path a:b --reorder 10:5
	numbered $b 1000 --silence 1.2 # the last ones are held for a second
	stop
	must "a tenth is held back" between "$(count reordered)" 62 138
	# Those held at the end have nobody to let pass.
	must "and late" between "$late" $(($(count reordered) - 5)) "$(count reordered)"
	must "nothing lost or copied" test "$received $copies" = "1000 0"
}

test_mtu() {
	start --path a:b --mtu 1400
	must "without DF a packet of 1500 passes" test "$(lost a $b 5 -M dont -s 1472)" = 0
	must "a packet of 1400 passes" test "$(lost a $b 5 -M "do" -s 1372)" = 0
	must "with DF one of 1401 is answered" says \
		'^From 10\.201\.1\.1 .*Frag needed and DF set \(mtu = 1400\)' on a ping -c 1 -M "do" -s 1373 $b
	must "and the host believes it" says 'mtu 1400' ip -n "$ns-a" route get $b
	must "the other way there is no limit" test "$(lost b $c 5 -M "do" -s 1472)" = 0
	stop
	must "five were cut, one refused" test "$(count fragmented) $(count too_big)" = "5 1"
}

test_filter() {
	start --block udp:848 --block 47
	numbered $b:848 50
	must "udp 848 is stopped" test "$received" = 0
	numbered $b:847 50
	must "udp 847 is not" test "$received" = 50
	must "nor are pings" test "$(lost a $b 5)" = 0
	stop
	must "counted" test "$(count blocked)" = 50
}

test_multicast() {
	start --mroute 239.192.1.1=a:b,c
	for to in b c; do
		numbered 239.192.1.1 50
		must "the group reaches $to" test "$received $copies" = "50 0"
	done
	numbered 239.192.1.2 50
	must "another group does not" test "$received" = 0
	to=
	stop
	must "each went out twice" test "$(count sent)" = 200
}

topology
test_refusals
test_forwarding
test_loss
test_time
test_copies
test_order
test_mtu
test_filter
test_multicast
