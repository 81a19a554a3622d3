#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# netprobe pcap: what it refuses, rows and records of the captures in pcap/, what it makes of files that are packed,
# cut or none, and its exit status. Live captures, beside other programs, are in tests/netns.

bats_require_minimum_version 1.5.0
load says.bash

setup() {
    root=$BATS_TEST_DIRNAME/../..
    netprobe=${NETPROBE:-$root/build/netprobe}
    # shellcheck disable=SC2034 # of says.bash
    command=pcap
    captures=$BATS_TEST_DIRNAME/pcap
    fates=$captures/fates.pcap
    mix=$root/build/${VARIANT:-release}/tests/tools/mix
    unset NO_COLOR
}

# The one flow of fates.pcap whose beginning is not there is said of.
MIDSTREAM="netprobe pcap: 1 flow began before the capture: its handshake cannot be known"

# reads STATUS NAME ARGUMENT...: the capture of that name, nothing on stderr but what began before
reads() {
    local status=$1 name=$2
    shift 2
    run "-$status" --separate-stderr timeout 20 "$netprobe" pcap -r "$captures/$name" "$@"
    [ -z "$stderr" ] || [ "$stderr" = "$MIDSTREAM" ] || fail "stderr: $stderr"
}

# prints: standard output is what is on standard input
prints() {
    diff - <(printf '%s\n' "$output")
}

# json STATUS NAME ARGUMENT...: the records as one array in $records
json() {
    reads "$1" "$2" -j "${@:3}"
    records=$(jq -s . <<<"$output") || fail "$output"
}

# is FILTER: true for the array of all records
is() {
    jq -e "$1" <<<"$records" >/dev/null || fail "not so: $1" "$records"
}

# chooses "ID..." NAME ARGUMENT...: exactly these flows, in this order
chooses() {
    local expected=$1 status=0
    shift
    [ -n "$expected" ] || status=1
    json "$status" "$@"
    is "[.[] | select(.type == \"flow\") | .id | tostring] | join(\" \") | . == \"$expected\""
}

# flow FILTER: true for the only flow
flow() {
    jq -e "[.[] | select(.type == \"flow\")] | length == 1 and (.[0] | $1)" <<<"$records" >/dev/null ||
        fail "not so: $1" "$records"
}

# on_a_terminal COLUMNS TERM ARGUMENT...: what is on it, in $output
on_a_terminal() {
    local columns=$1 term=$2

    command -v script >/dev/null || skip "script is not installed"
    shift 2
    TERM=$term run -0 timeout 30 script -qec "stty cols $columns rows 24; '$netprobe' pcap $*" /dev/null </dev/null
    output=$(tr -d '\r' <<<"$output" | sed -E 's/\x1b\[[0-9;?]*[A-Za-z]//g')
}

# --- what it refuses ---------------------------------------------------------------------------------------------

@test "values that are none are named" {
    refuses "--state foo: no such state" -r "$fates" --state foo
    refuses "--state foo: no such state" -r "$fates" --state complete,foo
    refuses "--state: a name is missing" -r "$fates" --state complete,
    refuses "--port 99999: ports are 1 to 65535" -r "$fates" --port 99999
    refuses "--port xyzzy: no such service" -r "$fates" --port xyzzy
    refuses "--host 1.2.3.4/33: prefix length out of range" -r "$fates" --host 1.2.3.4/33
    refuses "--flow 0: out of range: 1 to 9223372036854775807" -r "$fates" --flow 0
    refuses "--flow one: not a whole number" -r "$fates" --flow one
    refuses "-c 0: out of range: 1 to 9223372036854775807" -c 0
    refuses "--slow 0: out of range: 0.001ms to 1440m" -r "$fates" --slow 0
    refuses "--slow soon: not a time, such as 250ms, 1.5s or 2m" -r "$fates" --slow soon
    refuses "--duration 0: out of range: 1ms to 14400m" --duration 0
    refuses "--snaplen 262145: out of range: 0 to 262144" --snaplen 262145
    refuses "--snaplen 63: less than 64 holds no headers" --snaplen 63
    refuses "--max-flows 0: out of range: 1 to 100000000" -r "$fates" --max-flows 0
    refuses "unknown option --xylophone" --xylophone
}

@test "what is for live captures is named beside a file" {
    refuses "--interface and --read exclude each other" -r "$fates" -i lo
    refuses "--snaplen and --read exclude each other" -r "$fates" --snaplen 96
    refuses "--promiscuous and --read exclude each other" -r "$fates" --promiscuous
    refuses "--duration and --read exclude each other" -r "$fates" --duration 1s
    refuses "--follow and --read exclude each other" -r "$fates" --follow
}

@test "views that exclude each other are named" {
    refuses "--ladder and --packets exclude each other" -r "$fates" --ladder --packets
    refuses "--ladder and --summary exclude each other" -r "$fates" --summary --ladder
    refuses "--packets and --summary exclude each other" -r "$fates" --summary --packets
    refuses "--failed and --state exclude each other" -r "$fates" --failed --state complete
}

