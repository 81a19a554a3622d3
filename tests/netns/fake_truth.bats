#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# bats file_tags=waits
# shellcheck disable=SC2030,SC2031 # each test is a subshell
#
# Hosts on which everything looks open, because something in front accepts every connection: what `netprobe scan` says
# of them, and what `--require-data` makes of their ports. And hosts on which everything is really open.

bats_require_minimum_version 1.5.0
load lab.bash

# Real services of the server: 22 and 25 greet, 23 accepts and waits, 24 accepts and closes; 101 to 106 greet.
REAL="22=half-stays 23=never 24=close 25=half-stays 101=half-stays 102=half-stays 103=half-stays 104=half-stays \
105=half-stays 106=half-stays"
HELD=9001 CLOSES=9002 TALKS=9003 # who stands behind every other port

make_lab() {
    lab_up
    lab_icmp_limit none
    # shellcheck disable=SC2086 # words
    lab_start server "$LAB_BUILD/tests/tools/hostile" :: $REAL $HELD=never $CLOSES=close $TALKS=half-stays
    lab_wait_for 10 grep -q ready "$LAB_DIR/server.log"
}

lab_tests make_lab

teardown() {
    local role

    [ -z "${LAB:-}" ] || for role in client router server; do on $role nft flush ruleset; done
}

# Everything but the real ports is led to one that accepts.
fake() { # PORT
    lab_nft server "table inet t { chain c { type nat hook prerouting priority -100
        tcp dport { 22, 23, 101-106 } accept
        meta l4proto tcp redirect to :$1
        }; }"
}

# scan NAME ARGUMENTS...
scan() {
    local name=$1 status=0

    shift
    on client timeout 200 "$LAB_NETPROBE" scan --json "$@" >"$LAB_DIR/$name.json" \
        2>"$LAB_DIR/$name.err" || status=$?
    echo $status >"$LAB_DIR/$name.status"
}

# scan_both ARGUMENTS...: NAMEs are fake4 and fake6
scan_both() {
    scan fake4 "$@" "$LAB_SERVER4" 3>&- &
    scan fake6 "$@" "$LAB_SERVER6" 3>&-
    wait $!
}

states() {
    jq -r 'select(.type == "port") | .state' "$LAB_DIR/$1.json" | sort | uniq -c | awk '{ print $2 "=" $1 }' | paste -sd' '
}

ports_in() { # NAME STATE
    jq -r --arg state "$2" 'select(.type == "port" and .state == $state) | .port' "$LAB_DIR/$1.json" | sort -n | paste -sd,
}

# fake_is NAME KIND: in the summary
fake_is() {
    is "$1" "map(select(.type == \"summary\")) | length == 1 and .[0].fake == {asked: 4, open: 4, kind: \"$2\"}"
}

no_fake() {
    is "$1" 'map(select(.type == "summary")) | length == 1 and (.[0] | has("fake") | not)'
}

# ---- what is said of it

@test "somebody who accepts everything and keeps silent is named" {
    fake $HELD
    scan_both -p 1-20
    for name in fake4 fake6; do
        fake_is $name held
        same "$(states $name)" "open=20"
        exits $name 0
    done
    run -0 on client timeout 60 "$LAB_NETPROBE" scan -p 1-20 "$LAB_SERVER4"
    [[ "$output" = *"4 of 4 random ports are open, too: something accepts everything and keeps silent"* ]]
}

@test "somebody who accepts everything and closes at once is named" {
    fake $CLOSES
    scan_both -p 1-20
    for name in fake4 fake6; do
        fake_is $name closes
        exits $name 0
    done
    run -0 on client timeout 60 "$LAB_NETPROBE" scan -p 1-20 "$LAB_SERVER6"
    [[ "$output" = *"4 of 4 random ports are open, too: something accepts everything and closes at once"* ]]
}

