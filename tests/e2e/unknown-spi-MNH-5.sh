#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# ESP with an SPI nobody knows, to a host behind gm2: exactly RECVD_PKT_INV_SPI. A clear packet
# that should have come encrypted: exactly RECVD_PKT_NOT_IPSEC. Both dropped, both counted.
. "$(dirname "$0")/lib.sh"

"$lab" up
drops() { # REASON: packets dropped for it on gm2
	cli gm2 'show platform hardware qfp active feature ipsec data drop' |
		awk -v r="$1" '$0 ~ r { n += $(NF - (NF > 3 ? 1 : 0)) } END { print n + 0 }'
}

on wan /usr/bin/python3 - <<'END'
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 100, 7, 0, 60, 50, 0,
                 socket.inet_aton("192.168.13.2"), socket.inet_aton("192.168.14.2"))
s.sendto(ip + struct.pack("!II", 0xDEADBEEF, 1) + bytes(72), ("192.168.14.2", 0))
END
must "INV_SPI with its SPI, addresses and port" wait_for 5 says gm2 'show logging' \
	"%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=$h2, prot=50, spi=0xDEADBEEF\(3735928559\), srcaddr=$h1, input interface=Serial1/0"
must "and not the message for clear packets" equal "$(logged gm2 RECVD_PKT_NOT_IPSEC)" 0

on wan /usr/bin/python3 - <<'END'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b"in clear", ("192.168.14.2", 9))
END
must "NOT_IPSEC for the clear packet" wait_for 5 says gm2 'show logging' \
	"%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC packet. \(ip\) vrf/dest_addr= /$h2, src_addr= 10\.1\.14\.1, prot= 17"
must "each of them once" equal "$(logged gm2 'RECVD_PKT_(INV_SPI|NOT_IPSEC)')" 2
must "traffic of members goes on" equal "$(ping_lost h1 $h2 10 0.02)" 0
