#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the command line answers to what it does not understand, and where its own texts go.

bats_require_minimum_version 1.5.0

setup() {
    root=$BATS_TEST_DIRNAME/../..
    netprobe=${NETPROBE:-$root/build/netprobe}
}

# usage_error LINE HINT ARGUMENT...: exit 2, nothing on stdout, LINE and the hint on stderr
usage_error() {
    local line=$1 hint=$2
    shift 2
    run -2 --separate-stderr "$netprobe" "$@"
    [ -z "$output" ]
    [ "$stderr" = "$line"$'\n'"try '$hint --help'" ]
}

scan_error() {
    local line=$1
    shift
    usage_error "netprobe scan: $line" "netprobe scan" scan "$@"
}

# one_line TEXT COMMAND: runs COMMAND in a shell; exit 2 and TEXT as the only line on stderr
one_line() {
    run -2 --separate-stderr env NETPROBE="$netprobe" bash -c "$2"
    [ "$stderr" = "$1" ]
}

@test "no command is a usage error" {
    usage_error "netprobe: no command given" netprobe
    usage_error "netprobe: the command comes first" netprobe --
}

@test "an unknown command is named, and the nearest one" {
    usage_error "netprobe: unknown command scna (did you mean scan?)" netprobe scna -p 22 localhost
    usage_error "netprobe: unknown command pong (did you mean ping?)" netprobe pong
    usage_error "netprobe: unknown command xylophone" netprobe xylophone
}

@test "an unknown option is named, and the nearest one" {
    scan_error "unknown option --prots (did you mean --ports?)" --prots 22 localhost
    scan_error "unknown option --time-out (did you mean --timeout?)" --time-out=3 localhost
    scan_error "unknown option --xylophone" --xylophone
    scan_error "unknown option -P (did you mean -p?)" -P 22
    scan_error "unknown option -Z in -4Z" -4Z
    usage_error "netprobe: unknown option --verison (did you mean --version?)" netprobe --verison
}

@test "a beginning that fits several options is named with all of them" {
    scan_error "ambiguous option --ipv: --ipv4, --ipv6" --ipv localhost
}

@test "a value out of bounds is named with option and bounds" {
    scan_error "--rate 0: out of range: 1 to 10000000" --rate 0 localhost
    scan_error "--parallel 1000001: out of range: 1 to 1000000" --parallel=1000001 localhost
    scan_error "-w 9ms: out of range: 10ms to 60s" -w9ms localhost
    scan_error "--retries 101: out of range: 0 to 100" --retries 101 localhost
    scan_error "--delay 2m: out of range: 0 to 60s" --delay 2m localhost
    scan_error "--icmp-wait 61m: out of range: 0 to 60m" --icmp-wait 61m localhost
    scan_error "--seed 18446744073709551616: out of range: 0 to 18446744073709551615" \
        --seed 18446744073709551616 localhost
}

@test "ports and targets that are none are named, with their option" {
    scan_error "-p '': nothing given" -p '' localhost
    scan_error "-p 0: ports are 1 to 65535" -p 0 localhost
    scan_error "-p 22,,80: '': nothing given" -p 22,,80 localhost
    scan_error "-p 22,x: 'x': no such service" -p 22,x localhost
    scan_error "--exclude-ports 0: ports are 1 to 65535" --exclude-ports 0 localhost
    scan_error "'': nothing given" ''
    scan_error "--exclude '': nothing given" --exclude '' localhost
    for command in scan ping banner; do
        usage_error "netprobe $command: fe80::1: a link-local address needs its interface, as fe80::1%eth0 has it" \
            "netprobe $command" $command fe80::1
    done
}

@test "a link-local address that is to be left out needs no interface: it is left out on each" {
    for command in "scan -p 9" "banner -p 9" "ping -c 1"; do
        for left_out in fe80::1 fe80::/120 fe80::1-fe80::2 fe80::1%lo; do
            # shellcheck disable=SC2086
            run -2 --separate-stderr timeout 20 "$netprobe" $command --exclude $left_out fe80::1%lo
            [[ $stderr == "netprobe ${command%% *}: nothing to "*": every target is left out, or the list is empty" ]]
        done
    done
}

@test "a value of the wrong kind is named" {
    scan_error "--rate fast: not a whole number" --rate fast localhost
    scan_error "--rate '': nothing given" --rate= localhost
    scan_error "-o '': nothing given" -o '' localhost
    scan_error "--expect '': nothing given" --expect ''
    scan_error "--shard '': it is written I/N, auto/N or auto" --shard '' localhost
    scan_error "--show '': states are open, closed, filtered, open|filtered, unreachable, unproved or all, in lower case" \
        --show '' localhost
    scan_error "-w 3h: times take ms, s or m" -w 3h localhost
    scan_error "-w soon: not a time, such as 250ms, 1.5s or 2m" -w soon localhost
    scan_error "--color red: not one of auto, always, never" --color red localhost
    scan_error "--format xml: not one of table, json" --format xml localhost
    usage_error "netprobe: --completion tcsh: not one of bash, zsh, fish" netprobe --completion tcsh
}

@test "only IPv4 and only IPv6 together are named" {
    scan_error "-6 contradicts -4" -4 -6 localhost
    scan_error "--ipv4 contradicts --ipv6" -6 --ipv4 localhost
}

@test "a missing and a superfluous value are named" {
    scan_error "-p needs a value: PORTS" localhost -p
    scan_error "--json takes no value" --json=yes localhost
}

# asked ARGUMENT...: the ports that a scan asks
asked() {
    timeout 20 "$netprobe" scan -j "$@" 127.0.0.1 2>&1 | jq -r 'select(.type == "port").port' | sort | xargs
}

