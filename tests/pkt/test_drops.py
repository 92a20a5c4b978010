#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Packets that must not pass: each is dropped under its own reason, counted once at every place
that counts it, and nothing comes out of either side."""

import unittest

import pipe
from pipe import FAR, HOST, OWN_WAN, TICKS, WAN, Tek, group, run, udp
from scapy.all import IP, Ether, Raw, checksum, fragment, raw


def back(n=100, **ip):
    return udp(n, src=FAR, dst=HOST, **ip)


class Link(unittest.TestCase):
    """Frames and headers, RFC 1812 5.2.2."""

    def refused(self, reason, frame, groups=()):
        r = run(lan=[frame], groups=groups)
        self.assertEqual(r.drops, {reason: 1})
        self.assertEqual((r.lan, r.wan), ([], []))

    def edited(self, reason, offset, value, fix=False):
        octets = bytearray(raw(udp(100)))
        octets[offset:offset + len(value)] = value
        if fix:
            octets[10:12] = b"\0\0"
            octets[10:12] = checksum(bytes(octets[:20])).to_bytes(2, "big")
        head = Ether(dst=pipe.LAN_MAC, src=pipe.HOST_MAC, type=0x800)
        self.refused(reason, head / Raw(bytes(octets)))

    def test_short(self):
        self.refused("l2-short", Ether(dst=pipe.LAN_MAC, type=0x800) / Raw(b"\x45" + b"\0" * 18))

    def test_other_station(self):
        self.refused("l2-not-for-us", Ether(dst="02:00:00:00:00:77", type=0x800) / udp(100))

    def test_ethertype(self):
        self.refused("l2-ethertype", Ether(dst=pipe.LAN_MAC, type=0x88CC) / Raw(b"\0" * 50))

    def test_version(self):
        self.edited("ip-version", 0, b"\x55")

    def test_header_length(self):
        self.edited("ip-header-length", 0, b"\x44")
        octets = raw(IP(src=HOST, dst=FAR, ihl=15, len=24) / Raw(b"\0" * 4))
        self.refused("ip-header-length", Ether(dst=pipe.LAN_MAC, type=0x800) / Raw(octets))

    def test_total_length(self):
        self.edited("ip-length", 2, b"\x00\x65", fix=True)
        self.edited("ip-length", 2, b"\x00\x13", fix=True)

    def test_hidden_ports(self):
        p = IP(src=HOST, dst=FAR, proto=6, flags="MF") / Raw(b"\0" * 4)
        self.refused("ip-length", pipe.frame(p, pipe.LAN_MAC))

    def test_checksum(self):
        self.edited("ip-checksum", 8, b"\x07")

    def test_source(self):
        for src in ("127.0.0.1", "224.0.0.1", "255.255.255.255", "0.1.2.3", "240.0.0.1"):
            with self.subTest(src):
                self.refused("ip-source", pipe.frame(udp(100, src=src), pipe.LAN_MAC))

    def test_destination(self):
        for dst in ("127.0.0.1", "0.0.0.0", "250.0.0.1"):
            with self.subTest(dst):
                self.refused("ip-destination", pipe.frame(udp(100, dst=dst), pipe.LAN_MAC))

    def test_link_padding_is_cut(self):
        r = run(lan=[Ether(dst=pipe.LAN_MAC, src=pipe.HOST_MAC) / udp(28) / Raw(b"\xaa" * 18)])
        self.assertEqual(r.drops, {})
        self.assertEqual(raw(r.wan[0]), raw(pipe.forwarded(udp(28))))


class EspIn(unittest.TestCase):
    """What comes as ESP, all counted as receive errors of its SA."""

    def refused(self, reason, packet, tek, event=None, count="recv_errors", line=0, **spec):
        """line: the first permit line of the SA, where operators see it."""
        r = run(wan=[packet], groups=[group([tek], **spec)])
        self.assertEqual(r.drops, {reason: 1})
        self.assertEqual((r.lan, r.wan), ([], []))
        sa = r.sa(tek)
        self.assertEqual(sa["recv_errors"], 1)
        self.assertEqual(sa[count], 1)
        self.assertEqual(sa["decaps"], 1 if reason == "spd-in-policy" else 0)
        self.assertEqual(r.ace(0)["decaps"], 0)
        self.assertEqual([r.ace(i)[count] for i in range(len(spec.get("aces", "1")))],
                         [int(i == line) for i in range(len(spec.get("aces", "1")))])
        self.assertEqual([e["kind"] for e in r.events], [event] if event else [])
        return r

    def text(self, tek, body, next_header, **outer):
        return Tek.wrap(back(), tek.seal_text(body, next_header), **outer)

    def test_length(self):
        tek = Tek(suite="AES128_SHA1")
        esp = tek.seal_text(raw(back()), 4)
        self.refused("esp-in-length", Tek.wrap(back(), esp[:-1]), tek)
        tiny = IP(src=FAR, dst=HOST, proto=50) / Raw(tek.spi.to_bytes(4, "big") + b"\0" * 8)
        self.refused("esp-in-length", tiny, tek)

    def test_shorter_than_a_header(self):
        tek = Tek()
        p = IP(src=FAR, dst=HOST, proto=50) / Raw(tek.spi.to_bytes(4, "big"))
        r = run(wan=[p], groups=[group([tek])])
        self.assertEqual(r.drops, {"esp-in-length": 1})

    def test_fragment(self):
        tek = Tek()
        r = run(wan=fragment(tek.seal(back(600)), 300), groups=[group([tek])])
        self.assertEqual(r.drops, {"esp-in-fragment": 3})

    def test_icv(self):
        for suite in ("GCM128", "AES256_SHA256", "NULL_SHA1", "3DES_SHA1"):
            tek = Tek(suite=suite)
            p = bytearray(raw(tek.seal(back())))
            for at in (len(p) - 1, 24, 40):
                with self.subTest(f"{suite} {at}"):
                    q = bytearray(p)
                    q[at] ^= 1
                    r = self.refused("esp-in-icv", IP(bytes(q)), tek, "mac", "verify_failed")
                    self.assertEqual((r.events[0]["src"], r.events[0]["dst"]), (FAR, HOST))
                    self.assertEqual(r.events[0]["spi"], tek.spi)

    def test_wrong_key(self):
        tek = Tek()
        self.refused("esp-in-icv", Tek(seed=2).seal(back()), tek, "mac", "verify_failed")

    def test_pad(self):
        tek = Tek(suite="NULL_SHA1")
        body = raw(back(101))
        for pad in ((1, b"\x02"), (200, b"\x01")):
            p = Tek.wrap(back(), tek.seal_text(body, 4, pad=pad))
            self.refused("esp-in-pad", p, tek)

    def test_next_header(self):
        tek = Tek()
        self.refused("esp-in-next-header", self.text(tek, raw(back()), 41), tek)
        self.refused("esp-in-next-header", self.text(tek, raw(back()), 17), tek)

    def test_dummy(self):
        for tbar in (False, True):
            tek = Tek(tbar=tbar)
            self.refused("esp-in-dummy", self.text(tek, b"\0" * 40, 59), tek)

    def test_inner(self):
        tek = Tek()
        good = bytearray(raw(back()))
        for at, value in ((0, 0x65), (0, 0x44), (3, 101), (8, 9)):
            bad = bytearray(good)
            bad[at] = value
            self.refused("esp-in-inner", self.text(tek, bytes(bad), 4), tek)
        self.refused("esp-in-inner", self.text(tek, b"\x45\0", 4), tek)

    def test_ecn(self):
        tek = Tek()
        self.refused("esp-in-ecn", tek.seal(back(tos=0), tos=3), tek)

    def test_address(self):
        tek = Tek()
        for outer in ({"src": "192.168.14.9"}, {"dst": "192.168.13.9"}):
            self.refused("esp-in-address", tek.seal(back(), **outer), tek, "addr-mismatch")
        p = tek.seal(back(), src="192.168.14.9")
        r = run(wan=[p], groups=[group([tek], address_check=False)])
        self.assertEqual((r.drops, len(r.lan)), ({}, 1))

    def test_policy(self):
        """Decrypted, but no line of its TEK covers it."""
        tek = Tek()
        p = tek.seal(back())
        for aces, line in (([f"permit ip host {HOST} any"], 0),
                           (["deny udp any any", "permit ip any any"], 1),
                           ([("permit ip any any", 1)], None)):
            self.refused("spd-in-policy", p, tek, aces=aces, line=line)

    def test_expired(self):
        tek = Tek(left_ms=0)
        self.refused("sa-in-expired", tek.seal(back()), tek)

    def test_direction(self):
        tek = Tek(direction="send")
        self.refused("sa-in-direction", tek.seal(back()), tek)

    def test_unknown_spi(self):
        """MNH-5: ESP nobody knows is that, and never "not encrypted"."""
        tek, stranger = Tek(), Tek(spi=0x12345678)
        for dst in (HOST, OWN_WAN):
            p = stranger.seal(udp(100, src=FAR, dst=dst))
            r = run(wan=[p], groups=[group([tek])])
            self.assertEqual(r.drops, {"sa-in-unknown-spi": 1})
            self.assertEqual([e["kind"] for e in r.events], ["inv-spi"])
            self.assertEqual((r.events[0]["spi"], r.events[0]["dst"]), (stranger.spi, dst))
            self.assertEqual(r.sa(tek)["recv_errors"], 0)

    def test_strangers_esp_passes(self):
        """Where the policy wants no encryption, somebody else's tunnel goes through."""
        p = Tek(spi=0x12345678).seal(back())
        r = run(wan=[p], groups=[group([Tek()], aces=["permit tcp any any"])])
        self.assertEqual((r.drops, len(r.lan)), ({}, 1))


