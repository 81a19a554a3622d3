# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A small network of namespaces, for tests, benchmarks and the demo:
#
#   client  c0 10.77.1.2/24 ---- 10.77.1.1/24 r0  router  r1 10.77.2.1/24 ---- 10.77.2.2/24 s0  server
#              fd77:1::2/64      fd77:1::1/64                 fd77:2::1/64      fd77:2::2/64
#
# or, with `lab_up direct`, client and server on one wire, without the router:
#
#   client  c0 10.77.1.2/24 ---- 10.77.1.1/24 s0  server       (fd77:1::2 and fd77:1::1)
#
# or, with `lab_up chain`, three routers in a row, whose names are router, router2 and router3:
#
#   client ---- 10.77.1.1 router ---- 10.77.12.2 router2 ---- 10.77.23.2 router3 ---- 10.77.2.2 server
#               fd77:1::1             fd77:12::2              fd77:23::2              fd77:2::2
#
# Namespaces are named npPID-ROLE. lab_down removes them, every process that still lives in them, and the
# laboratory's own directory, and nothing else; it may be called twice. Needs root, or the user namespace
# that lab_enter makes.
#
#   lab_possible || skip "$LAB_WHY_NOT"
#   lab_up
#   lab_nft router 'table inet t { ... }'          (a rule needs a newline or ; before the closing brace)
#   lab_start server "$LAB_LISTEN" :: 22 80        (in the background; lab_listen waits until it is ready)
#   on client "$LAB_NETPROBE" scan "$LAB_SERVER4"
#   lab_down

LAB_TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LAB_BUILD=${LAB_BUILD:-$LAB_TREE/build/${VARIANT:-release}}
LAB_LISTEN=${LAB_LISTEN:-$LAB_BUILD/tests/tools/listen}
LAB_RESPONDER=$LAB_BUILD/tests/tools/responder
export LAB_TREE LAB_BUILD LAB_LISTEN LAB_RESPONDER
PATH=$PATH:/usr/sbin:/sbin

# Addresses, the same in every laboratory; lab_up sets the server's.
export LAB_CLIENT4=10.77.1.2 LAB_CLIENT6=fd77:1::2
export LAB_ROUTER4=10.77.1.1 LAB_ROUTER6=fd77:1::1
export LAB_SECOND4=10.77.12.2 LAB_SECOND6=fd77:12::2
export LAB_THIRD4=10.77.23.2 LAB_THIRD6=fd77:23::2
LAB_ROLES="client router router2 router3 server"
export LAB_SERVER4 LAB_SERVER6

# True when namespaces can be made here; otherwise LAB_WHY_NOT says what is missing.
lab_possible() {
    local probe=np$$-probe tool

    LAB_WHY_NOT=
    for tool in ip nft; do
        command -v $tool >/dev/null || LAB_WHY_NOT="$tool is not installed"
    done
    if [ -z "$LAB_WHY_NOT" ] && [ "$(id -u)" != 0 ]; then
        LAB_WHY_NOT="network namespaces need root"
    fi
    if [ -z "$LAB_WHY_NOT" ]; then
        if ! ip netns add $probe 2>/dev/null; then
            LAB_WHY_NOT="network namespaces are not allowed here"
        elif ! ip netns exec $probe nft list tables >/dev/null 2>&1; then
            LAB_WHY_NOT="nftables does not work in a network namespace here"
        fi
        ip netns del $probe 2>/dev/null || true
    fi
    export LAB_WHY_NOT
    [ -z "$LAB_WHY_NOT" ]
}

# lab_enter COMMAND...: for ordinary users; replaces the shell by COMMAND as root of a user namespace, with a
# /run of its own for the names of the namespaces. Returns only when that is not allowed.
lab_enter() {
    unshare --user --map-root-user --net --mount mount -t tmpfs tmpfs /run 2>/dev/null || return 1
    exec unshare --user --map-root-user --net --mount \
        sh -c 'mount -t tmpfs tmpfs /run && exec "$@"' sh "$@"
}

# True when another user can be had: not inside a user namespace that maps only one.
lab_other_users_possible() {
    setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null
}

# True when a namespace can have its own /etc/resolv.conf and /etc/hosts.
lab_etc_possible() {
    [ -w /etc ]
}

ns() {
    echo "$LAB-$1"
}

# on ROLE COMMAND...
on() {
    local role=$1

    shift
    ip netns exec "$LAB-$role" "$@"
}

# on_as_user ROLE COMMAND...: as nobody, without any capability.
on_as_user() {
    local role=$1

    shift
    on "$role" setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
        --bounding-set=-all "$@"
}

