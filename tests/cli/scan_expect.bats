#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# netprobe scan --expect: only what differs, and an exit status that says whether anything does.
# shellcheck disable=SC2154 # set by scan_setup() and by run

bats_require_minimum_version 1.5.0
load says.bash
load scan.bash

setup() {
    scan_setup
    listens "$block.1" 20003 20005
}

teardown() {
    scan_teardown
}

# differences: of the JSON output, a line each
differences() {
    jq -r 'select(.type == "difference") | "\(.addr) \(.proto) \(.port) \(.expected // ["-"] | join(",")) \(.found // "-")"' <<<"$output" |
        sort
}

# verdicts: the same, of UDP, with what is made of each
verdicts() {
    jq -r 'select(.type == "difference") | "\(.port) \(.expected // ["-"] | join(",")) \(.found // "-") \(.verdict)"' <<<"$output" |
        sort
}

# compares STATUS VERDICTS ARGUMENT...: UDP with the file `expected`
compares() {
    local status=$1 wanted=$2
    shift 2
    scans "$status" --udp -j --expect expected "$@"
    [ "$(verdicts)" = "$wanted" ] || fail "$output"
}

# differ STATUS LINES ARGUMENT...: those, and no other record but the first and the last
differ() {
    local status=$1 wanted=$2
    shift 2
    scans "$status" -j --expect expected "$@"
    [ "$(differences)" = "$wanted" ] || fail "$(differences)"
    [ "$(jq -r 'select(.type != "difference") | .type' <<<"$output" | paste -sd' ')" = "run end" ] || fail "$output"
}

@test "all as expected: a line that says so, exit status 0" {
    cat >expected <<<"
        $block.1 20003,20005 open
        $block.1 20000-20009 closed,filtered # the rest
    "
    scans 0 --expect expected
    [ "$output" = "10 ports as expected, 0 differ" ] || fail "$output"
    differ 0 ""
}

@test "what differs: a row each, how many, exit status 1" {
    cat >expected <<<"
        $block.1 20003,20004 open
        $block.1 20005 closed,filtered
        $block.1 20006 closed
    "
    scans 1 --expect expected
    like "${lines[0]}" 'ADDRESS +PROTO +PORT +EXPECTED +FOUND +VERDICT'
    like "$output" "$block.1 +tcp +20004 +open +closed +differs"
    like "$output" "$block.1 +tcp +20005 +closed, ?filtered +open +differs"
    [ "${lines[-1]}" = "2 ports as expected, 2 differ" ] || fail "$output"
    [ "${#lines[@]}" = 4 ] || fail "$output"
    differ 1 "$block.1 tcp 20004 open closed
$block.1 tcp 20005 closed,filtered open"
}

@test "columns have room for what later rows may say" {
    echo "$block.1 20003,20005 closed" >expected
    scans 1 --expect expected
    grep -qx "$block.1  tcp    20003  closed         open           differs" <<<"$output" || fail "$output"
}

@test "with targets, an open port that nobody named differs, a closed one does not" {
    echo "$block.1 20003 open" >expected
    differ 1 "$block.1 tcp 20005 - open" -p 20000-20009 "$block.1"
    differ 0 "" -p 20000-20004 "$block.1"
    scans 1 --expect expected -p 20000-20009 "$block.1"
    [ "${lines[-1]}" = "1 port as expected, 1 differs" ] || fail "$output"
}

@test "what the file says of ports and addresses that are not asked is passed over" {
    cat >expected <<<"
        $block.1 20003 open
        $block.1 20005 closed
        $block.2 20003 open
    "
    differ 0 "" -p 20000-20004 "$block.1"
    differ 1 "$block.2 tcp 20003 open closed" -p 20000-20004 "$block.1-2"
}

@test "ranges say something of each address; nothing may be open where the file is empty" {
    printf '%s\n' "$block.0/30 20000-20009 closed" "$block.1 20003 open" >expected
    differ 1 "$block.1 tcp 20005 closed open" -p 20000-20009 "$block.0/30"
    : >expected
    differ 0 "" -p 20003 "$block.2"
    differ 1 "$block.1 tcp 20003 - open" -p 20003,20004 "$block.1"
}

@test "all: whatever it is" {
    printf '%s\n' "$block.1 - closed" "$block.1 20003,20005 all" >expected
    differ 0 "" -p 20000-20009 "$block.1"
}

