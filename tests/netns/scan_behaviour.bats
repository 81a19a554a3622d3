#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031 # each test is a subshell
#
# How `netprobe scan` behaves: what it leaves behind, what it does when something is scarce, lost or slow,
# and in which order and at which pace it asks.

bats_require_minimum_version 1.5.0
load lab.bash

OPEN="80 443 1024 1100 1500 1999 2000"
OPEN_ROW="80,443,1024,1100,1500,1999,2000"

make_lab() {
    lab_up
    lab_icmp_limit none
    # shellcheck disable=SC2086
    lab_listen server :: $OPEN
    lab_listen router :: 7000
}

lab_tests make_lab

teardown() {
    [ -z "${LAB:-}" ] || clean_firewalls
}

clean_firewalls() {
    local role

    for role in client router server; do
        on $role nft flush ruleset
    done
}

# scan NAME ARGUMENTS...: the records go to $LAB_DIR/NAME.json, messages to NAME.err
scan() {
    local name=$1

    shift
    on client timeout 120 "$LAB_NETPROBE" scan --json "$@" >"$LAB_DIR/$name.json" 2>"$LAB_DIR/$name.err"
}

# scan_in_background NAME ARGUMENTS...: SCAN_PID is netprobe itself
scan_in_background() {
    local name=$1

    shift
    ip netns exec "$LAB-client" "$LAB_NETPROBE" scan --json "$@" \
        >"$LAB_DIR/$name.json" 2>"$LAB_DIR/$name.err" </dev/null 3>&- 4>&- &
    SCAN_PID=$!
}

open_ports() {
    jq -r 'select(.type == "port" and .state == "open") | .port' "$LAB_DIR/$1.json" | sort -n | paste -sd,
}

counts() {
    jq -r 'select(.type == "port") | .state' "$LAB_DIR/$1.json" | sort | uniq -c | awk '{ print $2 "=" $1 }' |
        paste -sd' '
}

# ---- what it leaves behind

@test "open ports leave no TIME_WAIT here and nothing half-open there" {
    scan clean -p 1-2000 "$LAB_SERVER4" "$LAB_SERVER6"
    same "$(on client ss -Htan | wc -l)" 0
    same "$(on server ss -Htan state syn-recv | wc -l)" 0
    lab_wait_for 3 established_none
}

established_none() {
    [ "$(on server ss -Htan state established state close-wait | wc -l)" = 0 ]
}

# ---- what is scarce

@test "64 file descriptors are enough: all is found, nothing is blamed on the network" {
    on client bash -c 'ulimit -n 64; exec "$@"' bash \
        timeout 120 "$LAB_NETPROBE" scan --json -p 1-2000 "$LAB_SERVER4" \
        >"$LAB_DIR/files.json" 2>"$LAB_DIR/files.err"
    same "$(open_ports files)" "$OPEN_ROW"
    same "$(counts files)" "closed=1993 open=7"
}

@test "64 local ports are enough: all is found" {
    lab_sysctl client "net.ipv4.ip_local_port_range=40000	40063"
    scan few -p 1-2000 "$LAB_SERVER4" || true
    lab_sysctl client "net.ipv4.ip_local_port_range=32768	60999"
    same "$(open_ports few)" "$OPEN_ROW"
    same "$(counts few)" "closed=1993 open=7"
}

@test "64 local ports, all silent on the other side: all is said to be filtered" {
    lab_nft server 'table inet t { chain input { type filter hook input priority 0; tcp dport 3001-3400 drop; }; }'
    lab_sysctl client "net.ipv4.ip_local_port_range=40000	40063"
    scan few-silent -p 3001-3400 "$LAB_SERVER4" || true
    lab_sysctl client "net.ipv4.ip_local_port_range=32768	60999"
    same "$(counts few-silent)" "filtered=400"
}

# ---- what is lost

# One SYN in five disappears on its way: no open port may be missed or invented.
loses_nothing() {
    local round

    # shellcheck disable=SC2016
    lab_nft server 'table inet t { chain input { type filter hook input priority 0
        tcp flags & (syn | ack) == syn numgen random mod 100 < 20 drop
        }; }'
    for round in 1 2 3; do
        scan "loss-$round" -p 1-5000 "$1"
        same "$(open_ports "loss-$round")" "$OPEN_ROW"
        same "$(counts "loss-$round")" "closed=4993 open=7"
    done
}

