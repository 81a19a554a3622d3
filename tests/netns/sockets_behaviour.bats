#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# bats file_tags=alone
# shellcheck disable=SC2030,SC2031 # each test is a subshell
#
# How `netprobe sockets` behaves: in other namespaces, for those who may not see everything, in control groups, when
# it is interrupted or short of room; what --explain finds where something is wrong, and not where nothing is; what
# --watch, -e and --summary make of what really happens.

bats_require_minimum_version 1.5.0
load sockets.bash

make_lab() {
    sockets_up
    cp "$LAB_TOOLS/hold" "$LAB_DIR/hold"
    lab_namespace router
    neglect
}

lab_tests make_lab

teardown() {
    local file group

    [ -n "${LAB:-}" ] || return 0
    for file in "$LAB_DIR"/*.holder; do
        [ ! -e "$file" ] || holder_end "$(basename "$file" .holder)"
    done
    if [ -e "$LAB_DIR/group" ]; then
        group=$(cat "$LAB_DIR/group")
        rmdir "$group/$LAB.service" "$group" 2>/dev/null || true
        rm "$LAB_DIR/group"
    fi
    [ ! -e "$LAB_DIR/states.pid" ] || sockets_stop states
    rm -f "$LAB_DIR/states.pid"
    on server nft flush ruleset
    lab_sysctl client "net.ipv4.ip_local_port_range=32768 60999" "net.ipv4.tcp_rmem=4096 131072 6291456" \
        net.ipv4.ip_unprivileged_port_start=1024
}

# ---- sockets to order (tests/tools/hold.c)

# holder NAME ROLE [COMMAND...]: where ROLE is, by COMMAND; until the end of the test
holder() {
    local name=$1 role=$2 in out

    shift 2
    mkfifo "$LAB_DIR/$name.in" "$LAB_DIR/$name.out"
    # open before the first order, which would be lost
    exec {in}<>"$LAB_DIR/$name.in" {out}<>"$LAB_DIR/$name.out"
    ip netns exec "$LAB-$role" "$@" "$LAB_DIR/hold" <&"$in" >&"$out" 2>/dev/null 3>&- 4>&- {in}>&- {out}>&- &
    disown $!
    hold "$name" pid || return 1
    exec {in}>&- {out}>&-
    echo "$HELD" >"$LAB_DIR/$name.holder"
}

# hold NAME ORDER...: HELD is what is answered
hold() {
    local fifo=$LAB_DIR/$1 answer=

    shift
    echo "$*" 1<>"$fifo.in"
    read -r -t 10 answer <>"$fifo.out" || true
    HELD=${answer#ok}
    HELD=${HELD# }
    [ "${answer%% *}" = ok ] || { echo "hold $*: ${answer:-no answer}" >&2; return 1; }
}

holder_pid() {
    cat "$LAB_DIR/$1.holder"
}

holder_end() {
    local pid

    pid=$(holder_pid "$1")
    kill "$pid" 2>/dev/null || true
    lab_wait_for 10 lab_gone "$pid"
    rm -f "$LAB_DIR/$1".{in,out,holder}
}

# An ordinary user's.
AS_NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all)

# both_ends NAME PORT: a listener A of 127.0.0.1, a connection to it B, and what was accepted C
both_ends() {
    hold "$1" listen A 127.0.0.1 "$2" 8
    hold "$1" connect B 127.0.0.1 "$2"
    hold "$1" accept C A
}

# Long before it is asked for, see the last test: the router has a connection that nobody closes.
neglect() {
    holder neglect router
    mv "$LAB_DIR/neglect.holder" "$LAB_DIR/neglect.pid"
    both_ends neglect 7001
    hold neglect close B
    date +%s >"$LAB_DIR/neglected"
}

# said NAME LINES: that many lines on standard error
said() {
    same "$1: $(wc -l <"$LAB_DIR/$1.err")" "$1: $2" || {
        cat "$LAB_DIR/$1.err" >&2
        return 1
    }
}

# socks_as_user NAME ARGUMENTS...: in the server's namespace, without any capability
socks_as_user() {
    local name=$1 status=0

    shift
    on_as_user server timeout -k 5 60 "$LAB_NETPROBE" sockets --json "$@" >"$LAB_DIR/$name.json" \
        2>"$LAB_DIR/$name.err" </dev/null 3>&- 4>&- || status=$?
    echo $status >"$LAB_DIR/$name.status"
    [ $status -le 2 ]
}

# at_port NAME PORT FILTER: of all sockets there
at_port() {
    is "$1" "map(select(.type == \"socket\" and .local.port? == $2)) | $3"
}

# ---- other namespaces

@test "-N: by a name, and by a process that is there" {
    local by

    holder here server
    holder there client
    hold here listen A 0.0.0.0 7010 8
    hold there listen A 0.0.0.0 7011 8
    for by in "$(ns client)" "$(holder_pid there)"; do
        LAB_SOCKETS=server socks inside -n -a -t -N "$by"
        exits inside 0
        at_port inside 7010 'length == 0'
        at_port inside 7011 "length == 1 and .[0].netns == \"$(ns client)\""
    done
    on server "$LAB_NETPROBE" sockets -n -tl -N "$(ns client)" >"$LAB_DIR/inside.txt"
    grep -qE "^NETNS +PROTO " "$LAB_DIR/inside.txt"
    grep -qE "^$(ns client) +tcp +LISTEN .* 0\.0\.0\.0:7011 " "$LAB_DIR/inside.txt"
    # without -N nobody is in doubt
    LAB_SOCKETS=server socks own -n -a -t
    is own 'map(select(.type == "socket")) | length > 0 and all(has("netns") | not)'
}

# Not always so, even for root: others may have guarded theirs. A moment's truth.
every_process_readable() {
    local process

    for process in /proc/[0-9]*; do
        readlink "$process/ns/net" >/dev/null || [ ! -e "$process" ] || return 1
    done
}

@test "-N all: each namespace once, and all of it under its name" {
    local pid

    holder own server
    holder named client
    holder nameless client unshare --net
    for name in own named; do
        hold $name listen A 0.0.0.0 7012 8
    done
    hold nameless listen A 0.0.0.0 7012 8
    pid=$(holder_pid nameless)
    LAB_SOCKETS=server socks all -n -a -p -N all
    if every_process_readable; then
        exits all 0
        said all 0
    fi
    # whatever else this machine has
    is all "map(select(.state? == \"LISTEN\" and .local.port? == 7012 and .process != null) | [.process[0].pid, .netns])
        | map(select(.[0] | IN($(holder_pid own), $(holder_pid named), $pid))) | sort == ([[$(holder_pid own), \"\"],
            [$(holder_pid named), \"$(ns client)\"], [$pid, \"pid $pid\"]] | sort)"
    is all "map(select(.netns? == \"$(ns router)\" and .state == \"LISTEN\") | .local.port) == [7001]"
    is all "map(select(.local.port? == 7012 and .netns == \"pid $pid\"))[0].process[0].pid == $pid"
    # a namespace that was told under two names would tell its sockets twice
    is all "map(select(.inode? != null and (.netns | IN(\"\", \"$(ns client)\", \"$(ns router)\", \"pid $pid\")))
        | .inode) | length > 3 and length == (unique | length)"
    # names that are not of namespaces are nobody's
    touch "/run/netns/$LAB-nothing"
    LAB_SOCKETS=server socks all -n -t -a -N all
    rm "/run/netns/$LAB-nothing"
    ! every_process_readable || exits all 0
    is all "map(select(.netns? == \"$LAB-nothing\")) == []"
}

@test "-N as an ordinary user: a process's namespace by its tables, others in one line" {
    lab_other_users_possible || skip "no other user can be had here"
    holder theirs client "${AS_NOBODY[@]}"
    holder others client
    hold theirs listen A 0.0.0.0 7013 8
    socks_as_user user -n -a -t -N "$(ns client)"
    exits user 2
    said user 1
    grep -q "^netprobe sockets: --netns $(ns client): entering it takes CAP_SYS_ADMIN " "$LAB_DIR/user.err"
    for name in theirs others; do
        socks_as_user user -n -a -t -N "$(holder_pid $name)"
        exits user 0
        said user 0
        at_port user 7013 "length == 1 and .[0].netns == \"$(holder_pid $name)\""
    done
    socks_as_user user -n -a -t -N all
    exits user 2
    said user 2
    grep -qE '^netprobe sockets: [0-9]+ network namespaces left out: that takes CAP_SYS_ADMIN ' "$LAB_DIR/user.err"
    grep -qE '^netprobe sockets: the network namespaces of [0-9]+ processes are not known: ' "$LAB_DIR/user.err"
}

# ---- those who may not see everything

@test "an ordinary user's own sockets have owners, others' not, and that is said once" {
    lab_other_users_possible || skip "no other user can be had here"
    holder theirs server "${AS_NOBODY[@]}"
    holder roots server
    hold theirs listen A 0.0.0.0 7014 8
    hold roots listen A 0.0.0.0 7015 8
    hold roots listen B 0.0.0.0 7016 8
    socks_as_user user -n -a -t -p
    exits user 0
    said user 1
    grep -q '^netprobe sockets: 2 of 3 sockets show no process: .* CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH ' \
        "$LAB_DIR/user.err"
    at_port user 7014 ".[0].process | length == 1 and .[0].pid == $(holder_pid theirs) and .[0].comm == \"hold\""
    at_port user 7015 '.[0].process == null'
    is user 'map(select(.type == "summary"))[0] | .unowned == 2 and .unreadable_processes > 0'
    # nobody asked for them
    socks_as_user user -n -a -t
    said user 0
    # a process that may be theirs is not known, and one that was found is
    socks_as_user user -n -a -t --process no-such-name
    exits user 2
    socks_as_user user -n -a -t --process hold
    exits user 0
    at_port user 7015 'length == 0'
}

# with_capabilities CAPABILITIES ARGUMENTS...: as an ordinary user in the server's namespace, by a file that has them
with_capabilities() {
    local status=0 caps=$1

    shift
    lab_other_users_possible || skip "no other user can be had here"
    cp "$LAB_NETPROBE" "$LAB_DIR/capable"
    setcap "$caps" "$LAB_DIR/capable" || skip "files cannot be given capabilities here"
    on server "${AS_NOBODY[@]}" timeout -k 5 60 "$LAB_DIR/capable" sockets --json "$@" >"$LAB_DIR/capable.json" \
        2>"$LAB_DIR/capable.err" </dev/null 3>&- 4>&- || status=$?
    echo $status >"$LAB_DIR/capable.status"
    [ $status -le 2 ]
}

@test "a file with the capabilities of reading shows an ordinary user all owners" {
    holder roots server
    hold roots listen A 0.0.0.0 7017 8
    with_capabilities cap_sys_ptrace,cap_dac_read_search+ep -n -a -t -p
    exits capable 0
    said capable 0
    at_port capable 7017 ".[0].process | map(.pid) == [$(holder_pid roots)]"
    # and those of entering others
    with_capabilities cap_sys_admin,cap_sys_ptrace,cap_dac_read_search+ep -n -a -t -p -N "$(ns router)"
    exits capable 0
    at_port capable 7001 "map(select(.state == \"LISTEN\"))[0].process | map(.pid) == [$(cat "$LAB_DIR/neglect.pid")]"
}

@test "a file with capabilities reads nothing more for whoever names a directory" {
    local proc=$LAB_DIR/proc

    lab_other_users_possible || skip "no other user can be had here"
    holder roots server
    hold roots listen A 0.0.0.0 7018 8
    mkdir -p "$proc/net"
    on server cat /proc/net/tcp >"$LAB_DIR/secret"
    chmod 600 "$LAB_DIR/secret"
    ln -s "$LAB_DIR/secret" "$proc/net/tcp"
    with_capabilities cap_sys_ptrace,cap_dac_read_search+ep -n -a -t --proc "$proc"
    exits capable 2
    said capable 1
    is capable 'map(select(.type == "socket")) == []'
    LAB_SOCKETS=server socks root -n -a -t --proc "$proc"
    at_port root 7018 'length == 1'
    # nor processes, by way of ours or of the real directory
    rm -r "$proc/net"
    ln -s /proc/self/net "$proc/net"
    ln -s /proc/self "$proc/self"
    ln -s "/proc/$(holder_pid roots)" "$proc/$(holder_pid roots)"
    for dir in "$proc" /proc; do
        with_capabilities cap_sys_ptrace,cap_dac_read_search+ep -n -a -t -p --proc "$dir"
        exits capable 0
        at_port capable 7018 'length == 1 and .[0].process == null'
    done
    LAB_SOCKETS=server socks root -n -a -t -p --proc "$proc"
    at_port root 7018 '.[0].process | length == 1'
    rm -r "$proc"
}

@test "where processes are hidden (hidepid), that is said, and nobody is called nobody's" {
    local who

    lab_other_users_possible || skip "no other user can be had here"
    unshare --mount mount -t proc -o hidepid=2 proc /proc 2>/dev/null || skip "no procfs can be mounted here"
    holder theirs server "${AS_NOBODY[@]}"
    holder roots server
    hold theirs listen A 0.0.0.0 7019 8
    hold roots listen A 0.0.0.0 7020 8
    hidden() {
        local status=0

        # shellcheck disable=SC2016 # for the inner shell
        on server unshare --mount sh -c 'mount -t proc -o hidepid=2 proc /proc && exec "$@"' sh "${AS_NOBODY[@]}" \
            --bounding-set=-all timeout -k 5 60 "$LAB_NETPROBE" sockets --json -n -a -t "$@" >"$LAB_DIR/hidden.json" \
            2>"$LAB_DIR/hidden.err" </dev/null 3>&- 4>&- || status=$?
        echo $status >"$LAB_DIR/hidden.status"
    }
    hidden -p
    exits hidden 0
    said hidden 1
    grep -q '^netprobe sockets: 1 of 2 sockets show no process: not every process is to be seen in /proc ' \
        "$LAB_DIR/hidden.err"
    at_port hidden 7019 '.[0].process | length == 1'
    at_port hidden 7020 '.[0].process == null'
    hidden --process "$(holder_pid roots)"
    exits hidden 2
    said hidden 1
}

@test "a directory that is no procfs: one line, exit 2" {
    mkdir "$LAB_DIR/empty"
    for dir in "$LAB_DIR/empty" "$LAB_DIR/nowhere" "$LAB_DIR/hold"; do
        socks none -n -a -p --proc "$dir"
        exits none 2
        said none 1
        grep -q "^netprobe sockets: $dir/net/tcp: " "$LAB_DIR/none.err"
    done
}

@test "a unit by the control group: of the socket, or of its process" {
    local top group who

    top=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
    [ -n "$top" ] || skip "there is no unified cgroup hierarchy here"
    group=$top/$LAB.slice
    echo "$group" >"$LAB_DIR/group"
    mkdir "$group" "$group/$LAB.service" 2>/dev/null || skip "control groups cannot be made here"
    holder inside client "${AS_NOBODY[@]}"
    holder outside client
    holder_pid inside >"$group/$LAB.service/cgroup.procs"
    hold inside listen A 127.0.0.1 7021 8
    hold outside listen A 127.0.0.1 7022 8
    # `ip netns exec` has a /sys of its own, without control groups
    in_client() {
        nsenter --net="/run/netns/$LAB-client" "$@" timeout 60 "$LAB_NETPROBE" sockets --json -n -a \
            "${ask[@]}" >"$LAB_DIR/unit.json" 2>"$LAB_DIR/unit.err" </dev/null 3>&- 4>&-
    }
    for who in root user proc; do
        ask=(-t --unit "$LAB") as=()
        [ $who != user ] || as=("${AS_NOBODY[@]}" --bounding-set=-all)
        [ $who != proc ] || ask+=(--proc /proc)
        [ $who != user ] || lab_other_users_possible || continue
        in_client "${as[@]}"
        is unit "map(select(.type == \"socket\") | [.local.port, .unit]) == [[7021, \"$LAB.service\"]]"
        [ ! -s "$LAB_DIR/unit.err" ]
    done
    ask=(-t -e --unit 'np*.serv?ce')
    in_client
    is unit "map(select(.type == \"socket\"))[0].cgroup | endswith(\"/$LAB.slice/$LAB.service\")"
    ask=(-t --unit "$LAB.slice")
    run -1 in_client
}

# ---- --explain, where it is so and where it is not

# explains: a look at the client
explains() {
    socks explained -n -a --explain "$@"
    exits explained 0
}

# finds ID [FILTER]: exactly one finding of this kind, of which FILTER is true, and a socket that it is about
finds() {
    is explained "map(select(.type == \"finding\" and .id == \"$1\")) | length == 1 and (.[0] | ${2:-true})"
    is explained "map(select(.type == \"socket\" and (.findings | index(\"$1\")))) | length > 0"
}

finds_no() {
    is explained "(map(select(.type == \"finding\" and .id == \"$1\")) | length == 0)
        and (map(select(.type == \"socket\" and (.findings | index(\"$1\")))) | length == 0)"
}

# in_state STATE PORT COUNT: so many TCP sockets of the client, to or from the port
in_state() {
    [ "$(on client ss -tnHO state "$1" "( sport = :$2 or dport = :$2 )" | wc -l)" = "$3" ]
}

@test "--explain: CLOSE_WAIT is told with the time that is known, and not while it is young" {
    holder h client
    both_ends h 7023
    explains
    finds_no close-wait-stays
    hold h close B
    lab_wait_for 10 in_state close-wait 7023 1
    explains
    finds_no close-wait-stays
    # from /proc its age is not known
    explains --proc /proc
    finds close-wait-stays '.severity == "note" and .count == 1 and .local.port == 7023 and .process == "hold"
        and (.summary | test("how long is not known"))'
    hold h close C
    explains --proc /proc
    finds_no close-wait-stays
}

@test "--explain: a full queue of connections" {
    holder h client
    hold h listen A 127.0.0.1 7024 1
    explains
    finds_no accept-queue-fills
    hold h connect B 127.0.0.1 7024
    explains
    finds accept-queue-fills '.severity == "warning" and .local.port == 7024 and (.summary | test(" fills: 1 "))'
    hold h connect C 127.0.0.1 7024
    explains
    finds accept-queue-fills '.severity == "bad" and .count == 1 and .process == "hold"
        and (.summary | test(" is full: 2 connections wait at a backlog of 1, new ones are dropped"))'
    hold h accept D A
    hold h accept E A
    explains
    finds_no accept-queue-fills
}

syn_sent_again() {
    [ "$(on client ss -tnoHO state syn-sent "dport = :$1" | grep -cE 'timer:\(on,[^,]*,[1-9]')" = 1 ]
}

@test "--explain: an address that does not answer" {
    holder h client
    lab_nft server 'table inet hole { chain in { type filter hook input priority 0
        tcp dport 7025 drop
    }
    }'
    hold h listen B 127.0.0.1 7025 8
    hold h start A "$LAB_SERVER4" 7025
    explains
    [ "$(jq -s 'map(select(.state? == "SYN_SENT"))[0].timer.retransmits' "$LAB_DIR/explained.json")" != 0 ] ||
        finds_no syn-sent-stays
    lab_wait_for 20 syn_sent_again 7025
    explains
    finds syn-sent-stays ".count == 1 and .process == \"hold\" and .peer == {addr: \"$LAB_SERVER4\", port: 7025}
        and (.next | test(\"netprobe scan -p 7025 $LAB_SERVER4\"))"
    # what is not shown is not told of
    explains --state listening
    finds_no syn-sent-stays
}

@test "--explain: connections that no program holds any more" {
    holder h client
    both_ends h 7026
    hold h shut B
    lab_wait_for 10 in_state fin-wait-2 7026 1
    explains
    finds_no fin-wait2-orphans
    hold h close B
    explains
    finds fin-wait2-orphans '.severity == "note" and .count == 1 and .process == null and .peer.port == 7026'
    hold h close C
    lab_wait_for 10 in_state fin-wait-2 7026 0
    explains
    finds_no fin-wait2-orphans
}

@test "--explain: on every address for this machine alone, and one family of two" {
    holder h client
    holder far server
    hold h listen A 0.0.0.0 7027 8
    explains
    finds_no all-addresses
    finds ipv4-only '.severity == "note" and .local == {addr: "0.0.0.0", port: 7027}'
    hold h connect B 127.0.0.1 7027
    explains
    finds all-addresses '.severity == "note" and .local.port == 7027 and .process == "hold"'
    # somebody else comes
    hold far connect A "$LAB_CLIENT4" 7027
    explains
    finds_no all-addresses
    # the other family
    hold h listen6 C :: 7027 8
    explains
    finds_no ipv4-only
    finds_no ipv6-only
    hold h close A
    explains
    finds_no ipv4-only
    finds ipv6-only '.severity == "warning" and .local == {addr: "::", port: 7027}'
    hold h listen D :: 7028 8
    hold h listen E 127.0.0.1 7029 8
    explains
    finds ipv6-only '.local.port == 7027'
    finds_no ipv4-only
}

@test "--explain: a port below 1024 in an ordinary user's hands" {
    lab_other_users_possible || skip "no other user can be had here"
    holder user client "${AS_NOBODY[@]}"
    holder root client
    lab_sysctl client net.ipv4.ip_unprivileged_port_start=0
    hold root listen A 127.0.0.1 700 8
    explains
    finds_no low-port
    hold user listen A 127.0.0.1 701 8
    explains
    finds low-port '.severity == "note" and .local.port == 701 and .count == 1
        and (.summary | test("uid 65534; everybody may take ports from 0 on "))'
    # who may has changed since
    lab_sysctl client net.ipv4.ip_unprivileged_port_start=1024
    explains
    finds low-port '.summary | test("CAP_NET_BIND_SERVICE")'
    # from outside it is this namespace's limit that counts
    lab_sysctl client net.ipv4.ip_unprivileged_port_start=600
    LAB_SOCKETS=server socks explained -n -a --explain -N "$(ns client)"
    finds low-port '.summary | test("from 600 on ")'
}

@test "--explain: local ports that run out in TIME_WAIT" {
    local made=0

    holder h client
    # none of them is taken again after a second
    lab_sysctl client net.ipv4.tcp_tw_reuse=0 "net.ipv4.ip_local_port_range=40000 40019"
    hold h listen A 127.0.0.1 7030 8
    until_made() {
        for (( ; made < $1; made++)); do
            hold h connect B 127.0.0.1 7030
            hold h accept C A
            hold h close B
            hold h close C
        done
        lab_wait_for 10 in_state time-wait 7030 "$1"
    }
    until_made 10
    explains
    finds_no time-wait-takes-ports
    until_made 15
    explains
    finds time-wait-takes-ports '.severity == "warning" and .count == 15
        and (.summary | test("^15 of 20 local ports .75 %. from 127.0.0.1 to 127.0.0.1:7030 .* 15 of them by TIME_WAIT"))'
    until_made 19
    explains
    finds time-wait-takes-ports '.severity == "bad" and .count == 19'
    # another range, another end
    lab_sysctl client "net.ipv4.ip_local_port_range=32768 60999"
    explains
    finds_no time-wait-takes-ports
}

sent_again() {
    [ "$(on client ss -tnoHO "dport = :$1" | sed -n 's/.*timer:(on,[^,]*,\([0-9]*\)).*/\1/p')" -ge 3 ]
}

