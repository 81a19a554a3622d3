#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# bats file_tags=waits
#
# What `netprobe scan --udp` says of real services, of silence and of firewalls, behind a router and in both families;
# first without Linux's limit on ICMP errors, then with it.
#
#   53 67 69 111 123 161 3478 11211 51820: services (udp.bash); 67 is DHCP, over IPv4 only
#   7000 a socket that says nothing      7001 nobody listens
#   7002 dropped by the router           7003 dropped by the host
#   7010 rejected by the router (admin-prohibited), 7011 (port-unreachable), 7012 by the host (admin-prohibited)
#   7040 dropped by our own firewall, 7041 rejected (port-unreachable)

# shellcheck disable=SC2016 # jq's variables

bats_require_minimum_version 1.5.0
load udp.bash

STRANGE=67,7000-7003,7010-7012,7040,7041

firewalls() {
    lab_nft router "
        table inet lab {
            chain forward {
                type filter hook forward priority 0
                udp dport 7002 drop
                udp dport 7010 reject with icmpx type admin-prohibited
                udp dport 7011 reject with icmpx type port-unreachable
            }
        }"
    lab_nft server "
        table inet lab {
            chain input {
                type filter hook input priority 0
                udp dport 7003 drop
                udp dport 7012 reject with icmpx type admin-prohibited
            }
        }"
    lab_nft client "
        table inet lab {
            chain output {
                type filter hook output priority 0
                udp dport 7040 drop
                udp dport 7041 reject
            }
        }"
}

# as USER NAME SCAN-ARGUMENTS...: records, errors and status to $LAB_DIR/NAME.*
as() {
    local run=on name=$2 status=0

    [ "$1" = root ] || run=on_as_user
    shift 2
    $run client timeout "${LAB_PATIENCE:-120}" "$LAB_NETPROBE" scan --udp --json "$@" \
        >"$LAB_DIR/$name.json" 2>"$LAB_DIR/$name.err" </dev/null 3>&- 4>&- || status=$?
    echo $status >"$LAB_DIR/$name.status"
    [ $status -le 2 ]
}

scan_everything() {
    as "$1" "$1-4" -p "$UDP_PORTS,$STRANGE" "$LAB_SERVER4"
    as "$1" "$1-6" -p "$UDP_PORTS,$STRANGE" "$LAB_SERVER6"
}

make_lab() {
    lab_up
    lab_icmp_limit none
    udp_services
    udp_silent server 7000
    firewalls
    scan_everything root
    if lab_other_users_possible; then
        scan_everything user
    fi
}

lab_tests make_lab

# needs PORT SERVICE: a test that is about it
needs() {
    udp_has "$1" || skip "$(grep "^$2:" <<<"$UDP_MISSING")"
}

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

# replies PORT PROTOCOL FILTER: open in both families, the filter being true of the reply. How long it took is known where
# there was one question.
replies() {
    v4 "$1" open reply target -
    v6 "$1" open reply target -
    for family in root-4 root-6; do
        is $family 'map(select(.port == '"$1"')) | length == 1 and (.[0] | .reply.protocol == "'"$2"'"
            and (.rtt_ms > 0 or .attempts > 1) and .confidence == null and (.detail | length) > 0 and (.reply | '"$3"'))'
    done
}

# silent FAMILY PORT [DETAIL]: nobody spoke, and that is told as evidence
silent() {
    same "$(rows "root-$1" "select(.port == $2)")" "open|filtered timeout - -"
    is "root-$1" 'map(select(.port == '"$2"')) | .[0] | .confidence >= 90 and .confidence < 100 and .attempts >= 2
        and (.detail | test("closed port") and test("'"${3-}"'"))'
}

@test "every port has exactly one record, in both families" {
    for family in root-4 root-6; do
        is $family 'map(select(.type == "port") | .port) | length == (unique | length)'
        is $family 'map(select(.type == "port")) | length == '"$(($(tr , '\n' <<<"$UDP_PORTS" | wc -l) + 10))"
        exits $family 0
    done
}

@test "DNS: dnsmasq and its version" {
    needs 53 dns
    replies 53 dns '.rcode == "NOERROR" and (.version | startswith("dnsmasq-"))'
}

@test "NTP: chrony's stratum and version" {
    needs 123 ntp
    replies 123 ntp '.stratum == 3 and .version == 4 and .kiss == null'
}

@test "SNMP: the engine of net-snmp" {
    needs 161 snmp
    replies 161 snmp '.version == "3" and .vendor == "Net-SNMP" and (.engine_id | length) >= 10'
}

@test "TFTP answers from a port of its own" {
    needs 69 tftp
    replies 69 tftp '.error_code == 1 and (.error | length) > 0'
}

