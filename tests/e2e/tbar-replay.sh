#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# An ESP packet sent again: within the window it is a copy and delivered at most once more;
# after the window it is refused, with the two messages, a count and a line of history.
. "$(dirname "$0")/lib.sh"

"$lab" up
record "$tmp/wan.pcap" -i gm2
must "pings return" equal "$(ping_lost h1 $h2 3 0.05)" 0
record_end
must "no packet was refused so far" says gm2 'show crypto gdoi gm replay' 'Input Error Packets *: 0'
must "no error history so far" says gm2 'show crypto gdoi gm replay' 'No TBAR errors detected'

sleep 5 # the window is 4 s
before=$(on h2 nstat -az IcmpInEchos | awk '/IcmpInEchos/ { print $2 }')
must "the packet goes out again" "$lab" replay "$tmp/wan.pcap" 1
must "it is refused" wait_for 5 says gm2 'show crypto gdoi gm replay' 'Input Error Packets *: 1'
must "h2 does not get it" equal "$(on h2 nstat -az IcmpInEchos | awk '/IcmpInEchos/ { print $2 }')" "$before"
must "the first message" wait_for 5 says gm2 'show logging' \
	'%CRYPTO-4-PKT_REPLAY_ERR: decrypt: replay check failed connection id=[0-9]+, sequence number=[0-9]+'
must "the second message" says gm2 'show logging' \
	"%GDOI-4-TIMEBASED_REPLAY_FAILED: An anti replay check has failed in group G1: my_pseudotime = [0-9]+\.[0-9]{2} secs, peer_pseudotime = [0-9]+\.[0-9]{2} secs, replay_window = 4 \(sec\), src_ip = $h1, dst_ip = $h2"
must "one follows the other" equal "$(cli gm2 'show logging' |
	grep -A1 PKT_REPLAY_ERR | grep -c TIMEBASED_REPLAY_FAILED)" 1
must "the history has it" says gm2 'show crypto gdoi gm replay' "src=$h1; *my_pst=.*peer_pst=.*win=4"
must "traffic goes on" equal "$(ping_lost h1 $h2 10 0.02)" 0
