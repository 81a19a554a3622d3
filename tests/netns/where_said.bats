#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2086 # each test is a subshell; ports are one word
#
# What `netprobe scan --where` may say, and what not: where others answer in the target's name, where nobody is at the
# address, and where the errors of a hop do for some of its ports only.

bats_require_minimum_version 1.5.0
load where.bash

# resets ROLE HOOK MATCH: with a RST in the target's name
resets() {
    lab_nft "$1" "table inet r { chain c { type filter hook $2 priority 0
        $3 reject with tcp reset
        }; }"
}

# ---- who answers in the target's name

@test "a port that this machine's own firewall rejects does not tell the distance: a random one does" {
    local family

    resets client output "tcp dport 7000"
    drops router forward
    for family in 4 6; do
        scan "tcp$family" -p 7000,$SILENT "$(target $family)"
    done
    where_is tcp4 $SILENT "\"$LAB_ROUTER4\"" 1 4 "dropped at or after $LAB_ROUTER4 (hop 1 of 4)"
    where_is tcp6 $SILENT "\"$LAB_ROUTER6\"" 1 4 "dropped at or after $LAB_ROUTER6 (hop 1 of 4)"
    is tcp4 'map(select(.type == "port")) | length == 2'
}

@test "nor do several of them: another that is to be scanned does" {
    resets client output "tcp dport 6998-7000"
    drops router forward
    scan tcp4 -p 6998-7002 --exclude-ports 49152- "$LAB_SERVER4"
    where_is tcp4 $SILENT "\"$LAB_ROUTER4\"" 1 4 "dropped at or after $LAB_ROUTER4 (hop 1 of 4)"
}

@test "everything that answers is rejected here: the distance is not known, and a hop is seen all the same" {
    resets client output "ip daddr $LAB_SERVER4 tcp dport != $SILENT"
    drops router forward
    scan tcp4 -p 7000,$SILENT "$LAB_SERVER4"
    where_is tcp4 $SILENT "\"$LAB_ROUTER4\"" 1 null "dropped at or after $LAB_ROUTER4 (hop 1)"
    on router nft flush ruleset
    drops router prerouting
    scan tcp4 -p 7000,$SILENT "$LAB_SERVER4"
    where_is tcp4 $SILENT null null null "no hop on the way lets itself be seen"
}

@test "a port that a router rejects with a RST does not tell the distance either" {
    resets router forward "tcp dport 7000"
    drops router2 forward
    scan tcp4 -p 7000,$SILENT "$LAB_SERVER4"
    where_is tcp4 $SILENT "\"$LAB_SECOND4\"" 2 4 "dropped at or after $LAB_SECOND4 (hop 2 of 4)"
}

@test "an open port nearby, of this machine's own proxy, does not hide the routers" {
    lab_listen client :: 7090
    lab_nft client 'table inet r { chain c { type nat hook output priority -100
        tcp dport 7000 redirect to :7090
        }; }'
    drops router2 forward
    scan tcp4 -p 7000,$SILENT "$LAB_SERVER4"
    kill "$LAB_PID"
    where_is tcp4 $SILENT "\"$LAB_SECOND4\"" 2 4 "dropped at or after $LAB_SECOND4 (hop 2 of 4)"
}

# ---- nobody is there

@test "nobody is behind the last router, which says so while the way is looked for" {
    local name

    for name in tcp udp; do
        on router nft flush ruleset
        lab_nft router 'table ip way { chain c { type filter hook output priority 0
            icmp type time-exceeded counter
            }; }'
        # the scan itself does not hear of it
        lab_nft router3 'table ip late { chain c { type filter hook output priority 0
            icmp type destination-unreachable drop
            }; }'
        (
            lab_wait_for 20 on router sh -c "nft list ruleset | grep -q 'packets [1-9]'"
            on router3 nft delete table ip late
        ) 3>&- &
        if [ $name = tcp ]; then scan tcp -p 7001-7002 10.77.2.77; else scan udp --udp -p 7001-7002 10.77.2.77; fi
        wait
        is $name 'map(select(.type == "port")) | length == 2 and all(.[]; .state == "unreachable" and .reason == "icmp" and
            .icmp.name == "host-unreachable" and .where == null and .from == "'"$LAB_THIRD4"'")'
    done
}

# ---- a limit

