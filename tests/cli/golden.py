#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Shows against recorded outputs of real devices.

The daemon behind the commands stands still at the values of the seed samples. Words: every line
of a seed sample is in our output, in order, blanks aside (the samples lost their indentation).
Columns: a label that a recorded output with true indentation has too begins and has its colon in
the same columns.
"""

import os
import re
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
GOLD = os.path.join(os.environ.get("GETVPN_SHARED", os.path.join(TOP, "..", "shared")),
                    "reference", "gold")
SKIP = 77

# role, command, seed sample, outputs that have the columns, lines of the sample that differ
SHOWS = [
    ("gm", "show crypto gdoi", "show-crypto-gdoi", ["gm/show-crypto-gdoi.unicast-old"], []),
    ("gm", "show crypto gdoi gm", None, ["gm/show-crypto-gdoi-gm"], []),
    ("gm", "show crypto gdoi gm rekey", None, ["gm/show-crypto-gdoi-gm-rekey-detail"], []),
    ("gm", "show crypto gdoi gm rekey detail", None, ["gm/show-crypto-gdoi-gm-rekey-detail"], []),
    # Taken at a time without packets, and the two time stamps were folded.
    ("gm", "show crypto gdoi gm replay", "show-crypto-gdoi-gm-replay-with-errors", [],
     [r"^\d\d:\d\d:\d\d\.", r"^peer_pst="]),
    ("gm", "show crypto gdoi gm acl", None, ["gm/show-crypto-gdoi-gm-acl"], []),
    ("gm", "show crypto gdoi rekey sa", "show-crypto-gdoi-rekey-sa",
     ["gm/show-crypto-gdoi-rekey-sa"], []),
    # The rekey SA has a command of its own.
    ("gm", "show crypto isakmp sa", "show-crypto-isakmp-sa", ["common/show-crypto-isakmp-sa"],
     [r"GDOI_REKEY"]),
    # Counters, identifiers and times were other ones.
    ("gm", "show crypto ipsec sa", "show-crypto-ipsec-sa",
     ["common/show-crypto-ipsec-sa-detail.ntc1"],
     [r"^#pkts (en|de)caps", r"^conn id", r"^sa timing"]),
    ("gm", "show crypto ipsec sa | in encrypt|decrypt", "show-crypto-ipsec-sa-filter", [], []),
    ("ks", "show crypto gdoi", None, ["ks/show-crypto-gdoi-group.unicast-ks"], []),
    ("ks", "show crypto gdoi ks", None, ["ks/show-crypto-gdoi-ks"], []),
    ("ks", "show crypto gdoi ks acl", None, ["ks/show-crypto-gdoi-ks-acl"], []),
    # The samples of members and of rekeys were taken at different times.
    ("ks", "show crypto gdoi ks members", "show-crypto-gdoi-ks-members",
     ["ks/show-crypto-gdoi-ks-members.old"],
     [r"for group G1 : 346"]),
    ("ks", "show crypto gdoi ks policy", "show-crypto-gdoi-ks-policy",
     ["ks/show-crypto-gdoi-ks-policy"], [r"orig life\(sec\): 1200"]),
    ("ks", "show crypto gdoi ks rekey", "show-crypto-gdoi-ks-rekey", [], []),
]


def squeeze(line):
    return re.sub(r"\s+", "", line)


def seed_lines(name, differ):
    with open(os.path.join(GOLD, "seed", name + ".txt"), encoding="utf-8") as f:
        lines = [line.strip() for line in f if not re.match(r"^\w+#", line)]
    return [line for line in lines if line and not any(re.search(d, line) for d in differ)]


def check_words(out, name, differ):
    """Lines of the sample that are missing from the output, or stand elsewhere."""
    text = [squeeze(line) for line in out.splitlines()]
    at, missing = 0, []
    for line in seed_lines(name, differ):
        # One line of ours may hold what the sample has as two.
        hit = next((i for i in range(at, len(text)) if squeeze(line) in text[i]), None)
        if hit is None:
            missing.append(line)
        else:
            at = hit
    return [f"not there, or not in order: {line}" for line in missing]


LABEL = re.compile(r"^(\s*)(#?[A-Za-z][^:]*?)(\s*):")


def labels(text):
    found = {}
    for line in text.splitlines():
        m = LABEL.match(line)
        if m:
            found.setdefault(m.group(2), set()).add((len(m.group(1)), m.end()))
    return found


def check_columns(out, name):
    with open(os.path.join(GOLD, name + ".txt"), encoding="utf-8") as f:
        gold = labels(f.read())
    ours = labels(out)
    common = sorted(set(ours) & set(gold))
    faults = [f"columns of '{k}': {sorted(ours[k])}, recorded {sorted(gold[k])}"
              for k in common if not ours[k] <= gold[k]]
    if not common and ":" in out:
        faults.append(f"no label in common with {name}")
    return faults


class Daemon:
    def __init__(self, program, role, folder):
        self.socket = os.path.join(folder, role)
        self.process = subprocess.Popen(
            [program, self.socket, os.path.join(folder, "startup"), role], stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"

    def stop(self):
        self.process.terminate()
        return self.process.wait(10)


def main():
    testd, cli = sys.argv[1:3]
    if not os.path.isdir(GOLD):
        print(f"{GOLD} is not there")
        return SKIP
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        daemons = {role: Daemon(testd, role, folder) for role in ("gm", "ks")}
        for role, command, seed, gold, differ in SHOWS:
            run = subprocess.run([cli, "-s", daemons[role].socket, "-c", command],
                                 capture_output=True, text=True, timeout=20, check=False)
            faults = [] if run.returncode == 0 else [f"exit status {run.returncode}"]
            if seed:
                faults += check_words(run.stdout, seed, differ)
            for name in gold:
                faults += check_columns(run.stdout, name)
            print(f"{'FAIL' if faults else 'ok  '} {role}: {command}")
            for fault in faults:
                print(f"       {fault}")
            failed += bool(faults)
        for role, daemon in daemons.items():
            status = daemon.stop()
            if status != 0:
                print(f"FAIL {role}: the daemon ended with {status}")
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    start = time.monotonic()
    result = main()
    print(f"{time.monotonic() - start:.1f} s")
    sys.exit(result)
