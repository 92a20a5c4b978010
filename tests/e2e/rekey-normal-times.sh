#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The same at the lab's normal times: 1000 pings, ten manual rekeys a second apart.
. "$(dirname "$0")/lib.sh"

"$lab" up
declare -A before
for n in gm1 gm2; do before[$n]=$(rekeys $n); done
record "$tmp/wan.pcap" -i gm2
for _ in 1 2 3 4 5 6 7 8 9 10; do
	cli ks1 'crypto gdoi ks rekey'
	sleep 1
done >"$tmp/rekey" 2>&1 &
operator=$!
must "1000 of 1000 pings return" equal "$(ping_lost h1 $h2 1000 0.012)" 0
must "the operator's commands were taken" wait $operator
record_end

must "nothing in clear" equal "$(clear_packets "$tmp/wan.pcap")" 0
must "1000 ESP packets from h1" equal "$(esp "$tmp/wan.pcap" $h1 $h2)" 1000
for n in gm1 gm2; do
	must "$n counts 10 rekeys more" at_least $(($(rekeys $n) - before[$n])) 10
	must "$n sent as many acknowledgements" all_acknowledged $n
	must "$n never registered again" equal "$(logged $n GM_REGS_COMPL)" 1
done
must "four TEKs are alive, no more" equal "$(cli gm1 'show crypto gdoi' | grep -c 'spi: 0x')" 4
must "the fifth was refused in words" grep -q '4 TEKs alive, no new TEK made' "$tmp/rekey"
