#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Deny lines of the downloaded policy pass in clear, both ways, with permit any any below them;
# also after a rekey. Everything else between the hosts is encrypted.
. "$(dirname "$0")/lib.sh"

talk() { # CLIENT SERVER-NODE SERVER-ADDRESS: a TCP exchange on port 22
	on "$2" /usr/bin/python3 -c '
import socket
s = socket.create_server(("", 22))
s.settimeout(10)
c, _ = s.accept()
c.sendall(c.recv(100).upper())' &
	local server=$!
	wait_for 5 listens "$2"
	on "$1" /usr/bin/python3 -c '
import socket, sys
s = socket.create_connection((sys.argv[1], 22), 5)
s.sendall(b"hello")
assert s.recv(100) == b"HELLO"' "$3"
	wait $server
}

listens() { # NODE
	on "$1" ss -Hltn 'sport = 22' | grep -q LISTEN
}

round() { # NAME
	record "$tmp/$1.pcap" -i gm1
	must "$1: h1 reaches port 22 of h2" talk h1 h2 $h2
	must "$1: h2 reaches port 22 of h1" talk h2 h1 $h1
	must "$1: pings return" equal "$(ping_lost h1 $h2 10 0.01)" 0
	record_end
	must "$1: port 22 is in clear from h1" says_flow "$1" "^clear $h1 $h2 tcp 22 "
	must "$1: port 22 is in clear from h2" says_flow "$1" "^clear $h2 $h1 tcp 22 "
	must "$1: only that is in clear" equal "$(flows "$tmp/$1.pcap" | grep ^clear | grep -vc ' tcp 22 ')" 0
	must "$1: the pings were encrypted" equal "$(esp "$tmp/$1.pcap" $h1 $h2)" 10
}

says_flow() { # NAME PATTERN
	flows "$tmp/$1.pcap" | grep -E "$2"
}

"$lab" up --fast
round "first policy"
before=$(rekeys gm1)
cli ks1 'crypto gdoi ks rekey' >/dev/null
rekeyed() { [ "$(rekeys gm1)" -gt "$before" ]; }
must "a rekey arrives" wait_for 10 rekeyed
round "after a rekey"
