#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Two members register, 100 pings go through, each counted once at every place (MNH-19).
. "$(dirname "$0")/lib.sh"

"$lab" up

for n in gm1 gm2; do
	must "$n is registered" registered $n
	must "$n has a rekey SA" says $n 'show crypto gdoi rekey sa' 'ACTIVE'
	must "$n registered once" equal "$(logged $n 'GDOI-5-GM_REGS_COMPL')" 1
	must "$n installed the policy" equal "$(logged $n 'GDOI-5-GM_INSTALL_POLICIES_SUCCESS')" 1
done
must "ks1 knows both members" says ks1 'show crypto gdoi ks members' '10\.1\.14\.2'
must "ks1 knows both members" says ks1 'show crypto gdoi ks members' '10\.1\.13\.2'

record "$tmp/wan.pcap" -i gm2
must "100 of 100 pings return" equal "$(ping_lost h1 $h2 100 0.01)" 0
record_end

for n in gm1 gm2; do
	for c in encaps encrypt digest decaps decrypt verify; do
		must "$n counts 100 $c" equal "$(packets $n $c)" 100
	done
done
must "100 ESP packets from h1" equal "$(esp "$tmp/wan.pcap" $h1 $h2)" 100
must "100 ESP packets from h2" equal "$(esp "$tmp/wan.pcap" $h2 $h1)" 100
must "nothing in clear" equal "$(clear_packets "$tmp/wan.pcap")" 0
must "one SPI in both directions" equal "$(flows "$tmp/wan.pcap" | awk '{ print $4 }' | sort -u | wc -l)" 1
