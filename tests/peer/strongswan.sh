#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# strongswan.sh IKE_PEER: phase 1 main mode with a pre-shared key against strongSwan, both ways,
# with several suites and both DOIs. strongSwan sits on port 500: on any other it expects a marker
# in front of IKE.
#
#	a: ike_peer 10.98.0.1:848  <---->  b: charon 10.98.0.2:500
set -u
# shellcheck source=tests/peer/lib.sh
. "$(dirname "$0")/lib.sh"

peer=$1
psk=open-getvpn-psk
charon=$(command -v charon-systemd || echo /usr/sbin/charon-systemd)
need ip swanctl
[ -x "$charon" ] || skip "no charon-systemd"
net_up

vici=unix://$work/vici
cat >"$work/strongswan.conf" <<EOF
charon-systemd {
	load_modular = yes
	plugins {
		include /etc/strongswan.d/charon/*.conf
		vici { socket = $vici }
		bypass-lan { load = no }
		resolve { load = no }
	}
	retransmit_tries = 2
	install_routes = no
	filelog {
		stdout {
			path = $work/charon.log
			ike = 2
			flush_line = yes
		}
	}
	syslog { }
}
EOF
# charon as responder takes the first connection that fits the addresses: one at a time.
load() { # NAME PROPOSAL
	cat >"$work/swanctl.conf" <<EOF
connections {
	$1 {
		version = 1
		local_addrs = 10.98.0.2
		remote_addrs = 10.98.0.1
		local_port = 500
		remote_port = 848
		proposals = $2
		local {
			auth = psk
			id = 10.98.0.2
		}
		remote {
			auth = psk
			id = 10.98.0.1
		}
	}
}
secrets {
	ike { secret = $psk }
}
EOF
	swan --load-all --file "$work/swanctl.conf" >"$work/load.log" 2>&1 ||
		fail "swanctl --load-all"
}
suites=(aes256-sha256-14:aes256-sha256-modp2048 aes128-sha1-2:aes128-sha1-modp1024
	aes128-sha512-19:aes128-sha512-ecp256 aes192-sha384-14:aes192-sha384-modp2048
	3des-sha1-2:3des-sha1-modp1024)

start charon ip netns exec "$ns_b" env STRONGSWAN_CONF="$work/strongswan.conf" "$charon"
for ((i = 0; i < 100; i++)); do
	[ -S "$work/vici" ] && break
	sleep 0.1
done
[ -S "$work/vici" ] || skip "charon does not start here: $(tail -1 "$work/charon.log")"
swan() {
	ip netns exec "$ns_b" env STRONGSWAN_CONF="$work/strongswan.conf" swanctl "$@" --uri "$vici"
}

n=0
for s in "${suites[@]}"; do
	ours=${s%%:*}
	load "$ours" "${s##*:}"
	for doi in 1 2; do
		ip netns exec "$ns_a" "$peer" -d "$doi" -e "$ours" -s "$psk" initiate \
			10.98.0.1:848 10.98.0.2:500 >"$work/initiate.log" 2>&1 ||
			fail "$ours: our initiator, DOI $doi"
		grep -q "established with 10.98.0.2:500, identity type 1 of 4 octets" \
			"$work/initiate.log" || fail "$ours: no identity"
		n=$((n + 1))
	done
	# charon would use the SA it has instead of making one.
	swan --terminate --ike "$ours" --force --timeout 2 >/dev/null 2>&1
	start respond ip netns exec "$ns_a" "$peer" -e "$ours" -s "$psk" respond \
		10.98.0.1:848 10.98.0.2:500
	responder=$last_pid
	wait_line respond ready
	swan --initiate --ike "$ours" --timeout 10 >"$work/swanctl.log" 2>&1 ||
		fail "$ours: our responder"
	wait "$responder" || fail "$ours: our responder did not establish"
	grep -q "established with 10.98.0.2:500" "$work/respond.log" || fail "$ours: responder"
	swan --terminate --ike "$ours" --force --timeout 1 >/dev/null 2>&1
	n=$((n + 1))
done

# A wrong key must fail.
load aes256-sha256-14 aes256-sha256-modp2048
ip netns exec "$ns_a" "$peer" -t 6 -e aes256-sha256-14 -s "not the key" initiate \
	10.98.0.1:848 10.98.0.2:500 >"$work/wrong.log" 2>&1 && fail "wrong key accepted"
grep -q "established" "$work/wrong.log" && fail "wrong key established"
echo "$n phase 1 exchanges with strongSwan, wrong key refused"