@test "TFTP's answer opens TFTP's port, although the port that it comes from is asked, too" {
    needs 69 tftp
    # the ports that the server's answers come from
    lab_sysctl server "net.ipv4.ip_local_port_range=40000 40100"
    for address in "$LAB_SERVER4" "$LAB_SERVER6"; do
        as root ephemeral -p 69,40000-40100 "$address"
        exits ephemeral 0
        is ephemeral 'map(select(.state == "open")) | map([.port, .reply.protocol]) == [[69, "tftp"]]'
    done
    lab_sysctl server "net.ipv4.ip_local_port_range=32768 60999"
}

@test "memcached and its version" {
    needs 11211 memcached
    replies 11211 memcached ".version == \"$(memcached -V | sed 's/^memcached //')\""
}

@test "STUN: coturn, and where it sees us" {
    needs 3478 stun
    replies 3478 stun '(.software | startswith("Coturn"))'
    is root-4 'map(select(.port == 3478)) | .[0].reply.mapped | startswith("'"$LAB_CLIENT4"':")'
    is root-6 'map(select(.port == 3478)) | .[0].reply.mapped | startswith("['"$LAB_CLIENT6"']:")'
}

@test "rpcbind and its versions" {
    needs 111 rpcbind
    replies 111 rpcbind '.lowest_version == 2 and .highest_version == 4'
}

@test "WireGuard answers nobody, and it is said why" {
    needs 51820 wireguard
    silent 4 51820 WireGuard
    silent 6 51820 WireGuard
}

@test "DHCP: dnsmasq answers to who asked" {
    needs 53 dns
    v4 67 open reply target -
    v6 67 closed icmp target 1/4/port-unreachable
    is root-4 'map(select(.port == 67)) | .[0].reply | .protocol == "dhcp" and .message == "ACK"
        and .server_id == "'"$LAB_SERVER4"'"'
    # nothing was leased for it
    [ ! -s "$LAB_DIR/dnsmasq/leases" ]
}

@test "other DHCP servers answer to port 68: nothing is claimed, and it is said why" {
    lab_start router socat -u UDP4-RECV:67 "UDP4-DATAGRAM:$LAB_CLIENT4:68"
    lab_wait_for 10 udp_is_open 67 router
    as root dhcp -p 67,7001 "$LAB_ROUTER4"
    kill "$LAB_PID"
    exits dhcp 1
    is dhcp 'map(select(.port == 67)) | .[0] | .state == "open|filtered" and .confidence >= 90 and .reply == null
        and (.detail | test("closed port.*port 68"))'
}

@test "nobody listens: proved closed" {
    v4 7001 closed icmp target 3/3/port-unreachable
    v6 7001 closed icmp target 1/4/port-unreachable
}

@test "a socket that says nothing: open|filtered, and silence is evidence" {
    silent 4 7000
    silent 6 7000
}

@test "dropped by the router or by the host: open|filtered, and silence is evidence" {
    for port in 7002 7003; do
        silent 4 $port
        silent 6 $port
    done
}

@test "rejected by the router: filtered, and its sender" {
    v4 7010 filtered icmp router 3/13/admin-prohibited
    v6 7010 filtered icmp router 1/1/admin-prohibited
}

@test "the router's port-unreachable proves nothing closed: filtered, and its sender" {
    v4 7011 filtered icmp router 3/3/port-unreachable
    v6 7011 filtered icmp router 1/4/port-unreachable
}

@test "rejected by the host: filtered, and its sender" {
    v4 7012 filtered icmp target 3/13/admin-prohibited
    v6 7012 filtered icmp target 1/1/admin-prohibited
}

@test "our own firewall drops: filtered, local, nobody spoke" {
    v4 7040 filtered local - -
    v6 7040 filtered local - -
}

@test "our own firewall rejects: filtered, local, and the error that it made" {
    v4 7041 filtered local client 3/3/port-unreachable
    v6 7041 filtered local client 1/4/port-unreachable
    for family in root-4 root-6; do
        is $family 'map(select(.port == 7040 or .port == 7041)) | sort_by(.port) | map(.detail)
            == ["dropped by this machine\u0027s own firewall",
                "rejected by this machine\u0027s own firewall (port-unreachable)"]'
    done
}

@test "our own firewall rejects what is asked of this machine itself: its port is not called closed" {
    for address in "$LAB_CLIENT4" "$LAB_CLIENT6"; do
        as root self -p 7041 "$address"
        exits self 1
        is self 'map(select(.port == 7041)) | length == 1 and (.[0] | .state == "filtered" and .reason == "local"
            and .icmp.name == "port-unreachable" and (.detail | test("own firewall")))'
    done
}

