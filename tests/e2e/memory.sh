#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The member runs with 256 MiB for packets and without hugepages; the key server stays below
# 32 MiB, also after a hundred rekeys.
. "$(dirname "$0")/lib.sh"

"$lab" up --fast
resident() { # NODE: MiB
	awk '/^VmRSS:/ { print int($2 / 1024) + 1 }' "/proc/$(cat "$dir/$1.pid")/status"
}

for _ in $(seq 100); do cli ks1 'crypto gdoi ks rekey' >/dev/null; done
must "ks1 below 32 MiB: $(resident ks1)" at_least 31 "$(resident ks1)"
for n in gm1 gm2; do
	must "$n below 256 MiB and its program: $(resident $n)" at_least 320 "$(resident $n)"
	must "$n uses no hugepages" equal \
		"$(awk '/^HugetlbPages:/ { print $2 }' "/proc/$(cat "$dir/$n.pid")/status")" 0
done
must "pings return" equal "$(ping_lost h1 $h2 20 0.02)" 0
