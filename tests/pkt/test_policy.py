#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the policy decides: lines in both directions, fragments, gates before registration, the
box's own traffic, and how outer headers are made."""

import unittest

import pipe
from pipe import (CORE_MAC, FAR, HOST, LAN, OWN_LAN, OWN_WAN, WAN, WAN_MAC, Tek, forwarded, group,
                  run, udp)
from scapy.all import ARP, ICMP, IP, TCP, UDP, Ether, IPOption, Raw, fragment, raw

REFERENCE = ["deny icmp any any", "deny udp any eq 848 any eq 848", "deny tcp any any eq 22",
             "deny tcp any eq 22 any", "deny esp any any", "permit ip any any"]


def tcp(src=HOST, dst=FAR, sport=4000, dport=22, **ip):
    return IP(raw(IP(src=src, dst=dst, **ip) / TCP(sport=sport, dport=dport) / Raw(b"x" * 40)))


def ping(src=HOST, dst=FAR):
    return IP(raw(IP(src=src, dst=dst) / ICMP() / Raw(b"y" * 30)))


def frags(packet, size=104):
    return [IP(raw(f)) for f in fragment(packet, size)]


class Lines(unittest.TestCase):
    """MNH-2: each deny line passes in clear, both ways, with permit any any below it."""

    def both(self, packet, answer, line, aces=None, **spec):
        tek = Tek()
        r = run([packet], [answer], [group([tek], aces=aces or REFERENCE, **spec)])
        self.assertEqual(r.drops, {})
        self.assertEqual([raw(p) for p in r.wan], [raw(forwarded(packet))])
        self.assertEqual([raw(p) for p in r.lan], [raw(forwarded(answer))])
        if line is not None:
            self.assertEqual((r.ace(line[0])["clear_out"], r.ace(line[1])["clear_in"]), (1, 1))
        self.assertEqual(sum(r.ace(i)["encaps"] for i in range(len(aces or REFERENCE))), 0)

    def test_deny_icmp(self):
        self.both(ping(), ping(FAR, HOST), (0, 0))

    def test_deny_port(self):
        self.both(tcp(), tcp(FAR, HOST, 22, 4000), (2, 3))

    def test_deny_transit_gdoi(self):
        p = IP(raw(IP(src=HOST, dst=FAR) / UDP(sport=848, dport=848) / Raw(b"z" * 30)))
        q = IP(raw(IP(src=FAR, dst=HOST) / UDP(sport=848, dport=848) / Raw(b"z" * 30)))
        self.both(p, q, (1, 1))

    def test_no_line_matches(self):
        self.both(udp(), udp(src=FAR, dst=HOST), None, aces=["permit tcp any any"])

    def test_order(self):
        """First match wins: a permit in front of a deny."""
        tek = Tek()
        r = run([tcp(), ping()], groups=[group([tek], aces=["permit tcp any any"] + REFERENCE)])
        self.assertEqual([r.ace(0)["encaps"], r.ace(1)["clear_out"], len(r.wan)], [1, 1, 2])

    def test_attributes(self):
        """Prefixes, port ranges, precedence, protocols: the verdict is the line's."""
        tek = Tek()
        aces = ["permit udp host 192.168.13.2 192.168.14.0 0.0.0.3 range 6000 6001",
                "permit udp any any precedence critical", "permit 99 any any",
                "permit tcp any gt 60000 any"]
        sent = [(udp(), 0), (udp(dst="192.168.14.4"), None), (udp(dst="192.168.14.4", tos=0xB8), 1),
                (IP(raw(IP(src=HOST, dst=FAR, proto=99) / Raw(b"q" * 20))), 2),
                (tcp(sport=60001), 3), (tcp(sport=60000), None)]
        for packet, line in sent:
            r = run([packet], groups=[group([tek], aces=aces)])
            self.assertEqual(r.drops, {})
            self.assertEqual(r.wan[0].proto == 50, line is not None)
            self.assertEqual([i for i in range(4) if r.ace(i)["encaps"]],
                             [] if line is None else [line])

    def test_clear_that_should_be_encrypted(self):
        r = run(wan=[udp(src=FAR, dst=HOST)], groups=[group([Tek()])])
        self.assertEqual(r.drops, {"spd-in-clear": 1})
        self.assertEqual([e["kind"] for e in r.events], ["not-ipsec"])
        self.assertEqual(r.lan, [])

    def test_clear_to_the_box(self):
        r = run(wan=[ping(FAR, OWN_WAN)], groups=[group([Tek()])])
        self.assertEqual((r.drops, r.port(WAN)["punted"]), ({"spd-in-clear": 1}, 0))
        r = run(wan=[ping(FAR, OWN_WAN)], groups=[group([Tek()], aces=REFERENCE)])
        self.assertEqual((r.drops, r.port(WAN)["punted"]), ({}, 1))

    def test_passive(self):
        r = run(wan=[udp(src=FAR, dst=HOST)], groups=[group([Tek()], passive=True)])
        self.assertEqual((r.drops, len(r.lan)), ({}, 1))

    def test_two_sa(self):
        """Each line uses the TEK of its own `sa ipsec`, in both directions."""
        one, two = Tek(), Tek(spi=0x1111, suite="AES256_SHA256", seed=3, sa=1)
        aces = [("permit tcp any any", 1), ("permit ip any any", 0)]
        r = run([tcp(), udp()], [two.seal(tcp(FAR, HOST)), one.seal(udp(src=FAR, dst=HOST))],
                [group([one, two], aces=aces)])
        self.assertEqual(r.drops, {})
        self.assertEqual(two.open(r.wan[0])[0], raw(forwarded(tcp())))
        self.assertEqual(one.open(r.wan[1])[0], raw(forwarded(udp())))
        self.assertEqual([(r.ace(i)["encaps"], r.ace(i)["decaps"]) for i in (0, 1)],
                         [(1, 1), (1, 1)])