@test "somebody who greets everybody is named" {
    fake $TALKS
    scan_both -p 1-20
    for name in fake4 fake6; do
        fake_is $name talks
        exits $name 0
    done
    run -0 on client timeout 60 "$LAB_NETPROBE" scan -p 1-20 "$LAB_SERVER4"
    [[ "$output" = *"4 of 4 random ports are open, too: something accepts everything and answers"* ]]
}

@test "banners are asked for beside it" {
    fake $HELD
    scan fake4 --banner -p 18-25 "$LAB_SERVER4"
    fake_is fake4 held
    is fake4 'map(select(.type == "banner" and .state == "silent")) | length == 7'
}

@test "a run that goes on with another says it, too: however much was known" {
    local lines

    fake $HELD
    scan whole -p 200-299 "$LAB_SERVER4"
    fake_is whole held
    for lines in 3 101; do
        head -n $lines "$LAB_DIR/whole.json" >"$LAB_DIR/cut.json"
        on client timeout 60 "$LAB_NETPROBE" scan --resume "$LAB_DIR/cut.json"
        same "$(states cut)" "open=100"
        fake_is cut held
    done
    scan whole --require-data -p 22,200-209 "$LAB_SERVER4"
    for lines in 3 12; do
        head -n $lines "$LAB_DIR/whole.json" >"$LAB_DIR/cut.json"
        on client timeout 60 "$LAB_NETPROBE" scan --resume "$LAB_DIR/cut.json" || [ $? = 2 ]
        same "$(states cut)" "open=1 unproved=10"
        fake_is cut held
    done
}

# ---- ports that must not be asked

# Counts what comes to the server's ports of a range.
watch_ports() { # RANGE
    on server nft delete table inet w 2>/dev/null || true
    lab_nft server "table inet w { counter seen { }
        chain c { type filter hook prerouting priority -200
            tcp dport $1 counter name seen
        }; }"
}

nothing_came() {
    on server nft list counter inet w seen
    [[ "$(on server nft list counter inet w seen)" = *"packets 0 "* ]]
}

@test "--exclude-ports: they are not among the random ones either" {
    fake $HELD
    watch_ports 1024-65535
    scan_both -p 1-20 --exclude-ports 1024-65535
    for name in fake4 fake6; do
        fake_is $name held
    done
    nothing_came
    watch_ports 49152-65000
    scan_both -p 1-20 --exclude-ports 49152-65000
    nothing_came
}

@test "--exclude-ports: where it leaves no random port, an open one proves nothing by holding the connection" {
    fake $HELD
    watch_ports 30-65535
    scan fake4 --require-data -p 18-25 --exclude-ports 1-17,26-65535 "$LAB_SERVER4"
    no_fake fake4
    same "$(ports_in fake4 open)" 22
    is fake4 'map(select(.type == "port" and .state == "unproved")) | length == 7 and
        all(.detail == "accepted without a byte, and --exclude-ports leaves no random port to ask")'
    grep -q 'cannot be asked: --exclude-ports leaves none' "$LAB_DIR/fake4.err"
    exits fake4 2
    nothing_came
}

# ---- what it makes of an open port

@test "--require-data: behind a silent fake what speaks is open, the rest unproved" {
    fake $HELD
    scan_both --require-data -p 18-25,101-103
    for name in fake4 fake6; do
        fake_is $name held
        same "$(ports_in $name open)" 22,101,102,103
        same "$(ports_in $name unproved)" 18,19,20,21,23,24,25
        is $name 'map(select(.type == "port" and .state == "unproved")) |
            all(.detail == "accepted without a byte, as random ports of this address are")'
        is $name 'map(select(.type == "summary"))[0] | .unproved == 7 and .counts == {"open": 4, "unproved": 7}'
        exits $name 2
    done
}

@test "--require-data: behind a fake that closes, what holds the connection is open, too" {
    fake $CLOSES
    scan_both --require-data -p 18-25,101-103
    for name in fake4 fake6; do
        fake_is $name closes
        same "$(ports_in $name open)" 22,23,101,102,103
        same "$(ports_in $name unproved)" 18,19,20,21,24,25
        exits $name 2
    done
}

