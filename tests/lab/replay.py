#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Sends one ESP packet of a capture again, as it was: replay.py FILE [N] [--to ADDRESS] [-i IF].

The frame keeps its MAC addresses, so it must leave by the interface it was captured on.
"""

import argparse
import socket
import struct
import sys


def frames(path):
    """Frames of a classic pcap file."""
    with open(path, "rb") as f:
        data = f.read()
    if len(data) < 24:
        return
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from(order + "I", data, at + 8)[0]
        yield data[at + 16:at + 16 + size]
        at += 16 + size


def esp_to(frame, address):
    return (len(frame) >= 34 and frame[12:14] == b"\x08\x00" and frame[23] == 50
            and frame[30:34] == socket.inet_aton(address))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("number", nargs="?", type=int, default=1)
    parser.add_argument("--to", default="192.168.14.2", metavar="ADDRESS")
    parser.add_argument("-i", dest="interface", default="gm2")
    args = parser.parse_args()
    found = [f for f in frames(args.file) if esp_to(f, args.to)]
    if len(found) < args.number:
        sys.exit(f"replay: {args.file} has {len(found)} ESP packets to {args.to}")
    frame = found[args.number - 1]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind((args.interface, 0))
        s.send(frame)
    spi, seq = struct.unpack("!II", frame[34:42])
    print(f"sent again: ESP {socket.inet_ntoa(frame[26:30])} to {args.to}, "
          f"spi 0x{spi:08X}, sequence number {seq}, {len(frame) - 14} octets")


main()