@test "the summary counts what the records say, and met no limit" {
    for family in root-4 root-6; do
        is $family '(map(select(.type == "port")) | group_by(.state)
                | map({key: .[0].state, value: length}) | from_entries) as $said
            | map(select(.type == "summary")) | length == 1
                and (.[0].counts | with_entries(select(.value > 0))) == $said
                and .[0].complete and .[0].unproved == 0 and .[0].icmp_limit == null'
    done
}

@test "an ordinary user gets the same tables" {
    lab_other_users_possible || skip "no other user can be had here"
    for family in 4 6; do
        diff <(jq -Sc 'select(.type == "port") | {port, state, reason, from, icmp}' "$LAB_DIR/user-$family.json" | sort) \
            <(jq -Sc 'select(.type == "port") | {port, state, reason, from, icmp}' "$LAB_DIR/root-$family.json" | sort)
    done
}

# ---- a host of two addresses, whose services answer from the first, whichever was asked

SECOND4=10.77.2.3 SECOND6=fd77:2::3

second_address() {
    on server ip addr replace $SECOND4/24 dev s0
    # not the one that answers leave from
    on server ip addr replace $SECOND6/64 dev s0 nodad preferred_lft 0
    for address in $SECOND4 $SECOND6; do
        lab_wait_for 20 on client "$LAB_NETPROBE" ping -q -c 1 -W 1 "$address"
    done
}

# speaks PORT PYTHON: a socket on all addresses of the server sends that to whoever asks, `b` being the question
speaks() {
    command -v python3 >/dev/null || skip "python3 is not installed"
    lab_start server python3 -c "
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(('::', $1))
while True:
    b, who = s.recvfrom(2048)
    s.sendto($2, who)"
    lab_wait_for 10 udp_is_open "$1"
}