@test "lists that are given in pieces count as a whole" {
    [ "$(asked -p 20001 -p 20003,20002)" = "20001 20002 20003" ]
    [ "$(asked -p 20001-20006 --exclude-ports 20002 --exclude-ports 20004-20005)" = "20001 20003 20006" ]
    [ "$(asked -p 20001 --show open --show closed)" = 20001 ]
    [ "$(asked -p 20001 --show closed --show all)" = 20001 ]
    [ "$(asked -p 20001 --show closed --show open)" = 20001 ]
    [ "$("$netprobe" sockets -tl --sort port --sort -user)" = "$("$netprobe" sockets -tl --sort port,-user)" ]
    scan_error "-p 22,: '': nothing given" -p 22 -p "" localhost
    usage_error "netprobe sockets: --sort shoe: no such key" "netprobe sockets" sockets --sort port --sort shoe
}

@test "of another option that is repeated the last one counts" {
    [ "$(asked -p 20001 --format table --format json --rate 1 --rate 1000 --color always --color never)" = 20001 ]
}

@test "a list is not emptied by the results" {
    cd "$BATS_TEST_TMPDIR"
    echo 127.0.0.1 >hosts
    ln -s hosts linked
    for command in "scan -p 20001" "banner -p 20001" "ping -c 1"; do
        read -ra words <<<"$command"
        name="netprobe ${words[0]}"
        same="and --output are the same file, which would be emptied:"
        usage_error "$name: @hosts $same linked" "$name" "${words[@]}" @hosts -o linked
        usage_error "$name: --exclude @linked $same hosts" "$name" "${words[@]}" 127.0.0.1 --exclude @linked -o hosts
        usage_error "$name: - $same hosts" "$name" "${words[@]}" - -o hosts <linked
        usage_error "$name: @- $same hosts" "$name" "${words[@]}" @- -o hosts <linked
    done
    [ "$(cat hosts)" = 127.0.0.1 ]
}

@test "a list of nothing that does not end is given up" {
    nothing=": nothing but empty lines and comments for 16 MiB, read no further"
    one_line "netprobe scan: standard input:16777217$nothing" "yes '' | timeout 60 \"\$NETPROBE\" scan -"
    one_line "netprobe banner: standard input:2097153$nothing" "yes '#######' | timeout 60 \"\$NETPROBE\" banner @-"
    one_line "netprobe scan: --exclude standard input:16777217$nothing"$'\n'"try 'netprobe scan --help'" \
        "yes '' | timeout 60 \"\$NETPROBE\" scan localhost --exclude -"
}

@test "control characters in an argument cannot break the line" {
    scan_error 'unknown option --a\nb\x1b[31m' $'--a\nb\e[31m'
}

@test "--help of program and command is on stdout, exit 0" {
    for command in "" scan ping; do
        # shellcheck disable=SC2086
        run -0 --separate-stderr "$netprobe" $command --help
        [[ $output == "Usage: netprobe "* ]]
        [ -z "$stderr" ]
    done
    run -0 "$netprobe" scan localhost -vh
}

@test "--version names netprobe and its libraries" {
    run -0 --separate-stderr "$netprobe" --version
    [[ ${lines[0]} =~ ^netprobe\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    [[ $output == *$'\n'json-c\ 0.* ]]
    [[ $output == *$'\n'"OpenSSL "3.* ]]
    [[ $output == *$'\n'"libpcap version "1.*$'\n'"zlib "1.*", libzstd "1.*", liblzma "5.* ]]
    [[ $output == *$'\n'libcap\ [0-9]* ]]
}

@test "standard input that is closed is said where targets are read from it" {
    for command in "scan -p 22" ping "banner -p 22"; do
        for list in - @-; do
            run -2 --separate-stderr bash -c "\"$netprobe\" $command $list <&-"
            [ -z "$output" ]
            [ "${stderr%%$'\n'*}" = "netprobe ${command%% *}: standard input: Bad file descriptor" ]
        done
    done
    run -2 --separate-stderr bash -c "\"$netprobe\" scan --expect - <&-"
    [ "$stderr" = "netprobe scan: --expect -: Bad file descriptor" ]
}

@test "a full disk under --help, --version and --completion is one line, exit 2" {
    for text in --help --version "--completion bash" "scan --help"; do
        name=netprobe
        [[ $text == scan* ]] && name="netprobe scan"
        one_line "$name: standard output: No space left on device" "\"\$NETPROBE\" $text >/dev/full"
    done
}

@test "a closed stdout is one line, exit 2" {
    for text in --help --version; do
        one_line "netprobe: standard output: Bad file descriptor" "\"\$NETPROBE\" $text >&-"
        one_line "netprobe: standard output: Bad file descriptor" "\"\$NETPROBE\" $text <&- >&-"
    done
}

@test "a reader that went away is one line, exit 2, no signal" {
    one_line "netprobe: standard output: Broken pipe" \
        "exec 4> >(:); wait \$!; \"\$NETPROBE\" --help >&4"
}

@test "closed stdin and stderr do no harm" {
    run -0 bash -c "\"$netprobe\" --help <&- 2>&-"
    [[ $output == "Usage: netprobe "* ]]
    run -2 bash -c "\"$netprobe\" <&- >&- 2>&-"
    [ -z "$output" ]
}

@test "a file keeps what it has where the command line is wrong" {
    cd "$BATS_TEST_TMPDIR"
    echo kept >file
    scan_error "--exclude foo..x: not a host name" -o file --exclude foo..x localhost
    usage_error "netprobe ping: no target given" "netprobe ping" ping -j -o file
    usage_error "netprobe sockets: --state foo: no such state" "netprobe sockets" sockets -j -o file --state foo
    [ "$(<file)" = kept ]
}