class Local(unittest.TestCase):
    """The box's own list comes first; as it stands outbound, swapped inbound."""

    def test_in_front(self):
        local = ["deny tcp any any eq 22"]
        r = run([tcp()], [tcp(FAR, HOST, 22, 4000)], [group([Tek()], local=local)])
        self.assertEqual((r.drops, len(r.wan), r.wan[0].proto, len(r.lan)), ({}, 1, 6, 1))

    def test_swapped_only(self):
        local = ["deny tcp any any eq 22"]
        r = run(wan=[tcp(FAR, HOST, 4000, 22)], groups=[group([Tek()], local=local)])
        self.assertEqual(r.drops, {"spd-in-clear": 1})

    def test_not_for_decrypted(self):
        """Another member encrypts what this box's list leaves in clear: it may."""
        tek = Tek()
        r = run(wan=[tek.seal(tcp(FAR, HOST, 22, 4000))],
                groups=[group([tek], local=["deny tcp any any eq 22"])])
        self.assertEqual((r.drops, len(r.lan)), ({}, 1))


class Fragments(unittest.TestCase):
    """A later fragment has no ports: a permit line matches by the rest, a deny is passed over."""

    def encrypted(self, aces, packet):
        tek = Tek()
        r = run(frags(packet), groups=[group([tek], aces=aces)])
        self.assertEqual(r.drops, {})
        seen = [(IP(tek.open(p)[0]).frag, True) if p.proto == 50 else (p.frag, False)
                for p in r.wan]
        return [e for _, e in sorted(seen)]

    def test_permit_with_port(self):
        self.assertEqual(self.encrypted(["permit udp any any eq 6000"], udp(300)), [True] * 3)
        self.assertEqual(self.encrypted(["permit udp any any eq 6001"], udp(300)),
                         [False, True, True])

    def test_deny_with_port(self):
        self.assertEqual(self.encrypted(["deny udp any any eq 6000", "permit ip any any"],
                                        udp(300)), [False, True, True])

    def test_fragments_keyword(self):
        self.assertEqual(self.encrypted(["deny udp any any fragments", "permit ip any any"],
                                        udp(300)), [True, False, False])

    def test_decrypted(self):
        """By addresses and protocol only."""
        tek = Tek()
        inner = frags(udp(300, src=FAR, dst=HOST))
        wan = [tek.seal(f, seq=i) for i, f in enumerate(inner)]
        r = run(wan=wan, groups=[group([tek], aces=["permit udp any any eq 6000"])])
        self.assertEqual(r.drops, {})
        self.assertEqual([raw(p) for p in r.lan], [raw(forwarded(f)) for f in inner])


class Gates(unittest.TestCase):
    def out_and_in(self, **spec):
        return run([udp(), tcp()], [udp(src=FAR, dst=HOST), tcp(FAR, HOST, 22, 4000)],
                   [group(aces=[], **spec)])

    def test_closed(self):
        r = self.out_and_in(gate="closed", local=["deny tcp any any eq 22"])
        self.assertEqual(r.drops, {"spd-out-closed": 2, "spd-in-closed": 2})

    def test_fail_close(self):
        r = self.out_and_in(gate="fail-close", local=["deny tcp any any eq 22"])
        self.assertEqual(r.drops, {"spd-out-closed": 1, "spd-in-closed": 1})
        self.assertEqual((r.wan[0].proto, r.lan[0].proto), (6, 6))

    def test_fail_close_lines(self):
        r = self.out_and_in(gate="fail-close", fail_close=["deny udp any any"])
        self.assertEqual(r.drops, {"spd-out-closed": 1, "spd-in-closed": 1})
        self.assertEqual((r.wan[0].proto, r.lan[0].proto), (17, 17))

    def test_fail_open(self):
        r = self.out_and_in(gate="fail-open")
        self.assertEqual((r.drops, len(r.wan), len(r.lan)), ({}, 2, 2))
        self.assertEqual([e["kind"] for e in r.events], ["fail-open"], "said once")

    def test_policy_never_opens_again(self):
        """TEKs gone, policy kept: permit lines drop, deny lines pass."""
        r = run([udp(), ping()], groups=[group([], aces=REFERENCE)])
        self.assertEqual(r.drops, {"sa-out-none": 1})
        self.assertEqual([p.proto for p in r.wan], [1])

    def test_before_configuration(self):
        r = run([udp()], [udp(src=FAR, dst=HOST)], forwarding=False)
        self.assertEqual((r.drops, r.lan, r.wan), ({"fwd-not-started": 2}, [], []))


