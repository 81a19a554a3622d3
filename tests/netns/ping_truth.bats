#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# bats file_tags=waits
#
# What `netprobe ping` says of hosts that answer, that do not, and that answer wrongly; of routers, firewalls and
# its own machine. Each case runs over IPv4 and IPv6, as root (raw sockets) and as an ordinary user (ICMP
# datagram sockets); rule4 and rule6 name addresses by the rules of tests/tools/responder.c.

bats_require_minimum_version 1.5.0
load ping.bash

# Addresses whose second part (P of the responder) a firewall or router knows: 200 the router rejects, 201 the
# router drops, 202 is behind a smaller MTU, 210 our own firewall drops, 211 it rejects.

firewalls() {
    lab_nft router "
        table inet lab {
            chain forward {
                type filter hook forward priority 0
                ip daddr 10.80.200.0/24 reject with icmp type admin-prohibited
                ip6 daddr fd80::200:0/112 reject with icmpv6 type admin-prohibited
                ip daddr 10.80.201.0/24 drop
                ip6 daddr fd80::201:0/112 drop
            }
        }"
    lab_nft client "
        table inet lab {
            chain output {
                type filter hook output priority 0
                ip daddr 10.80.210.0/24 drop
                ip6 daddr fd80::210:0/112 drop
                ip daddr 10.80.211.0/24 reject
                ip6 daddr fd80::211:0/112 reject
            }
        }"
}

routes() {
    on client ip route add unreachable 10.78.2.0/24
    on client ip route add unreachable fd78:2::/64
    on client ip route add prohibit 10.78.3.0/24
    on client ip route add prohibit fd78:3::/64
    on client ip route add 10.79.0.0/16 via "$LAB_ROUTER4"
    on client ip route add fd79::/16 via "$LAB_ROUTER6"
    # the smaller link: another way to the same responder
    ip link add r2 netns "$LAB-router" type veth peer name s2 netns "$LAB-server"
    lab_interface router r2 10.77.3.1 fd77:3::1
    lab_interface server s2 10.77.3.2 fd77:3::2
    on router ip link set r2 mtu 1400
    on server ip link set s2 mtu 1400
    on router ip route add 10.80.202.0/24 via 10.77.3.2
    on router ip route add fd80::202:0/112 via fd77:3::2
}

# Who asks: the test of a case goes through them.
everyone() {
    echo root-4 root-6
    ! lab_other_users_possible || echo user-4 user-6
}

