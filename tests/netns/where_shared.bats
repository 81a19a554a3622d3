#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2086 # each test is a subshell; roles and addresses are one word
#
# What `netprobe scan --where` says where routers share flows among several ways, and a hop of one of them never
# answers.

bats_require_minimum_version 1.5.0
load where.bash

@test "a hop that answers one flow in six is found: the port is not said to be dropped before it" {
    local inner=@th,240,16 # the port in the packet that an ICMP error quotes

    begin_mute_service
    lab_nft router3 "table ip few { chain c { type filter hook output priority 0
        icmp type time-exceeded $inner $MUTE numgen inc mod 6 < 5 drop
        }; }"
    scan udp --udp -p "7000,$MUTE" "$LAB_SERVER4"
    where_is udp $MUTE "\"$LAB_THIRD4\"" 3 4 \
        "reaches $LAB_THIRD4 (hop 3 of 4), the last before the target: dropped at or after it, or not answered"
}

# A second way beside router2, by a namespace `beside`.
two_ways() {
    local role

    lab_namespace beside
    lab_sysctl beside net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0
    lab_wire router r2 10.77.14.1 fd77:14::1 beside r0 10.77.14.2 fd77:14::2
    lab_wire beside r1 10.77.43.1 fd77:43::1 router3 r2 10.77.43.2 fd77:43::2
    for role in router router3 beside; do
        lab_sysctl $role net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.r0.rp_filter=0 net.ipv4.conf.r1.rp_filter=0 \
            net.ipv4.conf.r2.rp_filter=0 net.ipv4.fib_multipath_hash_policy=1
    done
    on beside ip route add 10.77.1.0/24 via 10.77.14.1
    on beside ip route add 10.77.2.0/24 via 10.77.43.2
    on router ip route add 10.77.2.0/24 nexthop via $LAB_SECOND4 nexthop via 10.77.14.2
}

# Each flow goes by the one or by the other. A port is said to end before both when all its flows went by the one that
# keeps silent, seven at the least: one of 128. More than 3 of 24 then: 4e-5.
@test "two equal ways, of which one has a hop that never answers: ports are not said to be dropped before it" {
    local name octet

    for octet in 3 4; do on server ip addr add 10.77.2.$octet/24 dev s0; done
    drops server input 7001-7008
    keeps_silent router2
    keeps_silent router3
    two_ways
    scan tcp -p 7000-7008 10.77.2.2-4 3>&- &
    scan udp --udp -p 7000-7008 10.77.2.2-4
    wait $!
    for name in tcp udp; do
        is $name '[.[] | select(.where)] | length == 24 and all(.[]; .where.hop <= 2)'
        is $name '[.[] | select(.where.last == "'"$LAB_ROUTER4"'")] | length <= 3'
    done
    ip netns del "$LAB-beside"
}
