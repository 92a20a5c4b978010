#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The demonstration of the README, to its end.
. "$(dirname "$0")/lib.sh"

must "scripts/demo --batch" "$top/scripts/demo" --batch
must_not "it takes its lab down" test -e "$dir"
