#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031 # each test is a subshell
#
# How `netprobe sockets` behaves: in other namespaces, for those who may not see everything, in control groups, when
# it is interrupted or short of room; what --explain finds where something is wrong, and not where nothing is; what
# --watch, -e and --summary make of what really happens.

bats_require_minimum_version 1.5.0
load sockets.bash

setup_file() {
    if ! lab_possible; then
        export LAB_SKIP=$LAB_WHY_NOT
        return 0
    fi
    sockets_up
    [ -x "$LAB_NETPROBE" ] || { echo "there is no netprobe: make first" >&2; return 1; }
    cp "$LAB_TOOLS/hold" "$LAB_DIR/hold"
    lab_namespace router
    neglect
}

teardown_file() {
    lab_down
}

setup() {
    [ -z "${LAB_SKIP:-}" ] || skip "$LAB_SKIP"
}

teardown() {
    local file

    [ -n "${LAB:-}" ] || return 0
    for file in "$LAB_DIR"/*.holder; do
        [ ! -e "$file" ] || holder_end "$(basename "$file" .holder)"
    done
    for file in client server; do
        on $file nft flush ruleset
    done
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
    is all "map(select(.local.port? == 7012) | .netns) | sort == ([\"\", \"$(ns client)\", \"pid $pid\"] | sort)"
    is all "map(select(.local.port? == 7001 and .state == \"LISTEN\") | .netns) == [\"$(ns router)\"]"
    is all "map(select(.local.port? == 7012 and .netns == \"pid $pid\"))[0].process[0].pid == $pid"
    # a namespace that was told under two names would tell its sockets twice
    is all 'map(select(.type == "socket" and .inode != null) | .inode) | length == (unique | length)'
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
    said user 1
    grep -qE '^netprobe sockets: [0-9]+ network namespaces or processes of others left out: that takes CAP_SYS_ADMIN ' \
        "$LAB_DIR/user.err"
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
