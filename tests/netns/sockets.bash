# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of `netprobe sockets` share: sockets in the laboratory's client namespace (tests/tools/states.c,
# crowd.c, churn.c), and lists of them, by ss and by netprobe, in one form.
#
#   sockets_up                           the namespace, with all that states.c wants to find there
#   sockets_start states -f "$LAB_DIR"   a tool, until it is ready; sockets_stop states
#   socks NAME ARGUMENTS...              netprobe's records to $LAB_DIR/NAME.json (.err, .status)
#   same_rows 'ss_rows t' 'np_rows t'    equal lists, at a moment at which nothing changes
#
# A list is sorted, and a line of it is, with tabs between: proto state recv-q send-q local peer. Protocols and
# states are called as in the record. Addresses are written as ss does (127.0.0.1%lo:22, [::1]:22, *:22 where IPv4 is
# taken, too), what is not connected has the peer *, and unix sockets are PATH INODE, with * INODE for the peer.

# shellcheck source=tests/netns/lab.bash
source "$(dirname "${BASH_SOURCE[0]}")/lab.bash"

LAB_TOOLS=$LAB_BUILD/tests/tools

sockets_up() {
    lab_up direct || return 1
    on client ip addr add fe80::1/64 dev lo nodad
    # in a user namespace there are no groups but ours
    lab_sysctl client "net.ipv4.ping_group_range=0 2147483647" 2>/dev/null ||
        lab_sysctl client "net.ipv4.ping_group_range=0 0"
}

# sockets_crammed: another role, "router", whose TCP sockets all stand in 16 lists. While such a list is told in several
# parts, what is added to it moves the rest, and the kernel tells again what it told already. 1 where Linux is too old.
sockets_crammed() {
    on client sh -c 'echo 16 >/proc/sys/net/ipv4/tcp_child_ehash_entries' 2>/dev/null || return 1
    # what `on` runs has mounts of its own, and the name of the new namespace is one
    nsenter --net="/run/netns/$LAB-client" ip netns add "$LAB-router" || return 1
    on router ip link set lo up
    lab_sysctl router net.ipv4.tcp_max_tw_buckets=8000
}

# sockets_start TOOL ARGUMENTS...: in $LAB_DIR/TOOL.log what it says; its standard input does not end. LAB_SOCKETS is
# the role that this and socks play in, when not the client.
sockets_start() {
    local tool=$1 log=$LAB_DIR/$1.log

    shift
    : >"$log"
    [ -p "$LAB_DIR/open" ] || mkfifo "$LAB_DIR/open"
    ip netns exec "$LAB-${LAB_SOCKETS:-client}" "$LAB_TOOLS/$tool" "$@" >>"$log" 2>&1 0<>"$LAB_DIR/open" 3>&- 4>&- &
    LAB_PID=$!
    disown $LAB_PID
    echo $LAB_PID >"$LAB_DIR/$tool.pid"
    lab_wait_for "${LAB_PATIENCE:-60}" grep -qx ready "$log" && return
    cat "$log" >&2
    return 1
}

# sockets_stop TOOL
sockets_stop() {
    local pid

    pid=$(cat "$LAB_DIR/$1.pid")
    kill "$pid" 2>/dev/null || true
    lab_wait_for 10 lab_gone "$pid"
}

sockets_running() {
    kill -0 "$(cat "$LAB_DIR/$1.pid")"
}

# sockets_lossy: the firewall that `states -f` counts on
sockets_lossy() {
    "$LAB_TOOLS/states" -r | on client nft -f -
}

# ---- asking

# socks NAME ARGUMENTS...: fails on a crash or a run that does not end
socks() {
    local name=$1 status=0

    shift
    on "${LAB_SOCKETS:-client}" timeout -k 5 "${LAB_PATIENCE:-60}" "$LAB_NETPROBE" sockets --json "$@" \
        >"$LAB_DIR/$name.json" 2>"$LAB_DIR/$name.err" </dev/null 3>&- 4>&- || status=$?
    echo $status >"$LAB_DIR/$name.status"
    [ $status -le 2 ]
}

# ---- lists

