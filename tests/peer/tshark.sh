#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# tshark.sh IKE_PEER: a registration between two of our programs, captured on the wire; tshark
# decrypts phase 1 and the pull with the cipher key and finds in them what must be there. tshark
# decrypts with the IPsec DOI only, and reads the ID lengths of a SAT as two octets where
# RFC 6407 has one, so nothing behind the KEK's part of the SA payload is looked at.
#
#	a: ike_peer pull 10.98.0.1:848  <---->  b: ike_peer serve 10.98.0.2:848
set -u
# shellcheck source=tests/peer/lib.sh
. "$(dirname "$0")/lib.sh"

peer=$1
psk=open-getvpn-psk
need ip tcpdump tshark
net_up

# field FILTER FIELD...: the fields of the packets that match, after decryption
field() {
	local filter=$1 f args=()
	shift
	for f in "$@"; do
		args+=(-e "$f")
	done
	tshark -n -r "$work/pull.pcap" -d udp.port==848,isakmp \
		-o "uat:ikev1_decryption_table:$key" -Y "$filter" -T fields -E separator=' ' \
		"${args[@]}" 2>>"$work/tshark.log"
}

check() { # WHAT WANT HAVE
	[ "$2" = "$3" ] || fail "$1: wanted \"$2\", tshark says \"$3\""
	n=$((n + 1))
}

run() { # POLICY
	rm -f "$work/pull.pcap"
	start capture ip netns exec "$ns_a" tcpdump -n -i eth0 --immediate-mode -U -Z root -s 0 \
		-w "$work/pull.pcap" udp port 848
	local capture=$last_pid
	wait_line capture "listening on"
	start serve ip netns exec "$ns_b" "$peer" -e "$1" -s "$psk" serve 10.98.0.2:848 10.98.0.1:848
	local server=$last_pid
	wait_line serve ready
	ip netns exec "$ns_a" "$peer" -d 1 -k -e "$1" -s "$psk" pull 10.98.0.1:848 10.98.0.2:848 \
		>"$work/pull.log" 2>&1 || fail "$1: pull"
	wait "$server" || fail "$1: serve"
	key=$(sed -n 's/^key //p' "$work/pull.log")
	# It ends by itself once it has written what it saw.
	for ((i = 0; i < 50; i++)); do
		[ "$(field isakmp frame.number | wc -l)" -ge 10 ] && break
		sleep 0.1
	done
	kill "$capture"
	wait "$capture" 2>/dev/null
}

n=0
for policy in aes128-sha256-19 aes256-sha512-14 3des-sha1-2; do
	run "$policy"
	check "$policy: messages" 10 "$(field isakmp frame.number | wc -l)"
	check "$policy: exchange types" "2 2 2 2 2 2 32 32 32 32" \
		"$(field isakmp isakmp.exchangetype | tr '\n' ' ' | sed 's/ $//')"
	# Message 5 and 6, decrypted: identity and proof.
	check "$policy: identities" "10.98.0.1 10.98.0.2" \
		"$(field 'isakmp.exchangetype == 2 && isakmp.flag_e == 1' isakmp.id.data.ipv4_addr |
			tr '\n' ' ' | sed 's/ $//')"
	# The pull, decrypted: payload types in their order, as far as the policy.
	payloads=$(field 'isakmp.exchangetype == 32' isakmp.typepayload)
	check "$policy: HASH, Nonce, ID" "8,10,5" "$(sed -n 1p <<<"$payloads")"
	check "$policy: HASH, Nonce, SA" "8,10,1" \
		"$(sed -n 2p <<<"$payloads" | cut -d, -f1-3)"
	check "$policy: group number" "00000d05" \
		"$(field 'isakmp.exchangetype == 32' isakmp.id.data.key_id | head -1 | tr -d :)"
	check "$policy: HASH, SEQ, KD" "8,18,17" "$(sed -n 4p <<<"$payloads" | cut -d, -f1-3)"
done
echo "$n findings of tshark in 3 registrations"