# lab_tests MAKE [TOOL...]: for a file of tests: the command MAKE builds the laboratory that all of them share. Where there
# can be none, or a tool is missing, they are skipped.
# shellcheck disable=SC2317 # the functions are for bats
lab_tests() {
    LAB_MAKE=$1 LAB_NEEDS=("${@:2}")

    setup_file() {
        local tool

        lab_possible || export LAB_SKIP=$LAB_WHY_NOT
        for tool in "${LAB_NEEDS[@]}"; do
            command -v "$tool" >/dev/null || export LAB_SKIP="${LAB_SKIP:-$tool is not installed}"
        done
        [ -z "${LAB_SKIP:-}" ] || return 0
        [ -x "${NETPROBE:-$LAB_TREE/build/netprobe}" ] || {
            echo "there is no netprobe: make first" >&2
            return 1
        }
        "$LAB_MAKE"
    }

    teardown_file() {
        lab_down
    }

    setup() {
        [ -z "${LAB_SKIP:-}" ] || skip "$LAB_SKIP"
    }
}

# lab_up [direct|chain]
lab_up() {
    local role

    export LAB=np$$ LAB_DIR LAB_NETPROBE
    LAB_DIR=$(mktemp -d "/tmp/$LAB.XXXXXX") || return 1
    chmod 755 "$LAB_DIR"
    # A copy, since an ordinary user may not be able to reach the tree.
    LAB_NETPROBE=$LAB_DIR/netprobe
    if [ -x "${NETPROBE:-$LAB_TREE/build/netprobe}" ]; then
        cp "${NETPROBE:-$LAB_TREE/build/netprobe}" "$LAB_NETPROBE"
    fi

    for role in client server; do
        lab_namespace $role || return 1
    done
    case "${1:-routed}" in
    direct)
        LAB_SERVER4=10.77.1.1 LAB_SERVER6=fd77:1::1
        lab_wire client c0 $LAB_CLIENT4 $LAB_CLIENT6 server s0 $LAB_SERVER4 $LAB_SERVER6
        ;;
    routed)
        LAB_SERVER4=10.77.2.2 LAB_SERVER6=fd77:2::2
        lab_namespace router || return 1
        lab_wire client c0 $LAB_CLIENT4 $LAB_CLIENT6 router r0 $LAB_ROUTER4 $LAB_ROUTER6
        lab_wire router r1 10.77.2.1 fd77:2::1 server s0 $LAB_SERVER4 $LAB_SERVER6
        on client ip route add 10.77.2.0/24 via $LAB_ROUTER4
        on client ip route add fd77:2::/64 via $LAB_ROUTER6
        on server ip route add 10.77.1.0/24 via 10.77.2.1
        on server ip route add fd77:1::/64 via fd77:2::1
        lab_sysctl router net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
        ;;
    chain) lab_chain ;;
    esac
}

lab_chain() {
    local role

    LAB_SERVER4=10.77.2.2 LAB_SERVER6=fd77:2::2
    for role in router router2 router3; do
        lab_namespace $role || return 1
        lab_sysctl $role net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    done
    lab_wire client c0 $LAB_CLIENT4 $LAB_CLIENT6 router r0 $LAB_ROUTER4 $LAB_ROUTER6
    lab_wire router r1 10.77.12.1 fd77:12::1 router2 r0 $LAB_SECOND4 $LAB_SECOND6
    lab_wire router2 r1 10.77.23.1 fd77:23::1 router3 r0 $LAB_THIRD4 $LAB_THIRD6
    lab_wire router3 r1 10.77.2.1 fd77:2::1 server s0 $LAB_SERVER4 $LAB_SERVER6
    lab_default client $LAB_ROUTER4 $LAB_ROUTER6
    lab_default router $LAB_SECOND4 $LAB_SECOND6
    lab_default router2 $LAB_THIRD4 $LAB_THIRD6
    lab_default server 10.77.2.1 fd77:2::1
    on router2 ip route add 10.77.1.0/24 via 10.77.12.1
    on router2 ip route add fd77:1::/64 via fd77:12::1
    on router3 ip route add 10.77.0.0/16 via 10.77.23.1
    on router3 ip route add fd77::/16 via fd77:23::1
}

# lab_default ROLE VIA4 VIA6
lab_default() {
    on "$1" ip route add default via "$2"
    on "$1" ip route add default via "$3"
}

lab_namespace() {
    ip netns add "$LAB-$1" || return 1
    # Before the first interface: no address of this laboratory waits for duplicate detection.
    lab_sysctl "$1" net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
    on "$1" ip link set lo up
}

# lab_wire ROLE DEV V4 V6 ROLE DEV V4 V6
lab_wire() {
    ip link add "$2" netns "$LAB-$1" type veth peer name "$6" netns "$LAB-$5" || return 1
    lab_interface "$1" "$2" "$3" "$4"
    lab_interface "$5" "$6" "$7" "$8"
}