class Routing(unittest.TestCase):
    """The port a packet leaves by decides."""

    def test_lan_to_lan(self):
        r = run([udp(dst="192.168.13.77")], groups=[group([Tek()])],
                neighbours=[["192.168.13.77", 0, "02:aa:00:00:00:77"]])
        self.assertEqual((r.drops, len(r.lan), r.wan), ({}, 1, []))

    def test_hairpin_is_encrypted_again(self):
        tek = Tek()
        inner = udp(src=FAR, dst="192.168.20.2")
        r = run(wan=[tek.seal(inner)], groups=[group([tek])])
        self.assertEqual(r.drops, {})
        self.assertEqual(tek.open(r.wan[0])[0], raw(forwarded(inner)))


class Box(unittest.TestCase):
    """Packets of the box itself obey the policy; its control traffic passes always."""

    def sent(self, packets, **spec):
        frames = [[1, raw(Ether(dst=CORE_MAC, src=WAN_MAC) / p).hex()] for p in packets]
        return run(inject=frames, groups=[group([Tek()], **spec)])

    def gdoi(self, sport=848, dport=848, src=OWN_WAN, size=40):
        return IP(raw(IP(src=src, dst="10.1.11.2", id=77) / UDP(sport=sport, dport=dport) /
                      Raw(b"k" * size)))

    def test_control(self):
        for gate in ("closed", "fail-close", "fail-open", "policy"):
            for port in (848, 500, 4500):
                r = self.sent([self.gdoi(port, port)], gate=gate)
                self.assertEqual((r.drops, [p.proto for p in r.wan]), ({}, [17]))
                self.assertEqual((r.port(WAN)["injected"], r.port(LAN)["injected"]), (1, 0))

    def test_igmp(self):
        r = self.sent([IP(raw(IP(src=OWN_WAN, dst="224.0.0.22", proto=2, ttl=1) /
                              Raw(b"\x22" + b"\0" * 15)))], gate="closed")
        self.assertEqual((r.drops, len(r.wan)), ({}, 1))

    def test_fragments_follow(self):
        r = self.sent(frags(self.gdoi(size=300)), gate="closed")
        self.assertEqual((r.drops, len(r.wan)), ({}, 3))
        r = self.sent(frags(self.gdoi(size=300))[1:], gate="closed")
        self.assertEqual(r.drops, {"spd-out-closed": 2})
        r = self.sent(frags(self.gdoi(7, 7, size=300)), gate="closed")
        self.assertEqual(r.drops, {"spd-out-closed": 3})

    def test_before_configuration(self):
        """No port has a crypto map yet: that is no reason to send in clear."""
        frames = [[1, raw(Ether(dst=CORE_MAC, src=WAN_MAC) / ping(OWN_WAN, FAR)).hex()]]
        r = run(inject=frames, forwarding=False)
        self.assertEqual((r.drops, r.wan), ({"fwd-not-started": 1}, []))

    def test_others_obey(self):
        r = self.sent([ping(OWN_WAN, FAR)])
        self.assertEqual((r.drops, [p.proto for p in r.wan]), ({}, [50]))
        r = self.sent([ping(OWN_WAN, FAR)], gate="fail-close")
        self.assertEqual(r.drops, {"spd-out-closed": 1})

    def test_foreign_source(self):
        r = self.sent([self.gdoi(src="10.9.9.9")], gate="fail-close")
        self.assertEqual(r.drops, {"spd-out-closed": 1})

    def test_transit_gets_no_exception(self):
        p = IP(raw(IP(src=HOST, dst="10.1.11.2") / UDP(sport=848, dport=848) / Raw(b"k" * 30)))
        r = run([p], groups=[group([Tek()], gate="fail-close")])
        self.assertEqual(r.drops, {"spd-out-closed": 1})

    def test_arp(self):
        arp = Ether(dst="ff:ff:ff:ff:ff:ff", src=WAN_MAC) / ARP(psrc=OWN_WAN, pdst="10.1.13.1")
        r = run(inject=[[1, raw(arp).hex()]], groups=[group([Tek()], gate="closed")])
        self.assertEqual((r.drops, len(r.wan)), ({}, 1))

    def test_control_to_the_box(self):
        p = IP(raw(IP(src="10.1.11.2", dst=OWN_WAN) / UDP(sport=848, dport=848) / Raw(b"k" * 30)))
        for gate in ("closed", "fail-close", "policy"):
            r = run(wan=[p], groups=[group([Tek()], gate=gate)])
            self.assertEqual((r.drops, r.port(WAN)["punted"]), ({}, 1))