@test "memcached answers from another address than was asked: open, and what that means" {
    needs 11211 memcached
    second_address
    for pair in "$SECOND4 $LAB_SERVER4" "$SECOND6 $LAB_SERVER6"; do
        as root second -p 11211,7001 "${pair% *}"
        exits second 0
        is second 'map(select(.port == 11211)) | length == 1 and (.[0] | .state == "open" and .reason == "reply"
            and .addr == "'"${pair% *}"'" and .from == "'"${pair#* }"'" and .reply.protocol == "memcached" and .rtt_ms > 0
            and (.detail | test("^memcached [0-9.]+; answered from '"${pair#* }"': a client that connects its socket never hears it$")))'
        is second 'map(select(.port == 7001)) | length == 1 and .[0].state == "closed"'
    done
}

@test "both addresses in one scan: each answer goes to whom was asked" {
    needs 11211 memcached
    second_address
    as root both -p 11211 "$LAB_SERVER4" $SECOND4
    exits both 0
    is both 'map(select(.type == "port")) | sort_by(.addr) | map([.addr, .state, .from, .reply.protocol])
        == [["'"$LAB_SERVER4"'", "open", "'"$LAB_SERVER4"'", "memcached"], ["'$SECOND4'", "open", "'"$LAB_SERVER4"'", "memcached"]]'
}

@test "words from another address that have not seen the question prove nothing, and -v counts them" {
    second_address
    # a binding success of STUN: rightly made, but for the transaction's id; and one that was never asked for
    speaks 19302 "b'\x01\x01\x00\x00\x21\x12\xa4\x42' + bytes(12)"
    speaks 7061 "b"
    for address in $SECOND4 $SECOND6; do
        as root forged -v -p 7001,7061,19302 "$address"
        exits forged 1
        is forged 'map(select(.port == 7061 or .port == 19302)) | length == 2
            and all(.state == "open|filtered" and .reply == null and .from == null)'
        grep -Eq '^netprobe scan: datagrams that came from addresses which were not asked, and prove nothing: [2-9]' \
            "$LAB_DIR/forged.err"
        [ "$(grep -c 'were not asked' "$LAB_DIR/forged.err")" = 1 ]
    done
    # the same words from the address that was asked are a reply
    as root honest -p 19302 "$LAB_SERVER4"
    is honest 'map(select(.port == 19302)) | .[0].state == "open"'
}

@test "replies that nobody understands: how much, and how they begin" {
    speaks 7062 "b''"
    speaks 7063 "b'\x1b]0;x\x07' + bytes(60000)"
    for address in "$LAB_SERVER4" "$LAB_SERVER6"; do
        as root strange -p 7062,7063 "$address"
        exits strange 0
        is strange 'map(select(.type == "port")) | sort_by(.port) | map([.state, .reply.bytes, .reply.protocol]) == [["open", 0, null],
            ["open", 60006, null]]'
        is strange 'map(select(.port == 7062)) | .[0].detail == "an empty datagram"'
        is strange 'map(select(.port == 7063)) | .[0] | (.reply.start | startswith("\\x1b]0;x\\x07\\x00\\x00"))
            and (.detail | startswith("60006 bytes, not understood: \"\\x1b]0;x\\x07\\x00"))'
        on client timeout 20 "$LAB_NETPROBE" scan --udp -p 7062,7063 "$address" >"$LAB_DIR/table" 2>&1
        [ -z "$(LC_ALL=C tr -d '\n -~' <"$LAB_DIR/table")" ]
    done
}

# ---- ports that must not be asked

# leaves_alone RANGE NAME SCAN-ARGUMENTS...: none of the server's ports of the range hears anything
leaves_alone() {
    on server nft delete table inet w 2>/dev/null || true
    on server nft -f - <<<"table inet w { counter seen { }
        chain c { type filter hook prerouting priority -300; udp dport { $1 } counter name seen; }
        }"
    as root "$2" "${@:3}"
    on server nft list counter inet w seen
    [[ "$(on server nft list counter inet w seen)" = *"packets 0 "* ]]
    on server nft delete table inet w
}

@test "--exclude-ports: they are no control either" {
    for address in "$LAB_SERVER4" "$LAB_SERVER6"; do
        leaves_alone 1024-65535 alone -p 53,7,13 --exclude-ports 1024-65535 "$address"
        is alone 'map(select(.port == 7 or .port == 13)) | length == 2 and all(.state == "closed")'
        leaves_alone 49152-65000 alone -p 7001,13 --exclude-ports 49152-65000 "$address"
        is alone 'map(select(.port == 13)) | .[0].state == "closed"'
    done
}

@test "--exclude-ports: where it leaves no control, silence is no evidence until a port is known to be closed" {
    on router nft -f - <<<'table inet quiet { chain c { type filter hook forward priority 0; udp dport { 14, 15 } drop; }; }'
    for address in "$LAB_SERVER4" "$LAB_SERVER6"; do
        leaves_alone 1-13,16-65535 alone -p 14,15 --exclude-ports 1-13,16-65535 "$address"
        is alone 'map(select(.type == "port")) | length == 2 and
            all(.state == "open|filtered" and .confidence == 50 and .detail == "silent; not proved (50 %)")'
        leaves_alone 1-12,16-65535 alone -p 13,14,15 --exclude-ports 1-12,16-65535 "$address"
        is alone 'map(select(.type == "port" and .port > 13)) | length == 2 and
            all(.state == "open|filtered" and (.detail | test("was answered")))'
        is alone 'map(select(.port == 13)) | .[0].state == "closed"'
    done
    on router nft delete table inet quiet
}

# ---- what is said of one port only

@test "a port that is rejected as unreachable leaves the silent ones what they are" {
    second_address
    on server nft -f - <<EOF
table inet second {
    chain input {
        type filter hook input priority 1
        ip daddr $SECOND4 udp dport 7050 reject with icmp host-unreachable
        ip6 daddr $SECOND6 udp dport 7050 reject with icmpv6 addr-unreachable
        ip daddr $SECOND4 meta l4proto udp drop
        ip6 daddr $SECOND6 meta l4proto udp drop
    }
}
EOF
    for address in $SECOND4 $SECOND6; do
        as root one -p 7050,7051,53 "$address"
        is one 'map(select(.type == "port")) | sort_by(.port) | map([.port, .state, .from != null]) == [[53, "open|filtered", false],
            [7050, "unreachable", true], [7051, "open|filtered", false]]'
    done
    on server nft delete table inet second
}

@test "a router that says of some ports that there is no way may have withheld the rest" {
    second_address
    on router nft -f - <<EOF
table inet second {
    chain forward {
        type filter hook forward priority 1
        ip daddr $SECOND4 udp dport 7050-7052 reject with icmp host-unreachable
        ip6 daddr $SECOND6 udp dport 7050-7052 reject with icmpv6 addr-unreachable
        ip daddr $SECOND4 meta l4proto udp drop
        ip6 daddr $SECOND6 meta l4proto udp drop
    }
}
EOF
    echo '{"type":"run","schema":1,"command":"scan"}' >"$LAB_DIR/was.json"
    for address in $SECOND4 $SECOND6; do
        as root some -p 7050-7061 "$address"
        is some 'map(select(.type == "port" and .state == "unreachable")) | length == 3'
        is some 'map(select(.type == "port" and .state == "open|filtered")) | length == 9 and all(.confidence == 20
            and .proved == false and (.detail | test("ICMP limit of .*[?] It said (host|addr)-unreachable of 3 other ports")))'
        echo '{"type":"port","addr":"'"$address"'","proto":"udp","port":7055,"state":"unreachable","reason":"icmp"}
            {"type":"port","addr":"'"$address"'","proto":"udp","port":7056,"state":"closed","reason":"icmp"}' | jq -c . \
            >>"$LAB_DIR/was.json"
    done
    as root told -p 7050-7061 --expect "$LAB_DIR/was.json" "$SECOND4" "$SECOND6"
    on router nft delete table inet second
    exits told 2
    is told 'map(select(.type == "difference")) | length == 4 and all(.verdict == "not told")'
}

