#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The samples of config/ are accepted as they are, and the units start what exists.
. "$(dirname "$0")/lib.sh"

must "group member" "$("$lab" program getvpnd)" -n -f "$top/config/getvpnd.conf" -c "$top/config/startup-gm.cfg"
for cfg in ks ks1 ks2; do
	must "key server: startup-$cfg.cfg" "$("$lab" program getvpn-ks)" -n \
		-f "$top/config/getvpn-ks.conf" -c "$top/config/startup-$cfg.cfg"
done
build=${GETVPN_BUILD:-$top/build}
for name in getvpnd getvpn-ks; do
	unit=$build/config/$name.service
	must "$name.service starts $name" grep -Eq "^ExecStart=/[a-z/]*/$name -d " "$unit"
	must "$name.service waits until it says that it is ready" grep -q '^Type=notify$' "$unit"
done
