#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What `netprobe scan --udp` makes of silence while answers are lost on this machine: nothing.

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