@test "--require-data: where everything greets, data is no proof that this one is there; it is said" {
    fake $TALKS
    scan_both --require-data -p 18-22
    for name in fake4 fake6; do
        fake_is $name talks
        same "$(ports_in $name open)" 18,19,20,21,22
        exits $name 0
    done
}

@test "--require-data: one port asked is enough to be careful" {
    fake $HELD
    scan fake4 --require-data -p 18 "$LAB_SERVER4"
    fake_is fake4 held
    same "$(ports_in fake4 unproved)" 18
    exits fake4 2
    scan fake4 --require-data -p 22 "$LAB_SERVER4"
    fake_is fake4 held
    same "$(ports_in fake4 open)" 22
    exits fake4 0
}

@test "--require-data: random ports that are slow to answer are waited for" {
    fake $CLOSES
    # sessions with the ports themselves are over by then
    lab_nft router 'table inet t { chain c { type filter hook forward priority 0
        iifname "r0" tcp dport 49152-65535 drop
        }; }'
    (sleep 0.6 && on router nft flush ruleset) 3>&- &
    scan fake4 --require-data --timeout 2s -p 18-20,22 "$LAB_SERVER4"
    wait $!
    fake_is fake4 closes
    same "$(ports_in fake4 open)" 22
    is fake4 'map(select(.type == "port" and .state == "unproved")) | length == 3 and
        all(.detail == "accepted without a byte, as random ports of this address are")'
    exits fake4 2
}

@test "--require-data with --banner: the banners are told, the state follows them" {
    fake $HELD
    scan fake4 --require-data --banner -p 18-22 "$LAB_SERVER4"
    same "$(ports_in fake4 open)" 22
    same "$(ports_in fake4 unproved)" 18,19,20,21
    is fake4 'map(select(.type == "banner")) | length == 5'
    exits fake4 2
}

@test "--require-data: the table has what is proved, and counts the rest" {
    fake $HELD
    run -2 on client timeout 60 "$LAB_NETPROBE" scan --require-data -p 22,200-220 "$LAB_SERVER4"
    [[ "$output" =~ 22" "+open ]]
    [[ "$output" = *"21 unproved (syn-ack)"* ]]
    [[ "$output" = *"keeps silent: a tarpit, or a SYN proxy"* ]]
    [[ "$output" = *"21 unproved"* ]]
}

# ---- hosts that are what they seem

@test "a host with some open ports has no fake" {
    scan_both -p 1-30
    for name in fake4 fake6; do
        no_fake $name
        same "$(states $name)" "closed=26 open=4"
    done
}

@test "three of three asked ports are open, and real" {
    scan_both -p 22,23,25
    for name in fake4 fake6; do
        no_fake $name
        same "$(states $name)" "open=3"
        exits $name 0
    done
}

@test "six of six: random ports are asked, and are closed" {
    scan_both -p 101-106
    for name in fake4 fake6; do
        no_fake $name
        same "$(states $name)" "open=6"
        is $name 'map(select(.type == "port")) | length == 6'
        exits $name 0
    done
}

@test "--require-data: on a real host what holds the connection is open; what closes it is not proved" {
    scan_both --require-data -p 21-25
    for name in fake4 fake6; do
        no_fake $name
        same "$(ports_in $name open)" 22,23,25
        same "$(ports_in $name unproved)" 24
        same "$(ports_in $name closed)" 21
        is $name 'map(select(.type == "port" and .port == 24))[0].detail == "accepted, and closed without a byte"'
        exits $name 2
    done
    scan fake4 --require-data -p 21-23,25 "$LAB_SERVER4"
    exits fake4 0
}

@test "--require-data: random ports that are filtered say that there is no fake" {
    lab_nft server 'table inet t { chain c { type filter hook input priority 0
        tcp dport 49152-65535 drop
        }; }'
    scan fake4 --require-data -p 22,23 "$LAB_SERVER4"
    no_fake fake4
    same "$(ports_in fake4 open)" 22,23
    exits fake4 0
}

# ---- a SYN proxy of the kernel's