@test "names of hosts are errors with -n, and one that nobody knows is an error" {
    refuses "--host localhost: a name, and -n looks none up" -r "$fates" -n --host localhost
    cannot "--host xyzzy\.invalid: .*" -r "$fates" --host xyzzy.invalid
}

@test "the file that is read is never written to" {
    copy=$BATS_TEST_TMPDIR/copy.pcap
    cp "$fates" "$copy"
    ln -s copy.pcap "$BATS_TEST_TMPDIR/link"
    for option in -w --svg -o; do
        refuses_like "$BATS_TEST_TMPDIR/(copy\.pcap|link): the file that is read" -r "$copy" $option \
            "$BATS_TEST_TMPDIR/link"
    done
    cmp "$fates" "$copy"
    refuses "--write - goes with --output FILE" -r "$fates" -w -
    refuses "--svg - goes with --output FILE" -r "$fates" --svg -
    # whatever its name is: bats reads through a file
    refuses "--write /dev/stdout goes with --output FILE" -r "$fates" -w /dev/stdout
    refuses "--write and --output are the same file" -r "$fates" -w - -o /dev/stdout
}

@test "a file that another run writes is left alone" {
    file=$BATS_TEST_TMPDIR/written
    echo old >"$file"
    exec {held}>>"$file"
    flock -n "$held"
    for option in -w --svg -o; do
        cannot "$file: another netprobe is still writing to it" -r "$fates" $option "$file"
        [ "$(cat "$file")" = old ] || fail "$option"
    done
    exec {held}>&-
    timeout 20 "$netprobe" pcap -r "$fates" -w "$file" >/dev/null || [ $? = 1 ]
    [ "$(head -n 1 "$file")" != old ] || fail "not written"
}

@test "a filter in error is quoted with what is wrong" {
    refuses "filter 'port xyzzy': unknown port 'xyzzy'" -r "$fates" port xyzzy
    refuses_like "filter 'tcp and and': .*syntax error.*" -r "$fates" tcp and and
    refuses_like "filter 'wlan type mgt': .*" -r "$fates" wlan type mgt
    # bytes of the expression are escaped
    refuses_like "filter 'port .x1b.*" -r "$fates" $'port \e[2J'
}

@test "an interface that is not there, and one without the privilege: one line" {
    if [ "$(id -u)" = 0 ]; then
        cannot "nosuch0: no such interface" -i nosuch0
        setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null || skip "no other user to be had"
        copy=$(mktemp -d)
        cp "$netprobe" "$copy/netprobe"
        chmod 755 "$copy"
        run -2 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
            --bounding-set=-all timeout 20 "$copy/netprobe" pcap -i lo
        rm -rf "$copy"
        [ "$stderr" = "netprobe pcap: lo: needs CAP_NET_RAW (sudo, or: setcap cap_net_raw+ep netprobe)" ] ||
            fail "$stderr"
    else
        cannot "lo: needs CAP_NET_RAW .*" -i lo
    fi
}

# --- files that are none -----------------------------------------------------------------------------------------

@test "no file, a directory, an empty one, one that is no capture: one line, exit 2" {
    cannot "/nonexistent/file: No such file or directory" -r /nonexistent/file
    cannot "$BATS_TEST_TMPDIR: Is a directory" -r "$BATS_TEST_TMPDIR"
    : >"$BATS_TEST_TMPDIR/empty"
    cannot "$BATS_TEST_TMPDIR/empty: empty" -r "$BATS_TEST_TMPDIR/empty"
    cannot "$root/README\.md: neither pcap nor pcapng" -r "$root/README.md"
    cannot "standard input: empty" -r - </dev/null
    gzip -c </dev/null >"$BATS_TEST_TMPDIR/empty.gz"
    cannot "empty\.gz: .*" -r "$BATS_TEST_TMPDIR/empty.gz"
    head -c 20 "$fates" >"$BATS_TEST_TMPDIR/header"
    cannot "header: cut before the first packet .at byte 20." -r "$BATS_TEST_TMPDIR/header"
}

@test "a capture without packets: nothing, exit 1" {
    head -c 24 "$fates" >"$BATS_TEST_TMPDIR/none.pcap"
    run -1 --separate-stderr "$netprobe" pcap -r "$BATS_TEST_TMPDIR/none.pcap"
    [ -z "$stderr" ]
    [ "$output" = "0 attempts; 0 packets" ]
}

