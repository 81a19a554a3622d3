#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Who refused, and how: every answer a SYN can get, from the host, from the router and from this very machine,
# and what `netprobe scan` must say about it. One port for each answer, one scan for each family.
#
#   7000 a listener      7001 nobody listens    7030 dropped by the router    7031 dropped by the host
#   7010-7016 rejected by the router, 7020-7026 by the host:
#       0 port-unreachable 1 admin-prohibited 2 host-prohibited 3 net-prohibited 4 net-unreachable (no-route)
#       5 host-unreachable (addr-unreachable) 6 tcp reset
#   7040 dropped, 7041 rejected (port-unreachable), 7042 rejected (admin-prohibited) by our own firewall

bats_require_minimum_version 1.5.0
load lab.bash

PORTS=7000,7001,7010-7016,7020-7026,7030,7031,7040-7042
# Targets that end before any host is asked, or at a router that knows no way.
NOWHERE4="10.77.1.99 10.78.1.1 10.78.2.1 10.78.3.1 10.78.4.1 10.79.1.1 10.79.2.1 10.79.3.1 10.77.2.99"
NOWHERE6="fd77:1::99 fd78:1::1 fd78:2::1 fd78:3::1 fd78:4::1 fd79:1::1 fd79:2::1 fd79:3::1 fd77:2::99"

# reject_rules FIRST_PORT
reject_rules() {
    local port=$1 code

    for code in port-unreachable admin-prohibited host-prohibited net-prohibited net-unreachable \
        host-unreachable; do
        echo "tcp dport $port reject with icmp type $code"
        port=$((port + 1))
    done
    echo "tcp dport $port reject with tcp reset"
    port=$1
    for code in port-unreachable admin-prohibited - - no-route addr-unreachable; do
        [ $code = - ] || echo "tcp dport $port reject with icmpv6 type $code"
        port=$((port + 1))
    done
}

firewalls() {
    lab_nft router "
        table inet lab {
            chain forward {
                type filter hook forward priority 0
                $(reject_rules 7010)
                tcp dport 7030 drop
            }
        }"
    lab_nft server "
        table inet lab {
            chain input {
                type filter hook input priority 0
                $(reject_rules 7020)
                tcp dport 7031 drop
            }
        }"
    lab_nft client "
        table inet lab {
            chain output {
                type filter hook output priority 0
                tcp dport 7040 drop
                tcp dport 7041 reject
                tcp dport 7042 reject with icmpx type admin-prohibited
            }
        }"
}

routes() {
    on client ip route add unreachable 10.78.2.0/24
    on client ip route add prohibit 10.78.3.0/24
    on client ip route add blackhole 10.78.4.0/24
    on client ip route add 10.79.0.0/16 via "$LAB_ROUTER4"
    on client ip route add unreachable fd78:2::/64
    on client ip route add prohibit fd78:3::/64
    on client ip route add blackhole fd78:4::/64
    on client ip route add fd79::/16 via "$LAB_ROUTER6"
    on router ip route add unreachable 10.79.2.0/24
    on router ip route add prohibit 10.79.3.0/24
    on router ip route add prohibit fd79:3::/64
}

# as USER NAME SCAN-ARGUMENTS...: the records go to $LAB_DIR/NAME.json
as() {
    local run=on name=$2

    [ "$1" = root ] || run=on_as_user
    shift 2
    $run client timeout 120 "$LAB_NETPROBE" scan --json "$@" \
        >"$LAB_DIR/$name.json" 2>"$LAB_DIR/$name.err" && return
    [ $? -lt 124 ]
}

scan_everything() {
    as "$1" "$1-4" -p "$PORTS" "$LAB_SERVER4"
    as "$1" "$1-6" -p "$PORTS" "$LAB_SERVER6"
    # shellcheck disable=SC2086
    as "$1" "$1-nowhere" -p 22 $NOWHERE4 $NOWHERE6
}

make_lab() {
    lab_up
    lab_icmp_limit none
    firewalls
    routes
    lab_listen server :: 7000
    scan_everything root
    if lab_other_users_possible; then
        scan_everything user
    fi
}

lab_tests make_lab

# Names for the addresses, so that a row reads the same in both families.
who() {
    sed -e "s/ \($LAB_SERVER4\|$LAB_SERVER6\) / target /" \
        -e "s/ \($LAB_ROUTER4\|$LAB_ROUTER6\) / router /" \
        -e "s/ \($LAB_CLIENT4\|$LAB_CLIENT6\) / client /"
}

# rows FILE FILTER: state, reason, from, ICMP as type/code/name
rows() {
    jq -r 'select(.type == "port") | '"$2"' | [.state, .reason, (.from // "-"),
        (if .icmp then "\(.icmp.type)/\(.icmp.code)/\(.icmp.name)" else "-" end)] | join(" ")' \
        "$LAB_DIR/$1.json" | who
}