# Two lists that ought to be equal: a command for each, a string. Retransmissions, timers and the like change
# things meanwhile, so a difference counts only when the first command says the same before and after the second,
# and when it stays.
same_rows() {
    local turn stable=

    for ((turn = 0; turn < 20; turn++)); do
        eval "$1" >"$LAB_DIR/before" || return 1
        eval "$2" >"$LAB_DIR/said" || return 1
        eval "$1" >"$LAB_DIR/after" || return 1
        if cmp -s "$LAB_DIR/before" "$LAB_DIR/after"; then
            cmp -s "$LAB_DIR/before" "$LAB_DIR/said" && return
            stable=$((stable + 1))
            [ $stable -lt 3 ] || break
        fi
        sleep 0.1
    done
    echo "not the same${stable:+, ${stable} times}: $1 | $2" >&2
    diff "$LAB_DIR/before" "$LAB_DIR/said" | head -n 40 >&2
    return 1
}

# ss_rows t|u|w|x [ARGUMENTS...]
ss_rows() {
    local kind=$1

    shift
    ss_said "$kind" -a "$@"
}

# ss_said t|u|w|x ARGUMENTS...: without -a only what is connected
ss_said() {
    local kind=$1 only

    shift
    on client ss -"${kind}nHO" "$@" >"$LAB_DIR/ss.out" || return 1
    only=$(sed -n 's/.*\<state \([a-z0-9-]*\).*/\1/p' <<<"$*")
    ss_lines "$kind" "${only:-established}" <"$LAB_DIR/ss.out" | LC_ALL=C sort
}

# ss_lines t|u|w|x STATE: of ss's words, which leave the state away where there can be no other than STATE
ss_lines() {
    awk -v kind="$1" -v only="$2" '
        BEGIN {
            OFS = "\t"
            proto["t"] = "tcp"; proto["u"] = "udp"; proto["w"] = "raw"
            split("ESTAB ESTABLISHED UNCONN CLOSE FIN-WAIT-1 FIN_WAIT1 FIN-WAIT-2 FIN_WAIT2", words, " ")
            for (i = 1; i in words; i += 2)
                name[words[i]] = words[i + 1]
        }
        function state(word) {
            if (word in name)
                return name[word]
            gsub(/-/, "_", word)
            return word
        }
        $(kind == "x" ? 2 : 1) ~ /^[0-9]+$/ {
            sub(/^listening$/, "listen", only)
            sub(/^(unconnected|closed)$/, "close", only)
            sub(/^fin-wait-/, "fin-wait", only)
            if (kind == "x")
                $1 = $1 " " toupper(only)
            else
                $0 = toupper(only) " " $0
            $0 = $0
        }
        kind == "x" {
            # a path may have blanks in it, though not at its ends
            path = $5
            for (i = 6; i <= NF - 3; i++)
                path = path " " $i
            print $1, state($2), $3, $4, path " " $(NF - 2), $(NF - 1) " " $NF
            next
        }
        { print proto[kind], state($1), $2, $3, $4, $5 ~ /^(\*|0\.0\.0\.0|\[::\]):\*$/ ? "*" : $5 }'
}

# np_rows t|u|w|x [ARGUMENTS...]
np_rows() {
    local kind=$1

    shift
    np_said "$kind" -a "$@"
}

# np_said t|u|w|x ARGUMENTS...
np_said() {
    local kind=$1

    shift
    socks rows -n "-$kind" "$@" || return 1
    np_lines rows
}

# np_lines NAME [FILTER]: of those of its records that the filter leaves
np_lines() {
    jq -r 'select(.type == "socket") | '"${2:-.}"' | '"$LAB_JQ"' line | join("\t")' "$LAB_DIR/$1.json" |
        LC_ALL=C sort
}

