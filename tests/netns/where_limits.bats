#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# bats file_tags=waits
# shellcheck disable=SC2030,SC2031,SC2086 # each test is a subshell; ports are one word
#
# What `netprobe scan --where` says where routers and targets limit their ICMP errors, as Linux does, and how long it
# goes on with that.

bats_require_minimum_version 1.5.0
load where.bash

@test "routers that limit their errors as Linux does: eight silent ports are found all the same" {
    local name port last words

    lab_icmp_limit default
    drops server input 7001-7008
    scan tcp4 -p 7000-7008 "$LAB_SERVER4"
    scan tcp6 -p 7000-7008 "$LAB_SERVER6"
    scan udp4 --udp -p 7000-7008 "$LAB_SERVER4"
    scan udp6 --udp -p 7000-7008 "$LAB_SERVER6"
    lab_icmp_limit none
    for name in tcp4 tcp6 udp4 udp6; do
        last=$LAB_THIRD4
        [[ $name = *4 ]] || last=$LAB_THIRD6
        words="dropped at or after $last (hop 3 of 4)"
        [[ $name = tcp* ]] ||
            words="reaches $last (hop 3 of 4), the last before the target: dropped at or after it, or not answered"
        for port in 7001 7002 7003 7004 7005 7006 7007 7008; do
            where_is $name $port "\"$last\"" 3 4 "$words"
        done
    done
}

@test "the same of four addresses, which share the routers: one after the other, as the limit is met" {
    local last octet

    for octet in 3 4 5; do on server ip addr add 10.77.2.$octet/24 dev s0; done
    lab_icmp_limit default
    drops server input 7001-7003
    scan tcp4 -p 7000-7003 10.77.2.2-5
    lab_icmp_limit none
    last="[\"$LAB_THIRD4\",3,4]"
    same "$(jq -c 'select(.where) | .where | [.last, .hop, .hops]' "$LAB_DIR/tcp4.json" | sort | uniq -c | xargs)" \
        "12 $(xargs <<<"$last")"
}

@test "ports of one address that are dropped at four places, with limits" {
    local family last at

    drops router forward '{ 7001, 7005 }'
    drops router2 forward '{ 7002, 7006 }'
    drops router3 forward '{ 7003, 7007 }'
    drops server input '{ 7004, 7008 }'
    for family in 4 6; do
        lab_icmp_limit default
        scan tcp$family -p 7000-7008 "$(target $family)"
        scan udp$family --udp -p 7000-7008 "$(target $family)"
        lab_icmp_limit none
        at=(7001 1 7002 2 7003 3 7004 3 7005 1 7006 2 7007 3 7008 3)
        for last in "tcp$family" "udp$family"; do
            same "$last $(jq -r 'select(.where) | .port, .where.hop' "$LAB_DIR/$last.json" | xargs -n 2 | sort | xargs)" \
                "$last ${at[*]}"
        done
    done
}

# rejects ROLE PORTS: what it should forward
rejects() {
    lab_nft "$1" "table inet t { chain c { type filter hook forward priority 0
        meta l4proto { tcp, udp } th dport $2 reject with icmpx type admin-prohibited
        }; }"
}

# nothing_is_dropped NAME LAST...: no port is said to be dropped before it came to one of LAST
nothing_is_dropped() {
    local name=$1 last

    shift
    last=$(printf '%s\n' "$@" | jq -R . | jq -sc .)
    is "$name" "map(select(.where)) | all(.where.last as \$l | $last | index(\$l))"
    is "$name" 'map(select(.where and .proto == "tcp") | .detail)
        | all((contains("dropped at or after") and contains("limit")) | not)'
}

@test "a router in the middle rejects ports of many addresses, with limits: nobody before it drops them" {
    local octet

    for octet in 3 4 5 6; do on server ip addr add 10.77.2.$octet/24 dev s0 2>/dev/null || true; done
    lab_icmp_limit default
    rejects router2 '{ 7001, 7002, 7003 }'
    scan tcp4 -p 7000-7004 10.77.2.2-6
    scan udp4 --udp --icmp-wait 3s -p 7000-7004 10.77.2.2-6
    nothing_is_dropped tcp4 "$LAB_SECOND4" "$LAB_THIRD4"
    nothing_is_dropped udp4 "$LAB_SECOND4" "$LAB_THIRD4"
    lab_icmp_limit none
}

@test "UDP: a port that is rejected on the way while its way is looked for is filtered, by whom" {
    local name last

    # not told for the first questions, which the scan sends
    for name in 4 6; do
        lab_nft router2 "table inet t { chain c { type filter hook forward priority 0
            udp dport $SILENT ip6 hoplimit > 5 drop
            udp dport $SILENT ip ttl > 5 drop
            udp dport $SILENT reject with icmpx type admin-prohibited
            }; }"
        scan udp$name --udp -p $SILENT "$(target $name)"
        last=$LAB_SECOND4
        [ $name = 4 ] || last=$LAB_SECOND6
        is udp$name "map(select(.type == \"port\"))[0] | .state == \"filtered\" and .reason == \"icmp\" and
            .from == \"$last\" and .icmp.name == \"admin-prohibited\" and .where == null"
        is udp$name 'map(select(.type == "summary"))[0] | .counts.filtered == 1'
    done
}

@test "UDP: the distance is the right one while the target limits its errors" {
    command -v socat >/dev/null || skip "socat is not installed"
    begin_mute_service
    lab_icmp_limit default
    for _ in 1 2; do
        scan udp4 --udp --icmp-wait 3s -p 7000,7001,7002,7003,7004,7005,7006,7008,$MUTE "$LAB_SERVER4"
        is udp4 "map(select(.port == $MUTE))[0].where | .hops == 4 and .hop == 3"
    done
    lab_icmp_limit none
    kill "$LAB_PID"
}

# longer_with_where PORTS: milliseconds
longer_with_where() {
    local began before after

    began=${EPOCHREALTIME/./}
    on client "$LAB_NETPROBE" scan --json -p "$1" "$LAB_SERVER4" >/dev/null || true
    before=$((${EPOCHREALTIME/./} - began))
    began=${EPOCHREALTIME/./}
    scan tcp4 -p "$1" "$LAB_SERVER4"
    after=$((${EPOCHREALTIME/./} - began))
    echo "$before us without, $after us with --where" >&2
    echo $(((after - before) / 1000))
}

# The next two are of walks that must not follow each other: bounds far from the 3 s and 6 s that these take.

@test "eight silent ports are followed at once" {
    drops router forward 7001-7008
    [ "$(longer_with_where 7000-7008)" -lt 10000 ]
}

@test "eight silent ports wait a second for each error that the limit holds back, not for all of them each" {
    drops router forward 7001-7008
    lab_icmp_limit default
    longer=$(longer_with_where 7000-7008)
    lab_icmp_limit none
    [ "$longer" -lt 15000 ]
}