# v4 PORT STATE REASON FROM ICMP
v4() {
    same "$(rows root-4 "select(.port == $1)")" "$2 $3 $4 $5"
}

v6() {
    same "$(rows root-6 "select(.port == $1)")" "$2 $3 $4 $5"
}

# at ADDRESS STATE REASON FROM ICMP
at() {
    same "$(rows root-nowhere "select(.addr == \"$1\")")" "$2 $3 $4 $5"
}

# at_home ADDRESS STATE REASON: no other machine may be named as the witness
at_home() {
    local row

    row=$(rows root-nowhere "select(.addr == \"$1\")")
    set -- "$2" "$3" "$row"
    # shellcheck disable=SC2086
    same "$(set -- $3 && echo "$1 $2")" "$1 $2"
    # shellcheck disable=SC2086
    (set -- $3 && [[ $3 = - || $3 = client ]])
}

@test "every port has exactly one record, in both families" {
    same "$(jq -r 'select(.type == "port") | .port' "$LAB_DIR/root-4.json" | sort -n | uniq | wc -l)" 21
    same "$(jq -r 'select(.type == "port") | .port' "$LAB_DIR/root-4.json" | wc -l)" 21
    same "$(jq -r 'select(.type == "port") | .port' "$LAB_DIR/root-6.json" | sort -n | uniq | wc -l)" 21
    same "$(jq -r 'select(.type == "port") | .port' "$LAB_DIR/root-6.json" | wc -l)" 21
}

@test "a listener: open" {
    same "$(rows root-4 'select(.port == 7000)' | cut -d' ' -f1,2)" "open syn-ack"
    same "$(rows root-6 'select(.port == 7000)' | cut -d' ' -f1,2)" "open syn-ack"
}

@test "the round-trip time of an open and of a closed port is known" {
    jq -es 'map(select(.type == "port" and .port <= 7001)) | length == 2 and all(.rtt_ms > 0)' \
        "$LAB_DIR/root-4.json"
    jq -es 'map(select(.type == "port" and .port <= 7001)) | length == 2 and all(.rtt_ms > 0)' \
        "$LAB_DIR/root-6.json"
}

@test "nobody listens: closed by the host's RST" {
    v4 7001 closed rst target -
    v6 7001 closed rst target -
}

@test "the router rejects with port-unreachable: filtered" {
    v4 7010 filtered icmp router 3/3/port-unreachable
    v6 7010 filtered icmp router 1/4/port-unreachable
}

@test "the router rejects with admin-prohibited: filtered" {
    v4 7011 filtered icmp router 3/13/admin-prohibited
    v6 7011 filtered icmp router 1/1/admin-prohibited
}

@test "the router rejects with host-prohibited: filtered" {
    v4 7012 filtered icmp router 3/10/host-prohibited
}

@test "the router rejects with net-prohibited: filtered" {
    v4 7013 filtered icmp router 3/9/net-prohibited
}

@test "the router rejects with net-unreachable or no-route: unreachable" {
    v4 7014 unreachable icmp router 3/0/net-unreachable
    v6 7014 unreachable icmp router 1/0/no-route
}

@test "the router rejects with host-unreachable or addr-unreachable: unreachable" {
    v4 7015 unreachable icmp router 3/1/host-unreachable
    v6 7015 unreachable icmp router 1/3/addr-unreachable
}

@test "the router forges a RST in the host's name: closed" {
    v4 7016 closed rst target -
    v6 7016 closed rst target -
}

@test "the host rejects with port-unreachable: filtered" {
    v4 7020 filtered icmp target 3/3/port-unreachable
    v6 7020 filtered icmp target 1/4/port-unreachable
}

@test "the host rejects with admin-prohibited: filtered" {
    v4 7021 filtered icmp target 3/13/admin-prohibited
    v6 7021 filtered icmp target 1/1/admin-prohibited
}

@test "the host rejects with host-prohibited: filtered" {
    v4 7022 filtered icmp target 3/10/host-prohibited
}

@test "the host rejects with net-prohibited: filtered" {
    v4 7023 filtered icmp target 3/9/net-prohibited
}

@test "the host rejects with net-unreachable or no-route: unreachable" {
    v4 7024 unreachable icmp target 3/0/net-unreachable
    v6 7024 unreachable icmp target 1/0/no-route
}

@test "the host rejects with host-unreachable or addr-unreachable: unreachable" {
    v4 7025 unreachable icmp target 3/1/host-unreachable
    v6 7025 unreachable icmp target 1/3/addr-unreachable
}

@test "the host rejects with a RST: closed" {
    v4 7026 closed rst target -
    v6 7026 closed rst target -
}

