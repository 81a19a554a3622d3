#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# netprobe ping: what it refuses, its lines, its records and its exit status, on loopback and in network
# namespaces of its own. What needs a path with routers, firewalls and loss is in tests/netns.

bats_require_minimum_version 1.5.0
load says.bash

setup() {
    root=$BATS_TEST_DIRNAME/../..
    netprobe=${NETPROBE:-$root/build/netprobe}
    # shellcheck disable=SC2034 # for says.bash
    command=ping
    listen=$root/build/${VARIANT:-release}/tests/tools/listen
    PATH=$PATH:/usr/sbin:/sbin
    background=()
}

teardown() {
    local pid

    for pid in "${background[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
}

needs_echo() {
    local first last

    [ "$(id -u)" = 0 ] && return
    read -r first last </proc/sys/net/ipv4/ping_group_range
    if [ "$(id -g)" -lt "$first" ] || [ "$(id -g)" -gt "$last" ]; then
        skip "ICMP needs root or net.ipv4.ping_group_range"
    fi
}

# pings STATUS ARGUMENT...: nothing on stderr
pings() {
    local status=$1
    shift
    needs_echo
    run "-$status" --separate-stderr timeout 30 "$netprobe" ping "$@"
    [ -z "$stderr" ] || fail "stderr: $stderr"
}

# json STATUS ARGUMENT...: the records as one array in $records
json() {
    pings "$1" -j "${@:2}"
    records=$(jq -s . <<<"$output") || fail "$output"
}

# is FILTER: true for the array of all records
is() {
    jq -e "$1" <<<"$records" >/dev/null || fail "not so: $1" "$records"
}

# fields TYPE NAME...: every record of that type has these fields and no others
fields() {
    local type=$1 expected
    shift
    expected=$(printf '%s\n' type "$@" | sort | paste -sd' ')
    is "[.[] | select(.type == \"$type\") | keys | sort | join(\" \")] | length > 0 and all(. == \"$expected\")"
}

# alone STATUS SCRIPT: runs SCRIPT in a network namespace of its own, in which 10.99.0.2 and fd99::2 are
# silent, nobody has 10.99.0.3, there is no route to 10.98.0.0/24, and 10.97.0.0/24 is prohibited
alone() {
    local status=$1 enter=(unshare --net --mount)

    [ "$(id -u)" = 0 ] || enter=(unshare --user --map-root-user --net --mount)
    "${enter[@]}" true 2>/dev/null || skip "network namespaces are not allowed here"
    # shellcheck disable=SC2016 # for the inner shell
    run "-$status" --separate-stderr "${enter[@]}" sh -c 'set -e
        ip link set lo up
        ip link add v0 type veth peer name v1
        ip addr add 10.99.0.1/24 dev v0
        ip addr add fd99::1/64 dev v0 nodad
        ip link set v0 up
        ip link set v1 up
        ip neigh add 10.99.0.2 lladdr 02:00:00:00:00:99 nud permanent dev v0
        ip neigh add fd99::2 lladdr 02:00:00:00:00:99 nud permanent dev v0
        ip route add prohibit 10.97.0.0/24
        eval "$1"' sh "np='timeout 20 $netprobe ping'; $2"
}

# in_background ARGUMENT...: netprobe itself is $pid; it writes to $out and $err
in_background() {
    out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
    : >"$out" # else what an earlier one wrote might be read
    env --default-signal=HUP "$netprobe" ping "$@" >"$out" 2>"$err" </dev/null 3>&- 4>&- &
    pid=$!
    background+=("$pid")
}

# until_true COMMAND...: within ten seconds
until_true() {
    local tries=200

    while ! "$@" 2>/dev/null; do
        ((tries-- > 0)) || fail "never true: $*"
        sleep 0.05
    done
}

# listener: an open TCP port of 127.0.0.1 is $port
listener() {
    local log=$BATS_TEST_TMPDIR/listen

    port=$((20000 + RANDOM % 10000))
    "$listen" 127.0.0.1 "$port" >"$log" 2>&1 </dev/null 3>&- 4>&- &
    background+=("$!")
    until_true grep -q ready "$log"
}

millis() {
    date +%s%3N
}

TIME='(0\.[0-9]{3}|[1-9]\.[0-9]{2}|[1-9][0-9]\.[0-9]|[1-9][0-9]{2,}) ms'
NUMBER='[0-9]+\.[0-9]{3}'
RTT="rtt min/avg/max/mdev = $NUMBER/$NUMBER/$NUMBER/$NUMBER ms, median $NUMBER ms, p95 $NUMBER ms, p99 $NUMBER ms, jitter $NUMBER ms"

# --- arguments that cannot be -----------------------------------------------------------------------------

