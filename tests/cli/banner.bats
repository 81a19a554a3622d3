#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# netprobe banner: what it refuses, its rows, blocks, records, dialogue and exit status, on loopback against servers of
# bad manners. Real servers, and what the network does, are in tests/netns.

bats_require_minimum_version 1.5.0
load says.bash

setup() {
    root=$BATS_TEST_DIRNAME/../..
    netprobe=${NETPROBE:-$root/build/netprobe}
    # shellcheck disable=SC2034 # for says.bash
    command=banner
    tools=$root/build/${VARIANT:-release}/tests/tools
    background=()
}

teardown() {
    local pid

    for pid in "${background[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
}

# none_usable REGEX ARGUMENT...: exit 2, one line on stderr, and a stream of results without any
none_usable() {
    local regex=$1
    shift
    run -2 --separate-stderr timeout 20 "$netprobe" banner "$@"
    like "$stderr" "netprobe banner: .*$regex.*"
    [ "$(wc -l <<<"$stderr")" = 1 ] || fail "$stderr"
}

# asks STATUS ARGUMENT...: nothing on stderr
asks() {
    local status=$1
    shift
    run "-$status" --separate-stderr timeout 60 "$netprobe" banner "$@"
    [ -z "$stderr" ] || fail "stderr: $stderr"
}

# gather: the records on standard input as one array in $records
gather() {
    local text

    text=$(cat)
    records=$(jq -s . <<<"$text") || fail "$text"
}

# json STATUS ARGUMENT...: the same of a run
json() {
    asks "$1" -j "${@:2}"
    gather <<<"$output"
}

# is FILTER: true for the array of all records
is() {
    jq -e "$1" <<<"$records" >/dev/null || fail "not so: $1" "$records"
}

# the FILTER: true for the only banner record
the() {
    is '[.[] | select(.type == "banner")] | length == 1'
    is ".[] | select(.type == \"banner\") | $1"
}

# until_true COMMAND...: within ten seconds
until_true() {
    local tries=200

    while ! "$@" 2>/dev/null; do
        ((tries-- > 0)) || fail "never true: $*"
        sleep 0.05
    done
}

# serves BEHAVIOUR...: ports of 127.0.0.1 that behave so; $port is that of the first, the others follow
serves() {
    local log=$BATS_TEST_TMPDIR/hostile name ports=() next

    port=$((20000 + RANDOM % 10000))
    next=$port
    for name; do
        ports+=("$((next++))=$name")
    done
    "$tools/hostile" 127.0.0.1 "${ports[@]}" >"$log" 2>&1 </dev/null 3>&- 4>&- &
    background+=("$!")
    until_true grep -q ready "$log"
}

# serves_tls NAME: HTTPS with a certificate that nobody trusts but $ca, for NAME, on $port of 127.0.0.1
serves_tls() {
    local log=$BATS_TEST_TMPDIR/tls

    command -v openssl >/dev/null || skip "openssl is not installed"
    ca=$BATS_TEST_TMPDIR/ca.pem
    port=$((20000 + RANDOM % 10000))
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$1" \
        -addext "subjectAltName=DNS:$1" -keyout "$BATS_TEST_TMPDIR/key.pem" -out "$ca" 2>/dev/null
    openssl s_server -accept "127.0.0.1:$port" -cert "$ca" -key "$BATS_TEST_TMPDIR/key.pem" -www \
        >"$log" 2>&1 </dev/null 3>&- 4>&- &
    background+=("$!")
    until_true grep -q ACCEPT "$log"
}

# in_background ARGUMENT...: netprobe itself is $pid; it writes to $out and $err
in_background() {
    out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
    : >"$out" # else what an earlier one wrote might be read
    "$netprobe" banner "$@" >"$out" 2>"$err" </dev/null 3>&- 4>&- &
    pid=$!
    background+=("$pid")
}

# --- what is refused ----------------------------------------------------------------------------------------

@test "no target is a usage error" {
    refuses "no target given"
    refuses "no target given" -p 22
}

@test "unknown options and commands are named, and the nearest one" {
    refuses "unknown option --prot0 (did you mean --proto?)" --prot0 ssh 127.0.0.1
    run -2 "$netprobe" baner
    [ "${lines[0]}" = "netprobe: unknown command baner (did you mean banner?)" ]
}

