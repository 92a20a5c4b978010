#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Members run fail-close and there is no key server: nothing of the hosts reaches the WAN. With
# the key server there, both register by themselves and traffic flows encrypted.
. "$(dirname "$0")/lib.sh"

"$lab" up --fast --idle
record "$tmp/before.pcap" -i gm1
must "no packet passes a member without a daemon" equal "$(ping_lost h1 $h2 5 0.05)" 5
"$lab" start gm1
"$lab" start gm2
must "gm1 is not registered" says gm1 'show crypto gdoi' 'Registration status *: (Not registered|Unregistered|Registering)'
must "no packet passes unregistered members" equal "$(ping_lost h1 $h2 20 0.05)" 20
must "nor the other way" equal "$(ping_lost h2 $h1 20 0.05)" 20
record_end
must "none reached the wan" equal "$(flows "$tmp/before.pcap" | wc -l)" 0

"$lab" start ks1
must "gm1 registers by itself" wait_for 60 registered gm1
must "gm2 registers by itself" wait_for 60 registered gm2
record "$tmp/after.pcap" -i gm1
must "pings return" equal "$(ping_lost h1 $h2 20 0.05)" 0
record_end
must "encrypted" equal "$(esp "$tmp/after.pcap" $h1 $h2)" 20
must "nothing in clear" equal "$(clear_packets "$tmp/after.pcap")" 0
