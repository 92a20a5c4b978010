#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every suite, with and without time stamp, odd sizes: scapy opens what we send, we open what
scapy seals, and every packet is counted once at each place."""

import unittest

import pipe
from pipe import WAN, Tek, forwarded, group, run, udp
from scapy.all import raw

SIZES = [28, 29, 30, 31, 32, 33, 40, 47, 48, 49, 63, 64, 65, 99, 100, 127, 128, 129, 255, 256,
         257, 511, 576, 577, 900, 1023, 1024, 1025, 1280, 1301, 1399, 1400, 1410]
IN_SIZES = SIZES + [1411, 1426, 1433, 1446, 1455, 1499, 1500]


class Suites(unittest.TestCase):
    def one(self, suite, tbar):
        tek = Tek(suite=suite, tbar=tbar)
        lan = [udp(n) for n in SIZES]
        back = [udp(n, src=pipe.FAR, dst=pipe.HOST) for n in IN_SIZES]
        wan = [tek.seal(p, seq=i + 1) for i, p in enumerate(back)]
        r = run(lan, wan, [group([tek])])
        self.outbound(tek, lan, r)
        self.assertEqual([raw(p) for p in r.lan], [raw(forwarded(p)) for p in back])
        self.counts(tek, lan, back, r)

    def outbound(self, tek, lan, r):
        self.assertEqual(len(r.wan), len(lan))
        ivs = set()
        for i, (sent, got) in enumerate(zip(lan, r.wan)):
            inner, seq, iv, ticks = tek.open(got)
            self.assertEqual(inner, raw(forwarded(sent)), f"{tek.suite} {len(sent)}")
            self.assertEqual(seq, i + 1)
            self.assertEqual((got.src, got.dst, got.proto), (sent.src, sent.dst, 50))
            ivs.add(iv)
            if tek.suite.startswith("GCM"):
                self.assertEqual(int.from_bytes(iv, "big"), 7 << 40 | i + 1)
            if tek.tbar:
                self.assertLess(abs(ticks - pipe.TICKS), 500)
        if tek.iv_len:
            self.assertEqual(len(ivs), len(lan), "an IV was used twice")

    def counts(self, tek, lan, back, r):
        want = {"encaps": len(lan), "encaps_bytes": sum(len(p) for p in lan),
                "decaps": len(back), "decaps_bytes": sum(len(p) for p in back),
                "send_errors": 0, "recv_errors": 0, "verify_failed": 0, "replay_failed": 0}
        self.assertEqual(r.drops, {})
        for where in (r.sa(tek), r.ace(0)):
            self.assertEqual({k: where[k] for k in want}, want)
        self.assertEqual(r.sa(tek)["seq_max"], len(lan))
        self.assertEqual(r.port(WAN)["tx"], len(lan))
        self.assertEqual(r.port(WAN)["tbar_in"], len(back) if tek.tbar else 0)
        self.assertEqual(r.port(WAN)["tbar_out"], len(lan) if tek.tbar else 0)


def add(suite, tbar):
    name = f"test_{suite.lower()}{'_tbar' if tbar else ''}"
    setattr(Suites, name, lambda self: self.one(suite, tbar))


for s in pipe.SUITES:
    for t in (False, True):
        add(s, t)

if __name__ == "__main__":
    pipe.main()
