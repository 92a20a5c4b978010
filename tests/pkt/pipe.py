# SPDX-License-Identifier: BSD-3-Clause
"""Runs packets through the real pipeline and checks them with scapy's ESP.

The box is the reference member 1: hosts on Ethernet0/0, the WAN and its crypto map on Serial1/0.
A test gives packets for both sides and a policy, and gets back what left and every counter.
"""

import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

from scapy.all import IP, UDP, Ether, PcapWriter, Raw, raw, rdpcap
from scapy.layers.ipsec import ESP, IPSecIntegrityError, SecurityAssociation, _ESPPlain

LAN, WAN = "Ethernet0/0", "Serial1/0"
LAN_MAC, WAN_MAC = "02:00:00:00:00:00", "02:00:00:00:00:01"
HOST_MAC, CORE_MAC = "02:aa:00:00:00:02", "02:bb:00:00:00:01"
HOST, FAR = "192.168.13.2", "192.168.14.2"
OWN_LAN, OWN_WAN = "192.168.13.1", "10.1.13.2"
TICKS = 361173521
SHIM = 99

# name: cipher, authenticator, key, auth key, IV, block, ICV (octets)
SUITES = {
    "3DES_SHA1": ("3DES", "HMAC-SHA1-96", 24, 20, 8, 8, 12),
    "3DES_SHA256": ("3DES", "SHA2-256-128", 24, 32, 8, 8, 16),
    "AES128_SHA1": ("AES-CBC", "HMAC-SHA1-96", 16, 20, 16, 16, 12),
    "AES128_SHA256": ("AES-CBC", "SHA2-256-128", 16, 32, 16, 16, 16),
    "AES192_SHA1": ("AES-CBC", "HMAC-SHA1-96", 24, 20, 16, 16, 12),
    "AES192_SHA256": ("AES-CBC", "SHA2-256-128", 24, 32, 16, 16, 16),
    "AES256_SHA1": ("AES-CBC", "HMAC-SHA1-96", 32, 20, 16, 16, 12),
    "AES256_SHA256": ("AES-CBC", "SHA2-256-128", 32, 32, 16, 16, 16),
    "NULL_SHA1": ("NULL", "HMAC-SHA1-96", 0, 20, 0, 4, 12),
    "NULL_SHA256": ("NULL", "SHA2-256-128", 0, 32, 0, 4, 16),
    "GCM128": ("AES-GCM", "NULL", 16, 0, 8, 4, 16),
    "GCM256": ("AES-GCM", "NULL", 32, 0, 8, 4, 16),
}


def key_octets(seed, n):
    """Odd octets, each DES third different."""
    return bytes((seed + 7 * i) & 0xFF | 1 for i in range(n))


class Tek:
    """A TEK as the other side of the tunnel has it."""

    def __init__(self, spi=0x8DE16523, suite="GCM128", tbar=False, window=5, seed=1, **spec):
        cipher, auth, key, akey, self.iv_len, self.block, self.icv_len = SUITES[suite]
        self.spi, self.suite, self.tbar, self.window = spi, suite, tbar, window
        self.key = key_octets(seed, key)
        self.auth = key_octets(seed + 100, akey)
        self.salt = b"\xca\xfe\xba\xbe" if cipher == "AES-GCM" else b""
        self.extra = spec
        self.sa = SecurityAssociation(ESP, spi=spi, crypt_algo=cipher,
                                      crypt_key=self.key + self.salt, auth_algo=auth,
                                      auth_key=self.auth, tunnel_header=IP())
        self.next_iv = 0x00FFFF0000000000

    def spec(self):
        s = {"spi": self.spi, "suite": self.suite, "key": (self.key + self.salt).hex(),
             "auth": self.auth.hex()}
        if self.tbar:
            s.update(replay="time", window=self.window, shim=SHIM)
        s.update(self.extra)
        return s

    def text(self, inner, ticks=TICKS, next_header=None):
        """Body and next header: with the time stamp if the TEK has one."""
        if not self.tbar:
            return inner, 4 if next_header is None else next_header
        shim = struct.pack("!BBBBQ", 4, 3, 1, 1, ticks)
        return shim + inner, SHIM if next_header is None else next_header

    def iv(self):
        self.next_iv += 1
        if self.suite.startswith("GCM"):
            return struct.pack("!Q", self.next_iv)
        return os.urandom(self.iv_len)

    def seal_text(self, body, next_header, seq=1, pad=None):
        """The ESP packet around any body; pad replaces the padding."""
        esp = _ESPPlain(spi=self.spi, seq=seq, iv=self.iv(), data=body, nh=next_header)
        esp.padlen = -(len(body) + 2) % self.block
        esp.padding = bytes(range(1, esp.padlen + 1))
        if pad is not None:
            esp.padlen, esp.padding = pad
        sealed = self.sa.crypt_algo.encrypt(self.sa, esp, self.sa.crypt_key,
                                            self.sa.crypt_icv_size)
        self.sa.auth_algo.sign(sealed, self.sa.auth_key)
        return raw(sealed)

    def seal(self, inner, seq=1, ticks=TICKS, **outer):
        """inner (IP) as a packet of the WAN, outer header preserved."""
        body, nh = self.text(raw(inner), ticks)
        return self.wrap(inner, self.seal_text(body, nh, seq), **outer)

    @staticmethod
    def wrap(inner, esp, **outer):
        head = dict(src=inner.src, dst=inner.dst, tos=inner.tos, ttl=inner.ttl, proto=50,
                    flags=inner.flags, id=1)
        head["flags"] = "DF" if "DF" in str(inner.flags) else 0
        head.update(outer)
        return IP(raw(IP(**head) / Raw(esp)))

    def open(self, outer):
        """(inner octets, sequence number, IV, ticks or None) of a packet of ours; raises when the
        ICV is wrong."""
        esp = ESP(bytes(outer.payload))
        if esp.spi != self.spi:
            raise IPSecIntegrityError(f"SPI {esp.spi:#x}")
        self.sa.auth_algo.verify(esp, self.sa.auth_key)
        icv = self.icv_len
        plain = self.sa.crypt_algo.decrypt(self.sa, esp, self.sa.crypt_key, icv)
        data = bytes(plain.data)
        if not self.tbar:
            assert plain.nh == 4, plain.nh
            return data, esp.seq, plain.iv, None
        assert plain.nh == SHIM, plain.nh
        nh, words, version, kind, ticks = struct.unpack("!BBBBQ", data[:12])
        assert (nh, words, version, kind) == (4, 3, 1, 1)
        return data[12:], esp.seq, plain.iv, ticks


