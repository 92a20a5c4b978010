# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# The statements of an end-to-end test. Sourced; needs a folder $tmp, and sets failed=1 when one
# of them does not hold.
failed=0

must() { # WHAT CMD...: goes on after a failure, so that one run shows all of them
	local what=$1
	shift
	if "$@" >"$tmp/must" 2>&1; then
		echo "ok: $what"
	else
		echo "FAIL: $what: $*"
		cat "$tmp/must"
		failed=1
	fi
}

must_not() { # WHAT CMD...
	local what=$1
	shift
	must "$what" not "$@"
}

not() {
	! "$@"
}

# equal ACTUAL EXPECTED, at_least ACTUAL LEAST: say both numbers when they fail.
equal() {
	[ "$1" = "$2" ] || { echo "got '$1', expected '$2'" && false; }
}

at_least() {
	[ "$1" -ge "$2" ] || { echo "got $1, expected at least $2" && false; }
}

wait_for() { # SECONDS CMD...: states are waited for, not seconds
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.2
	done
}