@test "nftables' SYN proxy: every port looks open, and is named" {
    lab_sysctl router net.ipv4.tcp_syncookies=2 net.ipv4.tcp_timestamps=1 net.netfilter.nf_conntrack_tcp_loose=0
    lab_nft router 'table inet t {
        chain raw { type filter hook prerouting priority -300
            iifname "r0" tcp flags syn notrack
        }
        chain c { type filter hook forward priority 0
            ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
            ct state invalid drop
        }
    }' || skip "this kernel has no synproxy for nftables"
    scan fake4 -p 1-20 "$LAB_SERVER4"
    same "$(states fake4)" "open=20"
    is fake4 'map(select(.type == "summary"))[0].fake | .asked == 4 and .open == 4'
    jq -c 'select(.type == "summary").fake' "$LAB_DIR/fake4.json" >&2
    # what is not there it closes when it has asked the server itself: what holds the connection is open
    scan fake4 --require-data -p 18-23 "$LAB_SERVER4"
    fake_is fake4 closes
    same "$(ports_in fake4 open)" 22,23
    same "$(ports_in fake4 unproved)" 18,19,20,21
    exits fake4 2
}

# ---- interruption, and how much it may be

# interrupted AFTER ARGUMENTS...
interrupted() {
    local after=$1 status=0 pid

    shift
    ip netns exec "$LAB-client" "$LAB_NETPROBE" scan --json "$@" "$LAB_SERVER4" \
        >"$LAB_DIR/cut.json" 2>"$LAB_DIR/cut.err" </dev/null 3>&- 4>&- &
    pid=$!
    sleep "$after"
    kill -INT $pid
    wait $pid || status=$?
    same "$status" 2
    is cut '.[0].type == "run" and .[-1].type == "end" and .[-1].exit == 2'
    is cut 'map(select(.type == "summary")) | length <= 1'
    is cut 'map(select(.type == "port") | .port) | length == (unique | length)'
}

@test "SIGINT while it is found out: valid records, nothing twice, nothing open that was not proved" {
    local after

    fake $HELD
    for after in 0.2 0.5 0.9 1.5; do
        interrupted $after --require-data -p 1-3000
        # shellcheck disable=SC2016 # jq's
        is cut 'all(.[]; .state != "open" or (.port as $p | [22, 101, 102, 103, 104, 105, 106] | index($p)))'
        interrupted $after --require-data -p 18-25
        is cut 'all(.[]; .state != "open" or .port == 22)'
    done
    # what was not heard to its end is left to a run that goes on
    is cut 'map(select(.type == "port" and .state == "unproved") | .detail) |
        all(. == "accepted without a byte, as random ports of this address are")'
    interrupted 0.2 -p 1-65535
    interrupted 0.7 -p 1-65535
}

@test "65,535 fake ports end, in little memory, with --require-data, too" {
    local seconds kilobytes

    fake $HELD
    on client /usr/bin/time -f '%e %M' -o "$LAB_DIR/time" timeout 200 "$LAB_NETPROBE" scan --json -p - "$LAB_SERVER4" \
        >"$LAB_DIR/fake4.json" 2>"$LAB_DIR/fake4.err"
    read -r seconds kilobytes <"$LAB_DIR/time"
    echo "# plain: $seconds s, $kilobytes KB" >&3
    same "$(states fake4)" "open=65535"
    fake_is fake4 held
    on client /usr/bin/time -q -f '%e %M' -o "$LAB_DIR/time" timeout 200 "$LAB_NETPROBE" scan --json --require-data -p - \
        "$LAB_SERVER4" >"$LAB_DIR/fake4.json" 2>"$LAB_DIR/fake4.err" || true
    read -r seconds kilobytes <"$LAB_DIR/time"
    echo "# --require-data: $seconds s, $kilobytes KB" >&3
    fake_is fake4 held
    same "$(ports_in fake4 open)" 22,101,102,103,104,105,106
    same "$(states fake4)" "open=7 unproved=65528"
    [ "$kilobytes" -lt 600000 ] || [ "$VARIANT" = asan ]
}