@test "an IPv4-mapped address is asked over IPv4, whichever way" {
    json 0 -c 1 ::ffff:127.0.0.1
    jq -e 'map(select(.type == "reply")) | length == 1 and all(.from == "127.0.0.1")' <<<"$records"
    json 0 -c 1 --udp 9 ::ffff:127.0.0.1
    jq -e 'map(select(.type == "reply")) | length == 1 and all(.from == "127.0.0.1" and .state == "closed")' <<<"$records"
}

@test "a value out of bounds is named with option and bounds" {
    refuses "-s 65528: out of range: 0 to 65527" -s 65528 127.0.0.1
    refuses "-t 0: out of range: 1 to 255" -t 0 127.0.0.1
    refuses "-t 256: out of range: 1 to 255" -t 256 127.0.0.1
    refuses "-W 0: out of range: 1ms to 60m" -W 0 127.0.0.1
    refuses "-w 0: out of range: 1ms to 1000000s" -w 0 127.0.0.1
    refuses "-l 0: out of range: 1 to 65536" -l 0 127.0.0.1
    refuses "-i 61m: out of range: 0 to 60m" -i 61m 127.0.0.1
    refuses "--period 61m: out of range: 0 to 60m" --period 61m 127.0.0.1
    refuses "--tcp 0: out of range: 1 to 65535" --tcp 0 127.0.0.1
    refuses "--tcp 70000: out of range: 1 to 65535" --tcp 70000 127.0.0.1
    refuses "--udp 65536: out of range: 1 to 65535" --udp 65536 127.0.0.1
    refuses "--rate 0: out of range: 1 to 10000000" --rate 0 127.0.0.1
    refuses "-c 9223372036854775808: out of range: 0 to 9223372036854775807" -c 9223372036854775808 127.0.0.1
    refuses "-Q 256: out of range: 0 to 255" -Q 256 127.0.0.1
    refuses "-Q 0x100: out of range: 0 to 255" -Q 0x100 127.0.0.1
}

@test "a value of the wrong kind is named" {
    refuses "-c -1: not a whole number" -c -1 127.0.0.1
    refuses "-c x: not a whole number" -c x 127.0.0.1
    refuses "-i -1: not a time, such as 250ms, 1.5s or 2m" -i -1 127.0.0.1
    refuses "-Q ef: not a whole number" -Q ef 127.0.0.1
    refuses "-M maybe: not one of do, want, dont, probe" -M maybe 127.0.0.1
    refuses "-p xyz: not hexadecimal digits" -p xyz 127.0.0.1
    refuses "-p 000102030405060708090a0b0c0d0e0f10: more than 16 bytes" \
        -p 000102030405060708090a0b0c0d0e0f10 127.0.0.1
    refuses "-p '': nothing given" -p '' 127.0.0.1
}

@test "options that exclude each other are named" {
    refuses "--tcp and --udp exclude each other" --tcp 80 --udp 53 127.0.0.1
    refuses "--alive and --dead exclude each other" --alive --dead 127.0.0.1
    refuses "-H and -n exclude each other" -nH 127.0.0.1
    for option in "-s 56" "-p ff" "-t 9" "-Q 8" "-M do" "-I lo"; do
        # shellcheck disable=SC2086 # two words
        refuses "${option% *} and --tcp exclude each other" --tcp 80 $option 127.0.0.1
        # shellcheck disable=SC2086
        refuses "${option% *} and --udp exclude each other" --udp 80 $option 127.0.0.1
    done
}

@test "no target is a usage error" {
    refuses "no target given"
    refuses "no target given" -c 1
}

@test "an unknown option is named, and the nearest one" {
    refuses "unknown option --cuont (did you mean --count?)" --cuont 3 127.0.0.1
    refuses "unknown option -R" -R 127.0.0.1
    refuses "unknown option -b" -b 127.0.0.1
    refuses "unknown option -B" -B 127.0.0.1
    refuses "unknown option -S (did you mean -s?)" -S 1 127.0.0.1
    refuses "ambiguous option --t: --tcp, --ttl, --tos, --timeout, --timestamps" --t 1 127.0.0.1
}

@test "an address of the other family is refused" {
    refuses_like '::1: .*address family' -4 ::1
    refuses_like '127\.0\.0\.1: .*address family' -6 127.0.0.1
}

@test "a port belongs to --tcp and --udp" {
    refuses_like '127\.0\.0\.1:80' 127.0.0.1:80
    refuses_like '\[::1\]:80' '[::1]:80'
}

@test "what is no interface and no address of this machine is refused" {
    refuses_like 'nosuch0' -I nosuch0 127.0.0.1
    refuses_like '192\.0\.2\.77' -I 192.0.2.77 127.0.0.1
}