@test "an earlier run is what is expected" {
    scans 0 -j -o expected -p 20000-20009 "$block.1"
    differ 0 ""
    scans 0 --expect expected
    [ "$output" = "10 ports as expected, 0 differ" ] || fail "$output"
    kill "${background[0]}"
    wait "${background[0]}" 2>/dev/null || true
    differ 1 "$block.1 tcp 20003 open closed
$block.1 tcp 20005 open closed"
    # of several runs the last counts
    scans 1 -j -o later -p 20000-20009 "$block.1"
    cat later >>expected
    differ 0 ""
}

@test "a run that was cut short is compared as far as it goes, with a warning" {
    scans 0 -j -o expected -p 20000-20009 "$block.1"
    head -n 4 expected >some
    printf '{"type":"port","addr":"%s","proto":"tcp","port":20003,"state":"clo' "$block.1" >>some
    run -0 --separate-stderr timeout 20 "$netprobe" scan --expect some
    [ "$output" = "3 ports as expected, 0 differ" ] || fail "$output"
    [ "$stderr" = "netprobe scan: some: the last line is cut short, and does not count" ] || fail "$stderr"
}

@test "what an interrupted run did not get to is not told, with a warning; records of no port could not be compared" {
    local file warning='its run was interrupted, or could not tell everything: what it lacks is not compared'

    scans 0 -j -o whole -p 20000-20009 "$block.1"
    jq -c 'select(.type == "run" or .type == "port" and .port < 20005)' whole >killed
    jq -c 'select(.type == "run" or .type == "port" and .port < 20005 or .type == "end") | if .type == "end" then .exit = 2 else . end' \
        whole >interrupted
    for file in killed interrupted; do
        run -0 --separate-stderr timeout 20 "$netprobe" scan --expect $file
        [ "$output" = "5 ports as expected, 0 differ" ] || fail "$output"
        [ "$stderr" = "netprobe scan: $file: $warning" ] || fail "$stderr"
        run -2 --separate-stderr timeout 20 "$netprobe" scan -j --expect $file -p 20000-20009 "$block.1"
        [ "$(verdicts)" = "20005 - open not told" ] || fail "$output"
        run -2 --separate-stderr timeout 20 "$netprobe" scan --expect $file -p 20000-20004,20006 "$block.1"
        [ "$output" = "5 ports as expected, 0 differ, 1 could not be told" ] || fail "$output"
    done
    # of several the last counts
    cat killed whole >expected
    differ 0 "" -p 20000-20009 "$block.1"
    jq -c 'select(.type == "run" or .type == "end")' whole >none
    run -2 --separate-stderr timeout 20 "$netprobe" scan --expect none -p 20000-20002 "$block.1"
    [ "$stderr" = "netprobe scan: none names no port of those that were asked" ] || fail "$stderr"
}

@test "without targets the ports of the file are asked, less what is left out" {
    printf '%s\n' "$block.1 20003,20004 open" "$block.2 20003 open" "$block.3 53/udp open" "$block.0/24 80 open" >expected
    differ 1 "$block.1 tcp 20004 open closed
$block.2 tcp 20003 open closed"
    differ 1 "$block.1 tcp 20004 open closed" --exclude "$block.2"
    differ 1 "$block.2 tcp 20003 open closed" --exclude-ports 20004
    differ 1 "$block.1 tcp 20004 open closed" -p 20004-20009
}

@test "shards of what is expected are the whole together" {
    local i

    printf '%s\n' "$block.1 20000-20099 open" "$block.2 20000-20009 closed" >expected
    timeout 20 "$netprobe" scan -j --expect expected >whole.ndjson || [ $? = 1 ]
    for i in 1 2 3; do
        timeout 20 "$netprobe" scan -j --expect expected --shard $i/3 >"part$i.ndjson" || [ $? = 1 ]
    done
    [ "$(jq -c 'select(.type == "difference")' whole.ndjson | sort)" = \
        "$(cat part?.ndjson | jq -c 'select(.type == "difference")' | sort)" ] || fail "other differences"
    [ "$(grep -c difference whole.ndjson)" = 98 ] || fail "$(grep -c difference whole.ndjson)"
}

# interrupted STATUS STATES: a run that is ended on the way, and that expects STATES
interrupted() {
    local status=0 pid

    echo "$block.1 20000-20099 $2" >expected
    : >out.ndjson
    "$netprobe" scan -j --rate 20 --expect expected >out.ndjson 2>/dev/null </dev/null 3>&- 4>&- &
    pid=$!
    for _ in $(seq 100); do
        ! grep -q '"type":"run"' out.ndjson || break
        sleep 0.1
    done
    sleep 1
    kill -INT $pid
    wait $pid || status=$?
    [ $status = "$1" ] || fail "exit status $status"
}

