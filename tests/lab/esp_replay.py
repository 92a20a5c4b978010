#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Records ESP packets and sends them again, as they were or with one thing changed.

    esp_replay.py capture -i IF FILE [N]    the next N (1) ESP packets, in or out, into a pcap file
    esp_replay.py send    -i IF FILE [N]    the Nth (1, -1 is the last) ESP packet of a pcap file
    esp_replay.py flip    -i IF FILE [N]    with one bit turned: the integrity check fails
    esp_replay.py spi     -i IF FILE [N]    with another SPI: nobody knows the key

A packet leaves with the MAC addresses it was recorded with, as it must when it goes out by the
interface it went out by before; with --mac or --via it is addressed to that next hop.
"""

import argparse
import select
import socket
import struct
import sys
import time

import pcapfile

ETH_P_ALL = 3
ETHER, IPV4_MIN = 14, 20
ESP = 50


class Refused(Exception):
    pass


def esp_start(frame):
    """Offset of the SPI of an IPv4 ESP packet, None for any other frame or a later fragment."""
    if len(frame) < ETHER + IPV4_MIN or frame[12:14] != b"\x08\x00" or frame[23] != ESP:
        return None
    at = ETHER + (frame[ETHER] & 15) * 4
    later = struct.unpack_from("!H", frame, 20)[0] & 0x1fff
    return at if not later and len(frame) >= at + 8 else None


def wanted(frame, args):
    return (esp_start(frame) is not None
            and args.src in (None, socket.inet_ntoa(frame[26:30]))
            and args.dst in (None, socket.inet_ntoa(frame[30:34])))


def describe(frame):
    spi, seq = struct.unpack_from("!II", frame, esp_start(frame))
    return (f"ESP {socket.inet_ntoa(frame[26:30])} to {socket.inet_ntoa(frame[30:34])}, "
            f"spi 0x{spi:08X}, sequence number {seq}, "
            f"{struct.unpack_from('!H', frame, 16)[0]} octets")


def capture(args):
    """Says "listening" before it waits."""
    found = []
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((args.interface, ETH_P_ALL))
        print("listening", flush=True)
        end = time.monotonic() + args.timeout
        while len(found) < args.number:
            if not select.select([sock], [], [], max(0, end - time.monotonic()))[0]:
                raise Refused(f"{len(found)} ESP packets in {args.timeout:g} s, "
                              f"not {args.number}")
            frame = sock.recv(65536)
            if wanted(frame, args):
                found.append((time.time(), frame))
                print(describe(frame), flush=True)
    pcapfile.write(args.file, found)


def neighbour(interface, address):
    """The MAC address the kernel has for it."""
    with open("/proc/net/arp", encoding="ascii") as f:
        for line in f.readlines()[1:]:
            ip, _, flags, mac, _, device = line.split()
            if ip == address and device == interface and int(flags, 16) & 2:
                return mac
    raise Refused(f"the kernel has no neighbour {address} on {interface}")


def pick(args):
    found = [frame for _, frame in pcapfile.read(args.file) if wanted(frame, args)]
    index = args.number - 1 if args.number > 0 else args.number
    if args.number == 0 or not -len(found) <= index < len(found):
        raise Refused(f"{args.file} has {len(found)} such ESP packets, no number {args.number}")
    return bytearray(found[index])


def addressed(frame, args, sock):
    mac = neighbour(args.interface, args.via) if args.via else args.mac
    if mac:
        frame[0:6] = bytes.fromhex(mac.replace(":", ""))
        frame[6:12] = sock.getsockname()[4]
    return frame


def unchanged(_frame, _args):
    pass


def flip(frame, args):
    """Octets count from the SPI on, negative ones from the end of the packet."""
    start = esp_start(frame)
    end = ETHER + struct.unpack_from("!H", frame, 16)[0]
    at = (start if args.octet >= 0 else end) + args.octet
    if not start <= at < min(end, len(frame)):
        raise Refused(f"octet {args.octet} is outside the packet")
    frame[at] ^= 1


def other_spi(frame, args):
    start = esp_start(frame)
    old = struct.unpack_from("!I", frame, start)[0]
    struct.pack_into("!I", frame, start, old ^ 0xffffffff if args.spi is None else args.spi)


def send(args):
    frame = pick(args)
    args.change(frame, args)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((args.interface, 0))
        sock.send(addressed(frame, args, sock))
    print("sent: " + describe(frame))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name, text, run):
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        sub.add_argument("-i", dest="interface", required=True, metavar="IF")
        sub.add_argument("--src", metavar="ADDRESS", help="only packets from there")
        sub.add_argument("--dst", metavar="ADDRESS", help="only packets to there")
        sub.add_argument("file", metavar="FILE")
        sub.add_argument("number", metavar="N", nargs="?", type=int, default=1)
        return sub

    def sender(name, text, change):
        sub = command(name, text, send)
        sub.set_defaults(change=change)
        hop = sub.add_mutually_exclusive_group()
        hop.add_argument("--mac", help="MAC address of the next hop")
        hop.add_argument("--via", metavar="ADDRESS", help="the next hop, from the ARP table")
        return sub

    command("capture", "record ESP packets", capture).add_argument(
        "--timeout", type=float, default=30, metavar="SECONDS")
    sender("send", "send a packet again unchanged", unchanged)
    sender("flip", "send it with one bit turned", flip).add_argument(
        "--octet", type=int, default=-1, help="counted from the SPI, or from the end (-1, the ICV)")
    sender("spi", "send it with another SPI", other_spi).add_argument(
        "--spi", type=lambda s: int(s, 0), help="the SPI; every bit turned without it")
    return parser.parse_args()


def main():
    args = arguments()
    try:
        args.run(args)
    except (Refused, OSError, ValueError) as e:
        sys.exit(f"esp_replay: {e}")


if __name__ == "__main__":
    main()