@test "a size that IPv4 cannot carry is one line" {
    cannot '65507' -c 1 -s 65508 127.0.0.1
}

@test "names that cannot be looked up are one line" {
    cannot 'localhost: a name, and -n looks none up' -c 1 -n localhost
    # without a network nobody is there to say that it does not exist
    cannot 'nosuch\.invalid: (name not found|no usable answer from the name server)' -c 1 nosuch.invalid
}

@test "output that cannot be written is one line, exit 2" {
    needs_echo
    for format in table json; do
        run -2 --separate-stderr sh -c "'$netprobe' ping -c 1 --format $format 127.0.0.1 >&-"
        [ "$stderr" = "netprobe ping: standard output: Bad file descriptor" ] || fail "$stderr"
        run -2 --separate-stderr sh -c "'$netprobe' ping -c 1 --format $format 127.0.0.1 >/dev/full"
        [ "$stderr" = "netprobe ping: standard output: No space left on device" ] || fail "$stderr"
    done
    cannot '/nonexistent/x: No such file or directory' -c 1 -o /nonexistent/x 127.0.0.1
}

# --- one address --------------------------------------------------------------------------------------------

@test "one address has the classic lines" {
    pings 0 -c 2 -i 10ms 127.0.0.1
    [ "${lines[0]}" = "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data." ]
    like "${lines[1]}" "64 bytes from 127\.0\.0\.1: icmp_seq=1 ttl=64 time=$TIME"
    like "${lines[2]}" "64 bytes from 127\.0\.0\.1: icmp_seq=2 ttl=64 time=$TIME"
    [[ $output == *$'ms\n\n--- 127.0.0.1 ping statistics ---\n'* ]]
    like "${lines[4]}" '2 packets transmitted, 2 received, 0% packet loss, time [0-9]+ms'
    like "${lines[5]}" "$RTT"
    [ "${#lines[@]}" = 6 ]
}

@test "one IPv6 address has the classic lines" {
    pings 0 -c 1 ::1
    [ "${lines[0]}" = "PING ::1(::1) 56 data bytes" ]
    like "${lines[1]}" "64 bytes from ::1: icmp_seq=1 ttl=64 time=$TIME"
    like "$output" '--- ::1 ping statistics ---'
    like "$output" '1 packets transmitted, 1 received, 0% packet loss, time [0-9]+ms'
}

@test "a name is shown with its address" {
    pings 0 -4 -c 1 localhost
    [ "${lines[0]}" = "PING localhost (127.0.0.1) 56(84) bytes of data." ]
    like "${lines[1]}" "64 bytes from localhost \(127\.0\.0\.1\): icmp_seq=1 ttl=64 time=$TIME"
    like "$output" '--- localhost ping statistics ---'
}

@test "an IPv6 name is shown with its address" {
    hosts=$BATS_TEST_TMPDIR/hosts
    echo '::1 six.test' >"$hosts"
    alone 0 "mount --bind '$hosts' /etc/hosts; \$np -6 -c 1 six.test"
    [ "${lines[0]}" = "PING six.test(six.test (::1)) 56 data bytes" ]
    like "${lines[1]}" "64 bytes from six\.test \(::1\): icmp_seq=1 ttl=64 time=$TIME"
}

@test "the lines are those of ping(8)" {
    command -v ping >/dev/null || skip "ping is not installed"
    classic() {
        # of too little data ping(8) knows no time
        sed -E 's/ time=[0-9.]+ ms//; s/time [0-9]+ms/time Tms/; s/^\[[0-9.]+\]/[T]/; /^rtt/d'
    }
    for arguments in "127.0.0.1" "::1" "-s 0 127.0.0.1" "-D ::1" "-q 127.0.0.1" "-4 localhost"; do
        # shellcheck disable=SC2086 # several words
        pings 0 -c 2 -i 0.2 $arguments
        # shellcheck disable=SC2086 # the same
        theirs=$(ping -c 2 -i 0.2 $arguments | classic)
        diff <(echo "$theirs") <(classic <<<"$output") || fail "$arguments"
    done
}

@test "jc reads the lines as those of ping(8)" {
    command -v jc >/dev/null || skip "jc is not installed"
    for target in 127.0.0.1 ::1 "-4 localhost"; do
        # shellcheck disable=SC2086 # several words
        pings 0 -D -c 2 -i 10ms $target
        records=$(jc --ping <<<"$output")
        is ".destination == \"${target#-4 }\" and .data_bytes == 56 and .packets_transmitted == 2
            and .packets_received == 2 and .packet_loss_percent == 0 and .duplicates == 0
            and .round_trip_ms_min > 0 and .round_trip_ms_max >= .round_trip_ms_avg"
        is '.responses | length == 2 and all(.type == "reply" and .bytes == 64 and .ttl == 64 and
            .time_ms > 0 and .timestamp > 1e9) and map(.icmp_seq) == [1, 2]'
    done
}