class Tbar(unittest.TestCase):
    def result(self, tek, packet, **spec):
        return run(wan=[packet], groups=[group([tek], **spec)])

    def test_windows(self):
        """1, 2, 4, 19, 20 and 100 seconds, both sides of both edges."""
        for window in (1, 2, 4, 19, 20, 100):
            tek = Tek(tbar=True, window=window)
            slack = 50  # the run takes time of its own
            ticks = [TICKS - window * 100 + slack, TICKS, TICKS + window * 100]
            r = run(wan=[tek.seal(back(), ticks=t) for t in ticks], groups=[group([tek])])
            self.assertEqual((r.drops, len(r.lan)), ({}, 3), window)
            self.assertGreaterEqual(r.port(WAN)["tbar_delta"], window * 100 - 2 * slack)
            ticks = [TICKS - window * 100 - 1, TICKS + window * 100 + slack * 4, 0, 2**64 - 1]
            r = run(wan=[tek.seal(back(), ticks=t) for t in ticks], groups=[group([tek])])
            self.assertEqual(sum(r.drops.values()), 4)
            self.assertEqual(set(r.drops), {"tbar-old", "tbar-new"})
            self.assertEqual(r.sa(tek)["replay_failed"], 4)
            self.assertEqual(r.port(WAN)["tbar_errors"], 4)
            self.assertEqual(r.lan, [])

    def test_event(self):
        tek = Tek(tbar=True, window=4)
        r = self.result(tek, tek.seal(back(), ticks=TICKS - 28475))
        self.assertEqual(r.drops, {"tbar-old": 1})
        e = r.events[0]
        self.assertEqual((e["kind"], e["port"], e["src"], e["dst"]), ("tbar", WAN, FAR, HOST))
        self.assertEqual((e["peer"], e["window"], e["spi"]), (TICKS - 28475, 4, tek.spi))
        self.assertLess(e["mine"] - TICKS, 500)

    def test_missing(self):
        tek, plain = Tek(tbar=True), Tek()
        self.assertEqual(self.result(tek, plain.seal(back())).drops, {"tbar-missing": 1})

    def test_unexpected(self):
        tek, stamped = Tek(), Tek(tbar=True)
        self.assertEqual(self.result(tek, stamped.seal(back())).drops, {"tbar-unexpected": 1})

    def test_header(self):
        tek = Tek(tbar=True)
        good = bytearray(tek.text(raw(back()))[0])
        for at, value in ((0, 17), (1, 4), (2, 2), (3, 2)):
            bad = bytearray(good)
            bad[at] = value
            p = Tek.wrap(back(), tek.seal_text(bytes(bad), pipe.SHIM))
            self.assertEqual(self.result(tek, p).drops, {"tbar-header": 1})
        p = Tek.wrap(back(), tek.seal_text(b"\4\3\1\1", pipe.SHIM))
        self.assertEqual(self.result(tek, p).drops, {"tbar-header": 1})

    def test_no_clock(self):
        tek = Tek(tbar=True)
        r = run(lan=[udp()], wan=[tek.seal(back())], groups=[group([tek], pseudotime=None)])
        self.assertEqual(r.drops, {"tbar-unsynchronised": 1, "sa-out-unsynchronised": 1})