@test "options that contradict each other are refused" {
    refuses "--no-tls and --tls exclude each other" --tls --no-tls 127.0.0.1
    refuses "--no-tls and --proto tls exclude each other" --proto tls --no-tls 127.0.0.1
    refuses "--no-tls and --ca exclude each other" --ca x.pem --no-tls 127.0.0.1
    refuses "--get and --proto ssh exclude each other" --get --proto ssh 127.0.0.1
    refuses "--follow and --proto redis exclude each other" --follow --proto redis 127.0.0.1
    refuses "-6 contradicts -4" -4 -6 127.0.0.1
}

@test "an option without effect is refused" {
    refuses "--max-redirects has no effect without --follow" --max-redirects 10 127.0.0.1
}

@test "values out of bounds are refused" {
    refuses "--proto ldap: not one of http, smtp, ssh, ftp, pop3, imap, mysql, postgresql, redis, dns, telnet, tls" \
        --proto ldap 127.0.0.1
    refuses "--max-redirects 101: out of range: 1 to 100" --follow --max-redirects 101 127.0.0.1
    refuses "--max-bytes 63: out of range: 64 to 16777216" --max-bytes 63 127.0.0.1
    refuses "--max-lines 0: out of range: 1 to 1000000" --max-lines 0 127.0.0.1
    refuses "--deadline 1ms: out of range: 10ms to 60m" --deadline 1ms 127.0.0.1
    refuses "--name '': nothing given" --name= 127.0.0.1
    refuses "--name a/b: not a host name" --name a/b 127.0.0.1
    refuses '--name a\r\nX: not a host name' --name $'a\r\nX' 127.0.0.1
}

@test "--name is a host name or an address, without port and brackets" {
    for name in evil.com:443 :80 a:b:c '[fd77:1::1' '[::1]'; do
        refuses "--name $name: not a host name" --name "$name" 127.0.0.1
    done
    refuses "--name .: not an IP address" --name . 127.0.0.1
    for name in www.example.net ::1 192.0.2.1; do
        asks 1 --name "$name" 127.0.0.1:1
    done
}

@test "ports are refused as in a scan" {
    refuses "-p 22,x: 'x': no such service" -p 22,x 127.0.0.1
    refuses "--exclude-ports leaves no port to ask" -p 22 --exclude-ports 1-100 127.0.0.1
}

@test "targets are refused as in a scan" {
    run -2 --separate-stderr "$netprobe" banner 300.1.1.1
    [[ $stderr == "netprobe banner: 300.1.1.1: "*$'\n'"try 'netprobe banner --help'" ]]
    run -2 --separate-stderr "$netprobe" banner -4 ::1
    [[ $stderr == "netprobe banner: ::1: "*"address family"* ]]
    none_usable 'nothing to ask: every target is left out, or the list is empty' --exclude 127.0.0.0/8 127.0.0.1
    cannot '/nonexistent/x: No such file or directory' -o /nonexistent/x 127.0.0.1:1
}

@test "names that cannot be looked up are one line" {
    none_usable 'localhost: a name, and -n looks none up' -n localhost:1
    none_usable 'nosuch\.invalid: (name not found|no usable answer from the name server)' nosuch.invalid:1
}

@test "a file of roots that cannot be read is one line, exit 2" {
    cannot '/nonexistent\.pem' --ca /nonexistent.pem 127.0.0.1:1
    [ -z "$output" ] || fail "$output"
    echo nonsense >"$BATS_TEST_TMPDIR/bad.pem"
    cannot 'bad\.pem' --ca "$BATS_TEST_TMPDIR/bad.pem" 127.0.0.1:1
}

@test "output that cannot be written is one line, exit 2" {
    serves escapes-http
    for format in table json; do
        run -2 --separate-stderr sh -c "'$netprobe' banner --format $format 127.0.0.1:$port >&-"
        [ "$stderr" = "netprobe banner: standard output: Bad file descriptor" ] || fail "$stderr"
        run -2 --separate-stderr sh -c "'$netprobe' banner --format $format http://127.0.0.1:$port >/dev/full"
        [ "$stderr" = "netprobe banner: standard output: No space left on device" ] || fail "$stderr"
    done
}