@test "every size of data comes back" {
    for size in 0 1 7 8 15 16 17 24 55 1472 8000 65507; do
        pings 0 -c 1 -s $size 127.0.0.1
        [ "${lines[0]}" = "PING 127.0.0.1 (127.0.0.1) $size($((size + 28))) bytes of data." ]
        like "${lines[1]}" "$((size + 8)) bytes from 127\.0\.0\.1: icmp_seq=1 ttl=64 time=$TIME"
    done
    for size in 0 9 65527; do
        pings 0 -c 1 -s $size ::1
        like "${lines[1]}" "$((size + 8)) bytes from ::1: icmp_seq=1 ttl=64 time=$TIME"
    done
}

@test "pattern, hops, type of service, path MTU and source are taken" {
    for arguments in "-p ff" "-p abc -s 17" "-p 0 -s 1" "-t 1" "-Q 0xb8" "-Q 16" "-M do" "-M dont" "-M want" \
        "-M probe" "-I lo" "-I 127.0.0.3"; do
        # shellcheck disable=SC2086 # several words
        pings 0 -c 1 $arguments 127.0.0.1
        like "$output" '1 packets transmitted, 1 received, 0% packet loss, time [0-9]+ms'
    done
}

@test "-D puts the time of day in front" {
    pings 0 -D -c 1 127.0.0.1
    like "${lines[1]}" "\[[0-9]{10}\.[0-9]{6}\] 64 bytes from 127\.0\.0\.1: icmp_seq=1 ttl=64 time=$TIME"
    stamp=${lines[1]#[}
    [ $(($(date +%s) - ${stamp%%.*})) -le 5 ]
}

@test "-q leaves the summary" {
    pings 0 -q -c 2 -i 10ms 127.0.0.1
    unlike "$output" 'bytes from'
    [ "${lines[0]}" = "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data." ]
    like "$output" '2 packets transmitted, 2 received, 0% packet loss, time [0-9]+ms'
    like "$output" "$RTT"
}

@test "-v says by which clock, and what this machine took" {
    needs_echo
    run -0 --separate-stderr "$netprobe" ping -v -c 1 127.0.0.1
    like "$output" "64 bytes from 127\.0\.0\.1: icmp_seq=1 ttl=64 time=$TIME clock=(kernel|user)( wait=[0-9.]+ ms)?( wake=[0-9.]+ ms)?"
}

@test "-H shows the name of who answers" {
    name=$(getent hosts 127.0.0.1 | awk '{ print $2 }')
    [ -n "$name" ] || skip "127.0.0.1 has no name here"
    pings 0 -H -c 4 -i 0.3 127.0.0.1
    like "$output" "64 bytes from $name \(127\.0\.0\.1\): icmp_seq=4 ttl=64 time=$TIME"
}

@test "--graph draws nothing where there is no terminal" {
    pings 0 --graph -c 2 -i 10ms 127.0.0.1
    [ "${#lines[@]}" = 6 ]
}

@test "-o takes the lines" {
    pings 0 -c 1 -o "$BATS_TEST_TMPDIR/file" 127.0.0.1
    [ -z "$output" ]
    like "$(cat "$BATS_TEST_TMPDIR/file")" '1 packets transmitted, 1 received, 0% packet loss, time [0-9]+ms'
}

# --- when to ask ----------------------------------------------------------------------------------------------

@test "count and deadline: whichever comes first ends the run" {
    before=$(millis)
    pings 0 -c 2 -i 10ms -w 10 127.0.0.1
    like "$output" '2 packets transmitted, 2 received, .*'
    [ $(($(millis) - before)) -lt 5000 ]
    pings 0 -c 1000 -i 100ms -w 450ms 127.0.0.1
    like "$output" '[3-5] packets transmitted, [3-5] received, .*'
    [ $(($(millis) - before)) -lt 8000 ]
}

@test "flood, adaptive, preload and interval 0 do not wait" {
    before=$(millis)
    pings 0 -f -c 200 127.0.0.1
    like "$output" '200 packets transmitted, 200 received, 0% packet loss, .*'
    unlike "$output" 'bytes from'
    pings 0 -A -c 200 127.0.0.1
    like "$output" "64 bytes from 127\.0\.0\.1: icmp_seq=200 ttl=64 time=$TIME"
    pings 0 -l 5 -c 5 -i 60 127.0.0.1
    like "$output" '5 packets transmitted, 5 received, 0% packet loss, .*'
    pings 0 -i 0 -c 200 127.0.0.1
    like "$output" '200 packets transmitted, 200 received, 0% packet loss, .*'
    [ $(($(millis) - before)) -lt 15000 ]
}

@test "--rate holds for all addresses together" {
    before=$(millis)
    pings 0 -c 1 --rate 20 127.0.0.1-10
    [ $(($(millis) - before)) -ge 400 ]
}

@test "--period is --interval" {
    before=$(millis)
    pings 0 -c 3 --period 200ms 127.0.0.1
    [ $(($(millis) - before)) -ge 400 ]
    [ $(($(millis) - before)) -lt 1500 ]
}

# --- signals -----------------------------------------------------------------------------------------------------

@test "SIGINT, SIGTERM and SIGHUP end a run with its summary" {
    needs_echo
    for signal in INT TERM HUP; do
        # whoever runs the tests may ignore the last one
        in_background -i 100ms 127.0.0.1
        until_true grep -q 'icmp_seq=2 ' "$out"
        kill "-$signal" "$pid"
        status=0
        wait "$pid" || status=$?
        [ "$status" = 0 ] || fail "$signal: $status"
        like "$(cat "$out")" '[0-9]+ packets transmitted, [0-9]+ received, 0% packet loss, time [0-9]+ms(, 1 in flight)?'
        like "$(cat "$out")" "$RTT"
        [ ! -s "$err" ] || fail "$(cat "$err")"
    done
}

@test "SIGQUIT shows on stderr where it stands, and the run goes on" {
    needs_echo
    in_background -i 100ms 127.0.0.1
    until_true grep -q 'icmp_seq=2 ' "$out"
    kill -QUIT "$pid"
    until_true grep -q received "$err"
    like "$(cat "$err")" 'netprobe ping: [0-9]+ packets transmitted, [0-9]+ received, 0% packet loss, min/avg/max = [0-9.]+/[0-9.]+/[0-9.]+ ms'
    seen=$(grep -c 'bytes from' "$out")
    until_true grep -q "icmp_seq=$((seen + 3)) " "$out"
    kill -INT "$pid"
    wait "$pid"
    like "$(cat "$out")" '--- 127\.0\.0\.1 ping statistics ---'
}

@test "interrupted before anything is known: exit 2" {
    alone 2 "'$netprobe' ping -W 30 10.99.0.2 & sleep 1; kill -INT \$!; wait \$!"
    like "$output" '1?[0-9] packets transmitted, 0 received, .*in flight.*'
}

# --- silence and refusal ----------------------------------------------------------------------------------------

@test "silence is a loss: exit 1" {
    # shellcheck disable=SC2016 # for the inner shell
    alone 1 '$np -c 2 -i 100ms -W 100ms 10.99.0.2'
    like "$output" '2 packets transmitted, 0 received, 100% packet loss, time [0-9]+ms.*'
    unlike "$output" '^rtt'
    # shellcheck disable=SC2016
    alone 1 '$np -c 2 -i 100ms -W 100ms fd99::2'
    like "$output" '2 packets transmitted, 0 received, 100% packet loss, time [0-9]+ms.*'
}

@test "-O says that no answer has come yet" {
    # shellcheck disable=SC2016 # for the inner shell
    alone 1 '$np -O -c 3 -i 100ms -W 100ms 10.99.0.2'
    like "$output" 'no answer yet for icmp_seq=1'
    like "$output" 'no answer yet for icmp_seq=2'
}

@test "nobody on the local link is said by this machine" {
    # shellcheck disable=SC2016 # for the inner shell
    alone 1 '$np -c 1 -W 10 10.99.0.3'
    like "$output" 'From 10\.99\.0\.1 icmp_seq=1 Destination Host Unreachable'
    like "$output" '1 packets transmitted, 0 received, \+1 errors, 100% packet loss, time [0-9]+ms.*'
}

@test "what cannot be sent says why, and the run goes on" {
    # shellcheck disable=SC2016 # for the inner shell
    alone 1 '$np -c 2 -i 100ms 10.98.0.1'
    like "$output" 'icmp_seq=1 not sent: Network is unreachable'
    like "$output" 'icmp_seq=2 not sent: Network is unreachable'
    # shellcheck disable=SC2016
    alone 2 'ip link set lo mtu 1500; $np -c 1 -M do -s 1473 127.0.0.1'
    like "$output" 'icmp_seq=1 not sent: [Mm]essage too long \(mtu 1500\)'
    # shellcheck disable=SC2016
    alone 1 '$np -c 1 10.97.0.1'
    like "$output" 'icmp_seq=1 not sent: .+'
}

# --- many addresses ---------------------------------------------------------------------------------------------

@test "many addresses: a row each in the order of the targets, three probes each" {
    pings 0 -i 10ms 127.0.0.2 127.0.0.1
    [[ ${lines[0]} =~ ^ADDR\ +SENT\ +RECV\ +LOSS\ +MIN\ +AVG\ +MAX\ +LAST$ ]]
    like "${lines[1]}" '127\.0\.0\.2 +3 +3 +0% .*'
    like "${lines[2]}" '127\.0\.0\.1 +3 +3 +0% .*'
    like "${lines[3]}" '2 addresses: 2 alive, 0 dead; 6 sent, 6 received, 0% loss in [0-9]+\.[0-9]{2} s'
    [ "${#lines[@]}" = 4 ]
}

@test "a network, a range or a list is many, even of one address" {
    for target in 127.0.0.1/32 127.0.0.1-1 -; do
        needs_echo
        run -0 --separate-stderr timeout 20 "$netprobe" ping -c 1 "$target" <<<127.0.0.1
        like "$output" '1 address(es)?: 1 alive, 0 dead; 1 sent, 1 received, 0% loss in [0-9]+\.[0-9]{2} s'
    done
    pings 0 -c 1 --exclude 127.0.0.2 127.0.0.1-4
    like "$output" '3 addresses: 3 alive, 0 dead; 3 sent, 3 received, .*'
}

@test "0 only when every address answers" {
    pings 0 -c 1 127.0.0.1 127.0.0.2
    # shellcheck disable=SC2016 # for the inner shell
    alone 1 '$np -c 1 -W 200ms 127.0.0.1 10.99.0.2'
    like "$output" '2 addresses: 1 alive, 1 dead; 2 sent, 1 received, 50% loss in [0-9]+\.[0-9]{2} s.*'
}

@test "a name that does not resolve among others that answer: exit 2" {
    needs_echo
    run -2 --separate-stderr timeout 20 "$netprobe" ping -c 1 127.0.0.1 nosuch.invalid
    like "$stderr" 'netprobe ping: nosuch\.invalid: (name not found|no usable answer from the name server)'
    like "$output" '127\.0\.0\.1 +1 +1 +0% .*'
}

@test "--count 0 goes on until the deadline" {
    pings 0 -c 0 -i 50ms -w 400ms 127.0.0.1 127.0.0.2
    like "$output" '2 addresses: 2 alive, 0 dead; 1[0-9] sent, .*'
}

@test "--alive and --dead are bare addresses" {
    pings 0 --alive -i 10ms 127.0.0.1-3
    [ "$(sort <<<"$output")" = $'127.0.0.1\n127.0.0.2\n127.0.0.3' ]
    pings 0 --dead -i 10ms 127.0.0.1-3
    [ -z "$output" ]
    # shellcheck disable=SC2016 # for the inner shell
    alone 1 '$np --alive -i 50ms -W 100ms 127.0.0.1 10.99.0.2'
    [ "$output" = 127.0.0.1 ]
    # shellcheck disable=SC2016
    alone 1 '$np --dead -i 50ms -W 100ms 127.0.0.1 10.99.0.2'
    [ "$output" = 10.99.0.2 ]
}

@test "--alive asks an address until it answers, --dead to the last probe" {
    # shellcheck disable=SC2016 # for the inner shell
    alone 1 '$np -j --alive -c 4 -i 50ms -W 100ms 127.0.0.1 10.99.0.2'
    records=$(jq -s . <<<"$output")
    is '[.[].type] == ["run", "host", "total", "end"]'
    is '.[1].addr == "127.0.0.1" and .[1].sent == 1'
    is '.[2].sent == 5 and .[2].alive == 1 and .[2].dead == 1'
    # shellcheck disable=SC2016
    alone 1 '$np -j --dead -c 4 -i 50ms -W 100ms 127.0.0.1 10.99.0.2'
    records=$(jq -s . <<<"$output")
    is '[.[].type] == ["run", "host", "total", "end"]'
    is '.[1].addr == "10.99.0.2" and .[1].sent == 4 and .[1].lost == 4'
}

# --- TCP and UDP -----------------------------------------------------------------------------------------------

@test "--tcp: open and closed are answers" {
    listener
    run -0 --separate-stderr timeout 20 "$netprobe" ping --tcp "$port" -c 2 -i 10ms 127.0.0.1
    [ "${lines[0]}" = "TCP PING 127.0.0.1 (127.0.0.1) port $port" ]
    like "${lines[1]}" "127\.0\.0\.1:$port: tcp_seq=1 open time=$TIME"
    like "${lines[2]}" "127\.0\.0\.1:$port: tcp_seq=2 open time=$TIME"
    like "$output" '2 packets transmitted, 2 received, 0% packet loss, time [0-9]+ms'
    run -0 --separate-stderr timeout 20 "$netprobe" ping --tcp 1 -c 1 127.0.0.1
    like "$output" "127\.0\.0\.1:1: tcp_seq=1 closed time=$TIME"
    run -0 --separate-stderr timeout 20 "$netprobe" ping --tcp 1 -c 1 ::1
    like "$output" "\[::1\]:1: tcp_seq=1 closed time=$TIME"
}

@test "a target's own port comes before that of --tcp" {
    listener
    run -0 --separate-stderr timeout 20 "$netprobe" ping --tcp 1 -c 1 "127.0.0.1:$port"
    like "$output" "127\.0\.0\.1:$port: tcp_seq=1 open time=$TIME"
}

@test "--udp: closed is an answer" {
    run -0 --separate-stderr timeout 20 "$netprobe" ping --udp 1 -c 2 -i 10ms 127.0.0.1
    [ "${lines[0]}" = "UDP PING 127.0.0.1 (127.0.0.1) port 1" ]
    like "${lines[1]}" "127\.0\.0\.1:1: udp_seq=1 closed time=$TIME"
    like "${lines[2]}" "127\.0\.0\.1:1: udp_seq=2 closed time=$TIME"
}

@test "--udp: a datagram that comes back is a reply" {
    command -v perl >/dev/null || skip "perl is not installed"
    # shellcheck disable=SC2016 # perl's
    perl -MIO::Socket -e '$| = 1; $s = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1") or die;
        print $s->sockport, "\n"; $s->send($d) while defined $s->recv($d, 65536)' \
        >"$BATS_TEST_TMPDIR/port" </dev/null 3>&- 4>&- &
    background+=("$!")
    until_true grep -q . "$BATS_TEST_TMPDIR/port"
    read -r echo_port <"$BATS_TEST_TMPDIR/port"
    run -0 --separate-stderr timeout 20 "$netprobe" ping --udp "$echo_port" -c 2 -i 10ms 127.0.0.1
    like "${lines[1]}" "127\.0\.0\.1:$echo_port: udp_seq=1 reply time=$TIME"
    run -0 --separate-stderr timeout 20 "$netprobe" ping --udp "$echo_port" -j -c 1 127.0.0.1
    records=$(jq -s . <<<"$output")
    is '.[1] | .type == "reply" and .proto == "udp" and .state == "reply" and .port == '"$echo_port"
}

# --- records ------------------------------------------------------------------------------------------------------

@test "JSON: run first, a reply each, host, total, end" {
    json 0 -c 2 -i 10ms 127.0.0.1
    is 'map(.type) == ["run", "reply", "reply", "host", "total", "end"]'
    is '.[0] | .schema == 1 and .command == "ping" and .args[0] == "ping"'
    is '.[5].exit == 0'
    fields reply host addr proto seq from bytes ttl rtt_ms clock stamps dup late corrupted wait_ms wake_ms
    is '.[1] | .host == "127.0.0.1" and .addr == "127.0.0.1" and .proto == "icmp" and .seq == 1 and .bytes == 64
        and .ttl == 64 and .rtt_ms > 0 and .rtt_ms < 1000 and (.dup, .late, .corrupted) == false'
    is '[.[] | select(.type == "reply") | (.clock | IN("kernel", "user")) and
        (.stamps | IN("both", "arrived", "none"))] | all'
    fields host host addr proto sent received lost loss_pct duplicates late dropped_here errors corrupted pending \
        outage_ms last_ms rtt_ms
    is '.[3].rtt_ms | (keys | sort) == (["min", "avg", "median", "p95", "p99", "max", "stddev", "jitter"] | sort)
        and .min <= .median and .median <= .p95 and .p95 <= .p99 and .p99 <= .max'
    is '.[3] | .sent == 2 and .received == 2 and .loss_pct == 0'
    fields total hosts alive dead sent received lost duplicates late dropped_here errors pending ignored elapsed_ms
    is '.[4] | .hosts == 1 and .alive == 1 and .dead == 0 and .sent == 2 and .elapsed_ms > 0'
}

