#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# `netprobe pcap` beside tcpdump, tshark, argus and what was really done: connections of many fates over networks that
# forward, change, reject and lose packets, captured at both ends and in the middle; live, with the privileges it has.

bats_require_minimum_version 1.5.0
load pcap.bash

make_lab() {
    pcap_up
    pcap_traffic
    for name in client vlan server router; do
        pcap_json $name
    done
}

lab_tests make_lab tcpdump tshark nginx curl

# flows NAME CONDITION FILTER: FILTER is true of the list of flows that CONDITION chooses
flows() {
    is "$1" "map(select(.type == \"flow\" and ($2))) | $3"
}

@test "tcpdump lost nothing, and all of it is read" {
    for name in client vlan server router; do
        grep -q '^0 packets dropped by kernel' "$LAB_DIR/$name.log"
        exits $name 0
        is $name "map(select(.type == \"summary\"))[0] | .packets == $(tcpdump -r "$LAB_DIR/$name.pcap" --count 2>/dev/null |
            grep -o '^[0-9]*') and .evicted == 0 and .cut == false"
    done
}

@test "attempts, their times and ends: what our definitions make of tshark's fields" {
    for name in client vlan server router; do
        [ "$(ours $name | wc -l)" -ge 2 ]
        same "$(diff <(ours $name) <(theirs $name))" ""
    done
}

