#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Sends numbered UDP datagrams from one network namespace to another and says what arrived.

    numbered.py FROM TO ADDRESS[:PORT] COUNT [--interval MS] [--size OCTETS]
                [--silence SECONDS]

One line: KEY=VALUE for received (different ones), copies (of what was there already), late (after
one that was sent later), and the least, middle and greatest delay in whole microseconds.
"""

import argparse
import ctypes
import os
import select
import socket
import statistics
import struct
import time

HEAD = struct.Struct("!IQ")


def open_in(namespace, make):
    """Calls make() inside a namespace; the socket stays there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net", "rb") as home, open(f"/run/netns/{namespace}", "rb") as there:
        for target, call in ((there, make), (home, lambda: None)):
            if libc.setns(target.fileno(), 0) != 0:
                raise OSError(ctypes.get_errno(), f"namespace {namespace}")
            result = call() or result
    return result


def receiver(address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    sock.bind((address, port))
    if int(address.split(".")[0]) >= 224:
        index = next(i for i, name in socket.if_nameindex() if name != "lo")
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        struct.pack("=4s4si", socket.inet_aton(address), bytes(4), index))
    sock.setblocking(False)
    return sock


def sender():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
    return sock


class Arrivals:
    def __init__(self):
        self.seen, self.delays = set(), []
        self.copies = self.late = 0
        self.highest = -1

    def add(self, data):
        now = time.monotonic_ns()
        number, sent = HEAD.unpack_from(data)
        if number in self.seen:
            self.copies += 1
            return
        self.seen.add(number)
        self.delays.append((now - sent) // 1000)
        self.late += number < self.highest
        self.highest = max(self.highest, number)

    def drain(self, sock, seconds):
        """Takes what comes until so many seconds have passed; returns how many came."""
        end, count = time.monotonic() + seconds, 0
        while True:
            left = max(0, end - time.monotonic())
            if not select.select([sock], [], [], left)[0]:
                return count
            self.add(sock.recv(65536))
            count += 1
            if left == 0:
                return count

    def __str__(self):
        delays = sorted(self.delays) or [0]
        return (f"received={len(self.seen)} copies={self.copies} late={self.late} "
                f"least={delays[0]} middle={int(statistics.median(delays))} "
                f"greatest={delays[-1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("address")
    parser.add_argument("count", type=int)
    parser.add_argument("--interval", type=float, default=0.5, metavar="MS")
    parser.add_argument("--size", type=int, default=64, metavar="OCTETS")
    parser.add_argument("--silence", type=float, default=0.3, metavar="SECONDS",
                        help="nothing more comes when nothing came for so long")
    args = parser.parse_args()
    address, _, port = args.address.partition(":")
    port = int(port or 5001)
    rx = open_in(args.target, lambda: receiver(address, port))
    tx = open_in(args.source, sender)
    arrivals = Arrivals()
    for number in range(args.count):
        head = HEAD.pack(number, time.monotonic_ns())
        tx.sendto(head + os.urandom(args.size - len(head)), (address, port))
        arrivals.drain(rx, args.interval / 1000)
    while arrivals.drain(rx, args.silence):
        pass
    print(arrivals)


main()