@test "with 20 % of the SYNs lost all 5,000 ports are right, three times over IPv4" {
    loses_nothing "$LAB_SERVER4"
}

@test "with 20 % of the SYNs lost all 5,000 ports are right, three times over IPv6" {
    loses_nothing "$LAB_SERVER6"
}

# ---- interruption

@test "SIGINT ends a run in order: valid records, a summary that says incomplete, exit status 2" {
    local status=0

    scan_in_background interrupted --rate 400 -p 1-5000 "$LAB_SERVER4"
    lab_wait_for 10 grep -q '"type":"port"' "$LAB_DIR/interrupted.json"
    kill -INT "$SCAN_PID"
    wait "$SCAN_PID" || status=$?
    same $status 2
    is interrupted '.[0].type == "run" and .[-1].type == "end" and .[-1].exit == 2'
    is interrupted 'map(select(.type == "summary")) | length == 1 and .[0].complete == false'
    is interrupted 'map(select(.type == "port")) | length > 0 and length < 5000'
}

@test "a killed run leaves whole lines" {
    scan_in_background killed --rate 2000 -p 1-5000 "$LAB_SERVER4"
    lab_wait_for 10 grep -q '"type":"port"' "$LAB_DIR/killed.json"
    kill -KILL "$SCAN_PID"
    wait "$SCAN_PID" || true
    is killed '.[0].type == "run" and length > 1'
    same "$(tail -c 1 "$LAB_DIR/killed.json" | od -An -c | tr -d ' ')" '\n'
}

# ---- names

# The name server at 10.77.2.2 hears nothing: a name takes as long as the resolver's patience.
silent_name_server() {
    lab_etc_possible || skip "/etc cannot be changed for a namespace here"
    lab_nft server 'table inet t { chain input { type filter hook input priority 0; udp dport 53 drop; }; }'
    printf 'nameserver %s\noptions timeout:2 attempts:1\n' "$LAB_SERVER4" | lab_etc client resolv.conf
}

answered_while_running() {
    grep -q '"type":"port".*"port":80,' "$LAB_DIR/$1.json" && kill -0 "$SCAN_PID"
}

@test "a name server that is silent does not hold up the other targets" {
    local status=0

    silent_name_server
    scan_in_background resolver -p 80,81 slow.example "$LAB_SERVER4"
    lab_wait_for 2 answered_while_running resolver
    wait "$SCAN_PID" || status=$?
    same $status 2
    same "$(open_ports resolver)" 80
    grep -q slow.example "$LAB_DIR/resolver.err"
}

@test "a name: its first address, with --all-addresses each of them, with -4 and -6 those of the family" {
    lab_etc_possible || skip "/etc cannot be changed for a namespace here"
    on server ip addr add 10.77.2.3/24 dev s0
    lab_etc client hosts <<<"$LAB_SERVER4 many.example
10.77.2.3 many.example
$LAB_SERVER6 many.example"
    scan first -p 80 many.example
    is first 'map(select(.type == "port")) | length == 1 and .[0].host == "many.example"'
    scan every -p 80 --all-addresses many.example
    same "$(jq -r 'select(.type == "port") | .addr' "$LAB_DIR/every.json" | sort | paste -sd' ')" \
        "$LAB_SERVER4 10.77.2.3 $LAB_SERVER6"
    is every 'map(select(.type == "port")) | all(.host == "many.example" and .state == "open")'
    scan six -6 -p 80 --all-addresses many.example
    same "$(jq -r 'select(.type == "port") | .addr' "$LAB_DIR/six.json")" "$LAB_SERVER6"
    scan four -4 -p 80 --all-addresses many.example
    same "$(jq -r 'select(.type == "port") | .addr' "$LAB_DIR/four.json" | sort | paste -sd' ')" \
        "$LAB_SERVER4 10.77.2.3"
}

@test "a link-local address with its interface" {
    local addr

    addr=$(on router ip -6 -o addr show dev r0 scope link | awk '{ sub("/.*", "", $4); print $4 }')
    scan link -p 7000,7001 "$addr%c0"
    same "$(jq -r 'select(.type == "port") | "\(.addr) \(.port) \(.state)"' "$LAB_DIR/link.json" | sort | paste -sd' ')" \
        "$addr%c0 7000 open $addr%c0 7001 closed"
}