@test "JSON: IPv6 and names" {
    json 0 -c 1 ::1
    is '.[1].addr == "::1" and .[1].ttl == 64'
    json 0 -4 -c 1 localhost
    is '.[1].host == "localhost" and .[1].addr == "127.0.0.1"'
}

@test "JSON: TCP and UDP have port and state" {
    listener
    json 0 --tcp "$port" -c 1 127.0.0.1
    fields reply host addr proto port seq from bytes ttl rtt_ms clock stamps state dup late corrupted wait_ms wake_ms
    is '.[1] | .proto == "tcp" and .state == "open" and .port == '"$port"
    fields host host addr proto port sent received lost loss_pct duplicates late dropped_here errors corrupted \
        pending outage_ms last_ms rtt_ms
    json 0 --udp 1 -c 1 127.0.0.1
    is '.[1] | .proto == "udp" and .state == "closed" and .port == 1'
}

@test "JSON: a loss" {
    # shellcheck disable=SC2016 # for the inner shell
    alone 1 '$np -j -c 2 -i 50ms -W 100ms 10.99.0.2'
    records=$(jq -s . <<<"$output")
    fields lost host addr proto seq reason
    is '[.[] | select(.type == "lost")] | map(.seq) == [1, 2] and all(.reason == "timeout")'
    is '.[] | select(.type == "host") | .lost == 2 and .loss_pct == 100 and .rtt_ms == null and .last_ms == null'
    is '.[-1].exit == 1'
}

