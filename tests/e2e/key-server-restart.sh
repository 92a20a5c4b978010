#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The key server goes away: members keep their policy and keys until those end, then drop what
# they may no longer encrypt. When it is back they register by themselves; never clear text.
. "$(dirname "$0")/lib.sh"

"$lab" up --fast
record "$tmp/wan.pcap" -i gm1
"$lab" stop ks1
must "traffic goes on without a key server" equal "$(ping_lost h1 $h2 50 0.02)" 0
blocked() { [ "$(ping_lost h1 $h2 3 0.05)" = 3 ]; }
must "with the last key gone nothing passes" wait_for 40 blocked
must "the policy is kept" says gm1 'show crypto gdoi' 'permit ip any any'
"$lab" start ks1
must "gm1 registers again" wait_for 60 registered gm1
must "gm2 registers again" wait_for 60 registered gm2
flowing() { [ "$(ping_lost h1 $h2 3 0.05)" = 0 ]; }
must "traffic comes back" wait_for 20 flowing
must "and stays" equal "$(ping_lost h1 $h2 50 0.02)" 0
record_end
must "nothing in clear at any time" equal "$(clear_packets "$tmp/wan.pcap")" 0
must "gm1 said why it registered again" says gm1 'show logging' 'GDOI-4-GM_RE_REGISTER'
