# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of `netprobe ping` share. Names of runs are names of files in $LAB_DIR: NAME.json are the records,
# NAME.txt is the text for people, NAME.err what went to standard error, NAME.status the exit status.

load lab.bash

# pinged FILE USER ARGUMENTS...: output to FILE, messages to .err, the exit status to .status; fails on a crash or
# a run that does not end.
pinged() {
    local file=$1 run=on status=0

    [ "$2" = root ] || run=on_as_user
    shift 2
    $run client timeout -k 5 "${LAB_PATIENCE:-60}" "$LAB_NETPROBE" ping "$@" \
        >"$LAB_DIR/$file" 2>"$LAB_DIR/${file%.*}.err" </dev/null 3>&- 4>&- || status=$?
    echo $status >"$LAB_DIR/${file%.*}.status"
    [ $status -le 2 ]
}

# json NAME ARGUMENTS...
json() {
    local name=$1

    shift
    pinged "$name.json" root --json "$@"
}

# text NAME ARGUMENTS...
text() {
    local name=$1

    shift
    pinged "$name.txt" root "$@"
}

# json_in_background NAME ARGUMENTS...: PING_PID is netprobe itself
json_in_background() {
    local name=$1

    shift
    ip netns exec "$LAB-client" "$LAB_NETPROBE" ping --json "$@" \
        >"$LAB_DIR/$name.json" 2>"$LAB_DIR/$name.err" </dev/null 3>&- 4>&- &
    PING_PID=$!
}

# ended NAME: waits for it
ended() {
    local status=0

    wait "$PING_PID" || status=$?
    echo $status >"$LAB_DIR/$1.status"
}

# host NAME FILTER: true for the record of its one address
host() {
    is "$1" "map(select(.type == \"host\")) | length == 1 and (.[0] | $2)"
}

# says NAME PATTERN [COUNT]: so many lines of the text (at least one, when not said) match
says() {
    local count

    count=$(grep -cE -- "$2" "$LAB_DIR/$1.txt" || true)
    if [ "$count" = "${3:-$count}" ] && [ "$count${3-}" != 0 ]; then
        return
    fi
    printf '%s lines of %s.txt match %s, expected %s:\n' "$count" "$1" "$2" "${3:-some}" >&2
    head -n 20 "$LAB_DIR/$1.txt" "$LAB_DIR/$1.err" >&2
    return 1
}

# adds_up NAME: what must hold of every run, whatever happened in it
adds_up() {
    is "$1" '.[0].type == "run" and .[-1].type == "end" and .[-2].type == "total"'
    is "$1" 'map(select(.type == "total")) | length == 1'
    is "$1" 'map(select(.type == "host")) | all(.sent == .received + .lost + .dropped_here + .pending
        and .late <= .received and .errors <= .lost
        and ([.sent, .received, .lost, .duplicates, .late, .dropped_here, .errors, .corrupted, .pending] | all(. >= 0))
        and (.received > 0) == (.rtt_ms != null)
        and (.rtt_ms == null or (.rtt_ms | .min <= .median and .median <= .p95 and .p95 <= .p99 and .p99 <= .max
            and .min <= .avg and .avg <= .max and .stddev >= 0 and .jitter >= 0))
        and (.sent == .pending + .dropped_here or (.loss_pct >= 0 and .loss_pct <= 100)))'
    # shellcheck disable=SC2016 # for jq
    is "$1" 'map(select(.type == "host")) as $h | map(select(.type == "total"))[0]
        | ([$h[].sent] | add // 0) == .sent and ([$h[].received] | add // 0) == .received
        and ([$h[].lost] | add // 0) == .lost and ([$h[].late] | add // 0) == .late
        and ([$h[].duplicates] | add // 0) == .duplicates and ([$h[].errors] | add // 0) == .errors
        and ([$h[].dropped_here] | add // 0) == .dropped_here'
    is "$1" 'map(select(.type == "reply")) | all(.rtt_ms >= 0 and (.seq >= 1)
        and (.proto | IN("icmp", "tcp", "udp")) and (.clock | IN("kernel", "user"))
        and (.stamps | IN("both", "arrived", "none")) and (.state == null or .proto != "icmp"))'
    is "$1" 'map(select(.type == "error")) | all(.reason | IN("icmp", "arp", "no-route", "local"))'
    is "$1" 'map(select(.type == "error" and .reason == "icmp"))
        | all(.from != null and (.icmp | has("type") and has("code") and has("name")))'
    is "$1" 'map(select(.type == "lost")) | all(.reason | IN("timeout", "dropped-here"))'
    # an answer told twice is a duplicate; one with a fault that makes it no answer is not meant
    is "$1" 'map(select(.type == "reply" and (.dup | not) and (.fault | IN(null, "corrupt"))) | "\(.addr) \(.seq)") | length == (unique | length)'
}

can_capture() {
    command -v tcpdump >/dev/null || skip "tcpdump is not installed"
    lab_other_users_possible || skip "tcpdump insists on changing its user"
}
