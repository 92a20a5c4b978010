#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Typing at getvpn-cli: help, completion, history, paging, questions; and scripts: -c, -f, -e, -j.

Every test gets a daemon of its own, so that they can run in any order.
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile

import pexpect

TESTD, CLI = sys.argv[1:3]
SUPPRESSIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libedit.supp")
STARTUP = """hostname GM1
crypto isakmp key 0 hunter2 address 10.1.11.2
crypto gdoi group G1
 identity number 3333
"""


class Daemon:
    def __init__(self, folder, role="gm"):
        self.folder = folder
        self.socket = os.path.join(folder, "s")
        self.startup = os.path.join(folder, "startup")
        with open(self.startup, "w", encoding="utf-8") as f:
            f.write(STARTUP)
        self.process = subprocess.Popen([TESTD, self.socket, self.startup, role],
                                        stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"

    def stop(self):
        self.process.terminate()
        assert self.process.wait(10) == 0, "exit status of the daemon"

    def run(self, *args, stdin=None):
        return subprocess.run([CLI, "-s", self.socket, *args], input=stdin, capture_output=True,
                              text=True, timeout=20, check=False)

    def terminal(self, rows=24):
        t = pexpect.spawn(CLI, ["-s", self.socket], dimensions=(rows, 80), encoding="utf-8",
                          timeout=10, env={**os.environ, "TERM": "dumb",
                                           "LSAN_OPTIONS": "suppressions=" + SUPPRESSIONS})
        t.expect_exact("GM1#")
        return t


def same(got, want):
    assert got == want, f"got {got!r}, want {want!r}"


def has(text, *parts):
    for part in parts:
        assert part in text, f"no {part!r} in {text!r}"


# ---- typing ----------------------------------------------------------------------------------


def test_help(d):
    t = d.terminal()
    t.send("show crypto gdoi ?")
    t.expect_exact("gm     Group member")
    t.expect_exact("<cr>")
    t.expect_exact("GM1#show crypto gdoi ")  # the line is there again
    t.send("g?")
    t.expect_exact("gm  group")
    t.expect_exact("GM1#show crypto gdoi g")
    t.send("m acl\r")
    t.expect_exact("Group Name: G1")
    t.expect_exact("GM1#")
    t.send("sh v | ?")
    t.expect_exact("exclude  Exclude")
    t.close()


def test_tab(d):
    t = d.terminal()
    t.send("sh\tcry\tisa\t")
    t.expect_exact("show crypto isakmp ")
    t.send("s\t\r")
    t.expect_exact("GDOI_IDLE")
    t.expect_exact("GM1#")
    t.send("show ver | inc\tuptime\r")
    t.expect_exact("include uptime")
    t.expect_exact("GM1 uptime is")
    t.close()


def test_error_caret(d):
    t = d.terminal()
    t.send("show cryptic\r")
    t.expect_exact("\r\n" + " " * len("GM1#show ") + "^\r\n")
    t.expect_exact("% Invalid input detected at '^' marker.")
    t.expect_exact("GM1#")
    t.send("show c\r")
    t.expect_exact('% Ambiguous command:  "show c"')
    t.send("show\r")
    t.expect_exact("% Incomplete command.")
    t.close()


def test_history(d):
    t = d.terminal()
    t.send("show clock\r")
    t.expect_exact("UTC")
    t.expect_exact("GM1#")
    t.send("\x10\r")  # Ctrl-P
    t.expect_exact("show clock")
    t.expect_exact("UTC")
    t.close()


def test_modes(d):
    t = d.terminal()
    t.send("conf t\r")
    t.expect_exact("Enter configuration commands, one per line.  End with CNTL/Z.")
    for line, prompt in [("crypto gdoi group G2", "GM1(config-gdoi-group)#"),
                         ("crypto map m 10 gdoi", "GM1(config-crypto-map)#"),
                         ("crypto map m gdoi fail-close", "GM1(crypto-map-fail-close)#"),
                         ("ip access-list extended A", "GM1(config-ext-nacl)#"),
                         ("interface se1/0", "GM1(config-if)#"),
                         ("crypto isakmp policy 1", "GM1(config-isakmp)#"),
                         ("crypto ipsec transform-set T esp-aes esp-sha-hmac",
                          "GM1(cfg-crypto-trans)#"),
                         ("crypto ipsec profile P", "GM1(ipsec-profile)#"),
                         ("exit", "GM1(config)#"),
                         ("do show clock", "GM1(config)#"),
                         ("hostname GM7", "GM7(config)#")]:
        t.send(line + "\r")
        t.expect_exact(prompt)
    t.send("interface Serial1/0\r")
    t.expect_exact("GM7(config-if)#")
    t.send("shutd\x1a")  # Ctrl-Z leaves, the line is not run
    t.expect_exact("GM7#")
    t.send("show running-config | section interface\r")
    t.expect_exact("interface Serial1/0")
    assert t.expect_exact(["shutdown", "GM7#"]) == 1
    t.close()


def test_cancel(d):
    t = d.terminal()
    t.send("conf t\r")
    t.expect_exact("GM1(config)#")
    t.send("hostname WRONG\x03")  # Ctrl-C
    t.expect_exact("^C")
    t.expect_exact("GM1(config)#")
    t.send("end\r")
    t.expect_exact("GM1#")
    t.send("exit\r")
    t.expect(pexpect.EOF)
    same(t.wait(), 0)


def test_paging(d):
    t = d.terminal(rows=10)
    t.send("show crypto gdoi\r")
    t.expect_exact("Group Name")
    t.expect_exact("--More--")
    t.send("\r")  # one line more
    t.expect_exact("--More--")
    t.send(" ")  # a page more
    t.expect_exact("--More--")
    t.send("q")
    t.expect_exact("GM1#")
    t.send("terminal length 0\r")
    t.expect_exact("GM1#")
    t.send("show crypto gdoi\r")
    assert t.expect_exact(["--More--", "Anti-Replay(Time Based)"]) == 1
    t.close()


def test_question(d):
    t = d.terminal()
    t.send("clear crypto gdoi\r")
    t.expect_exact("Are you sure you want to proceed ? [yes/no]: ")
    t.send("no\r")
    t.expect_exact("GM1#")
    t.send("clear counters\r")
    t.expect_exact("[confirm]")
    t.send("\r")
    t.expect_exact("GM1#")
    t.send("show platform hardware qfp active statistics drop\r")
    assert t.expect_exact(["sa-in-unknown-spi", "GM1#"]) == 1
    t.send("conf t\r")
    t.expect_exact("(config)#")
    t.send("no crypto gdoi group G1\r")
    t.expect_exact("Do you want to continue [yes/no]: ")
    t.send("no\r")
    t.expect_exact("(config)#")
    t.send("do show run | include group G1\r")
    t.expect_exact("crypto gdoi group G1")
    t.close()


def test_timestamp(d):
    t = d.terminal()
    t.send("terminal exec prompt timestamp\r")
    t.expect_exact("GM1#")
    t.send("show crypto gdoi gm replay\r")
    t.expect(r"Load for five secs: \d+%/0%; one minute: \d+%; five minutes: \d+%\r\n"
             r"Time source is .*\d\d:\d\d:\d\d\.\d\d\d \w+ \w+ \w+ \d+ \d+\r\n"
             r"Anti-replay Information For Group G1:")
    t.close()


# ---- scripts ---------------------------------------------------------------------------------


def test_batch(d):
    r = d.run("-c", "show crypto ipsec sa | in encrypt|decrypt")
    same(r.returncode, 0)
    same(r.stdout.splitlines(),
         ["    #pkts encaps: 100, #pkts encrypt: 100, #pkts digest: 100",
          "    #pkts decaps: 100, #pkts decrypt: 100, #pkts verify: 100"])
    r = d.run("-c", "show bogus", "-c", "show clock")
    same((r.returncode, r.stderr),
         (1, "show bogus\n     ^\n% Invalid input detected at '^' marker.\n"))
    has(r.stdout, "UTC")
    r = d.run("-e", "-c", "show bogus", "-c", "show clock")
    same((r.returncode, r.stdout), (1, ""))
    r = d.run(stdin="! a comment\n\nshow clock\n")
    same(r.returncode, 0)
    has(r.stdout, "UTC")
    r = d.run("-c", "show version | bogus x")
    same((r.returncode, r.stderr),
         (1, "show version | bogus x\n               ^\n"
             "% Invalid input detected at '^' marker.\n"))
    r = d.run("-c", "show version | include (")
    same(r.returncode, 1)
    has(r.stderr, "% Bad regular expression")


def test_filters(d):
    def lines(modifier):
        r = d.run("-c", "show crypto gdoi " + modifier)
        same(r.returncode, 0)
        return r.stdout.splitlines()

    same(lines("| count access-list"), ["Number of lines which match regexp = 6"])
    same(lines("| be TEK")[0], "TEK POLICY for the current KS-Policy ACEs Downloaded:")
    same(lines("| section KEK POLICY")[:2],
         ["KEK POLICY:", "    Rekey Transport Type     : Unicast"])
    same(lines("| sec KEK POLICY")[-1], "    Sig Key Length (bits)    : 1024")
    assert not [x for x in lines("| exclude access") if "access" in x]
    same(len(lines("| i ^ACL|^KEK|^TEK")), 2)


def test_json(d):
    for args in (["-j", "-c", "show crypto gdoi"], ["-c", "show crypto gdoi | json"]):
        r = d.run(*args)
        group = json.loads(r.stdout)["groups"][0]
        same((group["name"], group["identity"], group["status"]), ("G1", "3333", "Registered"))
        same(group["teks"][0]["spi"], 0x8BF147EF)
    r = d.run("-j", "-c", "show bogus")
    same(json.loads(r.stderr.split("\n", 2)[2])["error"],
         "% Invalid input detected at '^' marker.")


def test_configure_and_save(d):
    script = os.path.join(d.folder, "script")
    with open(script, "w", encoding="utf-8") as f:
        f.write("configure terminal\nhostname GM9\ncrypto isakmp key s3cret address 0.0.0.0\n"
                "crypto isakmp key 0 s3cret adr 0.0.0.0\nend\nwrite memory\n")
    r = d.run("-f", script)
    same(r.returncode, 1)  # one line was wrong, the others were run
    with open(d.startup, encoding="utf-8") as f:
        saved = f.read()
    has(saved, "hostname GM9", "crypto isakmp key 0 s3cret address 0.0.0.0",
        "crypto isakmp key 0 hunter2 address 10.1.11.2")
    same(os.stat(d.startup).st_mode & 0o777, 0o600)
    everything = "".join(d.run("-c", c).stdout for c in
                         ("show running-config", "show startup-config", "show logging"))
    has(everything, "hostname GM9", "crypto isakmp key ****** address 0.0.0.0",
        "%PARSER-5-CFGLOG_LOGGEDCMD: User:root  logged command:hostname GM9",
        "%SYS-5-CONFIG_I: Configured from console by root")
    assert "s3cret" not in everything and "hunter2" not in everything


def test_refused_line_changes_nothing(d):
    before = d.run("-c", "show running-config").stdout
    r = d.run("-c", "conf t", "-c", "crypto map m 10 gdoi", "-c", "set group NOSUCH",
              "-c", "no crypto map m 10 gdoi")
    same((r.returncode, r.stderr), (1, "% group NOSUCH doesn't yet exist.\n"))
    same(d.run("-c", "show running-config").stdout, before)


def test_running_config_round_trip(d):
    text = d.run("-c", "show running-config").stdout.split("!\n", 1)[1]
    text = text.replace("******", "0 hunter2")
    with tempfile.TemporaryDirectory() as folder:
        other = Daemon(folder)
        with open(other.startup, "w", encoding="utf-8") as f:
            f.write("conf t\nno hostname\nno crypto isakmp key address 10.1.11.2\n"
                    "no crypto gdoi group G1\n" + text)
        same(other.run("-e", "-f", other.startup).returncode, 0)
        same(other.run("-c", "show running-config").stdout,
             d.run("-c", "show running-config").stdout)
        other.stop()


def test_no_daemon(d):
    r = subprocess.run([CLI, "-s", d.socket + ".not", "-c", "show clock"], capture_output=True,
                       text=True, timeout=10, check=False)
    same((r.returncode, r.stderr),
         (2, f"getvpn-cli: {d.socket}.not: no daemon answers there\n"))
    r = subprocess.run([TESTD, d.socket, d.startup, "gm"], capture_output=True, text=True,
                       timeout=10, check=False)
    same((r.returncode, r.stderr), (1, f"{d.socket}: another process answers there\n"))


def test_left_over_socket(d):
    d.process.send_signal(signal.SIGKILL)
    d.process.wait()
    assert os.path.exists(d.socket)
    d.process = subprocess.Popen([TESTD, d.socket, d.startup, "gm"], stdout=subprocess.PIPE)
    same(d.process.stdout.readline(), b"ready\n")


# ---- the socket ------------------------------------------------------------------------------


def frame(kind, body=b""):
    return struct.pack("!Ic", 1 + len(body), kind) + body


def connect(d):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(d.socket)
    return s


def read_all(s):
    data = b""
    while True:
        try:
            piece = s.recv(65536)
        except ConnectionResetError:
            return data
        if not piece:
            return data
        data += piece


def test_bad_frames(d):
    hello = frame(b"H", b"\0\1")
    for bad in (b"\xff\xff\xff\xff", b"\0\0\0\0", frame(b"R", b"\0show clock"),
                frame(b"H", b"\0"), hello + frame(b"X"), hello + frame(b"R", b"\0a\0b"),
                hello + frame(b"R", b"x" * 3000), hello + b"\0\0\x10\0"):
        s = connect(d)
        s.sendall(bad)
        s.shutdown(socket.SHUT_WR)
        read_all(s)
    s = connect(d)
    s.sendall(frame(b"H", b"\0\2"))
    has(read_all(s), b"\0\1\5cli_testd")  # its version, "not yours", its name
    same(d.run("-c", "show clock").returncode, 0)


def test_slow_reader(d):
    """A terminal that asks and does not read: others are served, and it gets all of it later."""
    s = connect(d)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    requests = 200
    s.sendall(frame(b"H", b"\0\1"))
    s.setblocking(False)
    sent = 0
    one = frame(b"R", b"\0show crypto gdoi")
    try:
        for sent in range(requests):
            if s.send(one) != len(one):
                break
    except BlockingIOError:
        pass
    same(d.run("-c", "show clock").returncode, 0)
    s.settimeout(10)
    s.shutdown(socket.SHUT_WR)
    data = read_all(s)
    assert data.count(b"GROUP INFORMATION") > 0


def test_many_sessions(d):
    sessions = []
    for _ in range(16):
        sessions.append(s := connect(d))
        s.sendall(frame(b"H", b"\0\1"))
        assert s.recv(1000)
    r = d.run("-c", "show clock")
    same((r.returncode, r.stderr), (2, "getvpn-cli: too many sessions are open\n"))
    for s in sessions:
        s.close()
    same(d.run("-c", "show clock").returncode, 0)


def test_privilege(d):
    if os.geteuid() != 0:
        return
    os.chmod(d.folder, 0o755)
    # The checkout may lie where another user cannot go.
    client = shutil.copy(CLI, d.folder)
    r = subprocess.run([client, "-s", d.socket, "-c", "show clock", "-c", "enable",
                        "-c", "configure terminal", "-c", "show running-config"],
                       capture_output=True, text=True, timeout=10, check=False,
                       user=65534, group=65534, extra_groups=[])
    same(r.returncode, 1)
    has(r.stdout, "UTC")
    has(r.stderr, "% Access denied")
    assert "Enter configuration" not in r.stdout and "hostname" not in r.stdout


def main():
    failed = 0
    tests = [(n, f) for n, f in sorted(globals().items()) if n.startswith("test_")]
    for name, test in tests:
        with tempfile.TemporaryDirectory() as folder:
            d = Daemon(folder)
            try:
                test(d)
                d.stop()
                print(f"ok   {name}")
            except Exception as e:  # pylint: disable=broad-except
                failed += 1
                print(f"FAIL {name}: {e}")
                d.process.kill()
                d.process.wait()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