lab_interface() {
    on "$1" ip addr add "$3/24" dev "$2"
    on "$1" ip addr add "$4/64" dev "$2" nodad
    on "$1" ip link set "$2" up
}

# lab_sysctl ROLE NAME=VALUE...: what this kernel does not have (or not per namespace) is passed over.
lab_sysctl() {
    local role=$1

    shift
    # shellcheck disable=SC2016 # for the inner shell
    on "$role" sh -c 'for set; do
        path=/proc/sys/$(echo "${set%%=*}" | tr . /)
        [ ! -w "$path" ] || echo "${set#*=}" >"$path"
    done' sh "$@"
}

# lab_icmp_limit none|default: how many ICMP errors the namespaces send.
lab_icmp_limit() {
    local role interval=1000 per_second=1000 burst=50

    [ "$1" = none ] && interval=0 per_second=1000000 burst=1000000
    for role in $LAB_ROLES; do
        [ -e "/run/netns/$LAB-$role" ] || continue
        lab_sysctl "$role" net.ipv4.icmp_ratelimit=$interval
        lab_sysctl "$role" net.ipv6.icmp.ratelimit=$interval
        lab_sysctl "$role" net.ipv4.icmp_msgs_per_sec=$per_second
        lab_sysctl "$role" net.ipv4.icmp_msgs_burst=$burst
    done
}

# lab_nft ROLE RULES
lab_nft() {
    on "$1" nft -f - <<<"$2"
}

# lab_etc ROLE FILE: standard input becomes the role's /etc/FILE.
lab_etc() {
    [ -d /etc/netns ] || touch "$LAB_DIR/made-etc-netns"
    mkdir -p "/etc/netns/$LAB-$1"
    cat >"/etc/netns/$LAB-$1/$2"
}

# lab_start ROLE COMMAND...: in the background, output in $LAB_DIR/ROLE.log; LAB_PID is its process.
lab_start() {
    local role=$1

    shift
    # bats waits for whoever holds its descriptors.
    ip netns exec "$LAB-$role" "$@" >>"$LAB_DIR/$role.log" 2>&1 </dev/null 3>&- 4>&- &
    LAB_PID=$!
    disown $LAB_PID
}

# lab_listen ROLE [-6] ADDR PORT...: returns when the ports are open.
lab_listen() {
    local role=$1 log

    shift
    log=$(mktemp "$LAB_DIR/listen.XXXXXX")
    ip netns exec "$LAB-$role" "$LAB_LISTEN" "$@" >"$log" 2>&1 </dev/null 3>&- 4>&- &
    LAB_PID=$!
    disown $LAB_PID
    lab_wait_for 10 grep -q ready "$log" && return
    cat "$log" >&2
    return 1
}

# What stands for a network, or watches it, does not wait for a busy machine where that is allowed: $prompt, before it.
lab_prompt() {
    prompt=()
    ! chrt -r 1 true 2>/dev/null || prompt=(chrt -r 1)
}

# lab_responder ROLE: addresses that answer in strange ways, by rule4 and rule6 (see tests/tools/responder.c).
lab_responder() {
    local log role prompt

    lab_prompt
    log=$(mktemp "$LAB_DIR/responder.XXXXXX")
    ip netns exec "$LAB-$1" "${prompt[@]}" "$LAB_RESPONDER" odd >"$log" 2>&1 </dev/null 3>&- 4>&- &
    LAB_PID=$!
    disown $LAB_PID
    lab_wait_for 10 grep -q ready "$log" || {
        cat "$log" >&2
        return 1
    }
    on "$1" ip link set odd up
    lab_sysctl "$1" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    on "$1" ip route add 10.80.0.0/16 dev odd
    on "$1" ip route add fd80::/64 dev odd
    [ "$1" = server ] || return 0
    for role in client router; do
        [ -e "/run/netns/$LAB-$role" ] || continue
        if [ $role = router ] || [ ! -e "/run/netns/$LAB-router" ]; then
            lab_route $role "$LAB_SERVER4" "$LAB_SERVER6"
        else
            lab_route $role "$LAB_ROUTER4" "$LAB_ROUTER6"
        fi
    done
}

# lab_route ROLE VIA4 VIA6: the responder's addresses
lab_route() {
    on "$1" ip route add 10.80.0.0/16 via "$2"
    on "$1" ip route add fd80::/64 via "$3"
}

# rule4 RULE [P], rule6 RULE [P]: the address that follows the rule
rule4() {
    echo "10.80.${2:-0}.$1"
}

rule6() {
    [ "${2:-0}" = 0 ] && echo "fd80::$1" && return
    echo "fd80::$2:$1"
}