@test "a file that is cut: everything before the cut, what is wrong in one line, exit 2" {
    head -c 1500 "$fates" >"$BATS_TEST_TMPDIR/cut.pcap"
    run -2 --separate-stderr "$netprobe" pcap -r "$BATS_TEST_TMPDIR/cut.pcap" -j
    [ "${stderr%%$'\n'*}" = "netprobe pcap: $BATS_TEST_TMPDIR/cut.pcap: cut after packet 16 (at byte 1500)" ] ||
        fail "$stderr"
    records=$(jq -s . <<<"$output")
    is '[.[] | select(.type == "flow") | .id] == [1, 2, 3, 4, 5, 6]'
    is '.[-2] | .packets == 16 and .cut == true'
    is '.[-1].exit == 2'
    # the same out of a packed one
    gzip -c "$BATS_TEST_TMPDIR/cut.pcap" | head -c 400 >"$BATS_TEST_TMPDIR/cut.gz"
    run -2 --separate-stderr "$netprobe" pcap -r "$BATS_TEST_TMPDIR/cut.gz"
    like "$stderr" "netprobe pcap: .*cut\.gz: cut after packet [0-9]+ .at byte [0-9]+, unpacked."
    like "$output" " 1  05:06:07\.000000  192\.0\.2\.1:40001 .*"
}

@test "a packet longer than can be: what is before it stands" {
    cp "$fates" "$BATS_TEST_TMPDIR/long.pcap"
    printf '\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\x7f\xff\xff\xff\x7f' >>"$BATS_TEST_TMPDIR/long.pcap"
    run -2 --separate-stderr "$netprobe" pcap -r "$BATS_TEST_TMPDIR/long.pcap"
    like "$stderr" "netprobe pcap: .*long\.pcap: .* after packet 32 .*"
    like "$output" "8 attempts: .*; 32 packets"
}

# --- rows --------------------------------------------------------------------------------------------------------

@test "a row for each attempt: what became of it, how long it took, who said so" {
    reads 0 fates.pcap -n
    [ "$stderr" = "$MIDSTREAM" ]
    prints <<'END'
ID  START            CLIENT               SERVER            STATE         SYN-ACK       ACK      CONNECT  TRIES  END   CONN  HISTORY  PACKETS   BYTES  NOTE
 1  05:06:07.000000  192.0.2.1:40001      198.51.100.2:80   complete    10.200 ms  0.040 ms    10.240 ms      -  fin   SF    ShADdFf      5/3  18/100  -
 2  05:06:07.100000  192.0.2.1:40002      198.51.100.2:81   refused             -         -            -      -  rst   REJ   Sr           1/1     0/0  RST, TTL 57
 3  05:06:07.200000  192.0.2.1:40003      198.51.100.2:443  unanswered          -         -            -      3  open  S0    S            3/0     0/0  asked 3 times over 3.0 s; the capture ended with it
 4  05:06:07.300000  192.0.2.1:40004      198.51.100.2:25   rejected            -         -            -      -  open  S0    S            1/0     0/0  admin-prohibited from 192.0.2.254
 5  05:06:07.400000  192.0.2.1:40005      198.51.100.2:22   half-open   10.200 ms         -            -      -  open  S1    Sh           1/2     0/0  no ACK: SYN-ACK sent 2 times; the capture ended 1.8 s later
 6  05:06:07.500000  192.0.2.1:40006      198.51.100.2:80   complete    10.200 ms  0.040 ms  1010.240 ms      2  open  S1    ShA          3/1     0/0  asked 2 times over 1.0 s
 7  05:06:07.600000  192.0.2.1:40007      198.51.100.2:80   midstream           -         -            -      -  open  OTH   Da           1/1    10/0  -
 8  05:06:07.700000  192.0.2.1:40008      198.51.100.2:443  complete    10.200 ms  0.040 ms    10.240 ms      -  rst   RSTR  ShADr        3/2     5/0  RST, TTL 255 where the server has 57
 9  05:06:07.800000  [2001:db8::1]:40009  [2001:db8::2]:22  complete    20.200 ms  0.040 ms    20.240 ms      -  open  S1    ShA          2/1     0/0  -
8 attempts: 1 unanswered, 1 half-open, 4 complete, 1 refused, 1 rejected, 1 midstream; 32 packets
END
}

@test "columns that no row has anything in are left out, services are named" {
    reads 0 fates.pcap --flow 9
    [ -z "$stderr" ]
    prints <<'END'
ID  START            CLIENT               SERVER             STATE       SYN-ACK       ACK    CONNECT  END   CONN  HISTORY  PACKETS  BYTES
 9  05:06:07.800000  [2001:db8::1]:40009  [2001:db8::2]:ssh  complete  20.200 ms  0.040 ms  20.240 ms  open  S1    ShA          2/1    0/0
1 attempt: 1 complete; 32 packets
END
}

@test "the way of a packet that was seen twice, what changed on it, and what stayed here" {
    reads 0 clamped.pcapng -n
    like "$output" ' 1 .* complete  10\.200 ms  0\.040 ms  10\.240 ms .*  eth0 -> eth1, TTL 64 -> 63; MSS 1460 -> 1380'
    reads 0 passing.pcap -n
    like "$output" ' 1 .* 2/1 +0/0  interface 2 in -> interface 3 out, TTL 64 -> 63'
    like "$output" ' 2 .* unanswered .* 2/0 +0/0  asked 2 times over 1\.0 s; dropped here: came in and never left; .*'
}