# --- which sessions, in which layout ------------------------------------------------------------------------

@test "one port of one address is a block" {
    serves close
    asks 1 "127.0.0.1:$port"
    [ "${lines[0]}" = "127.0.0.1:$port closed" ] || fail "$output"
    like "$output" '1 session in [0-9.]+ s: 1 closed'
    asks 1 -p "$port" 127.0.0.1
    [ "${lines[0]}" = "127.0.0.1:$port closed" ] || fail "$output"
    asks 1 127.0.0.1/32 -p 1
    [ "${lines[0]}" = "127.0.0.1:1 (127.0.0.1/32) refused" ] || fail "$output"
}

@test "more than one is a table, unless blocks are asked for" {
    serves close
    asks 1 -p "1,$port" 127.0.0.1
    like "$output" 'ADDRESS +PORT +PROTO +STATE +BANNER +TIME'
    like "$output" "127\.0\.0\.1 +$port +- +closed +- +[0-9.]+ ms"
    like "$output" '127\.0\.0\.1 +1 +- +refused +rst +[0-9.]+ ms'
    like "$output" '2 sessions in [0-9.]+ s: 1 closed, 1 refused'
    asks 1 -p "$port" --all-addresses 127.0.0.1
    like "$output" 'ADDRESS +PORT .*'
    asks 1 --long -p "1,$port" 127.0.0.1
    like "$output" "127\.0\.0\.1:$port closed"
    like "$output" '127\.0\.0\.1:1 refused'
}

@test "a target's own port takes the place of the run's, and ports can be left out" {
    json 1 -p 1,2,3 --exclude-ports 2 127.0.0.1 127.0.0.2:7
    is '[.[] | select(.type == "banner") | "\(.addr):\(.port)"] | sort ==
        ["127.0.0.1:1", "127.0.0.1:3", "127.0.0.2:7"]'
}

@test "ports without -p are those of the protocols" {
    json 1 127.0.0.77
    is '[.[] | select(.type == "banner") | .port] | sort ==
        [21,22,23,25,53,80,110,143,443,465,587,853,990,993,995,3306,5432,6379,8000,8080,8443]'
}

@test "networks, lists and exclusions are walked, in order with --sequential" {
    printf '127.0.0.4/30 # four\n\n127.0.0.9:2\n' >"$BATS_TEST_TMPDIR/list"
    json 1 --sequential --parallel 1 -p 1 --exclude 127.0.0.6 "@$BATS_TEST_TMPDIR/list"
    is '[.[] | select(.type == "banner") | "\(.addr):\(.port)"] ==
        ["127.0.0.4:1", "127.0.0.5:1", "127.0.0.7:1", "127.0.0.9:2"]'
    asks 1 -p 1 - <<<"127.0.0.8"
    like "$output" '127\.0\.0\.8 +1 +- +refused +rst .*'
}

@test "the same seed gives the same order" {
    local order

    json 1 --parallel 1 --seed 7 -p 1 127.1.0.0/27
    order=$(jq -c '[.[].addr // empty]' <<<"$records")
    json 1 --parallel 1 --seed 7 -p 1 127.1.0.0/27
    [ "$order" = "$(jq -c '[.[].addr // empty]' <<<"$records")" ]
    json 1 --parallel 1 --seed 8 -p 1 127.1.0.0/27
    [ "$order" != "$(jq -c '[.[].addr // empty]' <<<"$records")" ]
}

@test "--rate holds sessions back" {
    json 1 --rate 10 -p 1-6 127.0.0.1
    is '.[-1].elapsed_ms >= 400'
}

# --- records ------------------------------------------------------------------------------------------------

@test "records begin with run and end with end, a line each" {
    json 1 127.0.0.1:1
    is 'map(.type) == ["run", "banner", "end"] and .[0].command == "banner" and .[-1].exit == 1'
    [ "${#lines[@]}" = 3 ]
}

@test "a closed port is refused by its address" {
    json 1 127.0.0.1:1
    the '.state == "refused" and .reason == "rst" and .from == "127.0.0.1" and .proto == "unknown" and
        .decided_by == null and .detail == null and .tls == null and .raw == null and .bytes == 0 and
        .connections == 0 and .phases_ms.connect == null and .phases_ms.total >= 0 and has("asked") == false'
}

