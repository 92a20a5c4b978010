#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The reference configuration's own policy and transform: every deny line of it passes in clear
# (MNH-2: ICMP here), the rest goes by 3DES and HMAC-SHA1, also a datagram in fragments.
. "$(dirname "$0")/lib.sh"

datagram() { # OCTETS dont|want TRIES: h1 sends, h2 answers with their number; DF never, or always
	on h2 /usr/bin/python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.168.14.2", 9000))
s.settimeout(15)
data, who = s.recvfrom(65535)
s.sendto(str(len(data)).encode(), who)' &
	local server=$!
	wait_for 5 bound
	on h1 /usr/bin/python3 - "$@" <<'END'
import socket, sys
octets, mode, tries = sys.argv[1:]
IP_MTU_DISCOVER, HOW = 10, {"dont": 0, "want": 1}
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, HOW[mode])
s.connect(("192.168.14.2", 9000))
s.settimeout(3)
for n in range(int(tries)):
    try:
        s.send(bytes(int(octets)))
        assert s.recv(100) == octets.encode()
        break
    except OSError as e:
        print("try", n + 1, e)
else:
    sys.exit("no answer")
END
	wait $server
}

bound() {
	on h2 ss -Hlun 'sport = 9000' | grep -q 9000
}

"$lab" up --idle
sed -i -e 's/esp-gcm/esp-3des esp-sha-hmac/' \
	-e 's/^ deny tcp any any eq 22$/ deny icmp any any/' -e '/^ deny tcp any eq 22 any$/d' "$dir/ks1.cfg"
for n in ks1 gm1 gm2; do "$lab" start $n; done
for n in gm1 gm2; do must "$n registers" wait_for 30 registered $n; done
must "the transform is the reference's" says gm1 'show crypto ipsec sa' 'esp-3des esp-sha-hmac'

record "$tmp/wan.pcap" -i gm2
must "pings return" equal "$(ping_lost h1 $h2 10 0.02)" 0
must "pings the other way return" equal "$(ping_lost h2 $h1 10 0.02)" 0
for octets in 1 512 1400 1472 4000 9000; do
	must "a datagram of $octets octets and its answer" datagram $octets dont 1
done
must "with DF, the sender learns the size that fits" datagram 1472 want 3
must "and has learned it for the next" datagram 1472 want 1
record_end
must "the pings were in clear, one way" equal "$(flows "$tmp/wan.pcap" | grep "^clear $h1 $h2 icmp" | awk '{ print $6 }')" 20
must "and the other" equal "$(flows "$tmp/wan.pcap" | grep "^clear $h2 $h1 icmp" | awk '{ print $6 }')" 20
must "nothing else was" equal "$(flows "$tmp/wan.pcap" | grep ^clear | grep -vc icmp)" 0
must "the datagrams were encrypted" at_least "$(esp "$tmp/wan.pcap" $h1 $h2)" 8