# shellcheck disable=SC2016 # for jq
LAB_JQ='
    def host($interface; $v6only):
        (.addr | split("%")) as [$ip, $zone]
        | ($interface // $zone) as $device
        | (if $ip == "::" and $v6only != true then "*" elif $ip | contains(":") then "[\($ip)]" else $ip end)
        + (if $device then "%\($device)" else "" end);
    def port: if . == null or . == 0 then "*" else tostring end;
    def kind: if .proto == "unix" then
            {stream: "u_str", dgram: "u_dgr", seqpacket: "u_seq"}[.unix_type]
        else .proto end;
    def local_text:
        if .proto == "unix" then "\(.local.addr? // "*") \(.inode // 0)"
        else .interface as $i | .v6only as $v | (.protocol // .local.port) as $p
            | .local | "\(host($i; $v)):\($p | port)" end;
    def peer_text:
        if .proto == "unix" then "* \(.peer_inode // 0)"
        elif .peer == null then "*"
        else .peer | "\(host(null; true)):\(.port | port)" end;
    def line: [kind, .state, (.recv_q | tostring), (.send_q | tostring), local_text, peer_text];
'

# What /proc/net and sock_diag both know (/proc not: a listener's backlog, IPv6 alone or not, the interface, the
# queues of unix sockets and whom they are connected to, connections that nobody has accepted yet and have no inode).
# shellcheck disable=SC2016 # for jq
LAB_JQ_COMMON='
    def ip: .addr | split("%")[0];
    def common:
        if .proto == "unix" then
            select(.inode != null) | [kind, .state, .inode, .local.addr?]
        else
            [.proto, .family, .state, .inode, .uid, (.local | ip), .local.port, .protocol,
                (.peer | if . then ip, .port else null end), .recv_q, (if .state == "LISTEN" then null else .send_q end),
                (if .proto == "udp" then .drops else null end), .timer.kind?]
        end;
'

# common_rows [--proc /proc]
common_rows() {
    socks rows -n -a "$@" || return 1
    jq -c "$LAB_JQ $LAB_JQ_COMMON"' select(.type == "socket") | common' "$LAB_DIR/rows.json" | LC_ALL=C sort
}

# Who holds what: "LOCAL PEER PID:FD..." of ss and of netprobe, in the order of the numbers; - for nobody.
ss_owners() {
    on client ss -"$1"anpHO >"$LAB_DIR/ss.out" || return 1
    awk '{
        local = $4; peer = $5
        if (peer ~ /^(\*|0\.0\.0\.0|\[::\]):\*$/)
            peer = "*"
        who = ""; rest = $0
        while (match(rest, /pid=[0-9]+,fd=[0-9]+/)) {
            split(substr(rest, RSTART, RLENGTH), pair, /[=,]/)
            who = who " " pair[2] ":" pair[4]
            rest = substr(rest, RSTART + RLENGTH)
        }
        print local, peer who
    }' "$LAB_DIR/ss.out" | sorted_owners
}

np_owners() {
    socks rows -n "-$1" -a -p || return 1
    jq -r "$LAB_JQ"'select(.type == "socket")
        | [local_text, peer_text, (.process // [] | .[] | "\(.pid):\(.fd)")] | join(" ")' "$LAB_DIR/rows.json" |
        sorted_owners
}

sorted_owners() {
    awk '{
        n = split($0, w, " ")
        for (i = 3; i <= n; i++)
            for (j = i + 1; j <= n; j++)
                if (w[j] < w[i]) { t = w[i]; w[i] = w[j]; w[j] = t }
        line = w[1] "\t" w[2] "\t" (n > 2 ? "" : "-")
        for (i = 3; i <= n; i++)
            line = line " " w[i]
        print line
    }' | LC_ALL=C sort
}

# What states.c says it made, and the same of netprobe's records: proto, state, local, peer; of unix sockets the name
# alone. A device is not told there.
made() {
    sed -n 's/^\([a-z_]* [A-Z_0-9]* .*\)/\1/p' "$LAB_DIR/states.log" | sed 's/%lo//g' | LC_ALL=C sort
}

np_made() {
    # shellcheck disable=SC2016 # for jq
    jq -r "$LAB_JQ"'select(.type == "socket") | [kind, .state]
        + (if .proto == "unix" then [(.local.addr? // "*"), "*"]
           else [(.v6only = true | local_text), peer_text] end) | join(" ")' "$LAB_DIR/$1.json" |
        sed 's/%lo//g' | LC_ALL=C sort
}