# ---- order and pace

# capture NAME ARGUMENTS...: scans, and leaves each SYN's "time address.port" in NAME.syn
capture() {
    local name=$1

    command -v tcpdump >/dev/null || skip "tcpdump is not installed"
    lab_other_users_possible || skip "tcpdump insists on changing its user"
    shift
    ip netns exec "$LAB-client" tcpdump --immediate-mode -Z root -s 128 -B 4096 -ttnl -i c0 \
        'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn' \
        >"$LAB_DIR/$name.dump" 2>"$LAB_DIR/$name.tcpdump" </dev/null 3>&- 4>&- &
    TCPDUMP_PID=$!
    lab_wait_for 10 grep -q 'listening on' "$LAB_DIR/$name.tcpdump"
    scan "$name" "$@" || true
    sleep 0.3
    kill -INT "$TCPDUMP_PID"
    wait "$TCPDUMP_PID" || true
    awk 'NF { sub(":$", "", $5); print $1, $5 }' "$LAB_DIR/$name.dump" >"$LAB_DIR/$name.syn"
}

# First probes only: what is asked again comes when it comes.
order() {
    awk '!seen[$2]++ { print $2 }' "$LAB_DIR/$1.syn"
}

@test "--sequential asks in ascending order, addresses and ports" {
    capture ascending --sequential -p 70-300 10.77.2.2 10.77.1.1
    same "$(order ascending | wc -l)" 462
    same "$(order ascending | grep -F 10.77.2.2. | cut -d. -f5 | paste -sd,)" "$(seq -s, 70 300)"
    same "$(order ascending | grep -F 10.77.1.1. | cut -d. -f5 | paste -sd,)" "$(seq -s, 70 300)"
}

@test "one --seed gives one order, another seed another" {
    capture seven --seed 7 -p 1-500 "$LAB_SERVER4"
    capture again --seed 7 -p 1-500 "$LAB_SERVER4"
    capture eight --seed 8 -p 1-500 "$LAB_SERVER4"
    same "$(order seven | wc -l)" 500
    same "$(order again)" "$(order seven)"
    [ "$(order eight)" != "$(order seven)" ]
    [ "$(order seven | cut -d. -f5 | paste -sd,)" != "$(seq -s, 1 500)" ]
}

# In any window, not only on the average; a machine that is busy may be slower, never faster.
fastest_second() {
    awk '{ t[NR] = $1; while (t[NR] - t[first + 1] >= 1) first++; n = NR - first; if (n > most) most = n }
        END { print most + 0 }' "$LAB_DIR/$1.syn"
}

@test "--rate is not exceeded by more than a tenth in any second" {
    capture paced --rate 200 -p 1-500 "$LAB_SERVER4"
    same "$(counts paced | sed 's/=.*//')" closed
    same "$(order paced | wc -l)" 500
    echo "most in one second: $(fastest_second paced)"
    [ "$(fastest_second paced)" -le 220 ]
    is paced '.[-1].elapsed_ms > 2000'
}

@test "--delay keeps probes to one address apart" {
    capture apart --delay 50ms -p 1-20 "$LAB_SERVER4"
    same "$(order apart | wc -l)" 20
    same "$(awk 'NR > 1 && $1 - last < 0.045 { near++ } { last = $1 } END { print near + 0 }' \
        "$LAB_DIR/apart.syn")" 0
}

# ---- exit status

@test "exit 0: something is open" {
    scan something -p 80,81 "$LAB_SERVER4"
    is something '.[-1].exit == 0'
}

@test "exit 1: nothing is open" {
    run -1 scan nothing -p 81,82 "$LAB_SERVER4"
    is nothing '.[-1].exit == 1'
}

@test "exit 2: a usage error, nothing on standard output" {
    run -2 scan usage -p 80-22 "$LAB_SERVER4"
    [ ! -s "$LAB_DIR/usage.json" ]
    [ -s "$LAB_DIR/usage.err" ]
    run -2 scan usage --no-such-option "$LAB_SERVER4"
    run -2 scan usage
}

