#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# `netprobe sockets` beside ss(8), /proc and what was really made: the same sockets in every state there is, the same
# owners, the same choice by a filter; and nothing lost, doubled or broken while sockets come and go.

bats_require_minimum_version 1.5.0
load sockets.bash

make_lab() {
    sockets_up
    sockets_lossy
    sockets_start states -f -c 2 "$LAB_DIR"
    # at once, since some of it passes
    socks made -n -a
}

lab_tests make_lab ss

# at FILTER: true for the one socket of the first look that FILTER chooses; what it says of it
at() {
    is made "map(select(.type == \"socket\" and ($1))) | length == 1 and (.[0] | $2)"
}

@test "what was made is told, in each of its states" {
    exits made 0
    # every state of TCP but CLOSE: the test itself has not lost one
    same "$(made | sed -n 's/^tcp \([A-Z_0-9]*\) .*/\1/p' | sort -u | tr '\n' ' ')" \
        "CLOSE_WAIT CLOSING ESTABLISHED FIN_WAIT1 FIN_WAIT2 LAST_ACK LISTEN SYN_RECV SYN_SENT TIME_WAIT "
    same "$(comm -23 <(made) <(np_made made))" ""
}

@test "nothing else is told: connections that wait to be accepted, and what others have" {
    # two in the full queue of 7906; the unix sockets of the rest of the machine are not in this namespace
    same "$(comm -13 <(made) <(np_made made) | cut -d ' ' -f 1-3 | uniq -c | tr -s ' ')" \
        " 2 tcp ESTABLISHED 127.0.0.1:7906"
}

@test "TCP: the rows of ss" {
    same_rows 'ss_rows t' 'np_rows t'
}

@test "UDP: the rows of ss" {
    same_rows 'ss_rows u' 'np_rows u'
}

@test "raw sockets: the rows of ss" {
    same_rows 'ss_rows w' 'np_rows w'
}

@test "unix sockets: the rows of ss" {
    same_rows 'ss_rows x' 'np_rows x'
}

@test "each family alone, what is connected, what listens: the rows of ss" {
    local kind

    for kind in t u x; do
        same_rows "ss_said $kind" "np_said $kind"
        same_rows "ss_said $kind -l" "np_said $kind -l"
    done
    for kind in t u; do
        same_rows "ss_rows $kind -4" "np_rows $kind -4"
        same_rows "ss_rows $kind -6" "np_rows $kind -6"
    done
}

@test "ping sockets, which the table of the other family shows as well, come once" {
    [ "$(on client cat /proc/net/icmp /proc/net/icmp6 | grep -c ':1F0[56] ')" -gt 4 ]
    is made 'map(select(.proto? == "icmp") | "\(.family) \(.local.addr) \(.local.port) \(.state)") | sort
        == ["4 127.0.0.1 7941 CLOSE", "4 127.0.0.1 7942 CLOSE", "6 ::1 7941 CLOSE", "6 ::1 7942 CLOSE"]'
    socks icmp -n -a --icmp --proc /proc
    same "$(np_lines icmp)" "$(np_lines made 'select(.proto == "icmp")')"
}

@test "no inode twice" {
    is made 'map(select(.type == "socket" and .inode != null) | .inode) | length > 60 and length == (unique | length)'
}

@test "sock_diag and /proc tell the same" {
    same_rows common_rows 'common_rows --proc /proc'
}

@test "what /proc does not know is null or absent, not made up" {
    socks proc -n -a --proc /proc
    exits proc 0
    is proc 'map(select(.state? == "LISTEN" and .proto == "tcp")) | length >= 9 and all(.send_q == null)'
    is proc 'map(select(.type == "socket")) | all(has("v6only") or has("cookie") or has("cgroup") | not)'
}

@test "a listener's queue, and what is too much for it" {
    at '.state == "LISTEN" and .local.port == 7906' '.recv_q == 2 and .send_q == 1'
    at '.state == "LISTEN" and .local.port == 7901' '.recv_q == 0 and .send_q == 8'
}

@test "what is not read, and what is not sent" {
    is made 'map(select(.proto? == "tcp" and .recv_q == 1000)) | length == 1'
    at '.proto == "tcp" and .state == "ESTABLISHED" and .local.port == 7909' '.recv_q > 0'
    at '.proto == "tcp" and .peer != null and .peer.port == 7909' '.send_q > 0 and .timer.kind == "window-probe"'
}

