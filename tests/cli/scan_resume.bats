#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# netprobe scan --resume: a run that was ended at any moment, and its file cut at any byte, ends with what one run finds.
# shellcheck disable=SC2154 # set by scan_setup() and by run

bats_require_minimum_version 1.5.0
load says.bash
load scan.bash

setup() {
    scan_setup
}

teardown() {
    scan_teardown
}

# once FILE ARGUMENT...: all of it in one run
once() {
    scans 0 -j -o "$@"
}

# resumes STATUS FILE ARGUMENT...: nothing on stderr
resumes() {
    scans "$1" --resume "${@:2}"
}

# is_whole FILE SUMMARIES: it reads as one run that came to its end
is_whole() {
    is "$1" '.[-1].type == "end" and .[-1].exit == 0'
    is "$1" "map(select(.type == \"summary\" and .complete)) | length == $2"
    is "$1" '[.[] | select(.type == "run")] | (map(.seed) | unique | length == 1) and .[0].resumed == null and all(.[1:][]; .resumed)'
}

# cut FILE BYTES: what is left of a file that was not written any further
cut_at() {
    head -c "$2" "$1" >cut.ndjson
}

# interrupted SIGNAL FILE COMMAND...: ends it after a moment. False: it was over by then.
interrupted() {
    local signal=$1 file=$2 pid moment lines=0 tries=400
    shift 2
    moment=0.$((RANDOM % 400 + 100))
    [ ! -e "$file" ] || lines=$(wc -l <"$file")
    "$@" >/dev/null 2>stderr </dev/null 3>&- 4>&- &
    pid=$!
    # it has begun
    while [ ! -e "$file" ] || [ "$(wc -l <"$file")" -le "$lines" ]; do
        ((tries-- > 0)) || fail "nothing is written" "$(cat stderr)"
        sleep 0.02
    done
    sleep "$moment"
    kill "-$signal" "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    echo "SIG$signal after $moment s: $(wc -l <"$file") lines, $(tail -n 1 stderr)"
    ! jq -s -e '.[-1].type == "end" and .[-1].exit != 2' "$file" >/dev/null 2>&1
}

# survives SIGNAL: five times
survives() {
    local arguments=(-j --rate 800 -p 20000-20999 "$block.0/30" "[::1]:21007" ::1 "$block.1:21100")

    listens "$block.1" 20007 21100 20500
    listens -6 ::1 20999
    once whole.ndjson "${arguments[@]}" --rate 1000000
    interrupted "$1" part.ndjson "$netprobe" scan "${arguments[@]}" -o part.ndjson
    for _ in 2 3 4 5; do
        interrupted "$1" part.ndjson "$netprobe" scan --resume part.ndjson || fail "over too early"
    done
    resumes 0 part.ndjson --rate 1000000 -q
    is part.ndjson 'map(select(.type == "run")) | length == 6'
    is_whole part.ndjson 7
    same_ports part.ndjson whole.ndjson
}

@test "killed five times at any moment and gone on with: the set of one run" {
    survives KILL
}

@test "interrupted five times by SIGINT and gone on with: the set of one run" {
    survives INT
}

@test "cut at any byte: the set of one run, whether in the middle of a line or between two" {
    local first size line

    listens "$block.1" 20007
    once whole.ndjson -p 20000-20040 "$block.1" "$block.2"
    first=$(head -n 1 whole.ndjson | wc -c)
    size=$(wc -c <whole.ndjson)
    line=$(sed -n 5p whole.ndjson | wc -c)
    for at in "$first" $((first + 1)) $((first + line - 1)) $((size - 1)) $((size - 2)) $((size - 40)) \
        $(for _ in {1..24}; do echo $((first + (RANDOM * 32768 + RANDOM) % (size - first))); done); do
        echo "cut at $at of $size"
        cut_at whole.ndjson "$at"
        run -0 timeout 60 "$netprobe" scan --resume cut.ndjson
        same_ports cut.ndjson whole.ndjson
        is_whole cut.ndjson 2
        is cut.ndjson 'map(select(.type == "summary")) | length == 2 and all(.[]; .complete and .counts.closed + (.counts.open // 0) == 41)'
    done
}

@test "a tail of zeros, as a power cut leaves it, is a line that was cut" {
    listens "$block.1" 20007
    once whole.ndjson -p 20000-20040 "$block.1"
    cut_at whole.ndjson 3000
    truncate -s +1M cut.ndjson
    resumes 0 cut.ndjson
    same_ports cut.ndjson whole.ndjson
    is_whole cut.ndjson 1
}