@test "the router drops: filtered, nobody spoke" {
    v4 7030 filtered timeout - -
    v6 7030 filtered timeout - -
}

@test "the host drops: filtered, nobody spoke" {
    v4 7031 filtered timeout - -
    v6 7031 filtered timeout - -
}

@test "our own firewall drops: filtered, local, nobody spoke" {
    v4 7040 filtered local - -
    v6 7040 filtered local - -
}

@test "our own firewall rejects: filtered, local, from our own address" {
    v4 7041 filtered local client 3/3/port-unreachable
    v6 7041 filtered local client 1/4/port-unreachable
    v4 7042 filtered local client 3/13/admin-prohibited
    v6 7042 filtered local client 1/1/admin-prohibited
}

@test "an address on our wire that nobody has: unreachable, no neighbour" {
    at_home 10.77.1.99 unreachable arp
    at_home fd77:1::99 unreachable arp
}

@test "no route here: unreachable" {
    at_home 10.78.1.1 unreachable no-route
    at_home fd78:1::1 unreachable no-route
}

@test "an unreachable route here: unreachable" {
    at_home 10.78.2.1 unreachable no-route
    at_home fd78:2::1 unreachable no-route
}

@test "a prohibit route here: unreachable, and it is said that our own routing forbids it" {
    at_home 10.78.3.1 unreachable no-route
    at_home fd78:3::1 unreachable no-route
    jq -es 'map(select(.type == "port" and (.addr | test("78:?.?3")))) |
        length == 2 and all(.detail | test("prohibit|polic|routing"; "i"))' "$LAB_DIR/root-nowhere.json"
}

@test "a blackhole route here: unreachable" {
    at_home 10.78.4.1 unreachable no-route
    at_home fd78:4::1 unreachable no-route
}

@test "the router knows no way: unreachable, said by the router" {
    at 10.79.1.1 unreachable icmp router 3/0/net-unreachable
    at fd79:1::1 unreachable icmp router 1/0/no-route
    at 10.79.2.1 unreachable icmp router 3/1/host-unreachable
}

@test "an address that nobody has behind the router: unreachable, said by the router once it gave up" {
    at 10.77.2.99 unreachable icmp router 3/1/host-unreachable
    at fd77:2::99 unreachable icmp router 1/3/addr-unreachable
}

@test "the router's routing forbids it: filtered, said by the router" {
    at 10.79.3.1 filtered icmp router 3/13/admin-prohibited
    at fd79:3::1 filtered icmp router 1/1/admin-prohibited
}

@test "every answer but silence and success has a detail a person can read" {
    same "$(jq -r 'select(.type == "port" and (.reason == "local" or .reason == "no-route"
        or .reason == "arp")) | select((.detail // "") == "") | "\(.addr) \(.port)"' \
        "$LAB_DIR"/root-*.json)" ""
}

@test "the summary counts what the records say" {
    local family

    for family in root-4 root-6; do
        jq -es '(map(select(.type == "port")) | group_by(.state)
                | map({key: .[0].state, value: length}) | from_entries) as $said
            | map(select(.type == "summary")) | length == 1
                and (.[0].counts | with_entries(select(.value > 0))) == $said
                and .[0].complete' "$LAB_DIR/$family.json"
    done
}

@test "an ordinary user gets the same table over IPv4" {
    lab_other_users_possible || skip "no other user can be had here"
    same "$(rows user-4 '.' | sort | uniq -c)" "$(rows root-4 '.' | sort | uniq -c)"
    diff <(jq -Sc 'select(.type == "port") | {port, state, reason, from, icmp}' "$LAB_DIR/user-4.json" | sort) \
        <(jq -Sc 'select(.type == "port") | {port, state, reason, from, icmp}' "$LAB_DIR/root-4.json" | sort)
}

@test "an ordinary user gets the same table over IPv6" {
    lab_other_users_possible || skip "no other user can be had here"
    same "$(rows user-6 '.' | sort | uniq -c)" "$(rows root-6 '.' | sort | uniq -c)"
    diff <(jq -Sc 'select(.type == "port") | {port, state, reason, from, icmp}' "$LAB_DIR/user-6.json" | sort) \
        <(jq -Sc 'select(.type == "port") | {port, state, reason, from, icmp}' "$LAB_DIR/root-6.json" | sort)
}

@test "an ordinary user gets the same answers from nowhere" {
    lab_other_users_possible || skip "no other user can be had here"
    diff <(jq -Sc 'select(.type == "port") | {addr, state, reason, from, icmp}' "$LAB_DIR/user-nowhere.json" | sort) \
        <(jq -Sc 'select(.type == "port") | {addr, state, reason, from, icmp}' "$LAB_DIR/root-nowhere.json" | sort)
}