@test "a hop that spoke of one port and keeps silent about another may be limited: that one is not said to end before it" {
    local inner=@th,240,16 # the port in the packet that an ICMP error quotes

    drops server input 1-65535
    keeps_silent router2
    keeps_silent router3
    lab_nft router "table ip l { chain c { type filter hook output priority 0
        icmp type time-exceeded $inner 7002 drop
        }; }"
    scan tcp4 -p 7001-7002 "$LAB_SERVER4"
    where_is tcp4 7001 "\"$LAB_ROUTER4\"" 1 null "dropped at or after $LAB_ROUTER4 (hop 1)"
    where_is tcp4 7002 null null null "not followed (ICMP limit of $LAB_ROUTER4?)"
}

# ---- an interruption

@test "a run that was interrupted while hops were looked for does not call the address complete, and --resume finds them" {
    local file=$LAB_DIR/cut.json pid

    drops server input 7001-7012
    keeps_silent router3
    ip netns exec "$LAB-client" "$LAB_NETPROBE" scan -j -o "$file" --where -p 7000-7012 "$LAB_SERVER4" \
        2>"$LAB_DIR/cut.err" </dev/null 3>&- 4>&- &
    pid=$!
    # those that are not followed
    lab_wait_for 20 on client sh -c "grep -q filtered '$file' 2>/dev/null"
    sleep 0.3
    kill -INT $pid
    wait $pid || [ $? = 2 ]
    is cut 'map(select(.type == "port")) | length == 13 and all(.[]; .where == null)'
    is cut '.[-2] | .type == "summary" and .complete == false'
    on client timeout 60 "$LAB_NETPROBE" scan --resume "$file" || [ $? = 1 ]
    is cut '[.[] | select(.type == "port")] | group_by(.port) | map(.[-1]) | map(select(.where.hop == 2)) | length == 8'
    is cut '[.[] | select(.type == "port" and .port == 7000)] | length == 1'
    is cut '.[-2] | .type == "summary" and .complete and .counts.filtered == 12'
    is cut '.[-1] | .type == "end" and .exit == 1'
}

# ---- what the search itself finds

@test "a port that answers while its way is looked for has the state that follows" {
    local port

    lab_listen server :: 7011
    # the first packets are lost; of nothing else the distance could be learnt
    lab_nft router "table inet q { chain c { type filter hook forward priority 0
        tcp dport 7011 quota until 120 bytes drop
        tcp dport 7012 quota until 120 bytes drop
        tcp dport { 7011, 7012 } accept
        meta l4proto tcp ct direction original drop
        }; }"
    scan late -p 7011,7012 --retries 0 "$LAB_SERVER4"
    exits late 0
    is late 'map(select(.type == "port" and .port == 7011))
        | length == 1 and all(.state == "open" and .reason == "syn-ack" and .where == null)'
    is late 'map(select(.type == "port" and .port == 7012))
        | length == 1 and all(.state == "closed" and .reason == "rst" and .where == null)'
    for port in 7011 7012; do
        is late "map(select(.port == $port)) | all(.detail == \"answered when its way was looked for\")"
    done
    is late 'map(select(.type == "summary"))[0].counts == {"open": 1, "closed": 1}'
}

# ---- how fast

# spread NAME: "packets seconds", the last packet's after the first; those that the kernel sends again do not count
spread() {
    tcpdump -tt -nr "$LAB_DIR/capture.pcap" 2>/dev/null | awk '!seen[$3]++ { if (!n++) first = $1; last = $1 }
        END { printf "%d %.3f\n", n, last - first }'
}

@test "--rate and --delay hold for the packets of the search, too" {
    local proto option name

    drops router forward '{ 7001, 7002 }'
    for proto in --tcp --udp; do
        for option in '--rate 10' '--delay 100ms'; do
            name=paced${proto#--}${option%% *}
            lab_capture client c0 "dst host $LAB_SERVER4 and (dst port 7001 or dst port 7002)"
            scan "$name" ${proto/--tcp/} $option --timeout 300ms --retries 0 --icmp-wait 0 -p 7001,7002 "$LAB_SERVER4"
            lab_capture_end
            echo "$name: $(spread)"
            is "$name" 'map(select(.type == "port")) | length == 2 and all(.where.hop == 1)'
            # of 10 a second n need n - 1 tenths; the probes before have their own
            [ "$(spread | awk '{ print $1 >= 8 && $2 >= ($1 - 4) / 10 }')" = 1 ]
        done
    done
}
