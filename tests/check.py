# SPDX-License-Identifier: BSD-3-Clause
"""The test runner behind scripts/check.

Tests come in layers, run in order. A meson test belongs to the layer its suite names; it runs
in the gcc build and, as NAME@asan, in the clang build with sanitizers. A lint rule is an
executable tests/lint/check_RULE, an end-to-end test a script tests/e2e/NAME.sh. Exit status 77
means skipped. Logs of failed tests are printed whole, of passed ones not at all.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GCC = os.path.join(TOP, "build")
CLANG = os.path.join(TOP, "build-clang")
SKIP = 77

# Layers made of meson suites, and whether they run under the sanitizers too.
SUITES = {"unit": True, "exchange": True, "gold": True, "pkt": True, "cli": True, "peer": False,
          "bench": False}
# End-to-end tests that also run with the sanitized programs: a short walk past everything.
E2E_ASAN = ("ping", "deny-lines-MNH-2", "member-restart")
ORDER = ["lint", "build", "unit", "exchange", "gold", "pkt", "cli", "peer", "bench", "e2e", "fuzz",
         "end"]
SETUP = {
    GCC: ({"CC": "gcc"}, []),
    CLANG: ({"CC": "clang"}, ["-Db_sanitize=address,undefined", "-Db_lundef=false",
                              "-Dbuildtype=debugoptimized", "-Dfuzz=true"]),
}


class Case:
    """One test: where it belongs and what to do. run() returns (status, log)."""

    def __init__(self, layer, name, run, group=None):
        self.layer, self.name, self.run, self.group = layer, name, run, group

    @property
    def full(self):
        return f"{self.layer}/{self.name}"

    def matches(self, wanted):
        return wanted in (self.layer, self.name, self.full, self.name.partition("@")[0],
                          self.full.partition("@")[0])


def environment():
    env = dict(os.environ, LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1")
    env.setdefault("GETVPN_SHARED", os.path.join(os.path.dirname(TOP), "shared"))
    env.setdefault("GOLD_GDOID", os.path.join(env["GETVPN_SHARED"], "reference/gold/gdoid"))
    # A checkout that belongs to someone else is still the one to read.
    env.update(GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")
    env["ASAN_OPTIONS"] = "abort_on_error=0:detect_leaks=1:strict_string_checks=1"
    env["LSAN_OPTIONS"] = f"suppressions={TOP}/tests/lsan.supp:print_suppressions=0"
    env["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
    return env


def execute(argv, timeout, extra=None):
    """Runs argv in a session of its own; when it does not end, that session is ended."""
    with tempfile.TemporaryFile() as out:
        proc = subprocess.Popen(argv, cwd=TOP, env={**environment(), **(extra or {})},
                                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                start_new_session=True)
        note = ""
        try:
            status = proc.wait(timeout)
        except subprocess.TimeoutExpired:
            note = f"\nnot finished after {timeout} s\n"
            os.killpg(proc.pid, signal.SIGTERM)
            try:
                proc.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(proc.pid, signal.SIGKILL)
                proc.wait()
            status = 1
        out.seek(0)
        return status, out.read().decode("utf-8", "replace") + note


def executable(argv, timeout):
    return lambda: execute(argv, timeout)


# ---- builds -----------------------------------------------------------------------------------

_setup_done = {}


def setup(build):
    """Configures a build folder once; returns (status, log)."""
    if build not in _setup_done:
        if os.path.exists(os.path.join(build, "build.ninja")):
            # The list of tests must be of today's meson files.
            _setup_done[build] = execute(["ninja", "-C", build, "build.ninja"], 300)
        else:
            env, options = SETUP[build]
            _setup_done[build] = execute(["meson", "setup", build] + options, 300, env)
    return _setup_done[build]


_build_done = {}


def compile_all(build):
    if build not in _build_done:
        status, log = setup(build)
        if status == 0:
            status, log = execute(["ninja", "-C", build], 1800)
        _build_done[build] = (status, log)
    return _build_done[build]


# ---- meson tests ------------------------------------------------------------------------------


class MesonLayer:
    """The tests of one suite in one build folder: one meson call, one verdict a test."""

    def __init__(self, build, suite):
        self.build, self.suite, self.selected = build, suite, []
        self.results = None

    def run(self, name):
        if self.results is None:
            self.results = self.run_all()
        return self.results.get(name, (1, f"meson gave no result for {name}\n" + self.log))

    def run_all(self):
        status, self.log = compile_all(self.build)
        if status != 0:
            return {}
        base = f"check-{self.suite}"
        _, self.log = execute(["meson", "test", "-C", self.build, "--no-rebuild", "--suite",
                               self.suite, "--num-processes", "2", "--logbase", base]
                              + self.selected, 3600)
        path = os.path.join(self.build, "meson-logs", base + ".json")
        results = {}
        with open(path, encoding="utf-8") as f:
            for line in f:
                rec = json.loads(line)
                ok = {"OK": 0, "EXPECTEDFAIL": 0, "SKIP": SKIP}.get(rec["result"], 1)
                log = (f"{rec['result']} after {rec.get('duration', 0):.1f} s\n"
                       + rec.get("stdout", "") + rec.get("stderr", ""))
                results[rec["name"].rpartition(" / ")[2].rpartition(":")[2]] = (ok, log)
        os.remove(path)
        return results


def meson_tests(build):
    """[(suite, name)] as meson knows them; of several suites the last is the layer."""
    status, log = setup(build)
    if status != 0:
        sys.exit(log + f"cannot configure {build}")
    out = subprocess.run(["meson", "introspect", "--tests", build], check=True,
                         stdout=subprocess.PIPE).stdout
    return [(t["suite"][-1].rpartition(":")[2], t["name"]) for t in json.loads(out)]


def meson_cases(build, suffix, want):
    layers = {}
    tests = meson_tests(build)
    cases = []
    for suite, name in tests:
        if not want(suite):
            continue
        layer = layers.setdefault(suite, MesonLayer(build, suite))
        cases.append(Case(suite, name + suffix, lambda la=layer, na=name: la.run(na), layer))
    return cases


# ---- what is left behind ----------------------------------------------------------------------


def footprint():
    """What a test could leave on the machine."""
    netns = subprocess.run(["ip", "netns", "list"], stdout=subprocess.PIPE, check=False)
    marks = {f"namespace {line.split()[0]}" for line in netns.stdout.decode().splitlines()}
    for folder in ("/dev/hugepages", "/run/dpdk", "/run"):
        if os.path.isdir(folder):
            names = os.listdir(folder)
            if folder == "/run":
                names = [n for n in names if n.startswith("getvpn")]
            marks |= {f"file {folder}/{n}" for n in names}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            exe = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            continue
        if exe.startswith((GCC + "/", CLANG + "/")):
            marks.add(f"process {pid} {exe}")
    return marks


class Leftovers:
    def __init__(self):
        self.before = footprint()

    def run(self):
        new = []
        for _ in range(20):
            new = sorted(footprint() - self.before)
            if not new:
                return 0, ""
            time.sleep(0.1)
        return 1, "left behind:\n" + "\n".join(new) + "\n"


# ---- all of it --------------------------------------------------------------------------------


def scripts(folder, prefix, suffix):
    """[(name, path)] of the executables in a folder of tests/ that are called like that."""
    path = os.path.join(TOP, "tests", folder)
    names = sorted(os.listdir(path)) if os.path.isdir(path) else []
    return [(n[len(prefix):len(n) - len(suffix)], os.path.join(path, n)) for n in names
            if n.startswith(prefix) and n.endswith(suffix) and os.access(f"{path}/{n}", os.X_OK)]


def e2e_case(layer, name, path, timeout, build):
    def run():
        status, log = compile_all(build)
        return (1, log) if status else execute([path], timeout, {"GETVPN_BUILD": build})

    return Case(layer, name, run)


def collect(args):
    cases = [Case("lint", n, executable([p], 300)) for n, p in scripts("lint", "check_", "")]
    cases += [Case("build", "gcc", lambda: compile_all(GCC)),
              Case("build", "clang-asan", lambda: compile_all(CLANG))]
    cases += meson_cases(GCC, "", lambda s: s != "fuzz" and (args.long or s != "long"))
    cases += meson_cases(CLANG, "@asan", lambda s: SUITES.get(s, False))
    cases += meson_cases(CLANG, "", lambda s: s == "fuzz")
    for name, path in scripts("e2e", "", ".sh"):
        cases.append(e2e_case("e2e", name, path, 300, GCC))
        if name in E2E_ASAN:
            cases.append(e2e_case("e2e", name + "@asan", path, 300, CLANG))
    if args.long:
        cases += [e2e_case("long", n, p, 7200, GCC) for n, p in scripts("e2e/long", "", ".sh")]
    cases.append(Case("end", "nothing-left", Leftovers().run))
    rank = {layer: n for n, layer in enumerate(ORDER)}
    return sorted(cases, key=lambda c: rank.get(c.layer, rank["e2e"]))


def select(cases, wanted):
    for w in wanted:
        if not any(c.matches(w) for c in cases):
            sys.exit(f"check: no test or layer {w}; scripts/check --list prints them")
    chosen = [c for c in cases if not wanted or any(c.matches(w) for w in wanted)]
    for c in chosen:
        if c.group:
            c.group.selected.append(c.name.partition("@")[0])
    return chosen


def run(cases):
    count = {"passed": 0, "failed": 0, "skipped": 0}
    failed = []
    started = time.monotonic()
    for case in cases:
        begin = time.monotonic()
        status, log = case.run()
        verdict = {0: "passed", SKIP: "skipped"}.get(status, "failed")
        count[verdict] += 1
        seconds = time.monotonic() - begin
        print(f"{verdict.upper() if verdict == 'failed' else verdict:8} {case.full}"
              + (f"  ({seconds:.1f} s)" if seconds >= 1 else ""), flush=True)
        if verdict == "failed":
            failed.append(case.full)
            print(log.rstrip() + f"\n---- end of the log of {case.full}", flush=True)
        elif verdict == "skipped" and log.strip():
            print("         " + log.strip().splitlines()[-1], flush=True)
    print(f"{time.monotonic() - started:.0f} s" + "".join(f"\nfailed: {f}" for f in failed))
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(prog="scripts/check")
    parser.add_argument("--list", action="store_true", help="print every test name")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME",
                        help="run these layers or tests")
    parser.add_argument("--long", action="store_true", help="also the runs that take long")
    args = parser.parse_args()
    cases = select(collect(args), args.only)
    if args.list:
        print("\n".join(c.full for c in cases))
        return 0
    tmp = tempfile.mkdtemp(prefix="getvpn-check-")
    os.chmod(tmp, 0o711)  # some tests become another user and must pass through
    os.environ["TMPDIR"] = tempfile.tempdir = tmp
    try:
        return run(cases)
    finally:
        shutil.rmtree(tmp, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