@test "IPv6 alone, an interface, a scope" {
    at '.state == "LISTEN" and .local.port == 7904' '.v6only == true'
    at '.state == "LISTEN" and .local.port == 7903' '.v6only == false'
    at '.state == "LISTEN" and .local.port == 7907' '.interface == "lo"'
    at '.state == "LISTEN" and .local.port == 7908' '.interface == "lo" or (.local.addr | endswith("%lo"))'
}

@test "what a full buffer turned away" {
    local drops

    # shellcheck disable=SC2016 # for awk
    drops=$(on client awk '$2 == "0100007F:1EF8" { print $NF }' /proc/net/udp)
    [ "$drops" -gt 0 ]
    at '.proto == "udp" and .local.port == 7928 and .peer == null' ".drops == $drops"
}

@test "owners: those of ss" {
    same_rows 'ss_owners t' 'np_owners t'
    same_rows 'ss_owners u' 'np_owners u'
    # not nobody's, and each with the processes that share it
    is rows 'map(select(.local.port? == 7921) | .process | length) == [3]'
    is rows 'map(select(.local.port? == 7921) | .process | .[].comm) | unique == ["states"]'
}

@test "owners are chosen by their name and their number" {
    socks named -n -a -t --process states
    socks globbed -n -a -t --process 'sta*'
    socks numbered -n -a -t --process "$(cat "$LAB_DIR/states.pid")"
    socks nobody -n -a -t --process stat
    # whoever may not be looked at, these sockets have all been seen in somebody's hands
    exits nobody 1
    same "$(np_lines named)" "$(np_lines made 'select(.proto == "tcp" and .inode != null)')"
    same "$(np_lines globbed)" "$(np_lines named)"
    same "$(np_lines numbered)" "$(np_lines named)"
}