class Errors(unittest.TestCase):
    """ICMP errors of the box obey the policy, and tell nobody what was encrypted."""

    def errors(self, lan=(), wan=(), **spec):
        r = run(lan, wan, port_addresses=[OWN_LAN, OWN_WAN], **spec)
        self.assertEqual(r.drops, {"fwd-ttl": 1})
        return r

    def test_to_a_host(self):
        p = udp(ttl=1)
        r = self.errors([p], groups=[group([Tek()])])
        self.assertEqual([(e.src, e.dst, e[ICMP].type) for e in r.lan], [(OWN_LAN, HOST, 11)])
        self.assertEqual(bytes(r.lan[0][ICMP].payload), raw(p))

    def test_about_a_decrypted_packet(self):
        """A line lets ICMP go in clear: the header and 8 octets of the packet, no more."""
        tek = Tek()
        p = udp(src=FAR, dst=HOST, ttl=1)
        r = self.errors(wan=[tek.seal(p)], groups=[group([tek], aces=REFERENCE)])
        self.assertEqual([(e.src, e.dst, e.proto) for e in r.wan], [(OWN_WAN, FAR, 1)])
        self.assertEqual(bytes(r.wan[0][ICMP].payload), raw(p)[:28])

    def test_encrypted_where_the_policy_says_so(self):
        tek = Tek()
        r = self.errors(wan=[tek.seal(udp(src=FAR, dst=HOST, ttl=1))], groups=[group([tek])])
        self.assertEqual([p.proto for p in r.wan], [50])
        self.assertEqual(IP(tek.open(r.wan[0])[0])[ICMP].type, 11)


class Headers(unittest.TestCase):
    """Header preservation."""

    def outer(self, inner, **spec):
        tek = Tek()
        r = run([inner], groups=[group([tek], **spec)])
        self.assertEqual(r.drops, {})
        self.assertEqual(tek.open(r.wan[0])[0], raw(forwarded(inner)))
        return r.wan[0]

    def test_tos(self):
        for tos in (0, 0x20, 0xB8, 0xE0, 0xBB, 0x02):
            self.assertEqual(self.outer(udp(tos=tos)).tos, tos)

    def test_df(self):
        self.assertEqual(str(self.outer(udp(flags="DF")).flags), "DF")
        self.assertEqual(str(self.outer(udp()).flags), "")

    def test_ttl(self):
        for ttl in (2, 64, 255):
            self.assertEqual(self.outer(udp(ttl=ttl)).ttl, ttl - 1)

    def test_shape(self):
        p = self.outer(udp(101))
        self.assertEqual((p.version, p.ihl, p.frag, p.proto, len(p)), (4, 5, 0, 50, p.len))
        self.assertEqual((p.src, p.dst), (HOST, FAR))
        check = p.chksum
        del p.chksum
        self.assertEqual(IP(raw(p)).chksum, check)

    def test_options_stay_inside(self):
        inner = IP(raw(IP(src=HOST, dst=FAR, options=[IPOption(b"\x01\x01\x01\x00")]) /
                       UDP(sport=1, dport=2) / Raw(b"o" * 30)))
        self.assertEqual(inner.ihl, 6)
        self.assertEqual(self.outer(inner).ihl, 5)

    def test_identification_counts(self):
        r = run([udp() for _ in range(40)], groups=[group([Tek()])])
        ids = [p.id for p in r.wan]
        self.assertEqual(ids, [(ids[0] + i) & 0xFFFF for i in range(40)])

    def test_ecn_is_merged(self):
        """RFC 6040: a mark set in the core reaches the inner packet."""
        tek = Tek()
        inner = udp(src=FAR, dst=HOST, tos=2)
        r = run(wan=[tek.seal(inner, tos=3)], groups=[group([tek])])
        inner.tos = 3
        del inner.chksum
        self.assertEqual([raw(p) for p in r.lan], [raw(forwarded(IP(raw(inner))))])

    def test_neighbour(self):
        """ESP keeps the next hop its inner packet had."""
        tek = Tek()
        r = run([udp(dst="10.1.13.1")], groups=[group([tek])])
        self.assertEqual((r.drops, len(r.wan)), ({}, 1))


if __name__ == "__main__":
    pipe.main()
