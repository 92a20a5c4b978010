#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# tests/lab/esp_replay.py between two plain hosts: what it sends is what it recorded, octet by
# octet, but for what it was asked to change.
set -euo pipefail

[ "$(id -u)" = 0 ] || { echo "must be root" && exit 77; }

top=$(cd "$(dirname "$0")/../.." && pwd)
tool=$top/tests/lab/esp_replay.py
ns=gvt-replay-$$
tmp=$(mktemp -d)
. "$top/tests/e2e/say.sh"

finish() {
	local status=$? n
	trap - EXIT
	for n in x y; do
		ip netns pids "$ns-$n" 2>/dev/null | xargs -r kill -KILL || :
		ip netns del "$ns-$n" 2>/dev/null || :
	done
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

topology() {
	ip netns add "$ns-x"
	ip netns add "$ns-y"
	ip link add eth0 netns "$ns-x" type veth peer name eth0 netns "$ns-y"
	ip -n "$ns-x" addr add 10.202.1.1/24 dev eth0
	ip -n "$ns-y" addr add 10.202.1.2/24 dev eth0
	ip -n "$ns-x" link set dev eth0 up
	ip -n "$ns-y" link set dev eth0 up
}

# Starts recording N packets on NODE into FILE, does CMD and waits for the end.
recording() { # NODE FILE N CMD...
	local i recorder
	ip netns exec "$ns-$1" "$tool" capture -i eth0 --timeout 10 "$2" "$3" >"$tmp/recorder" 2>&1 &
	recorder=$!
	for ((i = 0; i < 100; i++)); do
		grep -q listening "$tmp/recorder" && break
		sleep 0.05
	done
	"${@:4}"
	wait $recorder || { cat "$tmp/recorder" && return 1; }
}

two_packets() { # an odd and an even one, with another protocol in between
	on x /usr/bin/python3 - <<'END'
import socket, struct
for proto, seq, size in (50, 1, 65), (47, 0, 64), (50, 2, 1000):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, proto) as s:
        s.sendto(struct.pack("!II", 0x1001, seq) + bytes(i & 255 for i in range(size)),
                 ("10.202.1.2", 0))
END
}

# What differs between packet N of x.pcap and the one in got.pcap: OCTET:BITS (exclusive or) each.
differs() { # N EXPECTED
	PYTHONPATH=$top/tests/lab /usr/bin/python3 - "$tmp" "$@" <<'END'
import sys
import pcapfile
folder, number, expected = sys.argv[1:]
old = [f for _, f in pcapfile.read(folder + "/x.pcap")][int(number) - 1]
(_, new), = pcapfile.read(folder + "/got.pcap")
got = " ".join(f"{i}:{a ^ b:02x}" for i, (a, b) in enumerate(zip(old, new)) if a != b)
print(len(old), len(new), got)
sys.exit(len(old) != len(new) or got != expected)
END
}

again() { # COMMAND N [ARG]...
	recording y "$tmp/got.pcap" 1 on x "$tool" "$1" -i eth0 "${@:3}" "$tmp/x.pcap" "$2"
}

refuses() { # PATTERN ARG...
	! on x "$tool" "${@:2}" && grep -Eq -- "$1" "$tmp/must" && ! grep -q Traceback "$tmp/must"
}

topology
must "two ESP packets are recorded as they go out" recording x "$tmp/x.pcap" 2 two_packets
must "and only those" test "$(tcpdump -nr "$tmp/x.pcap" 2>/dev/null | grep -c 'ESP(spi=0x00001001')" = 2
must "the first goes out again" again send 1
must "unchanged" differs 1 ""
must "so does the last" again send -1
must "unchanged, too" differs 2 ""
must "with the last bit turned" again flip 2
must "that bit alone" differs 2 1041:01
must "with a bit of the SPI's first octet turned" again flip 1 --octet 0
must "that bit alone, too" differs 1 34:01
must "with another SPI" again spi 1 --spi 0xdeadbeef
must "the SPI alone" differs 1 "34:de 35:ad 36:ae 37:ee"
must "with any other SPI" again spi 1
must "every bit of it" differs 1 "34:ff 35:ff 36:ff 37:ff"
must "to a next hop of the ARP table" again send 1 --via 10.202.1.2
must "which is where it went before" differs 1 ""
must "to a next hop by MAC address" again send 1 --mac 02:00:00:00:00:01
must "it has that address" test "$(tcpdump -enr "$tmp/got.pcap" 2>/dev/null |
	grep -c "$(on x cat /sys/class/net/eth0/address) > 02:00:00:00:00:01")" = 1

must "a third packet is not there" refuses 'has 2 such ESP packets, no number 3' \
	send -i eth0 "$tmp/x.pcap" 3
must "nor one to somebody else" refuses 'has 0 such' send -i eth0 --dst 10.202.1.3 "$tmp/x.pcap"
must "nor a neighbour" refuses 'no neighbour 10.202.1.9' \
	send -i eth0 --via 10.202.1.9 "$tmp/x.pcap"
must "nor an octet" refuses 'octet 1008 is outside' flip -i eth0 --octet 1008 "$tmp/x.pcap" 2
must "a file that is no capture" refuses 'not a pcap file' send -i eth0 "$tool"
must "silence ends" refuses '0 ESP packets in 0.1 s, not 1' \
	capture -i eth0 --timeout 0.1 "$tmp/none.pcap"