@test "a router that has no way says so of the address: all of its ports are unreachable" {
    on router ip route replace unreachable 10.99.0.0/24
    on client ip route replace 10.99.0.0/24 via "$LAB_ROUTER4"
    as root lost -p 53,123,7001 10.99.0.1
    on router ip route del unreachable 10.99.0.0/24
    is lost 'map(select(.type == "port")) | length == 3 and all(.state == "unreachable" and .from == "'"$LAB_ROUTER4"'")'
}

@test "what is silent beside random ports that a router has no way to is let through, and not unreachable" {
    udp_silent server 7055 7056
    for reject in host net; do
        on router nft -f - <<EOF
table ip rest {
    chain forward {
        type filter hook forward priority 1
        iifname r0 udp dport { 7055, 7056 } accept
        iifname r0 meta l4proto udp reject with icmp type $reject-unreachable
    }
}
EOF
        as root rest -p 7055,7056 "$LAB_SERVER4"
        as root more -p 7050-7059 "$LAB_SERVER4"
        on router nft delete table ip rest
        is rest 'map(select(.type == "port")) | length == 2 and all(.state == "open|filtered" and .from == null
            and .proved and .confidence >= 75 and .attempts >= 3)'
        exits rest 1
        is more 'map(select(.type == "port" and .state == "open|filtered") | .port) | sort == [7055, 7056]'
        is more 'map(select(.type == "port" and .state == "unreachable" and .icmp.name == "'$reject'-unreachable")) | length == 8'
    done
}

@test "what a router's limit withholds of an address that it has no way to is unreachable, too" {
    on router ip route replace unreachable 10.99.0.0/24
    lab_icmp_limit linux
    on client ip route replace 10.99.0.0/24 via "$LAB_ROUTER4"
    as root withheld -p 6000-6199 10.99.0.1
    lab_icmp_limit none
    on router ip route del unreachable 10.99.0.0/24
    is withheld 'map(select(.type == "port")) | length == 200 and all(.state == "unreachable" and .from == "'"$LAB_ROUTER4"'")'
}

@test "IPv4 written as IPv6: the same ports, closed ones proved" {
    needs 11211 memcached
    as root mapped -p 11211,7001 "::ffff:$LAB_SERVER4"
    is mapped 'map(select(.type == "port")) | sort_by(.port) | map([.addr, .port, .state])
        == [["'"$LAB_SERVER4"'", 7001, "closed"], ["'"$LAB_SERVER4"'", 11211, "open"]]'
}

@test "a link-local address without its interface is a usage error, and with it answers" {
    local address
    address=$(on router ip -6 -o addr show dev r0 scope link | grep -o 'fe80[0-9a-f:]*' | head -n 1)
    as root unzoned -p 7001,7004 "$address"
    exits unzoned 2
    grep -qF "$address: a link-local address needs its interface" "$LAB_DIR/unzoned.err"
    as root zoned -p 7001,7004 "$address%c0"
    is zoned 'map(select(.type == "port")) | length == 2 and all(.state == "closed")'
}

@test "the scan's own socket is nobody's service" {
    lab_sysctl client "net.ipv4.ip_local_port_range=45000 45009"
    for address in 127.0.0.1 ::1; do
        as root self -p 45000-45009 "$address"
        is self 'map(select(.type == "port")) | length == 10 and all(.state == "closed") and (map(select(.reason == "local"))
            | length == 1 and .[0].icmp == null and .[0].detail == "only this scan\u0027s own socket has it")'
    done
    lab_sysctl client "net.ipv4.ip_local_port_range=32768 60999"
}

@test "words like TFTP's from a port that was asked do not open TFTP's port" {
    second_address
    speaks 7064 "bytes([0, 5, 0, 1]) + b'no' + bytes(1)"
    on server nft -f - <<EOF
table inet second {
    chain input {
        type filter hook input priority 1
        udp dport 69 drop
    }
}
EOF
    for address in "$LAB_SERVER4" "$LAB_SERVER6"; do
        as root alike -p 69,7064 "$address"
        is alike 'map(select(.type == "port")) | sort_by(.port) | map([.port, .state]) == [[69, "open|filtered"], [7064, "open"]]'
    done
    on server nft delete table inet second
}