class Out(unittest.TestCase):
    """A permit line without a usable TEK drops, it never sends in clear."""

    def refused(self, reason, teks, event="no-sa", **spec):
        r = run(lan=[udp()], groups=[group(teks, **spec)])
        self.assertEqual(r.drops, {reason: 1})
        self.assertEqual(r.wan, [])
        self.assertEqual([e["kind"] for e in r.events], [event])
        self.assertEqual((r.ace(0)["encaps"], r.ace(0)["send_errors"]), (0, 1))

    def test_none(self):
        self.refused("sa-out-none", [])

    def test_other_sa(self):
        self.refused("sa-out-none", [Tek(sa=1)])

    def test_receive_only(self):
        self.refused("sa-out-none", [Tek(direction="receive")])

    def test_expired(self):
        self.refused("sa-out-expired", [Tek(left_ms=0)])

    def test_no_sender_id(self):
        self.refused("sa-out-sender-id", [Tek()], sids=[])
        self.refused("sa-out-sender-id", [Tek()], sids=[1 << 24])
        r = run(lan=[udp()], groups=[group([Tek(suite="AES128_SHA1")], sids=[])])
        self.assertEqual((r.drops, len(r.wan)), ({}, 1), "CBC needs none")


class Refused(unittest.TestCase):
    """A policy that cannot be carried out is refused whole, and says why."""

    def why(self, *teks, **spec):
        return run(groups=[group(teks, **spec)]).refused

    def test_counter_replay(self):
        self.assertIn("counter-based anti-replay", self.why(Tek(replay="counter", window=64)))

    def test_same_spi_twice(self):
        self.assertIn("twice", self.why(Tek(), Tek(seed=2)))

    def test_too_many(self):
        self.assertIn("more than 5", self.why(*[Tek(spi=0x1000 + i) for i in range(6)]))

    def test_reserved_spi(self):
        self.assertIn("reserved", self.why(Tek(spi=255)))

    def test_key_length(self):
        self.assertIn("wrong length", self.why(Tek(key="00" * 16)))

    def test_window(self):
        self.assertIn("window of 101", self.why(Tek(tbar=True, window=101)))

    def test_shim_protocol(self):
        for proto in (0, 4, 41, 50, 51, 59):
            self.assertIn("protocol", self.why(Tek(tbar=True, shim=proto)))

    def test_changed_key(self):
        r = run(groups=[group([Tek()]), group([Tek(seed=2)])])
        self.assertIn("another key", r.refused)


if __name__ == "__main__":
    pipe.main()
