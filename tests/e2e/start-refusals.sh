#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Starts that must fail, each with one clear sentence and exit status 1.
. "$(dirname "$0")/lib.sh"

"$lab" up --idle
getvpnd=$("$lab" program getvpnd)
ks=$("$lab" program getvpn-ks)

refuses() { # PATTERN CMD...
	local pattern=$1 status=0
	shift
	timeout 20 "$@" >"$tmp/refusal" 2>&1 </dev/null || status=$?
	cat "$tmp/refusal"
	equal "$status" 1 && grep -Eq -- "$pattern" "$tmp/refusal"
}

member=(ip netns exec "$GETVPN_LAB-gm1-port" "$getvpnd" -d)

must "the samples are accepted by -n" "$ks" -n -f "$dir/ks1.conf" -c "$dir/ks1.cfg"
must "those of the member too" "$getvpnd" -n -f "$dir/gm1.conf" -c "$dir/gm1.cfg"

sed 's/^ identity number 3333/ identity numbr 3333/' "$dir/ks1.cfg" >"$tmp/bad.cfg"
line=$(grep -n numbr "$tmp/bad.cfg" | cut -d: -f1)
must "a bad line: file, line" refuses "bad\.cfg:$line:" "$ks" -n -f "$dir/ks1.conf" -c "$tmp/bad.cfg"
must "and a caret under the word" grep -Eq '^ +\^' "$tmp/refusal"
must "a real start refuses it too" refuses "bad\.cfg:$line:" \
	ip netns exec "$GETVPN_LAB-ks1" "$ks" -d -f "$dir/ks1.conf" -c "$tmp/bad.cfg"
must "a missing file" refuses 'no-such\.cfg' "$ks" -n -f "$dir/ks1.conf" -c "$tmp/no-such.cfg"
printf 'socket = "a";\nsockets = "b";\n' >"$tmp/bad.conf"
must "an unknown key of the platform file" refuses 'bad\.conf:2: ' "$ks" -n -f "$tmp/bad.conf" -c "$dir/ks1.cfg"
printf 'socket = "a"\nlog\n' >"$tmp/bad.conf"
must "a platform file that does not parse" refuses 'bad\.conf:[0-9]+: ' "$ks" -n -f "$tmp/bad.conf" -c "$dir/ks1.cfg"

sed 's/iface=lan/iface=nosuch/' "$dir/gm1.conf" >"$tmp/port.conf"
must "a port that is not there" refuses 'Ethernet0/0|nosuch' "${member[@]}" -f "$tmp/port.conf" -c "$dir/gm1.cfg"
sed 's/^lcores = .*/lcores = "0@0,1@999";/' "$dir/gm1.conf" >"$tmp/cores.conf"
must "a core that is not there" refuses '999|core' "${member[@]}" -f "$tmp/cores.conf" -c "$dir/gm1.cfg"
sed 's/^hugepages = .*/hugepages = true;/; s/^memory_mib = .*/memory_mib = 65536;/' "$dir/gm1.conf" >"$tmp/huge.conf"
must "hugepages that are not there" refuses 'hugepage|memory' "${member[@]}" -f "$tmp/huge.conf" -c "$dir/gm1.cfg"

"$lab" start ks1
must "a second instance on the same socket" refuses 'running|in use' \
	ip netns exec "$GETVPN_LAB-ks1" "$ks" -d -f "$dir/ks1.conf" -c "$dir/ks1.cfg"
must "the first one still answers" says ks1 'show clock' '[0-9]:[0-9]'
must "a socket folder that is not there" refuses 'no-such-folder' \
	ip netns exec "$GETVPN_LAB-ks1" "$ks" -d -f <(sed "s,^socket = .*,socket = \"$tmp/no-such-folder/s\";," "$dir/ks1.conf") -c "$dir/ks1.cfg"
mkdir "$tmp/own" && cp "$dir/ks1.conf" "$dir/ks1.cfg" "$tmp/own/" && chmod -R a+rX "$tmp"
must "a user who may not" refuses 'ermission|not permitted|root' \
	setpriv --reuid 65534 --regid 65534 --clear-groups "$ks" -d -f "$tmp/own/ks1.conf" -c "$tmp/own/ks1.cfg"
must "a key server without a group member's file" refuses 'no-such' "${member[@]}" -f "$tmp/no-such.conf" -c "$dir/gm1.cfg"