@test "--summary: how attempts at each port fared" {
    reads 0 fates.pcap --summary
    [ "$(head -n 6 <<<"$output")" = "$(cat <<'END'
PORT  SERVICE  ATTEMPTS  COMPLETE  REFUSED  UNANSWERED  REJECTED  HALF-OPEN  OTHER        P50          P95          P99          MAX
  22  ssh             2         1        0           0         0          1      0  20.240 ms    20.240 ms    20.240 ms    20.240 ms
  80  http            2         2        0           0         0          0      0  10.240 ms  1010.240 ms  1010.240 ms  1010.240 ms
 443  https           2         1        0           1         0          0      0  10.240 ms    10.240 ms    10.240 ms    10.240 ms
  25  smtp            1         0        0           0         1          0      0          -            -            -            -
  81  -               1         0        1           0         0          0      0          -            -            -            -
END
)" ] || fail "$output"
    json 0 fates.pcap --summary
    is '[.[].type] == ["run", "group", "group", "group", "group", "group", "summary", "end"]'
    is '.[1] == {type: "group", by: "port", name: "22", service: "ssh", attempts: 2, complete: 1, refused: 0,
        unanswered: 0, rejected: 0, half_open: 1, other: 0,
        handshake_ms: {p50: 20.24, p95: 20.24, p99: 20.24, max: 20.24}}'
    is '.[4] | .name == "25" and .rejected == 1 and .handshake_ms == null'
    json 0 fates.pcap --summary -n --failed
    is '[.[] | select(.type == "group") | .name] == ["22", "25", "81", "443"] and .[1].service == null'
}

# --- records -----------------------------------------------------------------------------------------------------

@test "a record has all fields, null for what is not known" {
    json 0 fates.pcap
    is '[.[].type] == ["run"] + [range(9) | "flow"] + ["summary", "end"]'
    is '[.[] | select(.type == "flow") | del(.note, .foreign_rst) | keys] | unique == [["bytes", "client",
        "client_options", "conn_state", "duration_ms", "end", "ended_by", "first_data_ms", "handshake", "history", "id",
        "out_of_order", "over", "packets", "retransmissions", "server", "server_options", "start", "ttl", "type",
        "zero_windows"]]'
    is '.[-2] == {type: "summary", packets: 32, flows: 9, evicted: 0, fragments: 0, unrelated_icmp: 0, bad_options: 0,
        unknown_link: 0, unreadable: 0, vantage: null, cut: false,
        states: {unanswered: 1, "half-open": 1, complete: 4, refused: 1, rejected: 1, midstream: 1}}'
    is '.[-1] | .type == "end" and .exit == 0'
}

@test "a complete one: times, what both offered, and the life" {
    json 0 fates.pcap --flow 1
    flow 'del(.handshake, .client_options, .server_options, .ttl) == {type: "flow", id: 1,
        client: {addr: "192.0.2.1", port: 40001}, server: {addr: "198.51.100.2", port: 80, service: "http"},
        start: "2026-03-04T05:06:07.000000Z", conn_state: "SF", history: "ShADdFf", end: "fin", ended_by: "client",
        packets: [5, 3], bytes: [18, 100], retransmissions: [0, 0], out_of_order: [0, 0], zero_windows: [0, 0],
        first_data_ms: 11, duration_ms: 43.1, over: "closed"}'
    flow '.handshake == {state: "complete", decided: true, syn_retries: 0, synack_retries: 0, syn_synack_ms: 10.2,
        synack_ack_ms: 0.04, rtt_ms: 10.24, connect_ms: 10.24, ambiguous: false}'
    flow '.client_options == {mss: 1460, wscale: 7, sack: true, timestamps: true, ecn: false, tfo: false, mptcp: false}'
    flow '.server_options.mss == 1400 and .server_options.wscale == 8'
    flow '.ttl == {client: 64, server: 57, rst: null}'
}

@test "who turned an attempt away, and after how long" {
    json 0 fates.pcap --flow 2
    flow '.handshake.state == "refused" and .handshake.answer_ms == 10.5 and .ttl.rst == 57 and .ended_by == "server" and
        .server_options == null'
    json 0 fates.pcap --flow 4
    flow '.handshake | .state == "rejected" and .answer_ms == 2 and .from == "192.0.2.254" and
        .icmp == {type: 3, code: 13, name: "admin-prohibited"}'
}

@test "retries: which SYN was answered, and what the program felt" {
    json 0 fates.pcap --flow 6
    flow '.handshake | .syn_retries == 1 and .syn_synack_ms == 10.2 and .rtt_ms == 10.24 and .connect_ms == 1010.24 and
        .ambiguous == false'
    json 0 fates.pcap --flow 3
    flow '.handshake | .state == "unanswered" and .syn_retries == 2 and .connect_ms == null'
    json 0 fates.pcap --flow 5
    flow '.handshake | .state == "half-open" and .synack_retries == 1 and .syn_synack_ms == 10.2 and .rtt_ms == null'
}

