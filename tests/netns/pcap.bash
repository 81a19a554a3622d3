# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of `netprobe pcap` share: traffic of many fates between the laboratory's namespaces, captured by tcpdump on
# the client (c0, and c1 for what is in the VLAN), on the router (any) and on the server (s0), and what tshark and argus make of these captures.
#
#   pcap_up; pcap_traffic      servers, firewalls, links; then everything that goes over them
#   pcap_json NAME             netprobe's records of $LAB_DIR/NAME.pcap, in $LAB_DIR/NAME.json
#   ours NAME; theirs NAME     a line an attempt: by netprobe; by our definitions, from what tshark dissects
#   differs tshark|argus NAME  a line a value that the other tells otherwise
#
# Beside the routed network: 10.77.2.3 is the server behind a router that loses packets; 10.77.3.2 is the server in VLAN 10
# over a wire of its own, 10.77.4.2 in VXLAN 42, 10.77.5.2 behind GRE with key 7 (the client is .1 there).

# shellcheck source=tests/netns/banner.bash
source "$(dirname "${BASH_SOURCE[0]}")/banner.bash"

LAB_LOSSY4=10.77.2.3
declare -gA LAB_TCPDUMPS # process ids by the name of the capture

# ---- the network

pcap_links() {
    on server ip addr add $LAB_LOSSY4/24 dev s0
    lab_wire client c1 10.77.6.1 fd77:6::1 server s1 10.77.6.2 fd77:6::2
    pcap_wrap client vlan 10 v10 c1
    pcap_wrap server vlan 10 v10 s1
    pcap_wrap client gre 7 g7 $LAB_CLIENT4 "$LAB_SERVER4"
    pcap_wrap server gre 7 g7 "$LAB_SERVER4" $LAB_CLIENT4
    on client ip link add vx42 type vxlan id 42 local $LAB_CLIENT4 remote "$LAB_SERVER4" dstport 4789
    on server ip link add vx42 type vxlan id 42 local "$LAB_SERVER4" remote $LAB_CLIENT4 dstport 4789
    pcap_network 10.77.3 v10
    pcap_network 10.77.4 vx42
    pcap_network 10.77.5 g7
}

# Kernels without the modules for it have a program in their place.
pcap_wrap() { # ROLE ARGUMENT...: of wrap
    local log=$LAB_DIR/wrap-$1-$2.log

    ip netns exec "$LAB-$1" "$LAB_BUILD/tests/tools/wrap" "${@:2}" >"$log" 2>&1 </dev/null 3>&- 4>&- &
    disown $!
    lab_wait_for 10 grep -q ready "$log" && return
    cat "$log" >&2
    return 1
}

pcap_network() { # NETWORK DEVICE
    local role

    on client ip addr add "$1.1/24" dev "$2"
    on server ip addr add "$1.2/24" dev "$2"
    for role in client server; do
        on $role ip link set "$2" mtu 1400 up
    done
}

# 8001 dropped, 8002 reset, 8003 prohibited, by the router; 8004 rejected by the server; 8005: the client's ACKs are lost.
pcap_firewalls() {
    lab_nft router 'table inet t { chain f { type filter hook forward priority 0;
        tcp dport 8001 drop
        tcp dport 25 tcp flags syn tcp option maxseg size set 1300
        tcp dport 8002 reject with tcp reset
        meta nfproto ipv4 tcp dport 8003 reject with icmp admin-prohibited
        meta nfproto ipv6 tcp dport 8003 reject with icmpv6 admin-prohibited
        ip saddr 10.77.2.3 numgen random mod 100 < 8 drop
        ip daddr 10.77.2.3 numgen random mod 100 < 8 drop
    }; }'
    lab_nft server 'table inet t { chain i { type filter hook input priority 0;
        tcp dport 8004 reject with icmpx port-unreachable
    }; }'
    lab_nft client 'table inet t { chain o { type filter hook output priority 0;
        tcp dport 8005 tcp flags & syn == 0 drop
    }; }'
}

pcap_up() {
    lab_up routed
    lab_icmp_limit none
    # a window that a slow reader fills
    lab_sysctl client "net.ipv4.tcp_rmem=4096 65536 131072"
    pcap_links
    pcap_firewalls
    lab_certificates
    lab_nginx pcap_nginx
    head -c 200000 /dev/zero >"$LAB_DIR/nginx/large"
    head -c 8000000 /dev/zero >"$LAB_DIR/nginx/huge"
    lab_sshd
    lab_postfix
    lab_listen server :: 8005
}

pcap_nginx() {
    nginx_server 80 default_server -
    nginx_server 443 'ssl default_server' good
}

# ---- traffic