@test "what was not asked any more is told, and leaves the answer open" {
    interrupted 2 all
    is out.ndjson 'map(select(.type == "difference")) | length > 10 and length < 100 and all(.[]; .found == null and .verdict == "not told")'
}

@test "what differs is a difference, and the exit status, of an interrupted run as well" {
    interrupted 1 filtered
    is out.ndjson 'map(select(.type == "difference").verdict) | unique == ["differs", "not told"]'
}

@test "UDP: silence that is not proved could not be told from anything else, silence that is proved could" {
    silent 20514
    echo "$block.1 20514/udp closed" >expected
    compares 2 "20514 closed open|filtered not told" --icmp-wait 0
    compares 1 "20514 closed open|filtered differs"
    scans 2 --udp --expect expected --icmp-wait 0
    like "$output" "$block.1 +udp +20514 +closed +open\\|filtered +not told"
    [ "${lines[-1]}" = "0 ports as expected, 0 differ, 1 could not be told" ] || fail "$output"
    # a difference is certain, whatever else could not be told
    echo "$block.1 20515/udp open" >>expected
    compares 1 "20514 closed open|filtered not told
20515 open closed differs" --icmp-wait 0
    [ "$(jq 'select(.type == "end").exit' <<<"$output")" = 1 ] || fail "$output"
    # and of several states, one that silence may be is enough
    echo "$block.1 20514/udp closed,unreachable" >expected
    compares 2 "20514 closed,unreachable open|filtered not told" --icmp-wait 0
    compares 1 "20514 closed,unreachable open|filtered differs"
    echo "$block.1 20514/udp open,open|filtered" >expected
    compares 0 "" --icmp-wait 0
    compares 0 ""
    # silence is silence, proved or not
    echo "$block.1 20514/udp open|filtered" >expected
    compares 0 "" --icmp-wait 0
    compares 0 ""
}

@test "UDP: what an earlier run could not prove is no expectation, what a line says is one" {
    silent 20514
    scans 1 --udp -j -o expected --icmp-wait 0 -p 20514 "$block.1"
    scans 1 --udp -j -o proved -p 20514 "$block.1"
    compares 0 "" --icmp-wait 0
    compares 0 ""
    kill "${background[@]}"
    wait "${background[@]}" 2>/dev/null || true
    compares 2 "20514 open|filtered closed not told"
    cp proved expected
    compares 1 "20514 open|filtered closed differs"
    echo "$block.1 20514/udp open|filtered" >expected
    compares 1 "20514 open|filtered closed differs"
    # it says neither
    jq -c 'del(.proved)' proved >expected
    compares 2 "20514 open|filtered closed not told"
}