class Result:
    def __init__(self, lan, wan, counters):
        self.lan, self.wan, self.counters = lan, wan, counters
        self.drops = counters.get("drops", {})
        self.events = counters.get("events", [])
        self.refused = counters.get("why")

    def sa(self, tek):
        return self.counters["sas"][str(tek.spi)]

    def port(self, name):
        return self.counters["ports"][name]

    def ace(self, line):
        return self.port(WAN)["aces"][line]


def group(teks=(), aces=("permit ip any any",), **spec):
    """The policy of the crypto map on the WAN; aces are texts, or (text, sa)."""
    lines = [[a, 0] if isinstance(a, str) else list(a) for a in aces]
    g = {"port": WAN, "gate": "policy", "aces": lines, "teks": [t.spec() for t in teks],
         "sids": [7], "sid_bits": 24, "pseudotime": TICKS}
    g.update(spec)
    return {k: v for k, v in g.items() if v is not None}


def frame(packet, mac, src=HOST_MAC):
    return packet if Ether in packet else Ether(dst=mac, src=src) / packet


def write(path, frames):
    with PcapWriter(path, linktype=1) as f:
        f.write_header(None)
        for p in frames:
            f.write(p)


def read(path):
    try:
        return [Ether(raw(p)) for p in rdpcap(path)] if os.path.getsize(path) > 24 else []
    except FileNotFoundError:
        return []


class Program:
    """One process plays all scenarios of a test file: EAL takes longer than most of them."""

    path, process = None, None

    @classmethod
    def play(cls, scenario):
        if cls.process is None:
            cls.process = subprocess.Popen([cls.path], stdin=subprocess.PIPE, text=True,
                                           stdout=subprocess.PIPE)
        cls.process.stdin.write(scenario + "\n")
        cls.process.stdin.flush()
        for line in cls.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise AssertionError(f"the program ended: {cls.process.wait()}")

    @classmethod
    def end(cls):
        if cls.process is None:
            return 0
        cls.process.stdin.close()
        return cls.process.wait(60)


def run(lan=(), wan=(), groups=(), **scenario):
    """Sends packets (IP or frames) into both sides; returns what left, without link headers."""
    with tempfile.TemporaryDirectory(prefix="pipe.") as d:
        path = {n: os.path.join(d, n) for n in ("lan.in", "lan.out", "wan.in", "wan.out", "json")}
        write(path["lan.in"], [frame(p, LAN_MAC) for p in lan])
        write(path["wan.in"], [frame(p, WAN_MAC, CORE_MAC) for p in wan])
        s = {"ports": [{"name": LAN, "rx": path["lan.in"], "tx": path["lan.out"]},
                       {"name": WAN, "rx": path["wan.in"], "tx": path["wan.out"]}],
             "own": [OWN_LAN, OWN_WAN],
             "routes": [["192.168.13.0", 24, 0, "0.0.0.0"], ["10.1.13.0", 30, 1, "0.0.0.0"],
                        ["0.0.0.0", 0, 1, "10.1.13.1"]],
             "neighbours": [[HOST, 0, HOST_MAC], ["10.1.13.1", 1, CORE_MAC]],
             "groups": list(groups)}
        s.update(scenario)
        with open(path["json"], "w", encoding="ascii") as f:
            json.dump(s, f)
        counters = Program.play(path["json"])
        lan_out, wan_out = read(path["lan.out"]), read(path["wan.out"])
    return Result([p.payload for p in lan_out], [p.payload for p in wan_out], counters)


def udp(length=100, src=HOST, dst=FAR, **ip):
    """A UDP packet of that many octets in all, with its checksums in place."""
    fill = bytes(i & 0xFF for i in range(length - 28))
    return IP(raw(IP(src=src, dst=dst, ttl=ip.pop("ttl", 64), id=ip.pop("id", 0x1234), **ip) /
                  UDP(sport=5000, dport=6000) / Raw(fill)))


def forwarded(packet):
    """What a router makes of it: TTL one less."""
    p = packet.copy()
    p.ttl -= 1
    del p.chksum
    return IP(raw(p))


def main():
    """Test files are called with the path of the program; how it ends counts too (leaks)."""
    Program.path = sys.modules["pipe"].Program.path = sys.argv.pop(1)
    result = unittest.main(verbosity=2, exit=False).result
    ended = sys.modules["pipe"].Program.end()
    if ended != 0:
        print(f"the program ended with {ended}")
    sys.exit(0 if result.wasSuccessful() and ended == 0 else 1)
