# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# What the end-to-end tests stand on. A test sources it, brings a lab of its own up, states what
# must be true with `must`, and ends. The end of each daemon belongs to the verdict: it stops
# when asked, with status 0, and no sanitizer has spoken.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export GETVPN_LAB=gve$$
lab=$top/scripts/lab
dir=/run/$GETVPN_LAB-lab
tmp=$(mktemp -d)
background=()
. "$top/tests/e2e/say.sh"

[ "$(id -u)" = 0 ] || { echo "must be root" && exit 77; }

finish() {
	local status=$? p
	trap - EXIT
	set +e
	for p in "${background[@]}"; do kill "$p" 2>/dev/null; done
	[ -d "$dir" ] && daemons_end
	if [ $status != 0 ] || [ $failed != 0 ]; then
		for p in "$dir"/*.log; do
			[ -e "$p" ] || continue
			echo "---- ${p##*/}, its end"
			tail -n 40 "$p"
		done
		[ $status != 0 ] || status=1
	fi
	"$lab" down
	rm -rf "$tmp"
	exit "$status"
}
trap finish EXIT
trap 'exit 1' TERM INT HUP

# Every daemon that still runs ends when asked; a test that killed one removes its status file.
daemons_end() {
	local n
	for n in gm1 gm2 ks1; do
		[ -e "$dir/$n.pid" ] && "$lab" stop $n
		if [ -e "$dir/$n.status" ] && [ "$(cat "$dir/$n.status")" != 0 ]; then
			echo "FAIL: the daemon of $n ended with status $(cat "$dir/$n.status")"
			failed=1
		fi
	done
	if grep -lE 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$dir"/*.log 2>/dev/null; then
		echo "FAIL: a sanitizer spoke"
		failed=1
	fi
}

cli() { # NODE COMMAND
	"$lab" cli "$1" -c "$2"
}

on() { # NODE CMD...
	"$lab" exec "$@"
}

says() { # NODE COMMAND PATTERN
	cli "$1" "$2" | tee "$tmp/says" | grep -Eq -- "$3" || { cat "$tmp/says" && false; }
}

registered() { # NODE
	says "$1" 'show crypto gdoi' '^ *Registration status *: Registered'
}

logged() { # NODE PATTERN: how many lines of the log
	cli "$1" 'show logging' | grep -Ec -- "$2" || :
}

# The number behind a label, summed over its lines: packets gm1 encaps.
packets() { # NODE encaps|decaps|...
	cli "$1" 'show crypto ipsec sa' | sed -nE "s/.*#pkts $2: ([0-9]+).*/\1/p" |
		awk '{ n += $1 } END { print n + 0 }'
}

rekeys() { # NODE: rekeys received since the start
	cli "$1" 'show crypto gdoi gm rekey' |
		sed -nE 's/.*Number of Rekeys received \(cumulative\) *: *([0-9]+).*/\1/p'
}

# Every rekey that arrived was acknowledged. Both numbers are of one moment.
all_acknowledged() { # NODE
	cli "$1" 'show crypto gdoi gm rekey' | tee "$tmp/acks" |
		sed -nE 's/.*Number of (Rekeys received \(cumulative\)|Rekey Acks sent) *: *([0-9]+).*/\2/p' |
		sort -u | wc -l | grep -qx 1 || { cat "$tmp/acks" && false; }
}

# ping_lost NODE ADDRESS COUNT INTERVAL: prints how many did not come back.
ping_lost() {
	on "$1" ping -c "$3" -i "$4" -W 2 -q "$2" >"$tmp/ping" || :
	sed -nE 's/^([0-9]+) packets transmitted, ([0-9]+) received.*/\1 \2/p' "$tmp/ping" |
		awk '{ print $1 - $2; n++ } END { if (!n) print "no answer of ping" }'
}

record() { # FILE [-i IF]: everything between the hosts' networks, and nothing else
	"$lab" capture start "$1" "${@:2}" 'net 192.168.0.0/16'
}

record_end() {
	"$lab" capture stop
}

flows() { # FILE: see tests/lab/wire.py
	/usr/bin/python3 "$top/tests/lab/wire.py" "$1"
}

spis() { # FILE SOURCE DESTINATION: how many different ones
	flows "$1" | awk -v s="$2" -v d="$3" '$1 == "esp" && $2 == s && $3 == d { n++ } END { print n + 0 }'
}

esp() { # FILE SOURCE DESTINATION: ESP packets
	flows "$1" | awk -v s="$2" -v d="$3" '$1 == "esp" && $2 == s && $3 == d { n += $5 } END { print n + 0 }'
}

clear_packets() { # FILE: packets in clear
	flows "$1" | awk '$1 == "clear" { n += $6 } END { print n + 0 }'
}

h1=192.168.13.2
h2=192.168.14.2
# shellcheck disable=SC2034 # for the tests
readonly h1 h2