@test "what an earlier run could not prove is told of whatever is found; a line that names unproved means it" {
    scans 0 -j -o expected -p 20003-20005 "$block.1"
    jq -c 'if .port == 20003 or .port == 20004 then .state = "unproved" | .reason = "local" else . end' expected >unproved
    mv unproved expected
    run -2 --separate-stderr timeout 20 "$netprobe" scan -j --expect expected
    [ "$(verdicts)" = "20003 unproved open not told
20004 unproved closed not told" ] || fail "$output"
    echo "$block.1 20003 unproved" >expected
    differ 1 "$block.1 tcp 20003 unproved open"
    echo "$block.1 20003 open,unproved" >expected
    differ 0 ""
}

@test "a difference is certain, whatever else could not be told" {
    local status=0

    echo "$block.1 20003 closed" >expected
    run --separate-stderr timeout 20 "$netprobe" scan --expect expected -p 20003 "$block.1" -n no.such.name.invalid
    [ "$status" = 1 ] || fail "exit status $status" "$stderr"
    echo "$block.1 20003 open" >expected
    run --separate-stderr timeout 20 "$netprobe" scan --expect expected -p 20003 "$block.1" -n no.such.name.invalid
    [ "$status" = 2 ] || fail "exit status $status" "$stderr"
    [ "$output" = "1 port as expected, 0 differ, 1 target could not be used" ] || fail "$output"
}

@test "a file about others only could not be compared" {
    echo "192.0.2.1 20003 open" >expected
    run -2 --separate-stderr timeout 20 "$netprobe" scan --expect expected -p 20003 "$block.2"
    [ "$stderr" = "netprobe scan: expected names no port of those that were asked" ] || fail "$stderr"
    [ "$output" = "0 ports as expected, 0 differ" ] || fail "$output"
}

@test "what it refuses" {
    echo "$block.0/24 20003 open" >ranges
    refuses_like 'no target given, and ranges names no port of an address one by one' --expect ranges
    echo "$block.1 20003 open" >expected
    refuses_like '--expect shows what differs, --banner has no part in it' --expect expected --banner
    refuses_like '--expect shows what differs, --show has no part in it' --expect expected --show all
    cannot 'missing: No such file or directory' --expect missing
    printf '\n%s\n' "$block.1 20003 ajar" >wrong
    cannot "--expect wrong:2: 'ajar': states are open, closed, filtered, open.filtered, unreachable, unproved or all, in lower case" --expect wrong
    timeout 20 "$netprobe" ping -c 1 -j 127.0.0.1 >pinged || true
    cannot 'pinged:1: written by netprobe ping' --expect pinged
    cannot 'Is a directory' --expect .
}

@test "where the file is about the other protocol, that is said, and the option" {
    echo "$block.1 53/udp open" >udp
    scans 1 --udp -j -o udp.ndjson -p 20514,20515 "$block.1"
    printf '%s\n' "$block.1 20003 open" "$block.0/24 53/udp open" >tcp
    scans 0 -j -o tcp.ndjson -p 20003 "$block.1"
    for file in udp udp.ndjson; do
        refuses "no target given, and the ports that $file names one by one are of UDP: add --udp" --expect $file
    done
    for file in tcp tcp.ndjson; do
        refuses "no target given, and the ports that $file names one by one are of TCP: leave out --udp" --udp --expect $file
    done
    # with a target it is no error: nothing may be open then
    run -1 --separate-stderr timeout 20 "$netprobe" scan --expect udp -p 20003 "$block.1"
    [ "$stderr" = "netprobe scan: udp names no ports but those of UDP: add --udp" ] || fail "$stderr"
    run -2 --separate-stderr timeout 20 "$netprobe" scan --udp --expect tcp.ndjson -p 20003 "$block.1"
    [ "${stderr%%$'\n'*}" = "netprobe scan: tcp.ndjson names no ports but those of TCP: leave out --udp" ] || fail "$stderr"
    # and where there is something of either, it is as before
    scans 0 --expect tcp
    scans 0 --expect tcp -p 20003 "$block.1"
}

@test "what is expected is not written over" {
    echo "$block.1 20003 open" >expected
    cp expected before
    ln -s expected link
    ln expected hard
    mkdir sub
    for name in expected link hard sub/../expected; do
        refuses "--expect and --output are the same file, which would be emptied: $name" --expect expected -o $name
        refuses "--expect and --output are the same file, which would be emptied: expected" --expect $name -o expected
    done
    run -2 timeout 20 "$netprobe" scan --expect - -o expected <hard
    cmp before expected
    scans 0 --expect expected -o other
    scans 0 --expect expected -o /dev/null
    [ "$(cat other)" = "1 port as expected, 0 differ" ] || fail "$(cat other)"
}

@test "what has no end is not read to its end" {
    local file

    for file in /dev/zero /dev/full; do
        cannot "--expect $file:1: has a NUL" --expect "$file"
        cannot "--expect $file:1: has a NUL" --expect "$file" 127.0.0.1
    done
    cannot '--expect /dev/fd/[0-9]+:2: the line is too long' --expect <(
        echo "$block.1 20003 open"
        tr '\0' x </dev/zero
    )
    run -2 --separate-stderr timeout -s KILL 20 "$netprobe" scan -p 20003 @/dev/zero
    like "${stderr%%$'\n'*}" 'netprobe scan: /dev/zero:1.*: too long'
    run -2 --separate-stderr timeout -s KILL 20 "$netprobe" scan -p 20003 - </dev/zero
    like "${stderr%%$'\n'*}" 'netprobe scan: standard input:1.*: too long'
    run -2 --separate-stderr timeout -s KILL 20 "$netprobe" scan -p 20003 --exclude @/dev/zero 127.0.0.1
    like "${stderr%%$'\n'*}" 'netprobe scan: --exclude /dev/zero:1.*: too long'
}

@test "expectations come through a pipe, too" {
    run -0 --separate-stderr timeout 20 "$netprobe" scan --expect <(echo "$block.1 20003 open")
    [ "$output" = "1 port as expected, 0 differ" ] || fail "$output"
    run -0 --separate-stderr timeout 20 "$netprobe" scan --expect - <<<"$block.1 20003 open"
    [ "$output" = "1 port as expected, 0 differ" ] || fail "$output"
}