@test "a RST that somebody between sent" {
    json 0 fates.pcap --flow 8
    flow '.foreign_rst == true and .ttl == {client: 64, server: 57, rst: 255} and .conn_state == "RSTR" and
        .note == "RST, TTL 255 where the server has 57"'
    json 0 fates.pcap --flow 2
    flow '.foreign_rst == null'
}

@test "a packet that was seen twice" {
    json 0 clamped.pcapng --flow 1
    flow '.sightings == {count: 3, from: "eth0", to: "eth1", ttl_from: 64, ttl_to: 63, moved: true, changed: ["mss"]} and
        .retransmissions == [0, 0] and .packets == [2, 1]'
}

@test "VLANs and tunnels have their place in a record" {
    json 0 inside.pcap
    is '[.[] | select(.type == "flow") | [.vlan, .tunnel]] ==
        [[[10], null], [[20, 30], null], [null, {kind: "gre"}], [null, {kind: "vxlan", id: 42}]]'
}

# --- which of them -----------------------------------------------------------------------------------------------

@test "each way to choose" {
    chooses "1 2 3 4 5 6 7 8 9" fates.pcap
    chooses "9" fates.pcap --host 2001:db8::/32
    chooses "9" fates.pcap --host 2001:db8::2
    chooses "1 2 3 4 5 6 7 8" fates.pcap --host 198.51.100.0/24
    chooses "1 2 3 4 5 6 7 8 9" fates.pcap --host 192.0.2.1 --host 2001:db8::1
    chooses "" fates.pcap --host 192.0.2.254
    chooses "1 6 7" fates.pcap --port 80
    chooses "1 2 6 7" fates.pcap --port http,81
    chooses "2 3 5 9" fates.pcap --port 40002-40003 --port ssh
    chooses "5" fates.pcap --port 22 --host 198.51.100.2
    chooses "1 6 8 9" fates.pcap --state complete
    chooses "2 4" fates.pcap --state refused --state rejected
    chooses "3 7" fates.pcap --state midstream,unanswered
    chooses "" fates.pcap --state simultaneous,split
    chooses "2 3 4 5" fates.pcap --failed
    chooses "4" fates.pcap --failed --port 25
    chooses "6 9" fates.pcap --slow 20.24ms
    chooses "6" fates.pcap --slow 1s
    chooses "" fates.pcap --slow 2s
    chooses "7" fates.pcap --flow 7
    chooses "" fates.pcap --flow 10
    chooses "" fates.pcap --flow 7 --state complete
}

@test "--host and --port see through VLANs and tunnels, and a filter does not" {
    chooses "1 2 3 4" inside.pcap --port 80
    chooses "1 2 3 4" inside.pcap --host 198.51.100.2
    chooses "3" inside.pcap --port 41003
    chooses "" inside.pcap --host 10.1.0.2
    chooses "" inside.pcap port 80
    chooses "1 2" inside.pcap vlan
    chooses "1" inside.pcap udp port 4789
}

@test "a filter chooses packets, and its words are joined" {
    chooses "1 2" fates.pcap port 80 or port 81 and 'portrange 40001-40002'
    # the answers are missing
    run -0 --separate-stderr timeout 20 "$netprobe" pcap -r "$fates" -j src host 192.0.2.1 and dst port 81
    [ "$stderr" = "netprobe pcap: the filter may hide ICMP errors: what was rejected looks unanswered (--host and --port \
do not)" ] || fail "$stderr"
    records=$(jq -s . <<<"$output")
    flow '.handshake.state == "unanswered"'
    is '.[-2].packets == 1'
}

@test "nothing that is meant: no row, exit 1, and the last line" {
    reads 1 fates.pcap --port 9
    [ "$output" = "0 attempts; 32 packets" ] || fail "$output"
    reads 1 fates.pcap udp
    [ "$output" = "0 attempts; 0 packets" ] || fail "$output"
    reads 1 fates.pcap --summary --port 9
}

@test "--count: so many packets and no more" {
    json 0 fates.pcap -c 3
    is '.[-2].packets == 3'
    json 0 fates.pcap -c 100
    is '.[-2].packets == 32'
    # of those that the filter lets pass
    json 0 fates.pcap -c 2 port 81
    flow '.handshake.state == "refused"'
}

@test "--max-flows: what had to make room is told, counted and said" {
    run -0 --separate-stderr "$netprobe" pcap -r "$fates" --max-flows 2 -j
    like "$stderr" 'netprobe pcap: [0-9]+ flows had to make room before their end \(--max-flows\)'
    records=$(jq -s . <<<"$output")
    is '[.[] | select(.type == "flow" and .over == "evicted")] | length > 3'
    is '.[-2].evicted == ([.[] | select(.type == "flow" and .over == "evicted")] | length)'
    is '[.[] | select(.type == "flow") | .packets | add] | add == 31'
}

# --- where it comes from -----------------------------------------------------------------------------------------

