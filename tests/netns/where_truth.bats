#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# bats file_tags=waits
# shellcheck disable=SC2030,SC2031,SC2086,SC2153 # each test is a subshell; ports are one word
#
# What `netprobe scan --where` says of packets that are dropped somewhere on a way of three routers: for TCP and for
# UDP, over IPv4 and over IPv6.

bats_require_minimum_version 1.5.0
load where.bash

# ---- many in one line

@test "a table that counts its silent ports says where they end, and what UDP silence proves" {
    local silent=7001-7015

    drops router2 forward 7001-7015
    on client timeout 120 "$LAB_NETPROBE" scan --where -p "7000,$silent" "$LAB_SERVER4" >"$LAB_DIR/tcp.txt" ||
        [ $? = 1 ]
    same "$(grep filtered "$LAB_DIR/tcp.txt")" \
        "15 filtered (timeout); 8 followed: dropped at or after $LAB_SECOND4 (hop 2 of 4)"
    on client timeout 120 "$LAB_NETPROBE" scan --udp --where -p "7000,$silent" "$LAB_SERVER4" >"$LAB_DIR/udp.txt" ||
        [ $? = 1 ]
    grep -E "^15 open\|filtered \(timeout; proved by closed ports answered beside them, 9[0-9](-9[0-9])? %\); 8 followed: dropped at or after $LAB_SECOND4 \(hop 2 of 4\)$" \
        "$LAB_DIR/udp.txt" || { cat "$LAB_DIR/udp.txt" && false; }
}

# ---- who drops

@test "router 1 drops what it should forward" {
    drops router forward
    scan_all 7000,$SILENT
    dropped_at "$LAB_ROUTER4" "$LAB_ROUTER6" 1 4
}

@test "router 2 drops what it should forward" {
    drops router2 forward
    scan_all 7000,$SILENT
    dropped_at "$LAB_SECOND4" "$LAB_SECOND6" 2 4
}

@test "router 3 drops what it should forward" {
    drops router3 forward
    scan_all 7000,$SILENT
    reaches_the_last "$LAB_THIRD4" "$LAB_THIRD6" 3 4
}

@test "router 2 drops before it looks at the TTL: the last hop is the one before" {
    drops router2 prerouting
    scan_all 7000,$SILENT
    dropped_at "$LAB_ROUTER4" "$LAB_ROUTER6" 1 4
}

@test "router 1 drops before it looks at the TTL: no hop is seen, though it is there" {
    local name

    drops router prerouting
    scan_all 7000,$SILENT
    for name in tcp4 tcp6 udp4 udp6; do
        where_is $name $SILENT null null 4 "dropped at or before the first hop that lets itself be seen"
    done
}

@test "the target drops what comes in" {
    drops server input
    scan_all 7000,$SILENT
    reaches_the_last "$LAB_THIRD4" "$LAB_THIRD6" 3 4
}

@test "an open port tells the distance as well as a closed one" {
    lab_listen server :: 80
    drops server input '!= 80'
    scan tcp4 -p 80,$SILENT "$LAB_SERVER4"
    where_is tcp4 $SILENT "\"$LAB_THIRD4\"" 3 4 "dropped at or after $LAB_THIRD4 (hop 3 of 4)"
}

@test "no port answers: the distance is not known" {
    drops server input 1-65535
    scan_all $SILENT
    no_word_beyond "$LAB_THIRD4" "$LAB_THIRD6" 3
}

@test "a router refuses: it is known who, and nothing is looked for" {
    local name

    lab_nft router2 "table inet t { chain c { type filter hook forward priority 0
        meta l4proto { tcp, udp } th dport $SILENT reject with icmpx type admin-prohibited
        }; }"
    scan_all 7000,$SILENT
    for name in tcp4 tcp6 udp4 udp6; do
        is $name "map(select(.type == \"port\" and .port == $SILENT))[0] |
            .state == \"filtered\" and .reason == \"icmp\" and .where == null and (.detail | contains(\"hop\") | not)"
    done
    is tcp4 "map(select(.type == \"port\" and .port == $SILENT))[0].from == \"$LAB_SECOND4\""
    is udp6 "map(select(.type == \"port\" and .port == $SILENT))[0].from == \"$LAB_SECOND6\""
}