# lab_capture ROLE DEV FILTER...: tcpdump into $LAB_DIR/capture.pcap, in the background; returns when it listens.
# lab_capture_end [SECONDS]: when nothing has been added for so long. lab_captured ARGUMENTS...: reads it.
lab_capture() {
    local role=$1 dev=$2 prompt

    shift 2
    lab_prompt
    rm -f "$LAB_DIR/capture.pcap"
    # shellcheck disable=SC2086 # an empty word is none
    ip netns exec "$LAB-$role" "${prompt[@]}" tcpdump ${LAB_CAPTURE_MODE---immediate-mode} -Z root -U -s 256 -B 8192 \
        --time-stamp-precision=nano -n -i "$dev" -w "$LAB_DIR/capture.pcap" "$@" \
        >"$LAB_DIR/capture.log" 2>&1 </dev/null 3>&- 4>&- &
    LAB_CAPTURE_PID=$!
    lab_wait_for 10 grep -q 'listening on' "$LAB_DIR/capture.log"
}

lab_capture_end() {
    local before=-1 now=0 turns=10

    # On a signal tcpdump forgets what it has not read yet: until the file is there and does not grow.
    while [ "$now" != "$before" ] || { [ "$now" -le 24 ] && ((turns-- > 0)); }; do
        sleep "${1:-0.5}"
        before=$now
        now=$(stat -c %s "$LAB_DIR/capture.pcap" 2>/dev/null || echo 0)
    done
    kill -INT "$LAB_CAPTURE_PID"
    wait "$LAB_CAPTURE_PID" || true
}

lab_captured() {
    tcpdump --time-stamp-precision=nano -tt -n -r "$LAB_DIR/capture.pcap" "$@" 2>/dev/null
}

# One line for each echo request of the capture, in their order, that was answered: its number and the
# milliseconds until the first reply of its identifier and sequence number.
lab_captured_rtts() {
    lab_captured 'icmp or icmp6' | awk '
        !base { base = int($1) }
        { split($1, t, "."); now = (t[1] - base) * 1000 + t[2] / 1e6 }
        !match($0, /id [0-9]+, seq [0-9]+/) { next }
        { key = substr($0, RSTART, RLENGTH) }
        /echo request/ { if (!(key in at)) { at[key] = now; number[key] = ++n } }
        /echo reply/ && (key in at) { printf "%d %.6f\n", number[key], now - at[key]; delete at[key] }'
}

# lab_wait_for SECONDS COMMAND...: until COMMAND is true.
lab_wait_for() {
    local tries=$(($1 * 20))

    shift
    while ! "$@" 2>/dev/null; do
        ((tries-- > 0)) || return 1
        sleep 0.05
    done
}

lab_gone() {
    ! kill -0 "$1" 2>/dev/null
}

# lab_kill SIGNAL: sends it to every process in the laboratory's namespaces.
lab_kill() {
    local role pid

    for role in $LAB_ROLES; do
        [ -e "/run/netns/$LAB-$role" ] || continue
        for pid in $(ip netns pids "$LAB-$role"); do
            kill "-$1" "$pid" 2>/dev/null || true
        done
    done
}

lab_down() {
    local role

    [ -n "${LAB:-}" ] || return 0
    lab_kill TERM
    lab_wait_for 1 lab_empty || lab_kill KILL
    for role in $LAB_ROLES; do
        ip netns del "$LAB-$role" 2>/dev/null || true
        rm -rf "/etc/netns/${LAB:?}-$role"
    done
    if [ -e "$LAB_DIR/made-etc-netns" ]; then
        rmdir /etc/netns 2>/dev/null || true
    fi
    rm -rf "${LAB_DIR:?}"
    unset LAB
}

lab_empty() {
    local role

    for role in $LAB_ROLES; do
        [ -e "/run/netns/$LAB-$role" ] || continue
        [ -z "$(ip netns pids "$LAB-$role")" ] || return 1
    done
}

# ---- what was said: NAME.json, NAME.err and NAME.status in the laboratory's directory

same() {
    [ "$1" = "$2" ] && return
    printf 'expected: %s\nsaid:     %s\n' "$2" "$1" >&2
    return 1
}

exits() {
    same "$1 exits $(cat "$LAB_DIR/$1.status")" "$1 exits $2"
}

# is NAME FILTER: true for the list of all records
is() {
    jq -es "$2" "$LAB_DIR/$1.json" >/dev/null && return
    echo "not true of $1.json: $2" >&2
    # the first ones say what was asked, the last what came of it; banners are long
    sed '6,$d' "$LAB_DIR/$1.json" | cut -c 1-1500 >&2
    tail -n 3 "$LAB_DIR/$1.json" "$LAB_DIR/$1.err" >&2
    return 1
}
