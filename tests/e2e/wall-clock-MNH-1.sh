#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The wall clock of gm2, then of ks1, is stepped by a second, an hour and a day, forth and back,
# under traffic: pseudotime goes on as if nothing had happened and no packet is refused.
. "$(dirname "$0")/lib.sh"

shim=${GETVPN_BUILD:-$top/build}/tests/lab/wallclock.so

preloaded() { # NODE: started with a wall clock of its own
	LD_PRELOAD=$shim WALLCLOCK_FILE=$tmp/clock-$1 "$lab" start "$1"
}

pseudotime() { # NODE: hundredths of a second
	cli "$1" 'show crypto gdoi gm replay' | sed -nE 's/.*Replay Value *: *([0-9]+)\.([0-9]{2}).*/\1\2/p'
}

near() { # TWO pseudotimes: less than a second apart
	local d=$(($1 - $2))
	[ ${d#-} -lt 100 ] || { echo "$1 and $2" && false; }
}

"$lab" up --fast --idle
preloaded ks1
"$lab" start gm1
preloaded gm2
for n in gm1 gm2; do must "$n registers" wait_for 30 registered $n; done
must "the members agree on the time" near "$(pseudotime gm1)" "$(pseudotime gm2)"

"$lab" exec h1 ping -i 0.01 -q $h2 >"$tmp/ping" 2>&1 &
pings=$!
background+=("$pings")
for n in gm2 ks1; do
	for step in 1 -1 3600 -3600 86400 -86400 0; do
		echo "$step" >"$tmp/new" && mv "$tmp/new" "$tmp/clock-$n"
		sleep 0.3
		must "$n stepped to $step s: the members agree" near "$(pseudotime gm1)" "$(pseudotime gm2)"
	done
	cli ks1 'crypto gdoi ks rekey' >/dev/null # carries pseudotime to both
	sleep 0.5
	must "after a rekey they still do" near "$(pseudotime gm1)" "$(pseudotime gm2)"
done
kill -INT $pings
wait $pings || :
must "no packet was lost" grep -q ' 0% packet loss' "$tmp/ping"
for n in gm1 gm2; do
	must "$n refused none" says $n 'show crypto gdoi gm replay' 'Input Error Packets *: 0'
	must "$n never corrected its clock" says $n 'show crypto gdoi gm replay' 'Time Sync Error *: 0'
done
