#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# 6000 pings, ten manual rekeys a second apart, short lives: nothing is lost, nothing in clear.
. "$(dirname "$0")/lib.sh"

"$lab" up --fast
declare -A before
for n in gm1 gm2; do before[$n]=$(rekeys $n); done
record "$tmp/wan.pcap" -i gm1
{
	sleep 2 # somewhere in the middle of the traffic
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		cli ks1 'crypto gdoi ks rekey'
		sleep 1
	done
} >"$tmp/rekey" 2>&1 &
operator=$!
must "6000 of 6000 pings return" equal "$(ping_lost h1 $h2 6000 0.01)" 0
must "the operator's commands were taken" wait $operator
record_end

must "3 SPIs or more from h1" at_least "$(spis "$tmp/wan.pcap" $h1 $h2)" 3
must "3 SPIs or more from h2" at_least "$(spis "$tmp/wan.pcap" $h2 $h1)" 3
must "6000 ESP packets from h1" equal "$(esp "$tmp/wan.pcap" $h1 $h2)" 6000
must "nothing in clear" equal "$(clear_packets "$tmp/wan.pcap")" 0
for n in gm1 gm2; do
	must "$n counts 10 rekeys more" at_least $(($(rekeys $n) - before[$n])) 10
	must "$n sent as many acknowledgements" all_acknowledged $n
	must "$n never registered again" equal "$(logged $n GM_REGS_COMPL)" 1
done
must "all keys are the same age: ks1 never had to repeat itself" says ks1 \
	'show crypto gdoi ks rekey' 'Number of Rekeys retransmitted *: 0'
