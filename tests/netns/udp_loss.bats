#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What `netprobe scan --udp` makes of silence while answers are lost on this machine: nothing. And of questions that this
# machine refuses to send, always or now and then.

# shellcheck disable=SC2016 # jq's variables

bats_require_minimum_version 1.5.0
load lab.bash

make_lab() {
    lab_up
    lab_icmp_limit none
}

lab_tests make_lab

# scan NAME ARGUMENTS...: its process is known to others by $LAB_DIR/pid
scan() {
    local name=$1 status=0

    shift
    on client timeout 60 sh -c 'echo $$ >"$0/pid" && exec "$@"' "$LAB_DIR" "$LAB_NETPROBE" scan --udp --json -v "$@" \
        >"$LAB_DIR/$name.json" 2>"$LAB_DIR/$name.err" </dev/null 3>&- 4>&- || status=$?
    [ $status -le 2 ]
}

# overflows PORT COUNT: a service whose answer comes behind so many datagrams of another address, while the scan is
# stopped and reads none of them. What stands beside the question was answered before.
overflows() {
    lab_start server python3 -c "
import os, signal, socket, sys, time
asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asked.bind(('$LAB_SERVER4', $1))
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
other.bind(('10.77.2.9', 0))
open('$LAB_DIR/ready.$1', 'w').close()
while True:
    asker = asked.recvfrom(2048)[1]
    scan = int(open('$LAB_DIR/pid').read())
    try:
        os.kill(scan, signal.SIGSTOP)
        for _ in range($2):
            other.sendto(bytes(1400), asker)
        asked.sendto(b'hello' + bytes(1400), asker)
    finally:
        os.kill(scan, signal.SIGCONT)
"
    lab_wait_for 10 test -e "$LAB_DIR/ready.$1"
}

@test "silence is no evidence while the receive buffer overflows" {
    command -v python3 >/dev/null || skip "python3 is not installed"
    on server ip addr add 10.77.2.9/24 dev s0
    overflows 7070 8000
    scan full --icmp-wait 3s -p 7070,7071 "$LAB_SERVER4"
    grep -q 'packets found no room in the receive buffer' "$LAB_DIR/full.err" || { cat "$LAB_DIR/full.err" >&2; false; }
    is full 'map(select(.port == 7071))[0].state == "closed"'
    is full 'map(select(.port == 7070))[0] | .state == "open|filtered" and .proved == false and .confidence <= 50
        and (.detail | test("closed port") | not)'
    # and it is heard where there is room
    overflows 7072 10
    scan room --icmp-wait 3s -p 7072 "$LAB_SERVER4"
    is room 'map(select(.port == 7072))[0].state == "open"'
}

# answers_on FIRST LAST: one service for each of the ports
answers_on() {
    command -v python3 >/dev/null || skip "python3 is not installed"
    lab_start server python3 -c "
import select, socket
all = []
for port in range($1, $2 + 1):
    all.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    all[-1].bind(('$LAB_SERVER4', port))
open('$LAB_DIR/ready.$1', 'w').close()
while True:
    for s in select.select(all, [], [])[0]:
        s.sendto(b'hello', s.recvfrom(2048)[1])
"
    lab_wait_for 10 test -e "$LAB_DIR/ready.$1"
}

@test "our own firewall refuses what is more than its limit: asked again, and nothing called filtered" {
    answers_on 2000 2059
    lab_nft client "
        table inet most {
            chain output {
                type filter hook output priority 0
                meta l4proto udp limit rate over 50/second burst 20 packets drop
            }
        }"
    scan limit -p 2000-2069 "$LAB_SERVER4"
    on client nft delete table inet most
    is limit 'map(select(.type == "port" and .state == "open")) | length == 60'
    is limit 'map(select(.type == "port" and .state == "closed")) | length == 10'
}

@test "our own firewall forbids a thousand ports: filtered, local, and the others are what they are" {
    lab_nft client "
        table inet ban {
            chain output {
                type filter hook output priority 0
                udp dport 3000-3999 drop
            }
        }"
    scan ban -p 3000-4003 "$LAB_SERVER4"
    on client nft delete table inet ban
    is ban 'map(select(.type == "port" and .port < 4000)) | length == 1000 and all(.state == "filtered"
        and .reason == "local" and .from == null and .attempts == 0)'
    is ban 'map(select(.type == "port" and .port >= 4000)) | length == 4 and all(.state == "closed")'
}

# drops_at_egress RULE: what leaves this machine's interface; its sender is told that there is no room
drops_at_egress() {
    on client nft -f - <<EOF || skip "this kernel has no hook at the egress of an interface"
table netdev out {
    chain egress {
        type filter hook egress device "c0" priority 0
        $1
    }
}
EOF
}

@test "dropped at the egress of the interface: unproved, and the others are what they are" {
    drops_at_egress 'udp dport 123 drop'
    on server ip addr add 10.77.2.10/24 dev s0
    scan egress -p 53,69,123 "$LAB_SERVER4" 10.77.2.10
    on client nft delete table netdev out
    is egress 'map(select(.type == "port" and .port != 123)) | length == 4 and all(.state == "closed")'
    is egress 'map(select(.type == "port" and .port == 123)) | length == 2 and all(.state == "unproved"
        and .reason == "local" and .attempts == 0 and (.detail | test("could not ask: No buffer space")))'
    is egress 'map(select(.type == "end"))[0].exit == 2'
}

@test "all of UDP dropped at the egress of the interface: unproved" {
    drops_at_egress 'meta l4proto udp drop'
    scan egress -p 1-200 "$LAB_SERVER4"
    on client nft delete table netdev out
    is egress 'map(select(.type == "port")) | length == 200 and all(.state == "unproved" and .reason == "local")'
}

@test "some refused at the egress of the interface: asked again, and nothing is lost" {
    drops_at_egress 'meta l4proto udp limit rate over 50/second burst 20 packets drop'
    scan egress -p 2100-2179 "$LAB_SERVER4"
    on client nft delete table netdev out
    is egress 'map(select(.type == "port")) | length == 80 and all(.state == "closed")'
}

@test "our own firewall forbids all of UDP: filtered, local" {
    lab_nft client "
        table inet ban {
            chain output {
                type filter hook output priority 0
                meta l4proto udp drop
            }
        }"
    scan ban -p 1-1000 "$LAB_SERVER4"
    on client nft delete table inet ban
    is ban 'map(select(.type == "port")) | length == 1000 and all(.state == "filtered" and .reason == "local")'
}
