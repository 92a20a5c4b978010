#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a capture has between hosts, one line a flow: wire.py FILE

    esp    SOURCE DESTINATION SPI PACKETS
    clear  SOURCE DESTINATION PROTOCOL PORT PACKETS

PORT is the smaller of the two ports, 0 without ports. Later fragments count as PORT or SPI "-".
"""

import collections
import socket
import struct
import sys

import pcapfile

NAMES = {1: "icmp", 6: "tcp", 17: "udp"}


def flow(ip):
    """The key of a packet in the list above."""
    src, dst = socket.inet_ntoa(ip[12:16]), socket.inet_ntoa(ip[16:20])
    body = ip[(ip[0] & 15) * 4:]
    later = struct.unpack_from("!H", ip, 6)[0] & 0x1fff
    if ip[9] == 50:
        return "esp", src, dst, "-" if later else f"0x{body[:4].hex().upper()}"
    port = "0"
    if ip[9] in (6, 17):
        port = "-" if later else str(min(struct.unpack_from("!HH", body)))
    return "clear", src, dst, NAMES.get(ip[9], str(ip[9])), port


def main():
    flows = collections.Counter(flow(f[14:]) for _, f in pcapfile.read(sys.argv[1])
                                if len(f) >= 42 and f[12:14] == b"\x08\x00")
    for key, packets in flows.items():
        print(*key, packets)


if __name__ == "__main__":
    main()
