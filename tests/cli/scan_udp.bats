#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# netprobe scan --udp: what it says of silence, and what it refuses. Services and firewalls: tests/netns.
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

# sure PORT: its confidence, of $output
sure() {
    jq -r "select(.port == $1) | \"\(.confidence) %\"" <<<"$output"
}

# answers PORT PYTHON: a socket there sends these bytes to whoever asks
answers() {
    local tries=200

    command -v python3 >/dev/null || skip "python3 is not installed"
    python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('$block.1', $1))
while True:
    s.sendto($2, s.recvfrom(2048)[1])" </dev/null 3>&- 4>&- &
    background+=("$!")
    while ! ss -Hlun "src $block.1 and sport = $1" | grep -q .; do
        ((tries-- > 0)) || fail "nobody is on $1"
        sleep 0.05
    done
}

@test "a silent port says what its silence proves, and why its service may say nothing" {
    silent 20514 51820
    scans 1 --udp -j -p 20514,51820 "$block.1"
    [ "$(jq -r 'select(.port == 51820).detail' <<<"$output")" = \
        "silent, while a closed port asked in the same instant was answered ($(sure 51820)); WireGuard answers only to keys that it knows" ] ||
        fail "$output"
    [ "$(jq -r 'select(.port == 20514).detail' <<<"$output")" = \
        "silent, while a closed port asked in the same instant was answered ($(sure 20514))" ] || fail "$output"
    [ "$(jq -r 'select(.type == "port") | .state, (.confidence > 90 | tostring)' <<<"$output" | sort -u | paste -sd' ')" = \
        "open|filtered true" ] || fail "$output"
}

@test "whether a silence is proved stands in the record; nothing else has such a field" {
    silent 20514
    scans 1 --udp -j -p 20514,20515 "$block.1"
    [ "$(jq -c 'select(.type == "port") | [.port, .state, .proved]' <<<"$output" | sort | paste -sd' ')" = \
        '[20514,"open|filtered",true] [20515,"closed",null]' ] || fail "$output"
    # silence that is not looked into proves nothing
    scans 1 --udp -j -p 20514 --icmp-wait 0 "$block.1"
    [ "$(jq -c 'select(.type == "port") | [.state, .proved]' <<<"$output")" = '["open|filtered",false]' ] || fail "$output"
    scans 1 -j -p 20514 "$block.1"
    [ "$(jq -c 'select(.type == "port") | [.state, .proved]' <<<"$output")" = '["closed",null]' ] || fail "$output"
}

@test "a port that is closed says nothing of a service, and has no confidence" {
    scans 1 --udp -j -p 51820 "$block.1"
    [ "$(jq -c 'select(.type == "port") | [.proto, .state, .reason, .detail, .confidence]' <<<"$output")" = \
        '["udp","closed","icmp","port-unreachable",null]' ] || fail "$output"
}

@test "what is for TCP is refused" {
    refuses_like '--banner is for TCP: what UDP services reply is shown anyway' --udp --banner "$block.1"
    refuses_like '--require-data is for TCP: what UDP services reply is shown anyway' --udp --require-data "$block.1"
}

@test "a reply that is not understood is shown as far as it goes, and harmless" {
    answers 20600 "b''"
    answers 20601 "b'\x1b[2J\"\n' + b'x' * 59994"
    scans 0 --udp -j -p 20600,20601 "$block.1"
    [ "$(jq -c 'select(.port == 20600) | [.state, .reply, .detail]' <<<"$output")" = \
        '["open",{"bytes":0,"start":""},"an empty datagram"]' ] || fail "$output"
    [ "$(jq -c 'select(.port == 20601) | [.state, .reply.bytes, .reply.start]' <<<"$output")" = \
        '["open",60000,"\\x1b[2J\"\\nxxxxxxxxxxxxxxxxxxxxxxxxxx"]' ] || fail "$output"
    scans 0 --udp -p 20600,20601 "$block.1"
    like "$output" '20600 +open .* an empty datagram'
    like "$output" '20601 +open .* 60000 bytes, not understood: "\\x1b\[2J\\"\\nx{26}"'
}

@test "what no host answers from is refused, and the rest goes on" {
    for target in 0.0.0.0 :: 224.0.0.251 239.255.255.250 ff02::fb%lo ff05::2 255.255.255.255; do
        run -2 --separate-stderr timeout 20 "$netprobe" scan --udp -p 20700 "$target" "$block.1"
        like "$stderr" "netprobe scan: $target: the (unspecified|broadcast) address, from which no host answers: with --udp, name the hosts" ||
            like "$stderr" "netprobe scan: $target: a multicast address, from which no host answers: with --udp, name the hosts"
        [ "$(wc -l <<<"$stderr")" = 1 ] || fail "$stderr"
        like "$output" '1 closed .*'
        like "$output" '1 address, 1 port .*: 1 target could not be used'
    done
    # alone: no word of lists
    run -2 --separate-stderr timeout 20 "$netprobe" scan --udp -p 20700 224.0.0.251
    [ "$(wc -l <<<"$stderr")" = 1 ] || fail "$stderr"
    # a network: once
    run -2 --separate-stderr timeout 20 "$netprobe" scan --udp -p 20700 224.0.0.0/29
    [ "$(wc -l <<<"$stderr")" = 1 ] || fail "$stderr"
    like "$output" '.* 8 targets could not be used'
}

@test "TCP to the unspecified address goes to this machine, as it did" {
    run -1 --separate-stderr timeout 20 "$netprobe" scan -p 20700 0.0.0.0
    [ -z "$stderr" ] || fail "$stderr"
}

@test "a network's broadcast address is called one" {
    scans 1 --udp -j -p 20700 127.255.255.255
    [ "$(jq -r 'select(.type == "port") | .state, .detail' <<<"$output" | paste -sd' ')" = \
        "unreachable a network's broadcast address, not a host's" ] || fail "$output"
}

@test "-v names no limit where none was met" {
    run -1 --separate-stderr timeout 20 "$netprobe" scan --udp -v -p 20700,20701 "$block.1"
    like "$stderr" "netprobe scan: $block.1: done; round trip [0-9.]+ ms, [0-9]+ ICMP errors, no limit met"
    unlike "$stderr" 'one each|at once'
}

@test "-v says how the scan of an address went, -vv of TCP also each try" {
    run -1 --separate-stderr timeout 20 "$netprobe" scan -v -p 20700,20701 "$block.1"
    [ "$(grep -c "$block.1" <<<"$stderr")" = 1 ] || fail "$stderr"
    like "$stderr" "netprobe scan: $block.1: done; window .*"
    run -1 --separate-stderr timeout 20 "$netprobe" scan -vv -p 20700,20701 "$block.1"
    [ "$(grep -c "$block.1 port 2070[01]: try 1, waits" <<<"$stderr")" = 2 ] || fail "$stderr"
    unlike "$(<"$root/README.md")" 'each decision explained'
}
