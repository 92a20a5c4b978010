# SPDX-License-Identifier: BSD-3-Clause
"""What the lint rules share: the files of the tree, C text without comments and strings."""

import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def files(*suffixes):
    """Tracked and new files of the tree, relative to its top; all of them without suffixes."""
    out = subprocess.run(
        ["git", "-C", TOP, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, stdout=subprocess.PIPE).stdout.decode()
    names = sorted({n for n in out.split("\0") if n})
    names = [n for n in names if os.path.isfile(os.path.join(TOP, n))]
    return [n for n in names if not suffixes or n.endswith(suffixes)]


def read(name):
    with open(os.path.join(TOP, name), "rb") as f:
        return f.read()


def text(name):
    return read(name).decode("utf-8", "replace")


def is_binary(data):
    return b"\0" in data[:8192]


_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def strip_c(src):
    """Comments become blanks and literals empty ones; every line stays where it was."""

    def blank(m):
        tok = m.group(0)
        if tok[0] == '"':
            return '""'
        if tok[0] == "'":
            return "' '"
        return " " + "\n" * tok.count("\n")

    return _TOKEN.sub(blank, src)


class Report:
    """Collects findings as FILE:LINE: TEXT; exit status 1 when there are any."""

    def __init__(self):
        self.count = 0

    def add(self, name, line, what):
        self.count += 1
        print(f"{name}:{line}: {what}")

    def finish(self):
        sys.exit(1 if self.count else 0)
