#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# bats file_tags=alone
#
# More dead neighbours than the kernel remembers (gc_thresh3). All namespaces share that table: while these tests fill it
# nobody else finds anybody new, which is why this file is run alone.

bats_require_minimum_version 1.5.0
load lab.bash

make_lab() {
    lab_up direct
    on client ip addr add 10.78.0.1/20 dev c0
}

lab_tests make_lab

# states NAME: how many ports have which state and reason
states() {
    jq -r 'select(.type == "port") | [.state, .reason] | join(" ")' "$LAB_DIR/$1.json" | sort | uniq -c | sed 's/^ *//'
}

# scanned NAME ARGUMENTS...: two ports of each
scanned() {
    local name=$1

    shift
    on client timeout 100 "$LAB_NETPROBE" scan -j -p 53,7001 "$@" >"$LAB_DIR/$name.json" 2>/dev/null || [ $? -le 2 ]
}

@test "every dead neighbour is unreachable, by ARP, over TCP" {
    scanned tcp 10.78.0.2-10.78.11.250
    same "$(states tcp)" "6130 unreachable arp"
}

@test "every dead neighbour is unreachable, by ARP, over UDP" {
    scanned udp --udp 10.78.0.2-10.78.7.250
    same "$(states udp)" "4082 unreachable arp"
}