@test "a long reply is read to its end" {
    speaks 7066 "b'HTTP/1.1 200 OK\r\nServer: long/1\r\nST: upnp:rootdevice\r\nUSN: uuid:1\r\nX: ' + b'a' * 4000 + b'\r\n\r\n'"
    as root long -p 7066 "$LAB_SERVER4"
    is long 'map(select(.type == "port")) | .[0] | .state == "open" and .reply.protocol == "ssdp"'
}

@test "a slow service is open, and its round trip is claimed only where it is known" {
    speaks 7068 "(__import__('time').sleep(1.5), b'slow')[1]"
    for _ in 1 2; do
        as root slow -p 7068 "$LAB_SERVER4"
        is slow 'map(select(.type == "port")) | .[0] | .state == "open" and (.rtt_ms == null or .rtt_ms >= 1499)'
        sleep 5
    done
}

@test "what a router rejects says nothing of the limit of an address behind it" {
    second_address
    on server nft -f - <<EOF
table inet second {
    chain input {
        type filter hook input priority 1
        ip daddr $SECOND4 meta l4proto udp drop
    }
}
EOF
    started=$SECONDS
    as root behind -p 7010,7011,7050-7060 $SECOND4
    on server nft delete table inet second
    is behind 'map(select(.type == "port" and .reason == "icmp")) | length == 2'
    is behind 'map(select(.type == "summary")) | .[0].icmp_limit == null'
    is behind 'map(select(.type == "port" and .reason == "timeout")) | length == 11 and all(.confidence == 50)'
    # --icmp-wait was not spent
    [ $((SECONDS - started)) -lt 30 ]
}

@test "an address whose every port replies is named" {
    second_address
    speaks 7065 "b'anything'"
    on server nft -f - <<EOF
table inet second {
    chain prerouting {
        type nat hook prerouting priority dstnat
        ip daddr $SECOND4 meta l4proto udp redirect to :7065
    }
}
EOF
    as root fake -p 53,7020-7038 $SECOND4
    is fake 'map(select(.type == "port")) | length == 20 and all(.state == "open")'
    is fake 'map(select(.type == "summary")) | .[0].fake | .kind == "replies" and .asked >= 1 and .asked <= 16 and .open * 2 > .asked'
    on client timeout 20 "$LAB_NETPROBE" scan --udp -p 53,7020-7038 $SECOND4 >"$LAB_DIR/table" 2>&1
    grep -Eq '^[0-9]+ of [0-9]+ random ports are open, too: something replies whatever is asked$' "$LAB_DIR/table" ||
        { cat "$LAB_DIR/table" >&2; false; }
    as root fine -p 53,7020-7038 "$LAB_SERVER4"
    is fine 'map(select(.type == "summary")) | .[0].fake == null'
    on server nft delete table inet second
}

# ---- ways that there are none of

@test "a network's broadcast address and a route of type prohibit are told apart" {
    on client ip route replace prohibit 198.51.100.0/24
    as root broadcast -p 7001 10.77.1.255
    as root prohibit -p 7001 198.51.100.1
    is broadcast 'map(select(.port == 7001)) | .[0] | .state == "unreachable" and .reason == "no-route"
        and .detail == "a network\u0027s broadcast address, not a host\u0027s"'
    is prohibit 'map(select(.port == 7001)) | .[0] | .state == "unreachable" and .reason == "no-route"
        and .detail == "prohibited by this machine\u0027s routing policy"'
}

# ---- round trips

@test "round trips are those that tcpdump sees on the wire" {
    command -v tcpdump >/dev/null || skip "tcpdump is not installed"
    lab_other_users_possible || skip "tcpdump insists on changing its user"
    ip netns exec "$LAB-client" tcpdump --immediate-mode -Z root -B 4096 -ttnl -i c0 \
        'udp port 7001 or (icmp[0] == 3 and icmp[30:2] == 7001)' \
        >"$LAB_DIR/timed.dump" 2>"$LAB_DIR/timed.tcpdump" </dev/null 3>&- 4>&- &
    dumper=$!
    lab_wait_for 10 grep -q 'listening on' "$LAB_DIR/timed.tcpdump"
    for _ in 1 2 3 4 5; do
        as root timed -p 7001 "$LAB_SERVER4"
        is timed 'map(select(.port == 7001)) | .[0] | .state == "closed" and .attempts == 1 and .rtt_ms > 0'
        jq -r 'select(.port == 7001).rtt_ms' "$LAB_DIR/timed.json"
    done >"$LAB_DIR/timed.ours"
    lab_wait_for 10 sh -c '[ "$(wc -l <"$1")" = 10 ]' sh "$LAB_DIR/timed.dump"
    kill "$dumper"
    # the wire is seen just before the kernel takes the departure's stamp, which is cut to microseconds
    awk 'NR % 2 { sent = $1; next } { printf "%.3f\n", ($1 - sent) * 1000 }' "$LAB_DIR/timed.dump" |
        paste - "$LAB_DIR/timed.ours" >"$LAB_DIR/timed"
    cat "$LAB_DIR/timed"
    awk '$2 > $1 + 0.002 || $1 - $2 > 2 { bad = 1 } END { exit bad || NR != 5 }' "$LAB_DIR/timed"
}