@test "what was known is not asked again: what listens no more is still what it was" {
    listens "$block.1" 20003
    once whole.ndjson --sequential -p 20000-20009 "$block.1"
    kill "${background[0]}"
    head -n 6 whole.ndjson >cut.ndjson
    resumes 0 cut.ndjson
    same_ports cut.ndjson whole.ndjson
    is cut.ndjson 'map(select(.type == "summary")) | length == 1 and .[0].counts == {"open": 1, "closed": 9}'
}

@test "an address that is done is passed over, its summary not written again" {
    listens "$block.1" 20003
    once whole.ndjson --sequential -p 20003 "$block.1-3"
    # the first address is done but for its summary, the second is, the third is not begun
    { sed -n 1p whole.ndjson; grep "addr\":\"$block.2\"" whole.ndjson; grep "\"port\",.*addr\":\"$block.1\"" whole.ndjson; } >cut.ndjson
    resumes 0 cut.ndjson
    same_ports cut.ndjson whole.ndjson
    is_whole cut.ndjson 3
}

@test "one address with ports of several targets: each has its summary" {
    listens "$block.1" 20003
    once whole.ndjson --sequential -p 20010-20012 "$block.1:20003" "$block.1:20004" "$block.1"
    for lines in 2 3 4 5 6 7 8; do
        head -n $lines whole.ndjson >cut.ndjson
        resumes 0 cut.ndjson
        same_ports cut.ndjson whole.ndjson
        is cut.ndjson 'map(select(.type == "summary")) | length == 3'
    done
}

@test "with nothing left to do, but no end in the file: says so, ends as the run would have" {
    listens "$block.1" 20003
    once whole.ndjson -p 20000-20009 "$block.1"
    sed '$d' whole.ndjson >cut.ndjson
    run -0 --separate-stderr timeout 20 "$netprobe" scan --resume cut.ndjson
    [ "$stderr" = "netprobe scan: cut.ndjson: nothing was left to do" ] || fail "$stderr"
    same_ports cut.ndjson whole.ndjson
    is cut.ndjson 'map(select(.type == "summary")) | length == 1'
}

@test "a run that is complete: says so, ends as it did, leaves the file alone" {
    listens "$block.1" 20003
    once open.ndjson -p 20003 "$block.1"
    scans 1 -j -o none.ndjson -p 20004 "$block.1"
    for file in open none; do
        cp $file.ndjson before
        run --separate-stderr timeout 20 "$netprobe" scan --resume $file.ndjson
        [ "$status" = "$([ $file = open ]; echo $?)" ] || fail "$file: $status"
        [ "$stderr" = "netprobe scan: $file.ndjson: the run is complete: nothing left to do" ] || fail "$stderr"
        [ -z "$output" ] || fail "$output"
        cmp before $file.ndjson
    done
}

@test "a run that ended with 2 and lacks nothing that can be asked: its file stays as it is, however often it is gone on with" {
    scans 1 -j -o whole.ndjson -p 20000-20009 "$block.1"
    sed -e '2s/"state":"[a-z]*"/"state":"unproved"/' -e 's/"counts":{[^}]*}/"counts":{"closed":9,"unproved":1}/' \
        -e 's/"unproved":0/"unproved":1/' -e 's/"exit":[01]/"exit":2/' whole.ndjson >unproved.ndjson
    cp unproved.ndjson before
    for _ in 1 2; do
        cannot 'unproved.ndjson: nothing was left to do' --resume unproved.ndjson
        cmp before unproved.ndjson
    done
    # what is missing is no port that could be asked
    run -2 timeout 20 "$netprobe" scan -j -o name.ndjson -p 20000-20009 "$block.1" no-such-name.invalid
    cp name.ndjson before
    for _ in 1 2; do
        cannot 'no-such-name.invalid' --resume name.ndjson
        cmp before name.ndjson
    done
}

@test "a run that ended with 2 and turns out to be whole: its file says so then" {
    listens "$block.1" 20003
    once whole.ndjson -p 20000-20009 "$block.1"
    sed 's/"exit":0/"exit":2/' whole.ndjson >ended.ndjson
    run -0 timeout 20 "$netprobe" scan --resume ended.ndjson
    is_whole ended.ndjson 1
    run -0 timeout 20 "$netprobe" scan --resume ended.ndjson
    [[ $output == *"the run is complete: nothing left to do" ]] || fail "$output"
}