@test "what was asked by scheme or option is told" {
    json 1 ssh://127.0.0.1:1
    the '.asked == "ssh" and .proto == "unknown"'
    json 1 --proto redis 127.0.0.1:1
    the '.asked == "redis"'
    json 1 tls://127.0.0.1:1
    the '.asked == "tls"'
}

@test "an address without a route is told, and is an answer" {
    command -v unshare >/dev/null || skip "unshare is not installed"
    enter=(unshare --net)
    [ "$(id -u)" = 0 ] || enter=(unshare --user --map-root-user --net)
    "${enter[@]}" true 2>/dev/null || skip "network namespaces are not allowed here"
    run -1 --separate-stderr "${enter[@]}" "$netprobe" banner -j 192.0.2.1:1
    [ -z "$stderr" ] || fail "$stderr"
    gather <<<"$output"
    the '.state == "refused" and .reason == "no-route" and .detail == "Network is unreachable"'
}

@test "without files for a socket nothing is asked: exit 2" {
    # how many are open by then depends on the build
    for files in {5..20}; do
        status=0
        output=$(ulimit -n "$files"; timeout 30 "$netprobe" banner -j 127.0.0.1:1 2>/dev/null) || status=$?
        [[ $output != *'"banner","host"'* ]] || break
    done
    [ "$status" = 2 ] || fail "$files files: $status" "$output"
    gather <<<"$output"
    the '.state == "refused" and (.detail | contains("Too many open files"))'
}

@test "whatever a server says, the records stay lines of JSON in ASCII's printable part and UTF-8" {
    serves escapes escapes-http escapes-ssh nuls invalid-utf8 flood long-line
    last=$((port + 6))
    run --separate-stderr timeout 60 "$netprobe" banner -j -w 1s --listen 300ms --deadline 3s -p "$port-$last" 127.0.0.1
    [ -z "$stderr" ] || fail "$stderr"
    gather <<<"$output"
    is '[.[] | select(.type == "banner")] | length == 7'
    is '[.. | strings | explode[]] | all(. >= 32 and . != 127 and (. < 128 or . > 159) and . != 8238)'
    is '[.[] | select(.proto == "http")] | length == 1 and all(.http.server | contains("\\x1b[31mred"))'
}

@test "whatever a server says, rows, blocks and the dialogue are printable lines" {
    serves escapes escapes-http escapes-ssh nuls invalid-utf8
    last=$((port + 4))
    for layout in "" --long; do
        # shellcheck disable=SC2086 # one word or none
        timeout 60 "$netprobe" banner $layout -v -w 1s --listen 300ms --deadline 3s -p "$port-$last" 127.0.0.1 \
            >"$BATS_TEST_TMPDIR/all" 2>&1 || true
        grep -q 'owned' "$BATS_TEST_TMPDIR/all" || fail "$(cat "$BATS_TEST_TMPDIR/all")"
        # jq takes nothing but UTF-8 without a replacement
        jq -R -s -e 'explode | all((. >= 32 or . == 10) and . != 127 and (. < 128 or . > 159) and . != 8238 and
            . != 65533)' "$BATS_TEST_TMPDIR/all" >/dev/null || fail "$(cat -A "$BATS_TEST_TMPDIR/all")"
    done
}

@test "limits are told" {
    serves flood endless-headers
    json 0 --max-bytes 1000 "127.0.0.1:$port"
    the '.limit == "bytes" and .bytes == 1000 and .state == "ok" and has("raw_truncated") == false'
    json 0 --max-bytes 10000 "127.0.0.1:$port"
    the '.bytes == 10000 and .raw_truncated == true'
    run --separate-stderr "$netprobe" banner -j --max-lines 10 "http://127.0.0.1:$((port + 1))"
    gather <<<"$output"
    the '.limit == "lines" and .http.server == "endless"'
}

@test "a row has an end, and says what cut the session short" {
    serves flood
    asks 0 -p "1,$port" --max-bytes 9000 127.0.0.1
    like "$output" "127\.0\.0\.1 +$port .*\.\.\.; cut short: bytes .*"
    [ "$(wc -L <<<"$output")" -lt 260 ] || fail "$output"
}