# chooses KIND EXPRESSION: what ss does; a - before the letter of the kind: without -a
chooses() {
    local kind=${1#-} words said=rows

    [ "$kind" = "$1" ] || said=said
    set -f
    # shellcheck disable=SC2086 # words
    words=$(printf '%q ' $2)
    set +f
    same_rows "ss_$said $kind $words" "np_$said $kind $words" || {
        echo "with $1: $2" >&2
        return 1
    }
    # a filter that lets nothing through would agree with much
    [ -s "$LAB_DIR/before" ]
}

@test "filters of ports choose what ss chooses" {
    local expression

    for expression in 'sport = :7901' 'sport = 7901' 'sport 7901' 'sport == :7901' 'sport eq :7901' 'dport = :7901' \
        'sport = :7901 or dport = :7901' 'sport = :7901 || dport = :7901' 'sport = :7901 | dport = :7901' \
        'sport > :7905' 'sport gt :7905' 'sport >= :7905 and sport <= :7908' 'sport geq :7905 & sport leq :7908' \
        'sport ge :7905 sport le :7908' 'sport < :7903' 'sport lt :7903' 'sport != :7901' 'sport ne :7901' \
        'not sport = :7901' '! ( sport = :7901 or dport = :7901 )' \
        '( sport = :7901 or dport = :7901 ) and dst 127.0.0.1' \
        '( sport = :7901 or sport = :7902 ) and dst [::1]' 'sport = inet::7901' 'sport = inet6::7902'; do
        chooses t "$expression"
    done
    chooses u 'sport = :7921'
    chooses w 'sport = :253'
}

# ss's manual says so; ss itself goes from left to right, as if all before the "and" stood in brackets.
@test "in a filter, and binds closer than or" {
    same_rows "ss_rows t sport = :7901 or '(' sport = :7902 and dst [::1] ')'" \
        'np_rows t sport = :7901 or sport = :7902 and dst [::1]'
}

@test "filters of addresses choose what ss chooses" {
    local expression

    for expression in 'src 127.0.0.1' 'src = 127.0.0.1' 'not src 127.0.0.1' 'src 127.0.0.0/8' 'src 127/8' 'dst 127.0/16' 'src 127.0.0.1:7901' \
        'src 127.0.0.0/8:7901' 'dst 127.0.0.1:7901' 'src [::1]' 'src [::1]:7902' 'src ::1/128' 'src fe80::/10' \
        'src [::ffff:127.0.0.1]' 'src [::ffff:127.0.0.1]:7903' 'src 0.0.0.0' 'src 0.0.0.0/0' 'dst 0.0.0.0' \
        'dst 0.0.0.0/0' 'src :7901' 'src *:7901' 'src inet:127.0.0.1' 'src inet6:[::1]' 'src inet:*' 'src inet6:*' \
        'dev = lo' 'dev lo' 'dev != lo'; do
        chooses t "$expression"
    done
    chooses u 'dst 127.0.0.1'
    chooses w 'src 127.0.0.1'
    for expression in 'src *stream*' 'src @states' "src unix:$LAB_DIR/stream.sock" "src $LAB_DIR/stream.sock" \
        'src unix:*' 'not src /nowhere*' 'src @*'; do
        chooses x "$expression"
    done
}

@test "filters of states choose what ss chooses" {
    local expression state

    states_again -f -c 2
    for state in established syn-sent syn-recv fin-wait-1 fin-wait-2 time-wait close-wait last-ack listening closing \
        all connected synchronized big bucket; do
        chooses -t "state $state"
    done
    for expression in 'exclude listening' 'exclude listening exclude time-wait' 'exclude connected' \
        'state established state close-wait dport = :7901' 'state all exclude bucket sport > :7905'; do
        chooses -t "$expression"
    done
    chooses t 'state established'
    chooses t 'exclude time-wait sport = :7901'
    chooses x 'state listening'
    chooses u 'state unconnected'
}

# states_again ARGUMENTS...: with everything that passes within a minute
states_again() {
    sockets_stop states
    lab_wait_for 10 ports_free
    sockets_start states "$@" "$LAB_DIR"
}

ports_free() {
    [ -z "$(on client ss -tlnH 'sport >= :7901 and sport <= :7914')" ]
}

@test "bytes of others break no line and steer no terminal" {
    local name=$'e"),("\033[31m\n}'

    states_again -o -n "$name"
    socks odd -n -a -p
    exits odd 0
    jq -e . "$LAB_DIR/odd.json" >/dev/null
    same "$(LC_ALL=C grep -c $'[\001-\011\013-\037\177]' "$LAB_DIR/odd.json" || true)" 0
    same "$(comm -23 <(made) <(np_made odd))" ""
    on client "$LAB_NETPROBE" sockets -n -a -p >"$LAB_DIR/odd.txt" 2>"$LAB_DIR/odd.err"
    same "$(LC_ALL=C grep -c $'[\001-\011\013-\037\177]' "$LAB_DIR/odd.txt" || true)" 0
    # a row each, and a line that is none
    same_rows rows_told rows_shown
    socks process -n -a --process "$name"
    exits process 0
}

rows_told() {
    on client "$LAB_NETPROBE" sockets -j -n -a -p | grep -c '"type":"socket"'
}

rows_shown() {
    on client "$LAB_NETPROBE" sockets -n -a -p | grep -cE '^(tcp|udp|udplite|raw|icmp|u_str|u_dgr|u_seq) '
}

@test "a namespace from outside: the same rows" {
    same_rows 'ss_rows t' 'np_from_outside'
    is outside "map(select(.type == \"socket\")) | all(.netns == \"$(ns client)\")"
    # the client's interfaces, not those of who asks
    on server "$LAB_NETPROBE" sockets -j -n -t -l -N "$(ns client)" dev lo >"$LAB_DIR/outside.json"
    is outside 'map(select(.type == "socket") | .local.port) | sort == [7907, 7908]'
    on server "$LAB_NETPROBE" sockets -j -n -t -a -N "$(ns client)" dev != c0 >"$LAB_DIR/outside.json"
}

np_from_outside() {
    on server "$LAB_NETPROBE" sockets -j -n -t -a -N "$(ns client)" >"$LAB_DIR/outside.json" || return 1
    np_lines outside
}

# elsewhere NAME FILTER...: from the server, of the namespaces NAME
elsewhere() {
    local name=$1 status=0

    shift
    on server "$LAB_NETPROBE" sockets -N "$name" -j -n -t -a "$@" >"$LAB_DIR/elsewhere.json" \
        2>"$LAB_DIR/elsewhere.err" || status=$?
    echo $status >"$LAB_DIR/elsewhere.status"
}

@test "a name of an interface is that of the namespace that is asked" {
    local filter

    on client ip addr add fe80::77/64 dev c0 nodad
    # the same name there, another number
    ip link add c9 netns "$(ns server)" type veth peer name c0 netns "$(ns server)"
    [ "$(on server cat /sys/class/net/c0/ifindex)" != "$(on client cat /sys/class/net/c0/ifindex)" ]
    sockets_start listen fe80::77%c0 7950
    for filter in 'dev c0' 'src fe80::77%c0' 'src [fe80::77%c0]:7950'; do
        # shellcheck disable=SC2086 # words
        elsewhere "$(ns client)" $filter
        exits elsewhere 0
        is elsewhere 'map(select(.type == "socket") | .local) == [{addr: "fe80::77%c0", port: 7950}]'
    done
    elsewhere "$(ns client)" dev s0
    exits elsewhere 2
    same "$(head -n 1 "$LAB_DIR/elsewhere.err")" "netprobe sockets: s0: no such interface there"
    elsewhere all dev c0
    exits elsewhere 2
    same "$(head -n 1 "$LAB_DIR/elsewhere.err")" "netprobe sockets: c0: not the same interface in each namespace"
    # this one is
    elsewhere all dev lo
    exits elsewhere 0
    sockets_stop listen
}

@test "namespaces that are known and cannot be entered are said, and the answer is not whole" {
    local status=0

    lab_other_users_possible || skip "no other user can be had here"
    on_as_user client "$LAB_NETPROBE" sockets -N all -a >/dev/null 2>"$LAB_DIR/left.err" || status=$?
    same $status 2
    grep -qE ' [0-9]+ network namespaces? left out: that takes CAP_SYS_ADMIN' "$LAB_DIR/left.err"
    status=0
    on server "$LAB_NETPROBE" sockets -N all -j -a >"$LAB_DIR/all.json" 2>"$LAB_DIR/all.err" || status=$?
    same $status 0
    is all "map(.netns?) | index(\"$(ns client)\") != null"
}

@test "an ordinary user sees the same sockets, and is told whose owners stay hidden" {
    lab_other_users_possible || skip "no other user can be had here"
    same_rows 'ss_rows t' 'np_as_user'
    on_as_user client "$LAB_NETPROBE" sockets -n -t -a -p >"$LAB_DIR/user.txt" 2>"$LAB_DIR/user.err"
    grep -q 'show no process' "$LAB_DIR/user.err"
    same "$(grep -c 'show no process' "$LAB_DIR/user.err")" 1
}

np_as_user() {
    on_as_user client "$LAB_NETPROBE" sockets -j -n -t -a >"$LAB_DIR/user.json" || return 1
    np_lines user
}

@test "crowds are told whole, in several answers of the kernel" {
    sockets_start crowd 5000 1000
    same_rows 'ss_rows t' 'np_rows t'
    same_rows 'ss_owners t' 'np_owners t'
    socks crowd -n -t -a
    is crowd 'map(select(.type == "summary"))[0].sockets == (map(select(.type == "socket")) | length)'
    sockets_stop crowd
}

# twenty_looks ARGUMENTS...: at what comes and goes; every line is whole, and no connection comes twice
twenty_looks() {
    local look

    sockets_start churn 5000 600
    sleep 1
    for ((look = 0; look < 20; look++)); do
        socks churn -n -t -a "$@"
        exits churn 0
        same "$(cat "$LAB_DIR/churn.err")" ""
        # jq fails where a line is broken
        jq -r 'select(.type == "socket" and .state != "LISTEN")
            | "\(.local.addr) \(.local.port) \(.peer.addr) \(.peer.port)"' "$LAB_DIR/churn.json" >"$LAB_DIR/seen"
        [ "$(wc -l <"$LAB_DIR/seen")" -gt 3000 ]
        same "$(awk 'seen[$0]++' "$LAB_DIR/seen" | head -n 3)" ""
    done
    # still at it
    sockets_running churn
    sockets_stop churn
}

@test "nothing comes twice and no line is broken while 5,000 connections a second come and go" {
    # the looks would grow longer and longer
    lab_sysctl client net.ipv4.tcp_max_tw_buckets=8000
    twenty_looks
    twenty_looks --proc /proc
}

@test "nothing comes twice where the kernel itself tells it twice" {
    sockets_crammed || skip "this kernel has one table of connections for all namespaces"
    LAB_SOCKETS=router twenty_looks
}