@test "stdin, and what is packed by gzip, zstd or xz, is the same" {
    expected=$("$netprobe" pcap -r "$fates" -q)
    for file in "$fates" "$fates.gz" "$fates.zst" "$fates.xz"; do
        [ "$("$netprobe" pcap -r "$file" -q)" = "$expected" ] || fail "$file"
        [ "$("$netprobe" pcap -r - -q <"$file")" = "$expected" ] || fail "$file from stdin"
        # shellcheck disable=SC2002 # through a pipe
        [ "$(cat "$file" | "$netprobe" pcap -r - -q)" = "$expected" ] || fail "$file from a pipe"
    done
}

@test "a pipe that somebody is still writing: SIGINT ends the run with what there was, exit 2" {
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    timeout 30 "$netprobe" pcap -r "$BATS_TEST_TMPDIR/fifo" -j >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" \
        3>&- 4>&- &
    pid=$!
    exec 5>"$BATS_TEST_TMPDIR/fifo"
    head -c 1500 "$fates" >&5
    sleep 0.7
    kill -0 "$pid"
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    exec 5>&-
    [ "$status" = 2 ] || fail "exit status $status" "$(<"$BATS_TEST_TMPDIR/err")"
    [ "$(jq -r .type "$BATS_TEST_TMPDIR/out" | grep -c flow)" = 6 ] || fail "$(<"$BATS_TEST_TMPDIR/out")"
    [[ $(tail -n 1 "$BATS_TEST_TMPDIR/out") == *'"exit":2}' ]]
}

@test "a pipe whose writer never begins can be interrupted, too" {
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    exec 5<>"$BATS_TEST_TMPDIR/fifo"
    timeout 30 "$netprobe" pcap -r - <"$BATS_TEST_TMPDIR/fifo" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- 4>&- 5>&- &
    pid=$!
    sleep 0.5
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    exec 5>&-
    [ "$status" != 124 ] || fail "it went on"
}

@test "what is known is told while the pipe is silent: records at once, rows after half a second" {
    for format in json table; do
        mkfifo "$BATS_TEST_TMPDIR/$format"
        timeout 30 "$netprobe" pcap -n -r "$BATS_TEST_TMPDIR/$format" --max-flows 2 --format $format -q \
            >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- 4>&- &
        pid=$!
        exec 5>"$BATS_TEST_TMPDIR/$format"
        cat "$fates" >&5
        for _ in $(seq 40); do
            ! grep -q 192.0.2.1 "$BATS_TEST_TMPDIR/out" || break
            sleep 0.1
        done
        [ "$(grep -c 192.0.2.1 "$BATS_TEST_TMPDIR/out")" -gt 5 ] || fail "$format:" "$(<"$BATS_TEST_TMPDIR/out")"
        unlike "$(<"$BATS_TEST_TMPDIR/out")" '"type":"end"|attempts:'
        exec 5>&-
        wait "$pid"
        like "$(<"$BATS_TEST_TMPDIR/out")" '.*"type":"end".*|.* attempts: .*'
    done
}

@test "SIGINT in the middle of many flows: each that was seen, and the end" {
    mkfifo "$BATS_TEST_TMPDIR/fifo"
    "$mix" 10000000 >"$BATS_TEST_TMPDIR/fifo" 3>&- 4>&- &
    timeout 60 "$netprobe" pcap -n -j --max-flows 20000 -r "$BATS_TEST_TMPDIR/fifo" >"$BATS_TEST_TMPDIR/out" \
        2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- &
    pid=$!
    for _ in $(seq 100); do
        [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -lt 20000 ] || break
        sleep 0.1
    done
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" = 2 ] || fail "exit status $status" "$(<"$BATS_TEST_TMPDIR/err")"
    grep '^{"type":"flow"' "$BATS_TEST_TMPDIR/out" | cut -d , -f 2 | cut -d : -f 2 | sort -n >"$BATS_TEST_TMPDIR/ids"
    seq "$(wc -l <"$BATS_TEST_TMPDIR/ids")" | cmp - "$BATS_TEST_TMPDIR/ids"
    tail -n 2 "$BATS_TEST_TMPDIR/out" | jq -s -e --argjson flows "$(wc -l <"$BATS_TEST_TMPDIR/ids")" \
        '.[0].flows == $flows and .[1].exit == 2'
}

# --- where it goes -----------------------------------------------------------------------------------------------

@test "-o FILE" {
    reads 0 fates.pcap -o "$BATS_TEST_TMPDIR/file"
    [ -z "$output" ]
    like "$(tail -n 1 "$BATS_TEST_TMPDIR/file")" '8 attempts: .*; 32 packets'
    cannot "/nonexistent/file: No such file or directory" -r "$fates" -o /nonexistent/file
}