@test "redirects are followed as often as is allowed" {
    serves redirect-loop
    json 0 "http://127.0.0.1:$port/x"
    the 'has("redirects") == false and .http.status == 302'
    json 0 --follow --max-redirects 3 "http://127.0.0.1:$port/x"
    the ".limit == \"redirects\" and .redirects == [range(3) | \"302 http://127.0.0.1:$port/again\"]"
    asks 0 --follow --max-redirects 3 "http://127.0.0.1:$port/x" 127.0.0.1:1
    like "$output" ".* ok +-> http://127\.0\.0\.1:$port/again: .*; cut short: redirects .*"
}

@test "TLS and its certificate are told" {
    serves_tls www.example.test
    json 0 --get --name www.example.test "https://127.0.0.1:$port/"
    the '.proto == "http" and .tls.version == "TLSv1.3" and .tls.verified == false and .tls.chain == 1 and
        .tls.subject == "CN=www.example.test" and .tls.san == ["DNS:www.example.test"] and .tls.days_left == 29 and
        .tls.upgraded == false and .phases_ms.tls > 0 and (.tls.verify_error | length > 0)'
    for field in $(jq -r '.[] | .tls // empty | keys[]' <<<"$records"); do
        grep -q -E "^\.It Va (.* )?$field( |\$)" "$root/man/netprobe-banner.1" || fail "not in the manual: $field"
    done
    json 0 --get --ca "$ca" --name www.example.test "https://127.0.0.1:$port/"
    the '.tls.verified == true and .tls.verify_error == null'
    json 0 --get --ca "$ca" "https://127.0.0.1:$port/"
    the '.tls.verified == false'
}

@test "--no-tls comes before scheme and port" {
    serves_tls www.example.test
    run --separate-stderr "$netprobe" banner -j --no-tls -w 1s "https://127.0.0.1:$port/"
    gather <<<"$output"
    the '.tls == null'
}

# --- the dialogue -------------------------------------------------------------------------------------------

@test "-v shows the dialogue, -q nothing" {
    serves starttls-then-garbage
    run --separate-stderr timeout 20 "$netprobe" banner -v -w 1s "smtp://127.0.0.1:$port"
    prefix="netprobe banner: 127\.0\.0\.1:$port +[0-9]+\.[0-9]{3} ms  "
    like "$stderr" "$prefix\* connecting to 127\.0\.0\.1:$port"
    like "$stderr" "$prefix< 220 mail\.example\.net ESMTP"
    like "$stderr" "$prefix> EHLO \[127\.0\.0\.1\]"
    like "$stderr" "$prefix> STARTTLS"
    asks 0 -q -w 1s "smtp://127.0.0.1:$port"
    asks 0 -w 1s "smtp://127.0.0.1:$port"
}

# --- the end ------------------------------------------------------------------------------------------------

@test "the exit status is 0 where something answers, 1 where nothing does" {
    serves escapes-http never
    asks 0 -p "1,$port" --proto http 127.0.0.1
    asks 1 --proto http -w 200ms "127.0.0.1:$((port + 1))"
}

@test "an interrupted run says so, with exit 2 and whole records" {
    serves never escapes-http
    in_background -j --proto http -p "$port,$((port + 1))" 127.0.0.1
    until_true grep -q 'banner","host' "$out"
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" = 2 ] || fail "exit $status"
    gather <"$out"
    is '[.[] | select(.type == "banner")] | length == 1'
    is '.[-1].type == "end" and .[-1].exit == 2'
    [ ! -s "$err" ] || fail "$(cat "$err")"
}

@test "a target that cannot be used is counted, and the others are asked" {
    printf '127.0.0.1:1\nnot a target\n' >"$BATS_TEST_TMPDIR/list"
    run -2 --separate-stderr "$netprobe" banner "@$BATS_TEST_TMPDIR/list"
    like "$output" '1 session in [0-9.]+ s: 1 refused, 1 target could not be used'
    [ "$(wc -l <<<"$stderr")" = 1 ] || fail "$stderr"
}

@test "nothing is left to privilege when the first byte is read" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    serves never
    in_background -w 20s --proto http "127.0.0.1:$port"
    until_true grep -q -E '^CapEff:\s*0+$' "/proc/$pid/status"
    until_true grep -q -E '^NoNewPrivs:\s*1$' "/proc/$pid/status"
}