pcap_tcpdump() { # ROLE DEV NAME ARGUMENT...
    local role=$1 dev=$2 name=$3

    shift 3
    ip netns exec "$LAB-$role" tcpdump -Z root -U -s 400 -B 16384 --time-stamp-precision=nano -n -i "$dev" \
        -w "$LAB_DIR/$name.pcap" "$@" >"$LAB_DIR/$name.log" 2>&1 </dev/null 3>&- 4>&- &
    LAB_TCPDUMPS[$name]=$!
    lab_wait_for 10 grep -q 'listening on' "$LAB_DIR/$name.log"
}

pcap_tcpdump_end() { # NAME
    kill -INT "${LAB_TCPDUMPS[$1]}"
    wait "${LAB_TCPDUMPS[$1]}" || true
    grep -q '^0 packets dropped by kernel' "$LAB_DIR/$1.log" || echo "# tcpdump lost packets: $1" >&2
}

get() { # ARGUMENT...: curl, whatever comes of it
    on client curl -s -k --max-time 10 "$@" >/dev/null </dev/null || true
}

knock() { # SECONDS HOST PORT
    # shellcheck disable=SC2016 # for the inner shell
    on client timeout "$1" bash -c 'exec 3<>"/dev/tcp/$0/$1"; sleep 20' "$2" "$3" 2>/dev/null || true
}

# What takes seconds goes on beside the rest.
pcap_slow_traffic() {
    for _ in 1 2 3 4 5 6 7 8; do
        get "http://$LAB_LOSSY4/large" &
    done
    knock 3.4 "$LAB_SERVER4" 8001 &
    knock 3.4 "$LAB_SERVER6" 8001 &
    knock 3.4 "$LAB_SERVER4" 8005 &
    get --limit-rate 200k --max-time 3 "http://$LAB_SERVER4/huge" &
}

pcap_quick_traffic() {
    local host

    for host in "$LAB_SERVER4" "[$LAB_SERVER6]" 10.77.3.2 10.77.4.2 10.77.5.2; do
        get "http://$host/" "http://$host/large"
        get "https://$host/"
    done
    get --http1.0 "http://$LAB_SERVER4/"
    get smtp://"$LAB_SERVER4":25/ --request NOOP
    get smtp://"[$LAB_SERVER6]":25/ --request NOOP
    on client ssh-keyscan -T 5 "$LAB_SERVER4" "$LAB_SERVER6" >/dev/null 2>&1 || true
    for host in "$LAB_SERVER4" "$LAB_SERVER6"; do
        knock 1 "$host" 9
        knock 1 "$host" 9
        knock 1 "$host" 8002
        knock 0.5 "$host" 8003
        knock 0.5 "$host" 8004
        # connects and resets
        on client "$LAB_NETPROBE" scan -q --ports 22,25,80,443,7 "$host" >/dev/null || true
    done
}

pcap_traffic() {
    local name pid

    # neighbours know each other before
    get "http://$LAB_SERVER4/" "http://[$LAB_SERVER6]/" "http://10.77.3.2/" "http://10.77.4.2/" "http://10.77.5.2/"
    pcap_tcpdump client c0 client
    pcap_tcpdump client c1 vlan
    pcap_tcpdump server s0 server
    pcap_tcpdump router any router -y LINUX_SLL2
    pcap_slow_traffic
    pcap_quick_traffic
    # the captures' own processes are children, too
    for pid in $(jobs -rp); do
        case " ${LAB_TCPDUMPS[*]} " in
        *" $pid "*) ;;
        *) wait "$pid" || true ;;
        esac
    done
    # what waits in tcpdump's buffer comes within a second
    sleep 1.2
    for name in client vlan server router; do
        pcap_tcpdump_end $name
    done
}

# ---- by netprobe

pcap_json() { # NAME ARGUMENT...
    local name=$1 status=0

    shift
    timeout 60 "$LAB_NETPROBE" pcap -n -j -r "$LAB_DIR/$name.pcap" "$@" >"$LAB_DIR/$name.json" 2>"$LAB_DIR/$name.err" ||
        status=$?
    echo $status >"$LAB_DIR/$name.status"
    [ $status -le 2 ]
}

# client port server port start state syn-retries synack-retries syn-synack synack-ack connect(us)
ours() { # NAME
    jq -r '
        def us: if . == null then "-" else . * 1000 | round end;
        def since: (.[0:19] + "Z" | fromdate) * 1000000 + (.[20:26] | tonumber);
        select(.type == "flow") | .handshake as $h
        | [.client.addr, .client.port, .server.addr, .server.port, (.start | since), $h.state, $h.syn_retries,
            $h.synack_retries, ($h.syn_synack_ms | us), ($h.synack_ack_ms | us), ($h.connect_ms | us)]
        | map(tostring) | join(" ")' "$LAB_DIR/$1.json" | LC_ALL=C sort
}