# A SYN scan sees the same packets: it must agree on what is open, closed and neither.
agrees_with_nmap() {
    local file=$1

    shift
    command -v nmap >/dev/null || skip "nmap is not installed"
    diff <(on client nmap -sS -n -Pn --max-retries 3 -p "$PORTS" -oG - "$@" |
        grep -o '[0-9]*/[a-z|]*/tcp' | sed 's,/tcp,,; s,/, ,' | sort) \
        <(jq -r 'select(.type == "port") |
            "\(.port) \(if .state == "open" or .state == "closed" then .state else "filtered" end)"' \
            "$LAB_DIR/$file.json" | sort)
}

@test "nmap -sS agrees on open and closed over IPv4" {
    agrees_with_nmap root-4 "$LAB_SERVER4"
}

@test "nmap -sS agrees on open and closed over IPv6" {
    agrees_with_nmap root-6 -6 "$LAB_SERVER6"
}

# Linux sends one ICMP error a second to a destination after a burst of six: what it withholds is still
# an answer, and must be had by asking again slowly.
limited() {
    lab_icmp_limit default
    lab_nft router "
        table inet limited {
            chain forward {
                type filter hook forward priority -1
                tcp dport 7100-7111 reject with icmp type port-unreachable
                tcp dport 7100-7111 reject with icmpv6 type port-unreachable
            }
        }"
    as root limited -p 7100-7111 "$1"
    on router nft delete table inet limited
    lab_icmp_limit none
    rows limited . | sort | uniq -c | sed 's/^ *//'
}

@test "twelve rejected ports behind Linux's ICMP limit are all told by name over IPv4" {
    same "$(limited "$LAB_SERVER4")" "12 filtered icmp router 3/3/port-unreachable"
}

@test "twelve rejected ports behind Linux's ICMP limit are all told by name over IPv6" {
    same "$(limited "$LAB_SERVER6")" "12 filtered icmp router 1/4/port-unreachable"
}

# Its router says so of six ports at the most, and for the others nothing is proved.
nobody() {
    lab_icmp_limit default
    as root nobody -p 7200-7229 "$1"
    lab_icmp_limit none
    jq -es --arg router "$2" 'map(select(.type == "port")) | length == 30
        and all(.state == "unreachable" and .from == $router
            or .state == "filtered" and .reason == "timeout" and .proved == false)
        and any(.state == "unreachable")' "$LAB_DIR/nobody.json"
}

@test "an address that nobody has behind a router with Linux's ICMP limit is no proof of a filter over IPv4" {
    nobody 10.77.2.98 "$LAB_ROUTER4"
}

@test "an address that nobody has behind a router with Linux's ICMP limit is no proof of a filter over IPv6" {
    nobody fd77:2::98 "$LAB_ROUTER6"
}

@test "eight such addresses: what the router says of one makes the silence of the others no proof, and no difference" {
    local status=0

    lab_icmp_limit default
    as root nobodies -p 1-20 10.77.2.90-97
    printf '10.77.2.%s 1-20 unreachable\n' 90 91 92 93 94 95 96 97 >"$LAB_DIR/nobodies"
    sleep 7 # until the limit has all of its errors again
    on client timeout 100 "$LAB_NETPROBE" scan -j --expect "$LAB_DIR/nobodies" -p 1-20 10.77.2.90-97 \
        >"$LAB_DIR/expected.json" 2>/dev/null || status=$?
    lab_icmp_limit none
    jq -es --arg router "$LAB_ROUTER4" 'map(select(.type == "port")) | length == 160
        and any(.state == "unreachable")
        and ([.[] | select(.state != "unreachable")] | length > 100 and all(.[]; .state == "filtered"
            and .reason == "timeout" and .proved == false and (.detail | endswith("(ICMP limit of \($router)?)"))))' \
        "$LAB_DIR/nobodies.json"
    jq -es 'map(select(.type == "difference")) | length > 0 and all(.verdict == "not told")' "$LAB_DIR/expected.json"
    [ $status = 2 ]
}

@test "without patience for ICMP the withheld answers are told as silence, not as something else" {
    lab_icmp_limit default
    lab_nft router "
        table inet limited {
            chain forward {
                type filter hook forward priority -1
                tcp dport 7100-7139 reject with icmp type port-unreachable
            }
        }"
    as root impatient -p 7100-7139 --icmp-wait 0 "$LAB_SERVER4"
    on router nft delete table inet limited
    lab_icmp_limit none
    jq -es 'map(select(.type == "port")) | length == 40 and all(.state == "filtered")
        and all(.reason == "timeout" and .from == null or .reason == "icmp" and .from != null)
        and (map(select(.reason == "timeout")) | length > 20)' "$LAB_DIR/impatient.json"
}