@test "every fate is told as it was: at the client" {
    for server in "$LAB_SERVER4" "$LAB_SERVER6"; do
        # the server's own RST, and the router's in its name, which has come one hop less
        flows client ".server.addr == \"$server\" and .server.port == 9" \
            'length == 2 and all(.handshake.state == "refused" and .ttl.rst == 63)'
        flows client ".server.addr == \"$server\" and .server.port == 8002" \
            'length == 1 and (.[0] | .handshake.state == "refused" and .ttl.rst == 64)'
        flows client ".server.addr == \"$server\" and .server.port == 8001" \
            'length == 1 and (.[0] | .handshake.state == "unanswered" and .handshake.syn_retries >= 2)'
        flows client ".server.addr == \"$server\" and .server.port == 8004" \
            "length == 1 and (.[0].handshake | .state == \"rejected\" and .from == \"$server\" and .icmp.name == \"port-unreachable\")"
    done
    flows client ".server.port == 8003" "length == 2 and (map(.handshake | [.state, .from, .icmp.name]) | sort ==
        [[\"rejected\", \"$LAB_ROUTER4\", \"admin-prohibited\"], [\"rejected\", \"$LAB_ROUTER6\", \"admin-prohibited\"]])"
    flows client ".server.port == 8005" 'length == 1 and (.[0] | .handshake.state == "half-open" and .handshake.synack_retries >= 2)'
    flows client ".server.port == 22" 'length >= 2 and all(.handshake.state == "complete")'
    flows client '.server.port == 7' 'length == 2 and all(.handshake.state == "refused")'
    # scan connects and resets
    flows client '.server.port == 443' '[.[] | select(.conn_state == "RSTO" and .ended_by == "client")] | length == 2'
}

@test "what the router drops or rejects never comes to the server" {
    flows server '.server.port == 8001 or .server.port == 8002 or .server.port == 8003' 'length == 0'
    flows router '.server.port == 8001' 'length == 2 and all(.handshake.state == "unanswered" and .sightings == null)'
}

@test "tshark: what it tells otherwise is known" {
    for name in client vlan server router; do
        same "$(differs tshark $name | unexplained)" ""
    done
    # the comparison sees something: what is told otherwise is among it
    [ "$(differs tshark client | wc -l)" -ge 4 ]
    [ "$(pcap_tshark_analysed client | wc -l)" -ge 100 ]
}

@test "argus: what it tells otherwise is known" {
    command -v argus >/dev/null && command -v ra >/dev/null || skip "argus is not installed"
    for name in client vlan server; do
        # it rounds to microseconds by itself
        same "$(differs argus $name 1 | unexplained)" ""
    done
    [ "$(pcap_argus_analysed client | wc -l)" -ge 30 ]
}

@test "the router: each packet is one, although it comes in and goes out" {
    # what a side sent again is the same in the middle and beside it
    sent_again_agrees client
    sent_again_agrees server
    [ "$(sent_again server server | awk '{ n += $2 } END { print n }')" -gt 0 ]
    flows router ".handshake.state == \"complete\" and .server.addr == \"$LAB_SERVER4\"" \
        'length > 5 and all(.sightings.count > 2 and .sightings.ttl_from - .sightings.ttl_to == 1)'
}

@test "what the router changes is seen" {
    flows router '.server.port == 25' \
        'length >= 2 and all(.sightings.changed == ["mss"] and (.note | test("MSS 14[46]0 -> 1300")))'
    flows router '.server.port == 22' 'length >= 2 and all(.sightings.changed == [])'
    flows client '.server.port == 25' 'all(.client_options.mss > 1300)'
    flows server '.server.port == 25' 'all(.client_options.mss == 1300)'
}

@test "VLAN, VXLAN and GRE: what is in them, and selected there" {
    flows vlan true 'length == 2 and all(.vlan == [10] and .server.addr == "10.77.3.2" and .handshake.state == "complete")'
    for name in client server; do
        flows $name '.server.addr == "10.77.4.2"' 'length == 2 and all(.tunnel == {"kind": "vxlan", "id": 42})'
        flows $name '.server.addr == "10.77.5.2"' 'length == 2 and all(.tunnel == {"kind": "gre", "id": 7})'
        pcap_json $name --host 10.77.5.0/24 --port 443
        flows $name true 'length == 1 and .[0].server == {"addr": "10.77.5.2", "port": 443}'
        # pcap-filter(7) sees the carrier
        pcap_json $name host 10.77.5.2
        flows $name true 'length == 0'
        exits $name 1
        pcap_json $name
    done
}

@test "zero windows, as often as tshark says" {
    flows client ".server.port == 80 and .bytes[1] > 300000" 'length == 1 and (.[0] | .zero_windows[0] > 0 and (.history | contains("W")))'
}

# ---- live

@test "live: 2000 handshakes, none missed that the kernel did not report" {
    lab_listen server :: 10000-11999
    live client live -i c0
    on client "$LAB_NETPROBE" scan -q -j --ports 10000-11999 "$LAB_SERVER4" >"$LAB_DIR/scan.json"
    live_end live
    exits live 0
    is scan 'map(select(.type == "summary"))[0].counts.open == 2000'
    # shellcheck disable=SC2016 # for jq
    is live 'map(select(.type == "end"))[0].dropped as $dropped | map(select(.type == "flow" and .server.port >= 10000 and .server.port < 12000))
        | (map(select(.event == "handshake" and .handshake.state == "complete") | .server.port) | unique | length) as $told
        | $told + $dropped >= 2000 and $told <= 2000 and ($dropped > 0 or (map(select(.event == "handshake")) | length == 2000))'
    # once when it is decided, and once when it is over
    is live 'map(select(.type == "flow" and .server.port >= 10000)) | group_by(.id) | all(map(.event) == ["handshake", "end"])'
}

@test "live: who has the local end" {
    local pid mine

    live client mine -i c0
    mine=$LAB_LIVE
    live server others -i s0
    # shellcheck disable=SC2016 # for the inner shell
    on client bash -c 'exec 3<>"/dev/tcp/$0/80"; echo $$; sleep 0.7; true' "$LAB_SERVER4" >"$LAB_DIR/caller.pid"
    live_end others
    LAB_LIVE=$mine
    live_end mine
    pid=$(cat "$LAB_DIR/caller.pid")
    # a handshake is told without, when it takes more than a moment to find out
    is mine "map(select(.event == \"end\" and .server.port == 80)) | length == 1 and (.[0].process
        | any(.pid == $pid and .comm == \"bash\" and .fd == 3))"
    is others "map(select(.event == \"end\" and .server.port == 80)) | length == 1 and (.[0].process
        | any(.pid == $(cat "$LAB_DIR/nginx/pid") and .comm == \"nginx\"))"
}

@test "live: any names the interfaces that a packet comes through" {
    live router any -i any --port 80
    get "http://$LAB_SERVER4/"
    live_end any
    is any 'map(select(.event == "end")) | length == 1
        and (.[0].sightings | .from == "r0" and .to == "r1" and .ttl_from - .ttl_to == 1)'
}

@test "live: an ordinary user is told what is missing" {
    lab_other_users_possible || skip "no other user can be had here"
    run -2 --separate-stderr on_as_user client "$LAB_NETPROBE" pcap -i c0
    same "$output" ""
    # shellcheck disable=SC2154 # set by bats
    same "$stderr" "netprobe pcap: c0: needs CAP_NET_RAW (sudo, or: setcap cap_net_raw+ep netprobe)"
}

@test "live: a capability of the file is enough" {
    lab_other_users_possible || skip "no other user can be had here"
    cp "$LAB_NETPROBE" "$LAB_DIR/capable"
    setcap cap_net_raw+ep "$LAB_DIR/capable" || skip "no file capabilities here"
    (sleep 0.7 && get "http://$LAB_SERVER4/") &
    run -0 --separate-stderr on client setpriv --reuid 65534 --regid 65534 --clear-groups \
        timeout 20 "$LAB_DIR/capable" pcap -i c0 -n -j --duration 2s
    wait
    jq -es 'map(select(.event == "handshake")) | length == 1 and .[0].handshake.state == "complete"' <<<"$output"
}

@test "live: who reads packets has no capability; who looks up processes has two" {
    local said none=0000000000000000

    live client caps -i c0
    said=$(pcap_capabilities)
    live_end caps
    same "$said" "$none $none $none $none 1
$none $LAB_LOOKS_UP $LAB_LOOKS_UP $none 1"
}
