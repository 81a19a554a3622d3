# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of `netprobe scan --where` have in common: packets that are dropped somewhere on a way of three routers.

load lab.bash

SILENT=7001 # is dropped; of 7000 (closed) the distance is learnt

make_lab() {
    lab_up chain
    lab_icmp_limit none
}

lab_tests make_lab

teardown() {
    local role

    [ -z "${LAB:-}" ] || for role in $LAB_ROLES; do on "$role" nft flush ruleset; done
}

# drops ROLE HOOK [PORTS]: of both protocols
drops() {
    lab_nft "$1" "table inet t { chain c { type filter hook $2 priority 0
        meta l4proto { tcp, udp } th dport ${3:-$SILENT} drop
        }; }"
}

# Lets packets expire without a word.
keeps_silent() {
    lab_nft "$1" 'table inet s { chain c { type filter hook output priority 0
        icmp type time-exceeded drop
        icmpv6 type time-exceeded drop
        }; }'
}

target() { # FAMILY
    if [ "$1" = 4 ]; then echo "$LAB_SERVER4"; else echo "$LAB_SERVER6"; fi
}

# scan NAME ARGUMENTS...: the records go to NAME.json, messages to NAME.err, the status to NAME.status
scan() {
    local name=$1 status=0

    shift
    on client timeout 120 "$LAB_NETPROBE" scan --json --where "$@" >"$LAB_DIR/$name.json" \
        2>"$LAB_DIR/$name.err" || status=$?
    echo $status >"$LAB_DIR/$name.status"
}

# scan_all PORTS [OPTION...]: both protocols over both families at once; NAMEs are tcp4 tcp6 udp4 udp6
scan_all() {
    local ports=$1 family jobs=()

    shift
    for family in 4 6; do
        scan "tcp$family" "$@" -p "$ports" "$(target $family)" 3>&- &
        jobs+=($!)
        scan "udp$family" --udp "$@" -p "$ports" "$(target $family)" 3>&- &
        jobs+=($!)
    done
    wait "${jobs[@]}"
}

# where_is NAME PORT LAST HOP HOPS WORDS: as in the record of the port
where_is() {
    same "$1 $(jq -c "select(.type == \"port\" and .port == $2) | .where | [.last, .hop, .hops]" "$LAB_DIR/$1.json")" \
        "$1 [$3,$4,$5]"
    is "$1" "map(select(.type == \"port\" and .port == $2)) | length == 1 and (.[0].detail | endswith(\"; $6\"))"
}

# all_end_at LAST4 LAST6 HOP HOPS TCP_WORDS UDP_WORDS: all four scans; LAST stands for the address
all_end_at() {
    local last name words

    for name in tcp4 tcp6 udp4 udp6; do
        last=$1
        [[ $name = *4 ]] || last=$2
        words=$5
        [[ $name = tcp* ]] || words=$6
        where_is "$name" $SILENT "\"$last\"" "$3" "${4:-null}" "${words/LAST/$last}"
    done
}

# dropped_at LAST4 LAST6 HOP HOPS: a hop behind is known to speak
dropped_at() {
    local words="dropped at or after LAST (hop $3 of $4)"

    all_end_at "$@" "$words" "$words"
}

# reaches_the_last LAST4 LAST6 HOP HOPS: what keeps silent there may be a service, with UDP
reaches_the_last() {
    all_end_at "$@" "dropped at or after LAST (hop $3 of $4)" \
        "reaches LAST (hop $3 of $4), the last before the target: dropped at or after it, or not answered"
}

# no_word_beyond LAST4 LAST6 HOP [HOPS]: nobody is known to speak there
no_word_beyond() {
    local hop="LAST (hop $3${4:+ of $4})"

    all_end_at "$1" "$2" "$3" "${4:-}" "dropped at or after $hop" \
        "no word from beyond $hop: dropped, or not answered"
}

MUTE=7009

begin_mute_service() {
    lab_start server socat -u UDP6-RECV:$MUTE /dev/null
    lab_wait_for 5 on server sh -c "ss -Hlun | grep -q ':$MUTE '"
}