@test "this machine's own firewall drops: nothing is looked for on the way" {
    local name

    drops client output
    scan_all 7000,$SILENT
    for name in tcp4 tcp6 udp4 udp6; do
        is $name "map(select(.type == \"port\" and .port == $SILENT))[0] | .reason == \"local\" and .where == null"
    done
}

@test "the target is next door: no hop can have dropped it" {
    drops router input
    scan tcp4 -p 7000,$SILENT "$LAB_ROUTER4"
    where_is tcp4 $SILENT null null 1 "dropped by the target itself, or here: no hop is between"
    scan udp6 --udp -p 7000,$SILENT "$LAB_ROUTER6"
    where_is udp6 $SILENT null null 1 "no hop is between: dropped by the target or here, or not answered"
}

# ---- nobody drops anything: a service that never answers

@test "UDP: a service that never answers is not said to be dropped" {
    local last name

    command -v socat >/dev/null || skip "socat is not installed"
    begin_mute_service
    # beside it one that is really dropped
    drops router2 forward 7002
    scan udp4 --udp -p 7000,7002,$MUTE "$LAB_SERVER4"
    scan udp6 --udp -p 7000,7002,$MUTE "$LAB_SERVER6"
    kill "$LAB_PID"
    where_is udp4 7002 "\"$LAB_SECOND4\"" 2 4 "dropped at or after $LAB_SECOND4 (hop 2 of 4)"
    where_is udp6 7002 "\"$LAB_SECOND6\"" 2 4 "dropped at or after $LAB_SECOND6 (hop 2 of 4)"
    for name in udp4 udp6; do
        last=$LAB_THIRD4
        [ $name = udp4 ] || last=$LAB_THIRD6
        where_is $name $MUTE "\"$last\"" 3 4 \
            "reaches $last (hop 3 of 4), the last before the target: dropped at or after it, or not answered"
    done
}

@test "UDP: nor is it where the routers before it keep silent" {
    command -v socat >/dev/null || skip "socat is not installed"
    begin_mute_service
    keeps_silent router2
    keeps_silent router3
    scan udp4 --udp -p 7000,$MUTE "$LAB_SERVER4"
    scan udp6 --udp -p 7000,$MUTE "$LAB_SERVER6"
    kill "$LAB_PID"
    where_is udp4 $MUTE "\"$LAB_ROUTER4\"" 1 4 "no word from beyond $LAB_ROUTER4 (hop 1 of 4): dropped, or not answered"
    where_is udp6 $MUTE "\"$LAB_ROUTER6\"" 1 4 "no word from beyond $LAB_ROUTER6 (hop 1 of 4): dropped, or not answered"
}

@test "UDP: the distance is known from a closed port that was asked beside those that were named" {
    drops router forward
    scan udp4 --udp -p $SILENT "$LAB_SERVER4"
    scan udp6 --udp -p $SILENT "$LAB_SERVER6"
    is udp4 'map(select(.type == "port")) | length == 1'
    where_is udp4 $SILENT "\"$LAB_ROUTER4\"" 1 4 "dropped at or after $LAB_ROUTER4 (hop 1 of 4)"
    where_is udp6 $SILENT "\"$LAB_ROUTER6\"" 1 4 "dropped at or after $LAB_ROUTER6 (hop 1 of 4)"
}

# ---- who keeps silent

@test "a silent router in between is passed over" {
    keeps_silent router2
    drops router3 forward
    scan_all 7000,$SILENT
    reaches_the_last "$LAB_THIRD4" "$LAB_THIRD6" 3 4
}

@test "a silent router that drops is after the last that answers" {
    keeps_silent router2
    drops router2 forward
    scan_all 7000,$SILENT
    dropped_at "$LAB_ROUTER4" "$LAB_ROUTER6" 1 4
}

@test "a silent router just before the target" {
    keeps_silent router3
    drops server input
    scan_all 7000,$SILENT
    no_word_beyond "$LAB_SECOND4" "$LAB_SECOND6" 2 4
}

@test "all routers keep silent: no hop lets itself be seen, the distance is known all the same" {
    local family

    keeps_silent router
    keeps_silent router2
    keeps_silent router3
    drops server input
    scan_all 7000,$SILENT
    for family in 4 6; do
        where_is "tcp$family" $SILENT null null 4 "no hop on the way lets itself be seen"
        where_is "udp$family" $SILENT null null 4 "no hop on the way lets itself be seen"
    done
}