@test "a full disk and a closed stdout are one line, exit 2" {
    for format in table json; do
        run -2 --separate-stderr sh -c "'$netprobe' pcap -q -r '$fates' --format $format >/dev/full"
        [ "$stderr" = "netprobe pcap: standard output: No space left on device" ] || fail "$stderr"
        run -2 --separate-stderr sh -c "'$netprobe' pcap -q -r '$fates' --format $format >&-"
        [ "$stderr" = "netprobe pcap: standard output: Bad file descriptor" ] || fail "$stderr"
    done
    cannot "/dev/full: No space left on device" -q -r "$fates" -o /dev/full
}

@test "of many flows a full disk and a closed pipe are one line, exit 2, and the run ends at once" {
    for format in table json; do
        run -2 --separate-stderr sh -c "'$mix' 10000000 | timeout 20 '$netprobe' pcap -r - -n --format $format >/dev/full"
        [ "$stderr" = "netprobe pcap: standard output: No space left on device" ] || fail "$stderr"
        run -0 --separate-stderr sh -c "{ '$mix' 10000000 | timeout 20 '$netprobe' pcap -r - -n --format $format
            echo \$? >&2; } | head -n 10000 >/dev/null"
        [ "$stderr" = "netprobe pcap: standard output: Broken pipe"$'\n'2 ] || fail "$stderr"
    done
}

@test "-w FILE: the same packets, as others read them" {
    reads 0 fates.pcap -w "$BATS_TEST_TMPDIR/written.pcap"
    [ "$(od -An -tx4 -N4 "$BATS_TEST_TMPDIR/written.pcap")" = " a1b23c4d" ]
    diff <("$netprobe" pcap -q -r "$fates") <("$netprobe" pcap -q -r "$BATS_TEST_TMPDIR/written.pcap")
    [ "$(stat -c %s "$BATS_TEST_TMPDIR/written.pcap")" = "$(stat -c %s "$fates")" ]
    command -v tcpdump >/dev/null || skip "tcpdump is not installed"
    diff <(tcpdump -nr "$fates" 2>/dev/null) <(tcpdump -nr "$BATS_TEST_TMPDIR/written.pcap" 2>/dev/null)
}

@test "-w keeps to filter, --host, --port and --flow" {
    for fate in "--failed" "--state rejected" "--slow 1s"; do
        # shellcheck disable=SC2086 # an option and its value
        refuses "--write saves packets as they come, before ${fate% *} can be known (take --flow N)" \
            -r "$fates" -w "$BATS_TEST_TMPDIR/some.pcap" $fate
    done
    reads 0 fates.pcap -w "$BATS_TEST_TMPDIR/one.pcap" --flow 2
    run -0 "$netprobe" pcap -r "$BATS_TEST_TMPDIR/one.pcap" -j
    records=$(jq -s . <<<"$output")
    is '.[-2].flows == 1 and .[1].client.port == 40002'
    json 0 fates.pcap -w "$BATS_TEST_TMPDIR/some.pcap" --port 25,81
    run -0 "$netprobe" pcap -r "$BATS_TEST_TMPDIR/some.pcap" -j
    records=$(jq -s . <<<"$output")
    # the ICMP error goes with what it quotes
    is '[.[] | select(.type == "flow") | .handshake.state] == ["refused", "rejected"] and .[-2].packets == 4'
    reads 0 inside.pcap -w "$BATS_TEST_TMPDIR/inner.pcap" --port 41004
    run -0 "$netprobe" pcap -r "$BATS_TEST_TMPDIR/inner.pcap" -j
    [ "$(jq -c 'select(.type == "flow") | .tunnel' <<<"$output")" = '{"kind":"vxlan","id":42}' ]
}

@test "-w: packets of another link type are counted and said, exit 2" {
    run -2 --separate-stderr "$netprobe" pcap -r "$captures/clamped.pcapng" -w "$BATS_TEST_TMPDIR/one.pcap"
    [ "$stderr" = "netprobe pcap: 2 packets of another link type than the first: not written" ] || fail "$stderr"
    like "$output" '2 attempts: 1 complete, 1 refused; 8 packets'
    run -0 "$netprobe" pcap -r "$BATS_TEST_TMPDIR/one.pcap"
    like "$output" '1 attempt: 1 complete; 6 packets'
}

@test "-w - beside -o, a full disk, a place that is not there" {
    "$netprobe" pcap -q -r "$fates" -w - -o "$BATS_TEST_TMPDIR/rows" >"$BATS_TEST_TMPDIR/out.pcap"
    diff <("$netprobe" pcap -q -r "$fates") <("$netprobe" pcap -q -r - <"$BATS_TEST_TMPDIR/out.pcap")
    like "$(tail -n 1 "$BATS_TEST_TMPDIR/rows")" '8 attempts: .*'
    run -2 --separate-stderr "$netprobe" pcap -q -r "$fates" -w /dev/full
    [ "$stderr" = "netprobe pcap: /dev/full: No space left on device" ] || fail "$stderr"
    cannot "/nonexistent/w\.pcap: No such file or directory" -r "$fates" -w /nonexistent/w.pcap
}