# Every service that nmap finds is found, and what it proves closed is closed.
finds_what_nmap_finds() {
    local file=$1

    shift
    command -v nmap >/dev/null || skip "nmap is not installed"
    on client timeout 120 nmap -sU -n -Pn -p "$UDP_PORTS,67,7000-7003" -oG - "$@" | grep -oE '[0-9]+/(open|closed)/udp' |
        sed 's,/udp,,; s,/, ,' | sort >"$LAB_DIR/nmap"
    grep -q open "$LAB_DIR/nmap"
    jq -r 'select(.type == "port") | "\(.port) \(.state)"' "$LAB_DIR/$file.json" | sort >"$LAB_DIR/ours"
    same "$(comm -23 "$LAB_DIR/nmap" "$LAB_DIR/ours")" ""
}

@test "every service that nmap -sU finds over IPv4" {
    finds_what_nmap_finds root-4 "$LAB_SERVER4"
}

@test "every service that nmap -sU finds over IPv6" {
    finds_what_nmap_finds root-6 -6 "$LAB_SERVER6"
}

# ---- Linux's default: six errors at once to a destination, then one a second (IPv6: to a network, see ip-sysctl)

# The bucket is full again, whatever was asked before.
limited() {
    lab_icmp_limit default
    lab_sysctl server net.ipv4.icmp_ratelimit=1000 net.ipv6.icmp.ratelimit=1000
    sleep 7
}

unlimited() {
    lab_icmp_limit none
}

# bound 4|6: ports that have a socket in the server's namespace, as a list for jq
bound() {
    on server ss -Hlun "-$1" | awk '{ sub(/.*:/, "", $4); print $4 }' | sort -nu | jq -sc .
}

# says_the_truth NAME 4|6: of what has a socket nothing is closed, of what has none nothing is open
says_the_truth() {
    local sockets

    sockets=$(bound "$2")
    is "$1" 'map(select(.type == "port")) | map(select(.port as $p | (.state == "closed" and ('"$sockets"' | index($p)))
        or (.state == "open" and ('"$sockets"' | index($p) | not)))) == []'
}

honest_at_the_limit() { # NAME FAMILY ADDRESS
    limited
    as root "$1" -p top:50 --icmp-wait 10s "$3"
    unlimited
    exits "$1" 0
    says_the_truth "$1" "$2"
    is "$1" 'map(select(.type == "port")) | length == 50
        and (map(select(.state == "closed")) | length) >= 10
        and all(.state == "open" or .state == "closed" or .state == "open|filtered")
        and (map(select(.state == "open|filtered")) | all(.confidence >= 1 and .confidence < 100
            and (.detail | length) > 0))'
    # every service, although there was no budget to prove the rest
    for port in ${UDP_PORTS//,/ }; do
        [ "$port" = 51820 ] || is "$1" 'map(select(.port == '"$port"')) | length == 1 and .[0].state == "open"'
    done
    is "$1" 'map(select(.type == "summary")) | length == 1 and (.[0] | .elapsed_ms > 9000 and .elapsed_ms < 25000
        and .icmp_limit.burst >= 1 and .icmp_limit.burst <= 8
        and .icmp_limit.interval_ms > 500 and .icmp_limit.interval_ms < 1500)'
}

@test "top:50 under Linux's limit: nothing false, ten proved, the limit named, over IPv4" {
    honest_at_the_limit limited-4 4 "$LAB_SERVER4"
}

@test "top:50 under Linux's limit: nothing false, ten proved, the limit named, over IPv6" {
    honest_at_the_limit limited-6 6 "$LAB_SERVER6"
}

@test "-v names the limit as the summary does, also where a scan before has left less of it" {
    limited
    for name in before after; do
        as root $name -v -p top:30 --icmp-wait 3s "$LAB_SERVER4"
    done
    unlimited
    for name in before after; do
        grep -qF ", $(jq -r 'select(.type == "summary").icmp_limit.burst' "$LAB_DIR/$name.json") at once, then one each" \
            "$LAB_DIR/$name.err"
    done
}