@test "after it has gone on, a run is complete, too" {
    listens "$block.1" 20003
    once whole.ndjson -p 20000-20009 "$block.1"
    cut_at whole.ndjson 700
    resumes 0 cut.ndjson
    run -0 --separate-stderr timeout 20 "$netprobe" scan --resume cut.ndjson
    [[ $stderr == *"nothing left to do" ]] || fail "$stderr"
}

@test "with --show the ports that are not listed are asked again, those listed are not" {
    listens "$block.1" 20003
    once whole.ndjson --show open -p 20000-20009 "$block.1" "$block.1:20003"
    sed '$d' whole.ndjson >cut.ndjson
    run -0 timeout 20 "$netprobe" scan --resume cut.ndjson
    [ "$(ports cut.ndjson)" = "$(ports whole.ndjson)" ] || fail "$(ports cut.ndjson)"
    head -n 1 whole.ndjson >cut.ndjson
    resumes 0 cut.ndjson
    [ "$(ports cut.ndjson)" = "$(ports whole.ndjson)" ] || fail "$(ports cut.ndjson)"
}

@test "with --banner what was found open and not heard is asked for its banner, and told once" {
    listens "$block.1" 20003 20005
    once whole.ndjson --banner -p 20000-20009 "$block.1"
    is whole.ndjson 'map(select(.type == "banner")) | length == 2'
    grep -v -e '"end"' -e '"summary"' -e '"banner".*20005' whole.ndjson >cut.ndjson
    is cut.ndjson 'map(select(.type == "banner")) | length == 1'
    resumes 0 cut.ndjson
    same_ports cut.ndjson whole.ndjson
    is cut.ndjson 'map(select(.type == "banner") | .port) | sort == [20003, 20005]'
    is_whole cut.ndjson 1
}

@test "a shard stays the one that the job had" {
    scans 1 -j -o whole.ndjson -p 20000-20099 "$block.1" --shard 2/3
    PARALLEL_SEQ=2 run -1 timeout 20 "$netprobe" scan -j -o job.ndjson -p 20000-20099 "$block.1" --shard auto/3
    cut_at job.ndjson 2000
    PARALLEL_SEQ=3 run -1 timeout 20 "$netprobe" scan --resume cut.ndjson
    same_ports cut.ndjson whole.ndjson
    is cut.ndjson 'map(select(.type == "run") | .shard) == ["2/3", "2/3"]'
}

@test "arguments of any characters come back as they were typed" {
    local list=$'ho sts\\x41\t\xff'

    listens "$block.1" 20003
    printf '%s\n' "$block.1" >"$list"
    once whole.ndjson -p 20000-20009 -- "@$list"
    cut_at whole.ndjson 900
    resumes 0 cut.ndjson
    same_ports cut.ndjson whole.ndjson
}

@test "a list on standard input is given again" {
    listens "$block.1" 20003
    "$netprobe" scan -j -o whole.ndjson -p 20000-20009 - <<<"$block.1"
    cut_at whole.ndjson 900
    "$netprobe" scan --resume cut.ndjson <<<"$block.1"
    same_ports cut.ndjson whole.ndjson
}

@test "results that were sent to standard output can go on in their file, too, and elsewhere" {
    listens "$block.1" 20003
    "$netprobe" scan -j -p 20000-20009 "$block.1" >whole.ndjson
    mkdir elsewhere
    head -c 900 whole.ndjson >elsewhere/cut.ndjson
    resumes 0 elsewhere/cut.ndjson
    same_ports elsewhere/cut.ndjson whole.ndjson
    [ -z "$output" ] || fail "$output"
}

@test "an address that stands twice among the targets: what is known of it is known of both" {
    listens "$block.1" 20003
    scans 0 -j -o whole.ndjson -p 20000-20009 "$block.1" "$block.1"
    is whole.ndjson 'map(select(.type == "port")) | length == 20'
    cut_at whole.ndjson 1500
    resumes 0 cut.ndjson
    [ "$(ports cut.ndjson | uniq)" = "$(ports whole.ndjson | uniq)" ] || fail "$(ports cut.ndjson)"
    is cut.ndjson 'map(select(.type == "summary")) | length == 2 and all(.[]; .counts == {"open": 1, "closed": 9})'
}

# --- what has to be proved ----------------------------------------------------------------------