@test "JSON: an error" {
    # shellcheck disable=SC2016 # for the inner shell
    alone 1 '$np -j -c 1 10.98.0.1'
    records=$(jq -s . <<<"$output")
    fields error host addr proto seq reason from icmp mtu rtt_ms detail
    is '.[1] | .type == "error" and .reason == "no-route" and .icmp == null and .detail != null'
    # shellcheck disable=SC2016
    alone 1 '$np -j -c 1 -W 10 10.99.0.3'
    records=$(jq -s . <<<"$output")
    is '.[1] | .type == "error" and .reason == "arp"'
    is '.[] | select(.type == "host") | .errors == 1 and .lost == 1'
    # shellcheck disable=SC2016
    alone 2 'ip link set lo mtu 1500; $np -j -c 1 -M do -s 1473 127.0.0.1'
    records=$(jq -s . <<<"$output")
    is '.[1] | .type == "error" and .reason == "local" and .mtu == 1500'
}

@test "JSON: what was sent is received, lost, dropped here or pending" {
    # shellcheck disable=SC2016 # for the inner shell
    alone 1 '$np -j -i 20ms -c 20 -w 300ms -W 100ms 127.0.0.1 10.99.0.2 10.98.0.1'
    records=$(jq -s . <<<"$output")
    is '[.[] | select(.type == "host")] | length == 3 and
        all(.sent == .received + .lost + .dropped_here + .pending) and all(.late <= .received) and
        all(.errors <= .lost)'
    is '([.[] | select(.type == "host").sent] | add) == (.[] | select(.type == "total").sent)'
}