@test "the likeliest ports are proved first" {
    [ -e "$LAB_DIR/limited-4.json" ] || skip "was not scanned"
    is limited-4 'map(select(.type == "port" and .state == "closed") | .port) | map(select(. == 137 or . == 138
        or . == 500 or . == 514 or . == 1900 or . == 5353)) | length >= 3'
}

# seen_on_terminal ARGUMENTS...: the progress line is for terminals only
seen_on_terminal() {
    command -v script >/dev/null || skip "script is not installed"
    on client env LC_ALL=C.UTF-8 TERM=xterm timeout "${SCAN_SECONDS:-60}" script -qec \
        "stty cols 120 rows 24; $LAB_NETPROBE scan --udp $*" /dev/null </dev/null 3>&- 4>&- | tr '\r' '\n'
}

@test "the progress line names the limit, and how long it lasts, from the start" {
    limited
    seen_on_terminal -p top:50 --icmp-wait 8s "$LAB_SERVER4" >"$LAB_DIR/seen"
    unlimited
    grep -F "(ICMP limit of $LAB_SERVER4)" "$LAB_DIR/seen" >"$LAB_DIR/progress"
    [ "$(wc -l <"$LAB_DIR/progress")" -ge 5 ]
    # what was known at once did not come at the pace of the rest
    sed 's/.*ETA \([0-9]*\) s .*/\1/; t; s/.*/none/' "$LAB_DIR/progress" >"$LAB_DIR/etas"
    head -n 1 "$LAB_DIR/etas" | grep -qx '[678]'
    # it only comes nearer
    sort -c -rn "$LAB_DIR/etas"
    grep -q 'ICMP errors are limited here' "$LAB_DIR/seen"
}

# etas FILE: of the progress lines that name the limit, in seconds
etas() {
    grep -F '(ICMP limit of ' "$1" | sed -E 's/.*ETA ([0-9]+) s .*/\1/; t; s/.*ETA ([0-9]+) min ([0-9]+) s .*/\1 \2/; t; s/.*/none/' |
        awk 'NF == 2 { $0 = 60 * $1 + $2 } { print }'
}

# several COUNT: so many more addresses of the server, as one specification
several() {
    local i

    for ((i = 0; i < $1; i++)); do
        on server ip addr replace 10.77.2.$((100 + i))/24 dev s0
    done
    echo "10.77.2.100-$((99 + $1))"
}

@test "the progress line says how long several addresses last that share one limit" {
    three=$(several 3)
    limited
    seen_on_terminal -p top:50 --icmp-wait 8s "$three" >"$LAB_DIR/seen"
    unlimited
    etas "$LAB_DIR/seen" >"$LAB_DIR/etas"
    [ "$(wc -l <"$LAB_DIR/etas")" -ge 5 ]
    head -n 1 "$LAB_DIR/etas" | grep -qx '[678]'
}

@test "the progress line reckons with addresses that are not taken up yet" {
    # of all ports eight addresses and a bit are under work at once: two rounds, each of a sweep and of --icmp-wait
    twelve=$(several 12)
    limited
    SCAN_SECONDS=6 seen_on_terminal -p 1-65535 --icmp-wait 60s "$twelve" >"$LAB_DIR/seen"
    unlimited
    etas "$LAB_DIR/seen" >"$LAB_DIR/etas"
    sort -n "$LAB_DIR/etas" | uniq -c
    [ "$(wc -l <"$LAB_DIR/etas")" -ge 3 ]
    awk '$1 !~ /^[0-9]+$/ || $1 < 110 || $1 > 240 { bad = 1 } END { exit bad }' "$LAB_DIR/etas"
}

@test "interrupted in the middle: what was proved stands, and no more is claimed" {
    limited
    status=0
    on client timeout --foreground --preserve-status -s INT 4 "$LAB_NETPROBE" scan --udp --json -p top:50 "$LAB_SERVER4" \
        >"$LAB_DIR/cut.json" 2>"$LAB_DIR/cut.err" </dev/null 3>&- 4>&- || status=$?
    echo $status >"$LAB_DIR/cut.status"
    unlimited
    exits cut 2
    says_the_truth cut 4
    is cut '(map(select(.type == "port")) | length) as $told | (map(select(.type == "port" and .state == "open")) | length >= 3)
        and (map(select(.type == "port")) | all(.state == "open" or .state == "closed"))
        and (map(select(.type == "summary")) | length == 1 and (.[0] | (.complete | not) and .unproved == 50 - $told
            and .unproved > 0 and ([.counts[]] | add) == $told and .icmp_limit.burst >= 1))
        and (map(select(.type == "end")) | length == 1 and .[0].exit == 2)'
}