# ---- by our definitions, of what tshark dissects

# pcap_tshark NAME DISPLAY-FILTER FIELD...: a line a packet, tabs between; of fields in fields, as in a tunnel, the inner
pcap_tshark() {
    local name=$1 filter=$2 field fields=()

    shift 2
    for field; do
        fields+=(-e "$field")
    done
    tshark -n -r "$LAB_DIR/$name.pcap" -o tcp.relative_sequence_numbers:FALSE -Y "$filter" -T fields -E occurrence=l \
        "${fields[@]}" 2>/dev/null
}

# A source and a destination, of either family.
# shellcheck disable=SC2016 # for awk
LAB_ENDS='{ if ($2 == "") $2 = $3; if ($5 == "") $5 = $6; print $1, $2, $4, $5, $7'

theirs() { # NAME
    {
        pcap_tshark "$1" 'tcp && !icmp && !icmpv6' frame.time_epoch ip.src ipv6.src tcp.srcport ip.dst ipv6.dst \
            tcp.dstport tcp.flags.syn tcp.flags.ack tcp.flags.reset tcp.seq_raw tcp.ack_raw tcp.len \
            tcp.options.timestamp.tsval tcp.options.timestamp.tsecr ip.id |
            awk -F '\t' -v OFS='\t' "$LAB_ENDS"', $8, $9, $10, $11, $12, $13, $14, $15, $16 }'
        pcap_tshark "$1" 'icmp.type == 3 || icmpv6.type == 1' frame.time_epoch ip.src ipv6.src tcp.srcport ip.dst ipv6.dst \
            tcp.dstport | awk -F '\t' -v OFS='\t' "$LAB_ENDS"', "icmp" }'
    } | LC_ALL=C sort -s -k 1,1 | awk -f "$LAB_TREE/tests/netns/pcap_attempts.awk" | LC_ALL=C sort
}

# ---- what others make of it: KEY FIELD VALUE, where KEY is CLIENT:PORT>SERVER:PORT#N, the Nth connection of these

pcap_ours_analysed() { # NAME
    jq -r '
        def known($field; $value): if $value == null then empty else [$field, $value] end;
        def letter($text): .history | ascii_downcase | contains($text);
        def bit($is; $value): if $is then $value else 0 end;
        select(.type == "flow")
        | "\(.client.addr):\(.client.port)>\(.server.addr):\(.server.port)" as $key
        | (known("completeness"; bit(letter("s"); 1) + bit(letter("h"); 2) + bit(.handshake.state == "complete"; 4)
                + bit(letter("d"); 8) + bit(letter("f"); 16) + bit(letter("r"); 32)),
            known("rtt"; .handshake.rtt_ms | if . then . * 1000 | round else null end),
            known("retransmissions"; (.retransmissions | add) + .handshake.syn_retries + .handshake.synack_retries),
            known("out-of-order"; .out_of_order | add),
            known("again"; (.retransmissions + .out_of_order | add) + .handshake.syn_retries + .handshake.synack_retries),
            known("zero-windows"; .zero_windows | add),
            known("synack"; .handshake.syn_synack_ms | if . then . * 1000 | round else null end),
            known("ack"; .handshake.synack_ack_ms | if . then . * 1000 | round else null end),
            known("about"; "\(.handshake.state),syns=\(.handshake.syn_retries + 1),synacks=\(.handshake.synack_retries)"
                + ",seen=\(if .sightings then 2 else 1 end),end=\(.end)"))
        | [$key, .[0], .[1]] | @tsv' "$LAB_DIR/$1.json"
}

# tcp.completeness is that of the whole stream only in a second pass
pcap_tshark_analysed() { # NAME
    tshark -2 -n -r "$LAB_DIR/$1.pcap" -Y 'tcp && !icmp && !icmpv6' -T fields -E occurrence=l -e tcp.stream \
        -e ip.src -e ipv6.src -e tcp.srcport -e ip.dst -e ipv6.dst -e tcp.dstport -e tcp.completeness \
        -e tcp.analysis.initial_rtt -e tcp.analysis.retransmission -e tcp.analysis.out_of_order \
        -e tcp.analysis.zero_window 2>/dev/null | awk -F '\t' -v OFS='\t' '
        !($1 in key) { key[$1] = $2 $3 ":" $4 ">" $5 $6 ":" $7 }
        { completeness[$1] = $8; retransmissions[$1] += $10 != ""; late[$1] += $11 != ""; zeros[$1] += $12 != "" }
        $9 != "" && !($1 in rtt) { rtt[$1] = $9 }
        END {
            for (s = 0; s in key; s++) {
                print key[s], "completeness", completeness[s]
                print key[s], "retransmissions", retransmissions[s]
                print key[s], "out-of-order", late[s]
                print key[s], "again", retransmissions[s] + late[s]
                print key[s], "zero-windows", zeros[s]
                if (s in rtt)
                    print key[s], "rtt", int((int(rtt[s] * 1000000000 + 0.5) + 500) / 1000)
            }
        }'
}