@test "JSON: -q has neither replies nor losses" {
    json 0 -q -c 2 -i 10ms 127.0.0.1
    is 'map(.type) == ["run", "host", "total", "end"]'
}

@test "JSON: a run cut short leaves whole lines" {
    needs_echo
    in_background -j -i 50ms 127.0.0.1
    until_true grep -q '"seq":3' "$out"
    kill -KILL "$pid"
    wait "$pid" || true
    jq -e . <"$out" >/dev/null
}

# --- privilege ---------------------------------------------------------------------------------------------------

# as_nobody STATUS ARGUMENT...: in a namespace of its own, without any capability
as_nobody() {
    local status=$1 range=$2 copy
    shift 2
    [ "$(id -u)" = 0 ] || skip "needs root"
    setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null || skip "no other user to be had"
    copy=$(mktemp -d)
    cp "$netprobe" "$copy/netprobe"
    chmod 755 "$copy" "$copy/netprobe"
    # shellcheck disable=SC2016 # for the inner shell
    run "-$status" --separate-stderr unshare --net sh -c '
        ip link set lo up
        echo "$1" >/proc/sys/net/ipv4/ping_group_range
        shift
        exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all timeout 20 "$@"
        ' sh "$range" "$copy/netprobe" ping "$@"
    rm -rf "$copy"
}

