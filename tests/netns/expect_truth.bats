#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031 # each test is a subshell
#
# What `netprobe scan --expect` makes of ports of a network: link-local addresses, routers that limit their
# ICMP errors, a machine that cannot ask.

bats_require_minimum_version 1.5.0
load lab.bash

setup_file() {
    if ! lab_possible; then
        export LAB_SKIP=$LAB_WHY_NOT
        return 0
    fi
    lab_up
    [ -x "$LAB_NETPROBE" ] || { echo "there is no netprobe: make first" >&2; return 1; }
    lab_listen server :: 80 443
}

teardown_file() {
    lab_down
}

setup() {
    [ -z "${LAB_SKIP:-}" ] || skip "$LAB_SKIP"
}

# compares STATUS VERDICTS ARGUMENT...: with the file `expected`; a line for each port that is not as expected
compares() {
    local status=0 wanted=$2 expected=$1 verdicts
    shift 2
    on client timeout 60 "$LAB_NETPROBE" scan -j --expect "$LAB_DIR/expected" "$@" >"$LAB_DIR/told.json" || status=$?
    verdicts=$(jq -r 'select(.type == "difference") | "\(.port) \(.expected // ["-"] | join(",")) \(.found // "-") \(.verdict)"' \
        "$LAB_DIR/told.json" | sort)
    [ "$verdicts" = "$wanted" ] || { cat "$LAB_DIR/told.json"; return 1; }
    [ $status = "$expected" ] || { echo "exit status $status"; return 1; }
}

@test "a line with a zone leaves what a line without one says of other ports" {
    local address

    address=$(on router ip -6 -o addr show dev r0 scope link | grep -o 'fe80[0-9a-f:]*' | head -n 1)
    on router nft -f - <<'END'
table inet drops {
    chain input {
        type filter hook input priority 0
        tcp dport 81 drop
    }
}
END
    printf '%s\n' "$address%c0 22 closed" "$address 80-81 closed" >"$LAB_DIR/expected"
    compares 1 "81 closed filtered differs" -p 22,80,81 -w 300ms --retries 1 "$address%c0"
    printf '%s\n' "$address%c0 22 closed" "$address - closed" >"$LAB_DIR/expected"
    compares 1 "81 closed filtered differs" -p 22,80,81 -w 300ms --retries 1 "$address%c0"
    on router nft delete table inet drops
}
