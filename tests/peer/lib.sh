# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the scripts against programs of others share: two namespaces with a veth between them,
#
#	gvt-ike-PID-a  10.98.0.1/30 ---- 10.98.0.2/30  gvt-ike-PID-b
#
# processes that are ended by the script that started them, waiting for lines instead of seconds.

SKIP=77
work=$(mktemp -d "${TMPDIR:-/tmp}/gvt-peer-XXXXXX")
ns_a=gvt-ike-$$-a ns_b=gvt-ike-$$-b
pids=()

skip() {
	echo "skipped: $*"
	exit "$SKIP"
}

fail() {
	echo "FAILED: $*"
	for f in "$work"/*.log; do
		[ -s "$f" ] && echo "---- ${f##*/}" && tail -40 "$f"
	done
	exit 1
}

need() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip "no $tool"
	done
	[ "$(id -u)" -eq 0 ] || skip "needs root for network namespaces"
}

cleanup() {
	local pid
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null
	done
	for pid in "${pids[@]}"; do
		wait "$pid" 2>/dev/null
	done
	ip netns del "$ns_a" 2>/dev/null
	ip netns del "$ns_b" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

net_up() {
	ip netns add "$ns_a" && ip netns add "$ns_b" || skip "no network namespaces here"
	ip link add eth0 netns "$ns_a" type veth peer name eth0 netns "$ns_b"
	ip -n "$ns_a" addr add 10.98.0.1/30 dev eth0
	ip -n "$ns_b" addr add 10.98.0.2/30 dev eth0
	local ns
	for ns in "$ns_a" "$ns_b"; do
		ip -n "$ns" link set lo up
		ip -n "$ns" link set eth0 up
	done
}

# start NAME COMMAND...: in the background, output to NAME.log
start() {
	local name=$1
	shift
	"$@" >"$work/$name.log" 2>&1 &
	pids+=($!)
	last_pid=$!
}

# wait_line NAME TEXT [SECONDS]: until NAME.log has a line with TEXT
wait_line() {
	local i
	for ((i = 0; i < ${3:-10} * 20; i++)); do
		grep -q -- "$2" "$work/$1.log" && return 0
		sleep 0.05
	done
	fail "no \"$2\" in $1.log"
}