@test "without privilege and group: one line, exit 2" {
    as_nobody 2 "1 0" -c 1 127.0.0.1
    [ -z "$output" ]
    like "$stderr" 'netprobe ping: ICMP needs CAP_NET_RAW: setcap cap_net_raw\+ep /.*/netprobe \(or a group in net\.ipv4\.ping_group_range; --tcp PORT needs nothing\)'
    [ "$(wc -l <<<"$stderr")" = 1 ]
}

@test "a group of net.ipv4.ping_group_range is enough" {
    as_nobody 0 "65534 65534" -c 1 127.0.0.1
    like "$output" "64 bytes from 127\.0\.0\.1: icmp_seq=1 ttl=64 time=$TIME"
    as_nobody 0 "65534 65534" -c 1 ::1
    like "$output" "64 bytes from ::1: icmp_seq=1 ttl=64 time=$TIME"
}

@test "--tcp and --udp need nothing" {
    as_nobody 0 "1 0" --tcp 1 -c 1 127.0.0.1
    like "$output" "127\.0\.0\.1:1: tcp_seq=1 closed time=$TIME"
    as_nobody 0 "1 0" --udp 1 -c 1 127.0.0.1
    like "$output" "127\.0\.0\.1:1: udp_seq=1 closed time=$TIME"
}