# holds ADDRESS FIRST LAST: they accept, say nothing, and keep the connection
holds() {
    local log=$BATS_TEST_TMPDIR/holds tries=200 ports=()

    for ((port = $2; port <= $3; port++)); do
        ports+=("$port=never")
    done
    "$tools/hostile" "$1" "${ports[@]}" >"$log" 2>&1 </dev/null 3>&- 4>&- &
    background+=("$!")
    while ! grep -q ready "$log"; do
        ((tries-- > 0)) || fail "nobody listens: $*" "$(cat "$log")"
        sleep 0.05
    done
}

@test "with --require-data what was cut before it had proved anything is asked again" {
    holds "$block.1" 20000 20019
    once whole.ndjson --require-data -p 20000-20029 "$block.1"
    is whole.ndjson 'map(select(.type == "port" and .state == "open")) | length == 20'
    interrupted INT part.ndjson "$netprobe" scan -j -o part.ndjson --require-data -p 20000-20029 "$block.1"
    is part.ndjson 'map(select(.type == "port" and .state == "unproved")) == []'
    is part.ndjson '[.[] | select(.type == "summary")] | length == 1 and (.[0] | (.complete | not) and .unproved > 0)'
    resumes 0 part.ndjson
    same_ports part.ndjson whole.ndjson
    is part.ndjson '[.[] | select(.type == "summary")][-1] | .complete and .counts == {"open": 20, "closed": 10}'
}

# --- how far it is ------------------------------------------------------------------------------

@test "the progress line counts what was known once, and its pace is that of this run" {
    "$netprobe" scan -j -o whole.ndjson -p 1-60000 "$block.1" || true
    head -n 50001 whole.ndjson >cut.ndjson
    run timeout 30 env LC_ALL=C.UTF-8 TERM=xterm script -qec \
        "stty cols 100 rows 24; timeout -s INT 4 $netprobe scan --resume cut.ndjson --rate 1000" /dev/null </dev/null 3>&- 4>&-
    echo "$output" | tr '\r' '\n' | sed 's/\x1b[^A-Za-z]*[A-Za-z]//g' >lines
    grep -q '/60,000 ports  8[4-9]\.[0-9]%  [0-9,]*/s  ETA [0-9]* s' lines || fail "$(cat lines)"
    ! grep -E '/60,000 ports.* [0-9]+,[0-9]{3},[0-9]{3}/s|/60,000 ports.* ([2-9]|[0-9]{2,}),[0-9]{3}/s' lines || fail "$(cat lines)"
}

# --- files that are still being written -----------------------------------------------------------

# writes FILE: a run that takes its time
writes() {
    local tries=400

    "$netprobe" scan -j -o "$1" --sequential --rate 200 -p 20000-20999 "$block.1" </dev/null 2>/dev/null 3>&- 4>&- &
    background+=("$!")
    until [ -e "$1" ] && [ "$(wc -l <"$1")" -gt 20 ]; do
        ((tries-- > 0)) || fail "nothing is written"
        sleep 0.02
    done
}

# is_left_alone FILE: the run that writes it comes to its end, and has each port once
is_left_alone() {
    wait "${background[-1]}" || [ $? = 1 ]
    is "$1" 'map(select(.type == "port") | .port) | length == 1000 and (unique | length) == 1000'
    is "$1" '(map(select(.type == "run")) | length == 1) and .[-1].type == "end" and .[-1].exit == 1'
}

@test "a file that is still being written is neither gone on with nor begun anew" {
    writes part.ndjson
    ln -s part.ndjson link
    cannot '--resume part.ndjson: another netprobe is still writing to it' --resume part.ndjson
    cannot '--resume link: another netprobe is still writing to it' --resume link
    cannot 'part.ndjson: another netprobe is still writing to it' -o part.ndjson -p 20003 "$block.1"
    command=ping cannot 'link: another netprobe is still writing to it' -c 1 -o link 127.0.0.1
    is_left_alone part.ndjson
}

@test "a file that is gone on with is held, too" {
    local pid tries=400

    writes part.ndjson
    kill -KILL "${background[-1]}"
    wait "${background[-1]}" 2>/dev/null || true
    "$netprobe" scan --resume part.ndjson </dev/null 2>/dev/null 3>&- 4>&- &
    background+=("$!")
    while [ "$(grep -c '"run"' part.ndjson)" -lt 2 ]; do
        ((tries-- > 0)) || fail "nothing goes on"
        sleep 0.02
    done
    cannot '--resume part.ndjson: another netprobe is still writing to it' --resume part.ndjson
    cannot 'part.ndjson: another netprobe is still writing to it' -o part.ndjson -p 20003 "$block.1"
    wait "${background[-1]}" || [ $? = 1 ]
    is part.ndjson 'map(select(.type == "port") | .port) | length == 1000 and (unique | length) == 1000'
}