@test "--explain: data that does not get through, and data that nobody reads" {
    holder h client
    holder far server
    hold far listen A "$LAB_SERVER4" 7031 8
    hold h connect B "$LAB_SERVER4" 7031
    hold far accept C A
    lab_nft server 'table inet hole { chain in { type filter hook input priority 0
        tcp dport 7031 drop
    }
    }'
    hold h send B 1000
    explains
    finds_no data-unread
    lab_wait_for 20 sent_again 7031
    explains
    finds data-stuck ".severity == \"warning\" and .peer == {addr: \"$LAB_SERVER4\", port: 7031}
        and (.summary | test(\"^1000 bytes sent on 1 connection .* not acknowledged after [3-9] retransmissions\"))"
    lab_sysctl client "net.ipv4.tcp_rmem=4096 1048576 6291456"
    both_ends h 7032
    hold h send B 200000
    lab_wait_for 10 unread 7032 200000
    explains
    finds data-unread '.severity == "note" and .local.port == 7032 and (.summary | test("^200000 bytes on 1 "))'
    hold h read C 200000
    explains
    finds_no data-unread
}

unread() {
    [ "$(on client ss -tnHO state established "sport = :$1" | awk '{ print $1 }')" = "$2" ]
}

# ---- what really happens

# events FILTER: those of which it is true, in their order. What lasts for a moment only may be among them or not.
events() {
    is watch "map(select(.event? and ($1))) | . as \$all | all(range(1; length); . as \$i
        | \$all[\$i] | .event == \"closed\" or .was == \$all[\$i - 1].state)"
    jq -r -s "map(select(.event? and ($1)) | \"\(.event) \(.state)\") | join(\", \")" "$LAB_DIR/watch.json" |
        sed 's/changed FIN_WAIT1, //; s/, changed LAST_ACK//; s/closed LAST_ACK/closed CLOSE_WAIT/'
}

# It is written as it happens, a look at a time.
event_seen() {
    [ "$(jq -R -s "split(\"\n\") | map(fromjson? | select(.event? == \"$1\" and ($2))) | length" "$LAB_DIR/watch.json")" -gt 0 ]
}

watches() {
    rm -f "$LAB_DIR/watch.json"
    ip netns exec "$LAB-client" "$LAB_NETPROBE" sockets "$@" >"$LAB_DIR/watch.json" 2>"$LAB_DIR/watch.err" \
        </dev/null 3>&- 4>&- &
    WATCHING=$!
}

@test "--watch: a connection is opened, half closed and gone: each told once, in order, with its time" {
    local status=0 ours='.peer.port? == 7040' theirs='.local.port == 7040' began ended

    holder h client
    hold h listen A 127.0.0.1 7040 8
    began=$(date -u +%Y-%m-%dT%H:%M:%S)
    watches --json -n -t -p --watch=30ms
    lab_wait_for 10 grep -q '"port":7040' "$LAB_DIR/watch.json"
    hold h connect B 127.0.0.1 7040
    hold h accept C A
    lab_wait_for 10 event_seen opened "$ours"
    lab_wait_for 10 event_seen opened "$theirs"
    hold h shut B
    lab_wait_for 10 event_seen changed "$ours and .state == \"FIN_WAIT2\""
    lab_wait_for 10 event_seen changed "$theirs"
    hold h close C
    lab_wait_for 10 event_seen closed "$ours"
    lab_wait_for 10 event_seen closed "$theirs"
    kill -INT $WATCHING
    wait $WATCHING || status=$?
    same $status 0
    said watch 0
    ended=$(date -u -d '+1 second' +%Y-%m-%dT%H:%M:%S)
    same "$(events "$ours")" "opened ESTABLISHED, changed FIN_WAIT2, closed FIN_WAIT2"
    same "$(events "$theirs")" "opened ESTABLISHED, changed CLOSE_WAIT, closed CLOSE_WAIT"
    is watch "map(.at? // empty) | length >= 6 and . == sort and .[0] >= \"$began\" and .[-1] <= \"$ended\""
    # the one that is gone is still known to have been somebody's
    is watch "map(select(.event? == \"closed\" and ($theirs)))[0].process | map(.comm) == [\"hold\"]"
    is watch '.[-1].type == "end" and .[-1].exit == 0'
}

@test "--watch on a terminal: a line of counts for each state, drawn anew, and the events above" {
    command -v script >/dev/null || skip "script is not installed"
    holder h client
    hold h listen A 127.0.0.1 7041 8
    on client script -qec "stty cols 60 rows 24; LC_ALL=C.UTF-8 exec $LAB_NETPROBE sockets -n -t --port=7041 --watch=30ms" \
        /dev/null \
        >"$LAB_DIR/live" </dev/null 3>&- 4>&- &
    lab_wait_for 10 grep -qF '1 socket to begin with' "$LAB_DIR/live"
    hold h connect B 127.0.0.1 7041
    lab_wait_for 10 grep -qE 'ESTABLISHED +2  [▁ ]+█' "$LAB_DIR/live"
    hold h close B
    lab_wait_for 10 grep -qE 'CLOSE_WAIT +1  [▁ ]+█' "$LAB_DIR/live"
    # not script, which stands around it
    kill -INT "$(ip netns pids "$LAB-client" | while read -r pid; do
        [ "$(cat "/proc/$pid/comm")" != netprobe ] || echo "$pid"
    done)"
    wait $!
    tr -d '\r' <"$LAB_DIR/live" | sed -E 's/\x1b\[[0-9;?]*[A-Za-z]//g' >"$LAB_DIR/live.txt"
    same "$(grep -cE '[0-9:.]{12}  opened +tcp +ESTABLISHED ' "$LAB_DIR/live.txt")" 2
    same "$(grep -cE '[0-9:.]{12}  changed +tcp +ESTABLISHED -> (CLOSE_WAIT|FIN_WAIT[12]) ' "$LAB_DIR/live.txt")" 2
}

# facts_of_ss PORT, facts_of_netprobe PORT: of the connection to it, a fact a line, milliseconds and bytes; the same
# for as long as nothing is sent
facts_of_ss() {
    on client ss -tinHO "dport = :$1" | tr ' ' '\n' | awk -F: '
        /^(bbr|cubic|reno|dctcp|vegas|westwood)$/ { print "congestion", $0 }
        /^rtt:/ { split($2, r, "/"); printf "rtt %.3f\nrttvar %.3f\n", r[1], r[2] }
        /^minrtt:/ { printf "min_rtt %.3f\n", $2 }
        /^(rto|cwnd|ssthresh|mss|bytes_sent|bytes_acked|bytes_received):/ { printf "%s %d\n", $1, $2 }
        /^bytes_retrans:/ { print "bytes_retransmitted", $2 }
        /^retrans:/ { split($2, r, "/"); print "retransmits", r[2] }
        /^busy:/ { printf "busy %d\n", $2 }' | LC_ALL=C sort
}

facts_of_netprobe() {
    socks facts -n -t -e "dport = :$1" || return 1
    jq -r 'select(.type == "socket") | .tcp | "congestion \(.congestion)", "rtt \(.rtt_ms)", "rttvar \(.rttvar_ms)",
        "min_rtt \(.min_rtt_ms)", "rto \(.rto_ms | floor)", "cwnd \(.cwnd)", "ssthresh \(.ssthresh)", "mss \(.mss)",
        "bytes_sent \(.bytes_sent)", "bytes_acked \(.bytes_acked)", "bytes_received \(.bytes_received)",
        "bytes_retransmitted \(.bytes_retransmitted)", "retransmits \(.retransmits)", "busy \(.busy_ms | floor)"' \
        "$LAB_DIR/facts.json" | awk '
            $1 ~ /rtt/ { printf "%s %.3f\n", $1, $2; next }
            # ss leaves away what is not so
            $1 ~ /^(bytes_received|bytes_retransmitted|retransmits|busy)$/ && $2 == 0 { next }
            $1 == "ssthresh" && $2 == 2147483647 { next }
            { print }' | LC_ALL=C sort
}

# silences PORT: of ss, milliseconds
silences() {
    on client ss -tinHO "dport = :$1" | sed -E 's/.* lastsnd:([0-9]+) lastrcv:([0-9]+) lastack:([0-9]+) .*/\1 \2 \3/'
}

nothing_on_its_way() {
    on client ss -tnHO "dport = :$1" | awk '$3 != 0 { exit 1 }' && on client ss -tinHO "dport = :$1" | grep -vq unacked
}

@test "-e: what TCP knows of a transfer, with losses, is what ss says" {
    local before after

    holder h client
    holder far server
    # some of many packets are lost
    lab_nft server 'table inet lossy { chain in { type filter hook input priority 0
        tcp dport 7050 tcp flags & (syn | fin | psh) == 0 numgen inc mod 40 == 7 drop
    }
    }' || true
    hold far listen A "$LAB_SERVER4" 7050 8
    hold h connect B "$LAB_SERVER4" 7050
    hold far accept C A
    hold h put B 150000
    for _ in 1 2 3 4 5 6 7 8; do
        hold h send B 100000
        hold far read C 100000
    done
    hold far send C 12345
    hold h read B 12345
    lab_wait_for 20 nothing_on_its_way 7050
    same_rows 'facts_of_ss 7050' 'facts_of_netprobe 7050'
    # so much is not said by accident
    [ "$(wc -l <"$LAB_DIR/before")" -ge 9 ]
    is facts 'map(select(.tcp?))[0].tcp | .bytes_received == 12345 and .bytes_acked >= 800000
        and .bytes_sent == .bytes_acked - 1 + .bytes_retransmitted and .unacked == 0 and .lost == 0'
    before=$(silences 7050)
    facts_of_netprobe 7050 >/dev/null
    after=$(silences 7050)
    is facts "map(select(.tcp?))[0].tcp | [.last_sent_ms, .last_received_ms, .last_ack_ms] as \$said
        | [range(3)] | all(([${before// /,}][.] <= \$said[.]) and (\$said[.] <= [${after// /,}][.]))"
}

@test "--summary: the counts are those of the records" {
    sockets_start states -c 2 "$LAB_DIR"
    same_rows 'counted_records' 'counted_summary'
    [ "$(cut -d ' ' -f 1 "$LAB_DIR/said" | sort -u | tr '\n' ' ')" = "listener peer process state " ]
    # the most of each, all states, and of those that are chosen
    socks top -n -a --summary --top 2
    is top 'map(select(.type == "group" and .by == "listener")) | length == 2 and .[0].count >= .[1].count'
    is top 'map(select(.type == "group" and .by == "state")) | length > 2'
    socks some -n -a --summary --state listening
    is some 'map(select(.by? == "state") | .states | keys[]) | unique == ["LISTEN"]'
}

counted_summary() {
    socks sum -n -a --summary --top 0 || return 1
    jq -r 'select(.type == "group") | "\(.by) \(.name) \(.count) \(.states | to_entries | sort_by(.key)
        | map("\(.key)=\(.value)") | join(","))"' "$LAB_DIR/sum.json" | LC_ALL=C sort
}

# shellcheck disable=SC2016 # for jq
counted_records() {
    socks rec -n -a -p || return 1
    jq -s -r '
        def waits: (.proto == "tcp" and .state == "LISTEN")
            or ((.proto == "udp" or .proto == "udplite") and .state == "CLOSE");
        map(select(.type == "socket")) as $all
        | ($all | map(select(waits) | "\(.proto)/\(.local.port)") | unique) as $doors
        | $all[]
        | .state as $state
        | ["state \(.proto) \($state)"]
          + (if .process == null or .process == [] then
                ["process \(if .inode then "(not known)"
                    elif ($state == "ESTABLISHED" or $state == "CLOSE_WAIT") and .proto == "tcp" then
                        "(not accepted yet)"
                    else "(no process any more)" end)"]
             else [.process | map(.comm) | unique[] | "process \(.)"] end)
          + (if .peer.port? then ["peer \(.peer.addr | sub("^::ffff:(?=[0-9.]+$)"; ""))"] else [] end)
          + (if .local.port? and ("\(.proto)/\(.local.port)" | IN($doors[])) then
                ["listener \(.proto)/\(.local.port)"] else [] end)
        | .[] | "\(.)\t\($state)"' "$LAB_DIR/rec.json" |
        awk -F '\t' '{ all[$1]++; of[$1 FS $2]++; states[$2] }
            END {
                n = asorti_states()
                for (name in all) {
                    line = ""
                    for (i = 1; i <= n; i++)
                        if ((name FS order[i]) in of)
                            line = line (line == "" ? "" : ",") order[i] "=" of[name FS order[i]]
                    print name, all[name], line
                }
            }
            function asorti_states(   s, n, i, j, t) {
                for (s in states) order[++n] = s
                for (i = 1; i <= n; i++)
                    for (j = i + 1; j <= n; j++)
                        if (order[j] < order[i]) { t = order[i]; order[i] = order[j]; order[j] = t }
                return n
            }' | LC_ALL=C sort
}

# ---- names that mean harm

# A terminal of 100 columns; what is on it goes to NAME.screen, without what netprobe itself does to it.
on_a_terminal() {
    local name=$1

    command -v script >/dev/null || skip "script is not installed"
    shift
    on client timeout 60 script -qec "stty cols 100 rows 24; LC_ALL=C.UTF-8 $LAB_NETPROBE sockets $*" /dev/null \
        >"$LAB_DIR/$name.raw" </dev/null
    sed -E 's/\x1b\[[0-9;?]*[A-Za-ln-z]//g; s/\x1b\[(0|1|2|4|22|3[0-9]|39|1;3[0-9]|0;3[0-9])?m//g' "$LAB_DIR/$name.raw" |
        tr -d '\r' >"$LAB_DIR/$name.screen"
}

@test "names of processes and sockets never steer a terminal, whatever is shown" {
    local view name=$'a [1]\n\e[5mb\a\x9b'

    sockets_start states -o -n "$name" "$LAB_DIR"
    for view in -p --explain --summary '--watch=20ms -c 2' '-e --sort=process'; do
        on_a_terminal evil -n -a "$view"
        # cut where there is no room
        [[ $view == --watch* ]] || grep -q 'a \[1\]\\n' "$LAB_DIR/evil.screen"
        same "$view: $(LC_ALL=C grep -c $'[\001-\011\013-\037\177]' "$LAB_DIR/evil.screen" || true)" "$view: 0"
        same "$view: $(grep -cF -e $'\e[5m' -e $'\e]0;' -e $'\e[2J' "$LAB_DIR/evil.raw" || true)" "$view: 0"
        # whole, and as it is
        # shellcheck disable=SC2086 # words
        socks evil -n -a $view
        jq -e . "$LAB_DIR/evil.json" >/dev/null
    done
    socks evil -n -a -p
    is evil '[.[] | .process? // [] | .[].comm] | unique == ["a [1]\\n\\x1b[5mb\\x07\\x9b"]'
    socks evil -n -a --process 'a \[1]*'
    exits evil 0
}

# ---- interrupted, cut off, short of room

# A namespace with 10,000 connections' ends and more.
crowded() {
    sockets_start crowd 5000 1000
}

# looks_in_background NAME ARGUMENTS...: records to NAME.json; LOOKING is netprobe itself
looks_in_background() {
    local name=$1

    shift
    ip netns exec "$LAB-client" "$LAB_NETPROBE" sockets --json -n -a "$@" >"$LAB_DIR/$name.json" \
        2>"$LAB_DIR/$name.err" </dev/null 3>&- 4>&- &
    LOOKING=$!
}

# Before the handlers stand a signal just ends the program; afterwards the records are whole, and it is said that they
# are not all.
@test "SIGINT and SIGTERM during a look, at any time of it: whole records, and exit 2" {
    local signal after status told=0 partly=0

    crowded
    for signal in INT TERM; do
        for after in 0.002 0.004 0.006 0.008 0.010 0.014 0.018 0.024 0.030 0.040 0.060; do
            looks_in_background cut -p
            sleep $after
            kill -$signal $LOOKING 2>/dev/null || true
            status=0
            wait $LOOKING || status=$?
            if [ $status = 130 ] || [ $status = 143 ]; then
                [ ! -s "$LAB_DIR/cut.json" ] || jq -e . "$LAB_DIR/cut.json" >/dev/null
                continue
            fi
            is cut "(.[0].type == \"run\") and .[-2].type == \"summary\" and .[-1].type == \"end\"
                and .[-1].exit == $status and .[-2].sockets == (map(select(.type == \"socket\")) | length)"
            if [ $status = 0 ]; then
                is cut '.[-2].sockets > 10000'
                continue
            fi
            same $status 2
            told=$((told + 1))
            jq -es '.[-2] | .sockets > 0 and .unowned > 0' "$LAB_DIR/cut.json" >/dev/null && partly=$((partly + 1))
        done
    done
    echo "$told interrupted, $partly of them between the sockets and their processes" >&2
    [ $told -gt 0 ] && [ $partly -gt 0 ]
    sockets_stop crowd
}

@test "SIGINT and SIGTERM end --watch: exit 0, whole records" {
    local signal status

    holder h client
    hold h listen A 127.0.0.1 7042 8
    for signal in INT TERM; do
        watches --json -n -a -p --watch=10s
        lab_wait_for 10 grep -q '"port":7042' "$LAB_DIR/watch.json"
        kill -$signal $WATCHING
        status=0
        wait $WATCHING || status=$?
        same $status 0
        said watch 0
        is watch '.[-2].type == "summary" and .[-1].type == "end" and .[-1].exit == 0'
    done
}

# blocked: until netprobe has filled the pipe; where the kernel does not tell, two seconds
blocked() {
    local tries=40

    until grep -qs pipe_write "/proc/$LOOKING/wchan" || ((tries-- == 0)); do
        sleep 0.05
    done
    kill -0 $LOOKING
}

@test "a reader that has seen enough, that sleeps, and that is not there" {
    local status=0 statuses

    crowded
    # as head(1) does
    set +o pipefail
    on client "$LAB_NETPROBE" sockets -n -a 2>"$LAB_DIR/head.err" | head -n 1 >"$LAB_DIR/head.txt"
    statuses=${PIPESTATUS[0]}
    grep -qE '^PROTO +STATE ' "$LAB_DIR/head.txt"
    [ "$(wc -l <"$LAB_DIR/head.err")" -le 1 ]
    [ "$statuses" = 2 ] || [ "$statuses" = 141 ]
    # as less(1) does, then interrupted
    mkfifo "$LAB_DIR/slow"
    exec {slow}<>"$LAB_DIR/slow"
    ip netns exec "$LAB-client" "$LAB_NETPROBE" sockets --json -n -a -p >"$LAB_DIR/slow" 2>"$LAB_DIR/slow.err" \
        </dev/null 3>&- 4>&- {slow}>&- &
    LOOKING=$!
    blocked
    kill -INT $LOOKING
    wait $LOOKING || status=$?
    same $status 2
    said slow 1
    exec {rest}<"$LAB_DIR/slow" {slow}>&-
    sed '$d' <&"$rest" >"$LAB_DIR/slow.json"
    is slow 'length > 10'
    # closed from the beginning
    status=0
    on client sh -c 'exec "$@" >&-' sh "$LAB_NETPROBE" sockets -n -a 2>"$LAB_DIR/closed.err" || status=$?
    same $status 2
    said closed 1
    sockets_stop crowd
}

# few_files LIMIT NAME ARGUMENTS...
few_files() {
    local limit=$1 name=$2 status=0

    shift 2
    # shellcheck disable=SC2016 # for the inner shell
    on client sh -c 'ulimit "$1" "$2" && shift 2 && exec "$@"' sh "${limit% *}" "${limit#* }" timeout -k 5 60 \
        "$LAB_NETPROBE" sockets --json "$@" >"$LAB_DIR/$name.json" 2>"$LAB_DIR/$name.err" </dev/null 3>&- 4>&- || status=$?
    echo $status >"$LAB_DIR/$name.status"
    [ $status -le 2 ]
}

@test "64 file descriptors are enough for one namespace; where they are not, that is said" {
    local i

    crowded
    few_files '-n 64' few -n -a -p
    exits few 0
    said few 0
    is few 'map(select(.proto? == "tcp" and .process != null)) | length == 10005'
    # so many namespaces want more than 64 files, and more than 64 can be had where the limit is soft
    for i in 1 2 3 4 5 6 7 8; do
        holder "h$i" client unshare --net
        hold "h$i" listen A 127.0.0.1 7043 8
    done
    few_files '-Sn 64' soft -n -a -t -N all
    same "$(tellers soft)" 8
    for i in 20 40 64; do
        few_files "-n $i" few -n -a -t -p -N all
        # all of it, or not as if it were all
        [ "$(tellers few)" = 8 ] && continue
        exits few 2
        grep -q 'Too many open files' "$LAB_DIR/few.err"
    done
    sockets_stop crowd
}

# tellers NAME: how many of the nameless namespaces it tells of
tellers() {
    jq -s 'map(select(.local.port? == 7043 and .state == "LISTEN") | .netns) | unique | length' "$LAB_DIR/$1.json"
}

# ---- at last, what takes a minute to come about (see setup_file)

@test "--explain: CLOSE_WAIT that stays" {
    local left=$((62 - $(date +%s) + $(cat "$LAB_DIR/neglected")))

    [ $left -le 0 ] || sleep $left
    LAB_SOCKETS=router socks explained -n -a --explain
    finds close-wait-stays '.severity == "warning" and .count == 1 and .process == "hold" and .local.port == 7001
        and (.summary | test("^1 connection in CLOSE_WAIT for at least ([6-9][0-9]|[1-9][0-9][0-9]) s: its peer has closed, hold has not"))'
    on router "$LAB_NETPROBE" sockets -n -a --explain >"$LAB_DIR/explained.txt"
    grep -qE '^warning: hold: 1 connection in CLOSE_WAIT for at least ([6-9][0-9]|[1-9][0-9][0-9]) s: ' "$LAB_DIR/explained.txt"
}
