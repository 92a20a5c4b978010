#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# gm1 has the wrong pre-shared key, gm2 asks for a group that ks1 does not have: neither
# registers, both say so and try again with back-off, nothing leaks; corrected, both register.
. "$(dirname "$0")/lib.sh"

"$lab" up --fast --idle
cp "$dir/gm1.cfg" "$dir/gm2.cfg" "$tmp/"
sed -i -E 's/^(crypto isakmp key) [^ ]+/\1 not-the-secret/' "$dir/gm1.cfg"
sed -i 's/^ identity number 3333/ identity number 4444/' "$dir/gm2.cfg"
for n in ks1 gm1 gm2; do "$lab" start $n; done
record "$tmp/wan.pcap" -i gm1
# With a wrong key message 5 cannot be read: silence, until the retransmissions are used up (31 s).
must "gm1 says that phase 1 or GDOI failed" wait_for 60 says gm1 'show logging' 'CRYPTO-6-IKMP_MODE_FAILURE'
must "gm2 says that GDOI failed" wait_for 30 says gm2 'show logging' 'CRYPTO-6-IKMP_MODE_FAILURE'
must_not "gm1 is not registered" registered gm1
must_not "gm2 is not registered" registered gm2
must "no packet passes" equal "$(ping_lost h1 $h2 10 0.05)" 10
sleep 5
must "attempts are spread (gm1)" at_least 12 "$(logged gm1 'GM_REGSTER')"
must "attempts are spread (gm2)" at_least 12 "$(logged gm2 'GM_REGSTER')"
record_end
must "nothing reached the wan" equal "$(flows "$tmp/wan.pcap" | wc -l)" 0
for n in gm1 gm2; do
	"$lab" stop $n
	cp "$tmp/$n.cfg" "$dir/$n.cfg"
	"$lab" start $n
	must "$n registers when corrected" wait_for 30 registered $n
done
must "pings return" equal "$(ping_lost h1 $h2 10 0.02)" 0