@test "exit 2: a name that cannot be resolved, and what could be is still told" {
    lab_etc_possible || skip "/etc cannot be changed for a namespace here"
    lab_etc client hosts <<<"$LAB_SERVER4 known.example"
    printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' | lab_etc client resolv.conf
    run -2 scan unresolved -p 80 unknown.example known.example
    same "$(open_ports unresolved)" 80
    grep -q unknown.example "$LAB_DIR/unresolved.err"
}

@test "exit 2: with --numeric a name is an error" {
    run -2 scan numeric -n -p 80 known.example
}

@test "exit 2: what is written cannot be stored" {
    [ -w /dev/full ] || skip "no /dev/full"
    run -2 on client "$LAB_NETPROBE" scan --json -p 80 -o /dev/full "$LAB_SERVER4"
    [[ $output = */dev/full* || $output = *space* ]]
}

# ---- real services

@test "nginx, sshd and postfix are found open and named" {
    local service=$LAB_DIR/service port

    command -v nginx >/dev/null || skip "nginx is not installed"
    command -v sshd >/dev/null || skip "sshd is not installed"
    command -v postfix >/dev/null || skip "postfix is not installed"
    lab_other_users_possible || skip "these servers want more than one user"
    mkdir -p "$service"
    start_nginx
    start_sshd
    start_postfix
    for port in 22 25 8080; do
        lab_wait_for 20 listens $port
    done
    scan services -p 22,25,26,8080 "$LAB_SERVER4" "$LAB_SERVER6"
    same "$(jq -r 'select(.type == "port") | "\(.port)=\(.state)=\(.service)"' "$LAB_DIR/services.json" | sort -u |
        grep open | paste -sd' ')" "22=open=ssh 25=open=smtp 8080=open=http-alt"
}

listens() {
    [ -n "$(on server ss -Htln "sport = :$1")" ]
}

start_nginx() {
    cat >"$service/nginx.conf" <<CONF
pid $service/nginx.pid;
error_log $service/nginx.err;
daemon off;
events { }
http { access_log off; server { listen 8080; listen [::]:8080; } }
CONF
    lab_start server nginx -c "$service/nginx.conf" -e "$service/nginx.err"
}

# With a /run of its own, since sshd wants its directory there.
start_sshd() {
    ssh-keygen -q -t ed25519 -N '' -f "$service/key"
    lab_start server unshare --mount sh -c 'mount -t tmpfs run /run && mkdir -m 755 /run/sshd && exec "$@"' sh \
        "$(command -v sshd)" -D -e -f /dev/null -h "$service/key" -p 22
}

start_postfix() {
    mkdir -p "$service/postfix" "$service/queue" "$service/data"
    chown postfix "$service/data"
    cp /etc/postfix/master.cf "$service/postfix/master.cf" 2>/dev/null ||
        cp /usr/share/postfix/master.cf.dist "$service/postfix/master.cf"
    cat >"$service/postfix/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $service/queue
data_directory = $service/data
myhostname = mail.example
inet_interfaces = all
inet_protocols = all
alias_maps =
alias_database =
maillog_file =
CONF
    lab_start server postfix -c "$service/postfix" start-fg
}

@test "ports that a router rejects, more than its limit of ICMP errors allows: a second look is no difference" {
    local status=0
    lab_icmp_limit default
    on router nft -f - <<'END'
table inet second {
    chain forward {
        type filter hook forward priority 1
        tcp dport 100-125 reject with icmp type host-unreachable
    }
}
END
    on client timeout 100 "$LAB_NETPROBE" scan -j --icmp-wait 3s -p 22,100-125 "$LAB_SERVER4" >"$LAB_DIR/limited.json" 2>/dev/null || true
    on client timeout 100 "$LAB_NETPROBE" scan -j --icmp-wait 3s --expect "$LAB_DIR/limited.json" >"$LAB_DIR/again.json" 2>/dev/null ||
        status=$?
    on router nft delete table inet second
    lab_icmp_limit none
    grep -q '"unreachable"' "$LAB_DIR/limited.json"
    jq -es 'map(select(.type == "port" and .reason == "timeout")) | length > 0 and all(.proved == false)' "$LAB_DIR/limited.json"
    [ "$(jq -r 'select(.type == "difference") | .verdict' "$LAB_DIR/again.json" | sort -u)" != differs ]
    [ $status = 0 ] || [ $status = 2 ]
}
