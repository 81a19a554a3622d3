#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# bats file_tags=waits
#
# What `netprobe scan --where` says of several addresses of one host: they are as far away as each other, whatever the
# host's limit of ICMP errors, which they share, leaves for each.

bats_require_minimum_version 1.5.0
load where.bash

# addresses FAMILY: four of the server's, as targets
addresses() {
    local octet

    for octet in 3 4 5; do
        if [ "$1" = 4 ]; then
            on server ip addr replace 10.77.2.$octet/24 dev s0
        else
            on server ip addr replace fd77:2::$octet/64 dev s0 nodad
        fi
    done
    if [ "$1" = 4 ]; then echo 10.77.2.2-5; else echo fd77:2::2 fd77:2::3 fd77:2::4 fd77:2::5; fi
}

# all_of NAME: every silent port has a place, which is the right one. Where the host had no error left for an address, its
# port 7000 is among the silent ones, and its distance may be unknown, but it is not another one.
all_of() {
    jq -c 'select(.where) | .where | [.last, .hop, .hops]' "$LAB_DIR/$1.json" | sort | uniq -c
    is "$1" 'map(select(.type == "port" and .where)) | length >= 12 and any(.where.hops == 4)
        and all(.where | .hop == 3 and (.hops == 4 or .hops == null))'
}

# all_known NAME: of each address
all_known() {
    all_of "$1"
    is "$1" 'map(select(.type == "port" and .where)) | length == 12 and all(.where.hops == 4)'
}

@test "TCP: every address has its distance, with limits" {
    local family

    for family in 4 6; do
        read -ra targets <<<"$(addresses $family)"
        drops server input 7001-7003
        lab_icmp_limit default
        scan tcp$family -p 7000-7003 "${targets[@]}"
        lab_icmp_limit none
        all_known tcp$family
        on server nft flush ruleset
    done
}

@test "UDP: every address has its distance, without limits" {
    local family

    for family in 4 6; do
        read -ra targets <<<"$(addresses $family)"
        drops server input 7001-7003
        scan udp$family --udp -p 7000-7003 "${targets[@]}"
        all_known udp$family
        on server nft flush ruleset
    done
}

@test "UDP: every address has its distance while the host limits its errors for all of them" {
    local family

    for family in 4 6; do
        read -ra targets <<<"$(addresses $family)"
        drops server input 7001-7003
        lab_icmp_limit default
        scan udp$family --udp --icmp-wait 5s -p 7000-7003 "${targets[@]}"
        lab_icmp_limit none
        all_of udp$family
        on server nft flush ruleset
    done
}