pcap_argus_analysed() { # NAME
    argus -J -S 600 -r "$LAB_DIR/$1.pcap" -w - 2>/dev/null |
        ra -r - -n -u -p 6 -c , -M printer='' -s saddr sport daddr dport synack ackdat state 2>/dev/null - tcp | awk -F , -v OFS='\t' '
        $2 !~ /^[0-9]/ { next }
        $5 > 0 { print $1 ":" $2 ">" $3 ":" $4, "synack", sprintf("%.0f", $5 * 1000000) }
        $6 > 0 { print $1 ":" $2 ">" $3 ":" $4, "ack", sprintf("%.0f", $6 * 1000000) }'
}

# differs OTHER NAME [BY]: "OTHER CAPTURE FIELD ours=... theirs=... ABOUT KEY" for each value that is not the same by BY
differs() {
    awk -F '\t' -v other="$1" -v name="$2" -v by="${3:-0}" '
        # the same ports may be of several connections, in their order
        { key = $1 " " $2; n[FILENAME, key]++ }
        FNR == NR { ours[key, n[FILENAME, key]] = $3; next }
        {
            i = n[FILENAME, key]
            mine = (key, i) in ours ? ours[key, i] : "-"
            about = ours[$1 " about", i]
            far = mine == "-" || mine - $3 > by || $3 - mine > by
            if (far)
                print other, name, $2, "ours=" mine, "theirs=" $3, about, $1
        }' <(pcap_ours_analysed "$2") <("pcap_$1_analysed" "$2")
}

# unexplained: of what `differs` says, the lines that no pattern of pcap_differences.txt is for
unexplained() {
    grep -vEf <(grep -v '^#' "$LAB_TREE/tests/netns/pcap_differences.txt" | cut -f 1) || true
}

# What each side sent again, as it was seen where that side is: CLIENT:PORT>SERVER:PORT COUNT. SYN-ACKs are left out:
# what the client's SYN and the server's timer send at the same time has no number to tell it by.
sent_again() { # NAME client|server
    jq -r --arg side "$2" '
        select(.type == "flow" and .handshake.state == "complete")
        | (if $side == "client" then 0 else 1 end) as $i
        | "\(.client.addr):\(.client.port)>\(.server.addr):\(.server.port) \(.retransmissions[$i] + .out_of_order[$i]
            + (if $i == 0 then .handshake.syn_retries else 0 end))"' "$LAB_DIR/$1.json" | LC_ALL=C sort
}

# No less is sent again in the middle than beside who sends, and, where the way changes the order, hardly more.
sent_again_agrees() { # NAME
    join <(sent_again router "$1") <(sent_again "$1" "$1") | awk '
        $2 < $3 || $2 > $3 + 3 { print; failed = 1 }
        { more += $2 - $3 }
        END { exit failed || NR < 20 || more > 6 }'
}

# ---- live

# live ROLE NAME ARGUMENT...: records of what comes by, in $LAB_DIR/NAME.json; returns when it listens. live_end NAME
live() {
    local role=$1 name=$2

    shift 2
    ip netns exec "$LAB-$role" "$LAB_NETPROBE" pcap -n -j "$@" >"$LAB_DIR/$name.json" 2>"$LAB_DIR/$name.err" \
        </dev/null 3>&- 4>&- &
    LAB_LIVE=$!
    lab_wait_for 10 grep -q '"type":"run"' "$LAB_DIR/$name.json"
}

live_end() {
    local status=0

    # what came is given some milliseconds later
    sleep 0.3
    kill -INT "$LAB_LIVE"
    wait "$LAB_LIVE" || status=$?
    echo $status >"$LAB_DIR/$1.status"
}

# CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE: what it takes to read the descriptors of others
export LAB_LOOKS_UP=0000000000080004

# Of who reads packets, then of who looks up processes: inheritable, permitted, effective, bounding set, no_new_privs
pcap_capabilities() {
    local pid

    for pid in "$LAB_LIVE" $(pgrep -P "$LAB_LIVE"); do
        awk '/^Cap(Inh|Prm|Eff|Bnd)|^NoNewPrivs/ { line = line (line ? " " : "") $2 } END { print line }' "/proc/$pid/status"
    done
}