# ---- limits, and how long it takes

@test "of many silent ports eight are followed" {
    drops server input 7001-7030
    scan tcp4 -p 7000-7030 "$LAB_SERVER4"
    is tcp4 'map(select(.type == "port" and .state == "filtered")) | length == 30 and (map(select(.where)) | length == 8)'
}

@test "the progress line says how many ports are being located" {
    command -v script >/dev/null || skip "script is not installed"
    drops router forward 7001-7008
    on client env LC_ALL=C.UTF-8 TERM=xterm timeout 60 script -qec \
        "stty cols 120 rows 24; $LAB_NETPROBE scan --where -p 7000-7008 $LAB_SERVER4" \
        /dev/null </dev/null 3>&- 4>&- | tr '\r' '\n' >"$LAB_DIR/seen"
    grep -F "9/9 ports  100.0%" "$LAB_DIR/seen" | grep -qF '(8 ports to locate)'
}

# ---- as it is used

@test "an ordinary user is told the same" {
    lab_other_users_possible || skip "no other user can be had here"
    drops router2 forward
    on_as_user client timeout 60 "$LAB_NETPROBE" scan --json --where -p 7000,$SILENT "$LAB_SERVER4" \
        >"$LAB_DIR/tcp4.json" 2>"$LAB_DIR/tcp4.err" || true
    where_is tcp4 $SILENT "\"$LAB_SECOND4\"" 2 4 "dropped at or after $LAB_SECOND4 (hop 2 of 4)"
    on_as_user client timeout 60 "$LAB_NETPROBE" scan --json --udp --where -p 7000,$SILENT "$LAB_SERVER6" \
        >"$LAB_DIR/udp6.json" 2>"$LAB_DIR/udp6.err" || true
    where_is udp6 $SILENT "\"$LAB_SECOND6\"" 2 4 "dropped at or after $LAB_SECOND6 (hop 2 of 4)"
}

@test "the table says it in the port's row" {
    drops router2 forward
    run -1 on client timeout 60 "$LAB_NETPROBE" scan --where -p 7000,$SILENT "$LAB_SERVER4"
    [[ "$output" =~ $SILENT" "*filtered.*"dropped at or after $LAB_SECOND4 (hop 2 of 4)" ]]
    run -1 on client timeout 60 "$LAB_NETPROBE" scan --udp --where -p 7000,$SILENT "$LAB_SERVER6"
    [[ "$output" =~ $SILENT" "*"open|filtered".*"dropped at or after $LAB_SECOND6 (hop 2 of 4)" ]]
}

@test "exit statuses are those of a scan without it" {
    drops router2 forward
    scan_all 7000,$SILENT
    exits tcp4 1
    exits udp4 1
}

# interrupted NAME SECONDS ARGUMENTS...
interrupted() {
    local name=$1 after=$2 status=0 pid

    shift 2
    ip netns exec "$LAB-client" "$LAB_NETPROBE" scan --json --where "$@" \
        >"$LAB_DIR/$name.json" 2>"$LAB_DIR/$name.err" </dev/null 3>&- 4>&- &
    pid=$!
    sleep "$after"
    kill -INT $pid
    wait $pid || status=$?
    same "$name $status" "$name 2"
    is "$name" '.[0].type == "run" and .[-1].type == "end" and .[-1].exit == 2'
    is "$name" 'map(select(.type == "summary")) | length == 1'
}

@test "SIGINT while hops are looked for: every decided port is told of once, the summary stands" {
    local after

    keeps_silent router2
    drops router forward 7001-7008
    for after in 0.5 2.5 4.5; do
        interrupted tcp4 $after --timeout 1s -p 7000-7008 "$LAB_SERVER4"
        interrupted udp6 $after --timeout 1s --udp -p 7000-7008 "$LAB_SERVER6"
        is tcp4 'map(select(.type == "port") | .port) | length == (unique | length)'
        is udp6 'map(select(.type == "port") | .port) | length == (unique | length)'
    done
    is tcp4 'map(select(.type == "port")) | length == 9'
}
