#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A member is killed and started again under traffic: nothing leaves in clear at any moment, it
# registers again by itself, and traffic comes back.
. "$(dirname "$0")/lib.sh"

"$lab" up --fast
record "$tmp/wan.pcap" -i gm1
"$lab" exec h1 ping -i 0.01 -q $h2 >/dev/null 2>&1 &
background+=($!)
"$lab" exec h2 ping -i 0.01 -q $h1 >/dev/null 2>&1 &
background+=($!)
for signal in KILL TERM; do
	sleep 0.5
	"$lab" stop gm1 $signal
	[ $signal != KILL ] || rm -f "$dir/gm1.status"
	"$lab" start gm1
	must "gm1 registers again after $signal" wait_for 30 registered gm1
	must "traffic is back after $signal" equal "$(ping_lost h1 $h2 10 0.05)" 0
done
record_end
must "nothing in clear" equal "$(clear_packets "$tmp/wan.pcap")" 0
must "there was traffic" at_least "$(esp "$tmp/wan.pcap" $h1 $h2)" 100
must "ks1 still counts two members" equal "$(cli ks1 'show crypto gdoi ks members' |
	grep -Ec '10\.1\.1[34]\.2')" 2
