#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A reader of the results that stops reading, as less(1) does: the program waits for it, and can be ended.

bats_require_minimum_version 1.5.0

setup() {
    root=$BATS_TEST_DIRNAME/../..
    netprobe=${NETPROBE:-$root/build/netprobe}
    fifo=$BATS_TEST_TMPDIR/fifo err=$BATS_TEST_TMPDIR/err
    background=()
    mkfifo "$fifo"
}

teardown() {
    local pid

    for pid in "${background[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

fail() {
    printf '%s\n' "$@"
    return 1
}

# scans OPTION...: many records into the fifo; netprobe itself is $pid, descriptor 5 is the fifo's reader
scans() {
    exec 5<>"$fifo"
    "$netprobe" scan "$@" -p 1-20000 127.0.0.1 >"$fifo" 2>"$err" </dev/null 3>&- 4>&- 5>&- &
    pid=$!
    background+=("$pid")
}

# waiting: until netprobe has filled the pipe; where the kernel does not tell, two seconds
waiting() {
    local tries=40

    until cat "/proc/$pid"/task/*/wchan 2>/dev/null | grep -q pipe_write || ((tries-- == 0)); do
        sleep 0.05
    done
    kill -0 "$pid" || fail "it does not wait for its reader" "$(<"$err")"
}

# ends STATUSES: within two seconds
ends() {
    local tries=40 status=0

    while kill -0 "$pid" 2>/dev/null && [ "$(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null)" != Z ]; do
        ((tries-- > 0)) || fail "it goes on"
        sleep 0.05
    done
    wait "$pid" || status=$?
    [[ " $1 " == *" $status "* ]] || fail "exit status $status" "$(<"$err")"
}

# complete FILE: all lines but the last are records
complete() {
    sed '$d' "$1" | jq -s -e 'length > 100' >/dev/null || fail "not records" "$(head -c 2000 "$1")"
}

@test "SIGINT and SIGTERM end a run whose reader stopped: exit 2, one line on stderr, whole records" {
    local signal

    for signal in INT TERM; do
        scans -j
        waiting
        kill "-$signal" "$pid"
        ends 2
        [ "$(<"$err")" = "netprobe scan: standard output: interrupted" ] || fail "$(<"$err")"
        exec 6<"$fifo" 5>&-
        cat <&6 >"$BATS_TEST_TMPDIR/out"
        exec 6<&-
        complete "$BATS_TEST_TMPDIR/out"
    done
}

@test "a table, too" {
    scans --show all
    waiting
    kill -INT "$pid"
    ends 2
    [ "$(<"$err")" = "netprobe scan: standard output: interrupted" ] || fail "$(<"$err")"
}

@test "without a signal the run waits for its reader, and nothing is lost" {
    scans -j
    waiting
    sleep 1
    exec 6<"$fifo" 5>&-
    cat <&6 >"$BATS_TEST_TMPDIR/out"
    exec 6<&-
    ends "0 1"
    [ ! -s "$err" ] || fail "$(<"$err")"
    [ "$(jq -r .type "$BATS_TEST_TMPDIR/out" | grep -c port)" = 20000 ] || fail "$(wc -l "$BATS_TEST_TMPDIR/out")"
}

@test "another thread writes for pcap: it does not hold the program either" {
    local signal format mix=$BATS_TEST_DIRNAME/../../build/${VARIANT:-release}/tests/tools/mix

    "$mix" 20000 >"$BATS_TEST_TMPDIR/mix.pcap"
    for signal in INT TERM; do
        for format in table json; do
            rm -f "$fifo"
            mkfifo "$fifo"
            exec 5<>"$fifo"
            "$netprobe" pcap -n -r "$BATS_TEST_TMPDIR/mix.pcap" --format $format >"$fifo" 2>"$err" \
                </dev/null 3>&- 4>&- 5>&- &
            pid=$!
            background+=("$pid")
            waiting
            sleep 0.5
            kill "-$signal" "$pid"
            ends 2
            [ "$(<"$err")" = "netprobe pcap: standard output: interrupted" ] || fail "$(<"$err")"
            exec 5>&-
        done
    done
}