# ask NAME TARGET4 TARGET6 OPTIONS...: by everyone, into NAME.WHO; as text by root
ask() {
    local name=$1 target4=$2 target6=$3 who

    shift 3
    for who in $(everyone); do
        pinged "$name.$who.json" "${who%-*}" --json "$@" "$([ "${who#*-}" = 4 ] && echo "$target4" || echo "$target6")" &
    done
    pinged "$name.text-4.txt" root "$@" "$target4" &
    pinged "$name.text-6.txt" root "$@" "$target6" &
    # some at a time: their timing shall be the network's
    while [ "$(jobs -rp | wc -l)" -gt 12 ]; do
        wait -n || true
    done
}

# ask_rule NAME RULE P OPTIONS...
ask_rule() {
    local name=$1 rule=$2 p=$3

    shift 3
    ask "$name" "$(rule4 "$rule" "$p")" "$(rule6 "$rule" "$p")" "$@"
}

ask_hosts() {
    ask_rule right 1 0 -c 3 -i 50ms
    ask_rule silent 18 0 -c 3 -i 50ms -W 300ms
    ask_rule duplicates 4 2 -c 3 -i 50ms
    ask_rule reordered 5 150 -c 6 -i 100ms
    ask_rule lossy 6 3 -c 6 -i 50ms -W 300ms
    ask_rule late 3 40 -c 5 -i 300ms -W 200ms
    ask_rule late-twice 20 40 -c 5 -i 300ms -W 200ms
    ask_rule corrupted 13 0 -c 3 -i 50ms
    ask_rule corrupted-40 13 40 -c 3 -i 50ms
}

ask_forgers() {
    local rule

    for rule in 7 8 9 10 11 12 14 15; do
        ask_rule forged-$rule $rule 0 -c 3 -i 50ms -W 300ms
    done
    ask_rule flooded 16 10 -c 3 -i 50ms
    ask_rule flood-only 17 10 -c 3 -i 50ms -W 300ms
    ask_rule everything 19 0 -c 3 -i 50ms
    for rule in 38 39 40; do
        ask_rule forged-$rule $rule 0 -c 3 -i 50ms -W 300ms
    done
}

ask_routers() {
    local rule

    for rule in 30 31 32 33 34 35 36 37; do
        ask_rule error-$rule $rule 20 -c 3 -i 50ms -W 300ms
    done
    ask ttl "$LAB_SERVER4" "$LAB_SERVER6" -t 1 -c 3 -i 50ms -W 300ms
    ask_rule rejected 1 200 -c 3 -i 50ms -W 300ms
    ask_rule dropped 1 201 -c 3 -i 50ms -W 300ms
    ask_too_big -M "do" -s 1400 -c 1 -W 300ms
}

# Each asks a host of its own: once told, this machine knows the mtu and does not send any more.
ask_too_big() {
    local who host=60

    for who in $(everyone); do
        host=$((host + 1))
        pinged "too-big.$who.json" "${who%-*}" --json "$@" "$("rule${who#*-}" $host 202)" &
    done
}

ask_at_home() {
    ask dead 10.77.1.99 fd77:1::99 -c 3 -i 100ms -W 6s
    ask dead-once 10.77.1.98 fd77:1::98 -c 1
    ask dead-default 10.77.1.97 fd77:1::97 -w 6
    ask nowhere 10.78.1.1 fd78:1::1 -c 3 -i 50ms -W 300ms
    ask unreachable 10.78.2.1 fd78:2::1 -c 3 -i 50ms -W 300ms
    ask prohibited 10.78.3.1 fd78:3::1 -c 3 -i 50ms -W 300ms
    ask own-drop "$(rule4 1 210)" "$(rule6 1 210)" -c 3 -i 50ms -W 300ms
    ask own-reject "$(rule4 1 211)" "$(rule6 1 211)" -c 3 -i 50ms -W 300ms
    ask local-mtu "$LAB_SERVER4" "$LAB_SERVER6" -M "do" -s 1500 -c 2 -i 50ms -W 300ms
}

make_lab() {
    lab_up
    lab_icmp_limit none
    lab_responder server
    firewalls
    routes
    # Neighbours are known before anybody measures.
    on client ping -q -c 1 -W 2 "$LAB_SERVER4" >/dev/null
    on client ping -q -c 1 -W 2 "$LAB_SERVER6" >/dev/null
    pinged unprivileged-4.txt user -c 1 "$LAB_SERVER4" || true
    pinged unprivileged-6.txt user -c 1 "$LAB_SERVER6" || true
    lab_sysctl client "net.ipv4.ping_group_range=0	2147483647"
    # First: Linux tells one address five times that it knows no way, then once a second, whatever
    # icmp_ratelimit says; other errors count, too.
    ask way-lost 10.79.1.1 fd79:1::1 -c 1 -W 900ms
    ask_hosts
    ask_forgers
    ask_routers
    ask_at_home
    wait
}

lab_tests make_lab

# Addresses get names, so that a row reads the same in both families.
who() {
    sed -E -e "s/ ($LAB_ROUTER4|$LAB_ROUTER6)\$/ router/" -e "s/ ($LAB_CLIENT4|$LAB_CLIENT6)\$/ self/" \
        -e 's/ (10\.80\.[0-9]+\.254|fd80::([0-9]+:)?254)$/ hop/'
}

# counted NAME "SENT RECEIVED LOST DUPLICATES LATE ERRORS CORRUPTED": everyone says so
counted() {
    local each

    for each in $(everyone); do
        same "$each: $(jq -r 'select(.type == "host") |
            "\(.sent) \(.received) \(.lost) \(.duplicates) \(.late) \(.errors) \(.corrupted)"' \
            "$LAB_DIR/$1.$each.json")" "$each: $2"
        adds_up "$1.$each"
    done
}

# everyone_is NAME FILTER, everyone_host NAME FILTER
everyone_is() {
    local each

    for each in $(everyone); do
        is "$1.$each" "$2"
    done
}

everyone_host() {
    local each

    for each in $(everyone); do
        host "$1.$each" "$2"
    done
}

everyone_exits() {
    local each

    for each in $(everyone) text-4 text-6; do
        exits "$1.$each" "$2"
    done
}

# blamed NAME 4|6 "REASON TYPE/CODE/NAME FROM": each error record of that family
blamed() {
    local each

    for each in $(everyone); do
        [ "${each#*-}" = "$2" ] || continue
        same "$each: $(jq -r 'select(.type == "error") | [.reason,
            (if .icmp then "\(.icmp.type)/\(.icmp.code)/\(.icmp.name)" else "-" end), (.from // "-")] | join(" ")' \
            "$LAB_DIR/$1.$each.json" | who | sort -u | paste -sd';')" "$each: $3"
    done
}

# kept_here NAME REASON: every error has this reason and no other machine is named as its witness
kept_here() {
    local each

    for each in $(everyone); do
        kept_here_by "$each" "$@"
    done
}

kept_here_by() {
    is "$2.$1" "map(select(.type == \"error\")) | length > 0 and all(.reason == \"$3\"
        and (.from == null or .from == \"$LAB_CLIENT4\" or .from == \"$LAB_CLIENT6\"))"
}

# ---- hosts

@test "a host that answers: all received, exit 0" {
    counted right "3 3 0 0 0 0 0"
    everyone_exits right 0
    everyone_is right 'map(select(.type == "reply")) | length == 3 and ([.[].seq] | sort) == [1, 2, 3]
        and all(.proto == "icmp" and .bytes == 64 and .ttl == 62 and .rtt_ms > 0 and .rtt_ms < 250
            and (.dup | not) and (.late | not) and (.corrupted | not))'
    everyone_host right '.loss_pct == 0 and .last_ms > 0'
}

@test "the classic lines of a host that answers" {
    says right.text-4 '^PING 10\.80\.0\.1 \(10\.80\.0\.1\) 56\(84\) bytes of data\.$' 1
    says right.text-4 '^64 bytes from 10\.80\.0\.1: icmp_seq=[123] ttl=62 time=[0-9.]+ ms$' 3
    says right.text-4 '^--- 10\.80\.0\.1 ping statistics ---$' 1
    says right.text-4 '^3 packets transmitted, 3 received, 0% packet loss, time [0-9]+ms$' 1
    says right.text-4 '^rtt min/avg/max/mdev = [0-9.]+/[0-9.]+/[0-9.]+/[0-9.]+ ms, median [0-9.]+ ms, p95 [0-9.]+ ms, p99 [0-9.]+ ms, jitter [0-9.]+ ms$' 1
    says right.text-6 '^PING fd80::1\(fd80::1\) 56 data bytes$' 1
    says right.text-6 '^64 bytes from fd80::1: icmp_seq=[123] ttl=62 time=[0-9.]+ ms$' 3
}

@test "a silent host: all lost, exit 1" {
    counted silent "3 0 3 0 0 0 0"
    everyone_exits silent 1
    everyone_is silent 'map(select(.type == "lost")) | length == 3 and all(.reason == "timeout")'
    everyone_is silent 'map(select(.type == "reply" or .type == "error")) | length == 0'
    everyone_host silent '.loss_pct == 100 and .rtt_ms == null and .last_ms == null'
    says silent.text-4 '^3 packets transmitted, 0 received, 100% packet loss, time [0-9]+ms'
}

@test "a host behind a router that drops: all lost, nobody is blamed" {
    counted dropped "3 0 3 0 0 0 0"
    everyone_exits dropped 1
    everyone_is dropped 'map(select(.type == "error")) | length == 0'
}

@test "duplicates are counted apart and never as replies" {
    # those of the last reply may come when all is over
    everyone_host duplicates '.sent == 3 and .received == 3 and .lost == 0 and (.duplicates | IN(4, 5, 6))'
    everyone_exits duplicates 0
    everyone_is duplicates '(map(select(.type == "reply" and .dup)) | length) == (map(select(.type == "host"))[0].duplicates)'
    says duplicates.text-4 'icmp_seq=[123] ttl=62 time=[0-9.]+ ms \(DUP!\)$'
    says duplicates.text-4 '^3 packets transmitted, 3 received, \+[456] duplicates, 0% packet loss'
}

@test "replies out of order: all received, each with its own time" {
    counted reordered "6 6 0 0 0 0 0"
    everyone_is reordered 'map(select(.type == "reply").seq) | . != sort and (sort == [1, 2, 3, 4, 5, 6])'
    everyone_is reordered 'map(select(.type == "reply"))
        | (map(select(.rtt_ms < 100)) | length) == 3 and (map(select(.rtt_ms >= 150)) | length) == 3'
}

@test "every third question unanswered: a third lost, exit 0 since the host is there" {
    counted lossy "6 4 2 0 0 0 0"
    everyone_exits lossy 0
    everyone_is lossy 'map(select(.type == "lost")) | length == 2'
    everyone_host lossy '.loss_pct > 33 and .loss_pct < 34'
}

@test "replies after the timeout are late and received, not lost" {
    everyone_host late '.sent == 5 and .received >= 3 and .late == .received and .received + .lost == 5
        and .duplicates == 0 and .rtt_ms.min >= 400 and .rtt_ms.max < 900'
    everyone_is late 'map(select(.type == "reply")) | length >= 3 and all(.late)'
    says late.text-4 'time=4[0-4][0-9] ms \(late\)$'
    says late.text-4 '^5 packets transmitted, .* [345] late'
}

@test "late and twice: one late reply and one duplicate for each" {
    everyone_host late-twice '.sent == 5 and .received >= 3 and .late == .received and .received + .lost == 5
        and .duplicates >= 3 and .duplicates <= .received'
}

@test "a changed byte behind the cookie: received, and said which" {
    counted corrupted "3 3 0 0 0 0 3"
    everyone_exits corrupted 0
    everyone_is corrupted 'map(select(.type == "reply")) | length == 3 and all(.corrupted)'
    says corrupted.text-4 'corrupted: byte 20 is 0x00, not 0x14\)$' 3
    says corrupted.text-6 'corrupted: byte 20 is 0x00, not 0x14\)$' 3
    says corrupted-40.text-4 'corrupted: byte 40 is 0x00, not 0x28\)$' 3
    says corrupted.text-4 '^3 packets transmitted, 3 received, \+3 corrupted, 0% packet loss'
}

# ---- forgeries

# forged NAME: nothing that came is an answer. Whether it is told as damage is left open.
forged() {
    everyone_host "$1" '.sent == 3 and .received == 0 and .lost == 3 and .duplicates == 0 and .late == 0
        and .errors == 0 and .dropped_here == 0 and .rtt_ms == null'
    everyone_exits "$1" 1
    everyone_is "$1" 'map(select(.type == "reply" and .fault == null)) | length == 0'
}

@test "a reply with another identifier is none" {
    forged forged-7
}

@test "a reply with another cookie is none" {
    forged forged-8
}

@test "a reply from another address is none, and said to be one" {
    forged forged-9
    says forged-9.text-4 '^64 bytes from 10\.80\.0\.109: icmp_seq=[123] .*\(DIFFERENT ADDRESS!\)' 3
    says forged-9.text-6 '^64 bytes from fd80::109: icmp_seq=[123] .*\(DIFFERENT ADDRESS!\)' 3
}

@test "a reply cut short is none" {
    forged forged-10
    forged forged-11
}

@test "a reply with a bad checksum is none" {
    forged forged-12
    # the kernel throws away the others
    says forged-12.text-4 'BAD CHECKSUM' 3
}

@test "a reply to another sequence number is none" {
    forged forged-14
}

@test "an echo request with our own data is no reply" {
    forged forged-15
}

@test "a flood of strangers' replies hides nothing and counts for nothing" {
    counted flooded "3 3 0 0 0 0 0"
    forged flood-only
}

@test "every forgery in front of the right reply: three are right" {
    everyone_host everything '.sent == 3 and .received == 3 and .lost == 0 and .duplicates == 0 and .errors == 0'
    everyone_exits everything 0
    everyone_is everything 'map(select(.type == "reply" and .fault == null)) | length == 3 and all(.bytes == 64)'
    everyone_is everything '.[-2].ignored >= 3'
}

@test "an error about another identifier, another destination or nothing is none" {
    forged forged-38
    forged forged-39
    forged forged-40
    everyone_is forged-38 'map(select(.type == "error")) | length == 0'
    everyone_is forged-39 'map(select(.type == "error")) | length == 0'
    everyone_is forged-40 'map(select(.type == "error")) | length == 0'
}

# ---- errors from the way

# told NAME BLAME4 BLAME6 TEXT4 TEXT6: three errors, all lost, exit 1
told() {
    counted "$1" "3 0 3 0 0 3 0"
    everyone_exits "$1" 1
    blamed "$1" 4 "$2"
    blamed "$1" 6 "$3"
    says "$1.text-4" "^From [0-9.]+ icmp_seq=[123] $4\$" 3
    says "$1.text-6" "^From [0-9a-f:]+ icmp_seq=[123] $5\$" 3
    says "$1.text-4" '^3 packets transmitted, 0 received, \+3 errors, 100% packet loss, time'
}

@test "time exceeded on the way, with the hop" {
    told error-30 "icmp 11/0/ttl-exceeded hop" "icmp 3/0/hop-limit-exceeded hop" \
        "Time to live exceeded" "Time exceeded: Hop limit"
}

@test "-t 1: the first router says that the time is exceeded" {
    told ttl "icmp 11/0/ttl-exceeded router" "icmp 3/0/hop-limit-exceeded router" \
        "Time to live exceeded" "Time exceeded: Hop limit"
    says ttl.text-4 "^From $LAB_ROUTER4 " 3
}

@test "host unreachable, said by a hop" {
    told error-31 "icmp 3/1/host-unreachable hop" "icmp 1/3/addr-unreachable hop" \
        "Destination Host Unreachable" "Destination unreachable: Address unreachable"
}

@test "net unreachable, said by a hop" {
    told error-32 "icmp 3/0/net-unreachable hop" "icmp 1/0/no-route hop" \
        "Destination Net Unreachable" "Destination unreachable: No route"
}

@test "admin-prohibited, said by a hop" {
    told error-33 "icmp 3/13/admin-prohibited hop" "icmp 1/1/admin-prohibited hop" \
        "Packet filtered" "Destination unreachable: Administratively prohibited"
}

@test "admin-prohibited by the router's own firewall" {
    told rejected "icmp 3/13/admin-prohibited router" "icmp 1/1/admin-prohibited router" \
        "Packet filtered" "Destination unreachable: Administratively prohibited"
}

@test "fragmentation needed, said by a hop, with its mtu" {
    told error-34 "icmp 3/4/fragmentation-needed hop" "icmp 2/0/packet-too-big hop" \
        "Frag needed and DF set \(mtu = 1300\)" "Packet too big: mtu=1300"
    everyone_is error-34 'map(select(.type == "error")) | all(.mtu == 1300)'
}

@test "fragmentation needed by the router of a smaller link, with its mtu" {
    counted too-big "1 0 1 0 0 1 0"
    blamed too-big 4 "icmp 3/4/fragmentation-needed router"
    blamed too-big 6 "icmp 2/0/packet-too-big router"
    everyone_is too-big 'map(select(.type == "error")) | length == 1 and .[0].mtu == 1400'
}

@test "port unreachable and protocol unreachable for an echo: errors like the others" {
    told error-35 "icmp 3/3/port-unreachable hop" "icmp 1/4/port-unreachable hop" \
        "Destination Port Unreachable" "Destination unreachable: Port unreachable"
    counted error-36 "3 0 3 0 0 3 0"
    blamed error-36 4 "icmp 3/2/proto-unreachable hop"
}

@test "source quench and parameter problem: never a reply" {
    everyone_host error-37 '.sent == 3 and .received == 0 and .lost == 3'
    everyone_exits error-37 1
}

@test "the router knows no way" {
    counted way-lost "1 0 1 0 0 1 0"
    blamed way-lost 4 "icmp 3/0/net-unreachable router"
    blamed way-lost 6 "icmp 1/0/no-route router"
}

# ---- at home

@test "an address on our wire that nobody has: no neighbour, from our own address" {
    everyone_host dead '.sent == 3 and .received == 0 and .lost == 3 and .errors == 3'
    everyone_exits dead 1
    kept_here dead arp
    says dead.text-4 "^From $LAB_CLIENT4 icmp_seq=1 Destination Host Unreachable\$" 1
    says dead.text-6 "^From $LAB_CLIENT6 icmp_seq=1 Destination unreachable: Address unreachable\$" 1
}

@test "one probe without any option is enough to name a dead neighbour" {
    everyone_host dead-once '.sent == 1 and .received == 0 and .lost == 1 and .errors == 1'
    everyone_exits dead-once 1
    kept_here dead-once arp
}

@test "a dead neighbour is named for the first probes, too, without any patience given" {
    kept_here dead-default arp
    says dead-default.text-4 "^From $LAB_CLIENT4 icmp_seq=1 Destination Host Unreachable\$" 1
    says dead-default.text-6 "^From $LAB_CLIENT6 icmp_seq=1 Destination unreachable: Address unreachable\$" 1
}

@test "no route, and an unreachable one" {
    everyone_host nowhere '.received == 0'
    everyone_exits nowhere 1
    kept_here nowhere no-route
    everyone_exits unreachable 1
    kept_here unreachable no-route
    says nowhere.text-4 'not sent: Network is unreachable'
}

@test "a prohibit route: our own routing forbids it" {
    everyone_exits prohibited 1
    kept_here prohibited no-route
}

@test "our own firewall drops: not sent" {
    local each

    everyone_host own-drop '.received == 0'
    # the kernel does not tell an ICMPv6 datagram socket: silence is all that an ordinary user sees
    for each in $(everyone); do
        [ "$each" = user-6 ] && continue
        kept_here_by "$each" own-drop local
        exits "own-drop.$each" 2
        host "own-drop.$each" '.dropped_here == 3 and .lost == 0'
    done
    says own-drop.text-4 '^icmp_seq=[123] not sent: Operation not permitted \(own firewall\)' 3
    says own-drop.text-6 '^icmp_seq=[123] not sent: Operation not permitted \(own firewall\)' 3
}

@test "our own firewall rejects: not sent" {
    everyone_exits own-reject 2
    everyone_host own-reject '.dropped_here == 3 and .lost == 0'
    kept_here own-reject local
    says own-reject.text-4 "^(icmp_seq=[123] not sent: .*|From $LAB_CLIENT4 icmp_seq=[123] .*\(own firewall\))\$" 3
}

@test "larger than our own link: not sent, with its mtu" {
    everyone_exits local-mtu 2
    everyone_host local-mtu '.dropped_here == 2 and .lost == 0'
    kept_here local-mtu local
    says local-mtu.text-4 '^icmp_seq=[12] not sent: message too long \(mtu 1500\)' 2
    says local-mtu.text-6 '^icmp_seq=[12] not sent: message too long \(mtu 1500\)' 2
}

@test "every error has words that a person can read" {
    same "$(jq -r 'select(.type == "error" and .reason != "icmp" and (.detail // "") == "") | "\(.addr) \(.seq)"' \
        "$LAB_DIR"/*.json)" ""
}

@test "what holds of every run holds of all of these" {
    local file count=0

    for file in "$LAB_DIR"/*.json; do
        file=${file##*/}
        adds_up "${file%.json}"
        count=$((count + 1))
    done
    [ $count -ge 60 ]
}

@test "exit status and end record agree" {
    local file

    for file in "$LAB_DIR"/*.json; do
        file=${file##*/}
        is "${file%.json}" ".[-1].exit == $(cat "$LAB_DIR/${file%.json}.status")"
    done
}

# ---- privilege

@test "neither raw sockets nor ICMP datagram sockets: exit 2 and one line that names the way out" {
    lab_other_users_possible || skip "no other user can be had here"
    for family in 4 6; do
        exits unprivileged-$family 2
        same "$(wc -l <"$LAB_DIR/unprivileged-$family.err")" 1
        grep -q '^netprobe ping: .*CAP_NET_RAW' "$LAB_DIR/unprivileged-$family.err"
        grep -q 'setcap cap_net_raw+ep .*/netprobe' "$LAB_DIR/unprivileged-$family.err"
        same "$(cat "$LAB_DIR/unprivileged-$family.txt")" ""
    done
}

@test "without privilege --tcp asks all the same" {
    lab_other_users_possible || skip "no other user can be had here"
    lab_sysctl client "net.ipv4.ping_group_range=1	0"
    pinged tcp-unprivileged.json user --json --tcp 9 -c 2 -i 50ms "$LAB_SERVER4"
    lab_sysctl client "net.ipv4.ping_group_range=0	2147483647"
    exits tcp-unprivileged 0
    is tcp-unprivileged 'map(select(.type == "reply")) | length == 2 and all(.state == "closed")'
}

# ---- others on the same targets

# Cases that need no option beyond the count.
AGREED="right silent corrupted dropped error-30 error-31 error-32 error-33 error-35 rejected dead"

targets() { # FAMILY
    local name

    for name in $AGREED; do
        echo "$name $(jq -r 'select(.type == "host") | .addr' "$LAB_DIR/$name.root-$1.json")"
    done
}

# alive NAME FAMILY
alive() {
    jq -r 'select(.type == "host") | if .received > 0 then "alive" else "dead" end' "$LAB_DIR/$1.root-$2.json"
}

agrees_with_ping() { # FAMILY
    local name addr theirs out

    command -v ping >/dev/null || skip "ping is not installed"
    while read -r name addr; do
        # until the kernel has given up a dead neighbour
        on client ping -n -c 2 -i 0.2 -W 4 "$addr" >"$LAB_DIR/$name.ping" 2>&1 </dev/null 3>&- 4>&- &
    done < <(targets "$1")
    wait
    while read -r name addr; do
        out=$LAB_DIR/$name.ping theirs=dead
        ! grep -q 'bytes from' "$out" || theirs=alive
        same "$name: $(alive "$name" "$1")" "$name: $theirs"
        same "$name: $(jq -r 'select(.type == "error") | .from' "$LAB_DIR/$name.root-$1.json" | sort -u)" \
            "$name: $(sed -n 's/^From \([0-9a-f:.]*[0-9a-f]\):* icmp_seq.*/\1/p' "$out" | sort -u)"
    done < <(targets "$1")
}

agrees_with_fping() { # FAMILY
    local name addr

    command -v fping >/dev/null || skip "fping is not installed"
    targets "$1" | while read -r name addr; do
        [ "$(alive "$name" "$1")" = dead ] || echo "$addr"
    done | sort >"$LAB_DIR/alive"
    # shellcheck disable=SC2046 # a list of addresses
    on client fping -a -q -r 1 -t 300 $(targets "$1" | cut -d' ' -f2) </dev/null 2>/dev/null | sort >"$LAB_DIR/fping" ||
        true
    same "$(cat "$LAB_DIR/alive")" "$(cat "$LAB_DIR/fping")"
}

@test "ping agrees on who is alive and who sent the error, over IPv4" {
    agrees_with_ping 4
}

@test "ping agrees on who is alive and who sent the error, over IPv6" {
    agrees_with_ping 6
}

@test "fping agrees on who is alive, over IPv4" {
    agrees_with_fping 4
}

@test "fping agrees on who is alive, over IPv6" {
    agrees_with_fping 6
}