# --- what it refuses ----------------------------------------------------------------------------

@test "targets and options that are given anew are refused; pace is not" {
    listens "$block.1" 20003
    once whole.ndjson -p 20000-20009 "$block.1"
    cut_at whole.ndjson 900
    cp cut.ndjson before
    refuses "--resume takes the targets from cut.ndjson: 192.0.2.1 cannot be added" --resume cut.ndjson 192.0.2.1
    refuses "--resume takes the options from cut.ndjson: --ports cannot be given anew" --resume cut.ndjson -p 22
    refuses "--resume takes the options from cut.ndjson: --output cannot be given anew" --resume cut.ndjson -o x
    refuses "--resume takes the options from cut.ndjson: --seed cannot be given anew" --resume cut.ndjson --seed 1
    refuses "--resume takes the options from cut.ndjson: --exclude cannot be given anew" --resume cut.ndjson --exclude ::1
    refuses "--resume takes the options from cut.ndjson: --shard cannot be given anew" --resume cut.ndjson --shard 1/2
    refuses "--resume takes the options from cut.ndjson: --expect cannot be given anew" --resume cut.ndjson --expect x
    refuses "--resume takes the options from cut.ndjson: --format cannot be given anew" --resume cut.ndjson --format table
    cmp before cut.ndjson
    resumes 0 cut.ndjson --format json --rate 100000 --parallel 10 --timeout 1 --delay 0.001 -q -j
    same_ports cut.ndjson whole.ndjson
}

# refused FILE REGEX: exit 2, one line, and the file stays as it is
refused() {
    [ ! -f "$1" ] || cp "$1" before
    cannot "$2" --resume "$1"
    [ ! -f "$1" ] || cmp before "$1"
}

@test "files that cannot be gone on with: one line each, exit status 2" {
    local run='{"type":"run","schema":1,"command":"scan","args":["scan","127.0.0.1"]}'

    refused missing.ndjson 'missing.ndjson: No such file'
    refused . 'Is a directory'
    refused /dev/zero 'not a regular file'
    truncate -s 1G zeros
    refused zeros 'zeros:1: has a NUL'
    rm zeros before
    mkfifo pipe
    refused pipe 'not a regular file'
    refused - 'not a regular file'
    timeout 20 "$netprobe" scan -p 20003 "$block.1" >table || true
    refused table "table:1: no record: only what 'netprobe scan -j' wrote is of use here"
    : >empty
    refused empty 'no record of a run'
    printf '%s' "${run::40}" >begun
    refused begun 'no record of a run'
    timeout 20 "$netprobe" ping -c 1 -j 127.0.0.1 >pinged || true
    refused pinged 'pinged:1: written by netprobe ping, not by netprobe scan'
    echo "${run/\"schema\":1/\"schema\":2}" >schema
    refused schema 'schema:1: schema 2 is not known to this version'
    printf '%s\n%s\n' "$run" "$run" >two
    refused two 'the records of several runs'
    printf '%s\nx\n{"type":"end","exit":2}\n' "$run" >noise
    refused noise 'noise:2: no record'
    echo "${run/127.0.0.1/--resume\",\"x}" >second
    refused second 'the run that it began with is missing'
    echo "${run/127.0.0.1/--expect\",\"x}" >expect
    refused expect 'a run with --expect'
    echo "${run/127.0.0.1/--frobnicate}" >unknown
    refused unknown 'the arguments of its run: unknown option --frobnicate'
    echo "${run/127.0.0.1/--help}" >help
    refused help 'the arguments of its run: they ask for help'
    echo "${run/\"scan\",\"127.0.0.1\"/}" >none
    refused none 'does not say its arguments'
}

@test "a file that cannot be written is told before anything is asked" {
    [ "$(id -u)" != 0 ] || skip "root writes everywhere"
    scans 1 -j -o whole.ndjson -p 20000-20009 "$block.1"
    cut_at whole.ndjson 900
    chmod a-w cut.ndjson
    refused cut.ndjson 'Permission denied'
}
