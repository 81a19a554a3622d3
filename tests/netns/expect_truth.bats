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

# out_of_ports: the client has two local ports, both of which are taken
out_of_ports() {
    on client sh -c 'echo "40000 40001" >/proc/sys/net/ipv4/ip_local_port_range'
    lab_listen client 0.0.0.0 40000 40001
}

@test "what could not be asked is not told, whatever was expected; as it was before is no expectation" {
    local port_range listener status=0

    port_range=$(on client cat /proc/sys/net/ipv4/ip_local_port_range)
    out_of_ports
    listener=$LAB_PID
    on client timeout 60 "$LAB_NETPROBE" scan -j -o "$LAB_DIR/expected" -p 22,80 "$LAB_SERVER4" || status=$?
    [ $status = 2 ]
    compares 2 "22 unproved unproved not told
80 unproved unproved not told"
    printf '%s\n' "$LAB_SERVER4 22 closed" "$LAB_SERVER4 80 open,closed" "$LAB_SERVER4 81 closed,unproved" \
        "$LAB_SERVER4 82 all" >"$LAB_DIR/lines"
    mv "$LAB_DIR/expected" "$LAB_DIR/before"
    cp "$LAB_DIR/lines" "$LAB_DIR/expected"
    compares 2 "22 closed unproved not told
80 open,closed unproved not told"
    kill "$listener"
    on client sh -c "echo '$port_range' >/proc/sys/net/ipv4/ip_local_port_range"
    compares 0 ""
    cp "$LAB_DIR/before" "$LAB_DIR/expected"
    compares 2 "22 unproved closed not told
80 unproved open not told"
}

@test "silence where a router limits its ICMP errors contradicts no line that has unreachable among its states" {
    local states silent port

    lab_icmp_limit none
    on router nft -f - <<'END'
table inet limits {
    chain forward {
        type filter hook forward priority 0
        tcp dport 101-105 reject with icmp type host-unreachable
        tcp dport 106-107 drop
    }
}
END
    for states in unreachable closed,unreachable open,closed,unreachable; do
        echo "$LAB_SERVER4 101-107 $states" >"$LAB_DIR/expected"
        silent=$(printf '%s filtered not told\n' "106 $states" "107 $states")
        compares 2 "$silent" --icmp-wait 1s
    done
    # a RST is no ICMP error
    echo "$LAB_SERVER4 106,107 closed" >"$LAB_DIR/expected"
    compares 1 "106 closed filtered differs
107 closed filtered differs" -p 106,107
    printf '%s\n' "$LAB_SERVER4 101-105 all" "$LAB_SERVER4 106,107 closed" >"$LAB_DIR/expected"
    compares 1 "106 closed filtered differs
107 closed filtered differs" --icmp-wait 1s
    # what was not proved before is not told, whatever is found now
    {
        echo '{"type":"run","schema":1,"command":"scan"}'
        for port in 101 106; do
            echo '{"type":"port","addr":"'"$LAB_SERVER4"'","proto":"tcp","port":'$port',"state":"unproved","reason":"timeout"}'
        done
    } >"$LAB_DIR/expected"
    compares 2 "101 unproved unreachable not told
106 unproved filtered not told" --icmp-wait 1s
    on router nft delete table inet limits
}