@test "what cannot be begun leaves the file of -w as it is" {
    cp "$fates" "$BATS_TEST_TMPDIR/kept.pcap"
    refuses "filter 'port xyzzy': unknown port 'xyzzy'" -r "$captures/inside.pcap" -w "$BATS_TEST_TMPDIR/kept.pcap" \
        port xyzzy
    refuses "--port foo: no such service" -r "$captures/inside.pcap" -w "$BATS_TEST_TMPDIR/kept.pcap" --port foo
    cannot "README\.md: neither pcap nor pcapng" -r "$root/README.md" -w "$BATS_TEST_TMPDIR/kept.pcap"
    cmp "$fates" "$BATS_TEST_TMPDIR/kept.pcap"
    # and a longer one leaves nothing behind
    reads 0 inside.pcap -w "$BATS_TEST_TMPDIR/kept.pcap"
    [ "$(stat -c %s "$BATS_TEST_TMPDIR/kept.pcap")" = "$(stat -c %s "$captures/inside.pcap")" ]
}

@test "nothing that is meant is written, and the file is a capture all the same" {
    reads 1 fates.pcap -w "$BATS_TEST_TMPDIR/none.pcap" --port 9
    run -1 "$netprobe" pcap -r "$BATS_TEST_TMPDIR/none.pcap"
    [ "$output" = "0 attempts; 0 packets" ]
}

# --- terminals, limits, hostile bytes ----------------------------------------------------------------------------

@test "on a terminal rows fit: the life gives way first, then what the time to connect is made of" {
    on_a_terminal 160 xterm -q -n -r "$fates" --flow 8
    like "$output" 'ID  START +CLIENT +SERVER +STATE +SYN-ACK +ACK +CONNECT  END  CONN  HISTORY  NOTE'
    on_a_terminal 130 xterm -q -n -r "$fates" --flow 8
    like "$output" 'ID  START +CLIENT +SERVER +STATE +SYN-ACK +CONNECT  NOTE'
    # what says most is cut only where nothing else is left to go
    on_a_terminal 80 xterm -q -n -r "$fates" --flow 8
    like "$output" 'ID  CLIENT +SERVER +STATE +NOTE'
    like "$output" ' 8  192\.0\.2\.1:40008  198\.51\.100\.2:443  complete  RST, TTL 255.*…'
    ! LC_ALL=C.UTF-8 grep -E '.{81}' <<<"$output" || fail "$output"
}

@test "a terminal of 40 columns, and one that can do nothing" {
    on_a_terminal 40 xterm -q -n -r "$fates"
    like "$output" ' ?1 .*'
    on_a_terminal 100 dumb -q -n -r "$fates" --port 81
    unlike "$output" $'\x1b'
    like "$output" ' 2 .*refused .*'
}

@test "colour: what failed and what went well, where it is asked for" {
    reads 0 fates.pcap --color always --port 81,80
    [[ $output == *$'\x1b['* ]]
    reads 0 fates.pcap --port 81,80
    [[ $output != *$'\x1b['* ]]
}

@test "64 file descriptors are enough" {
    run -0 --separate-stderr bash -c "ulimit -n 64 && '$netprobe' pcap -q -r '$fates.xz' -w '$BATS_TEST_TMPDIR/w' -j"
    [ "$(jq -c 'select(.type == "summary") | .flows' <<<"$output")" = 9 ]
}

@test "names of interfaces are escaped wherever they are shown" {
    reads 0 hostile.pcapng
    like "$output" ' 1 .*  \\x1b\[2J\\xff\\n7 -> \\xe2\\x80\\xae\\x07, TTL 64 -> 63; MSS 1460 -> 1380'
    [ "${#lines[@]}" = 3 ]
    json 0 hostile.pcapng
    flow '.sightings.from == "\\x1b[2J\\xff\\n7" and .sightings.to == "\\xe2\\x80\\xae\\x07"'
}

@test "a file's name is escaped in what is said of it" {
    cp "$root/README.md" "$BATS_TEST_TMPDIR/"$'a\e[2J\nb'
    cannot 'a\\x1b\[2J\\nb: neither pcap nor pcapng' -r "$BATS_TEST_TMPDIR/"$'a\e[2J\nb'
}

@test "bytes that are no packets: counted, and nothing made of them" {
    {
        head -c 24 "$fates"
        for length in 1 14 20 33 34 53 54 60; do
            printf '\x01\x00\x00\x00\x02\x00\x00\x00'
            printf "%b" "\\x$(printf %x "$length")\\0\\0\\0\\x$(printf %x "$length")\\0\\0\\0"
            head -c "$length" <(yes $'\x02\x00\x00\xff\x08\x00\x45\x60' | tr -d '\n')
        done
    } >"$BATS_TEST_TMPDIR/junk.pcap"
    run -1 --separate-stderr "$netprobe" pcap -r "$BATS_TEST_TMPDIR/junk.pcap"
    like "$output" '0 attempts; 8 packets'
    [ -z "$stderr" ] || fail "$stderr"
}
