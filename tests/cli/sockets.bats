#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# netprobe sockets: what it refuses, its rows and records from a procfs that is made up, and its exit status. Real
# sockets, beside ss(8), are in tests/netns.

bats_require_minimum_version 1.5.0
load says.bash
load proc.bash

setup() {
    root=$BATS_TEST_DIRNAME/../..
    netprobe=${NETPROBE:-$root/build/netprobe}
    # shellcheck disable=SC2034 # for says.bash
    command=sockets
    proc=$BATS_TEST_TMPDIR/proc
    unset NO_COLOR
}

# points LINE SHOWN CARET FILTER...: the expression as SHOWN, and CARET, blanks and a mark, exactly under the spot
points() {
    local line=$1 shown=$2 caret=$3
    shift 3
    refuses "$line"$'\n'"netprobe sockets:   $shown"$'\n'"netprobe sockets:   $caret" "$@"
}

# lists STATUS ARGUMENT...: what the procfs has; nothing on stderr
lists() {
    local status=$1
    shift
    run "-$status" --separate-stderr timeout 20 "$netprobe" sockets --proc "$proc" "$@"
    [ -z "$stderr" ] || fail "stderr: $stderr"
}

# says STATUS LINE ARGUMENT...: the same with LINE on stderr
says() {
    local status=$1 line=$2
    shift 2
    run "-$status" --separate-stderr timeout 20 "$netprobe" sockets --proc "$proc" "$@"
    [ "$stderr" = "netprobe sockets: $line" ] || fail "stderr: $stderr"
}

# prints: standard output is what is on standard input
prints() {
    diff - <(printf '%s\n' "$output")
}

# json STATUS ARGUMENT...: the records as one array in $records
json() {
    lists "$1" -j "${@:2}"
    records=$(jq -s . <<<"$output") || fail "$output"
}

# is FILTER: true for the array of all records
is() {
    jq -e "$1" <<<"$records" >/dev/null || fail "not so: $1" "$records"
}

# chooses "INODE..." ARGUMENT...: exactly these sockets, in any order; 0 for one without inode
chooses() {
    local expected=$1 status=0
    shift
    [ -n "$expected" ] || status=1
    json "$status" "$@"
    is "[.[] | select(.type == \"socket\") | .inode // 0] | sort | map(tostring) | join(\" \") | . == \"$expected\""
}

# in_order "INODE..." ARGUMENT...: these, one after the other
in_order() {
    local expected=$1
    shift
    json 0 "$@"
    is "[.[] | select(.type == \"socket\") | .inode // 0 | tostring] | join(\" \") | . == \"$expected\""
}

# on_a_terminal COLUMNS ARGUMENT...: what is on it, in $output
on_a_terminal() {
    local columns=$1

    command -v script >/dev/null || skip "script is not installed"
    shift
    run -0 env LC_ALL=C.UTF-8 TERM=xterm timeout 30 script -qec "stty cols $columns rows 24; '$netprobe' sockets --proc '$proc' $*" /dev/null \
        </dev/null
    output=$(tr -d '\r' <<<"$output" | sed -E 's/\x1b\[[0-9;?]*[A-Za-z]//g')
}

# no_longer COLUMNS: than that is any line
no_longer() {
    ! LC_ALL=C.UTF-8 grep -E ".{$(($1 + 1))}" <<<"$output" || fail "$output"
}

# --- what it refuses ---------------------------------------------------------------------------------------------

@test "values that are none are named" {
    refuses "--state foo: no such state" --state foo
    refuses "--state foo: no such state" --state established,foo
    refuses "--port 99999: 99999: ports are 1 to 65535" --port 99999
    refuses "--port xyzzy: xyzzy: no such service" --port xyzzy
    refuses "--port 22,:9000: :9000: ports stand here without a colon" --port 22,:9000
    refuses "--local 9002: 9002: not an IP address (a port is :9002)" --local 9002
    refuses "--sort size: no such key" --sort size
    refuses "--sort -size: no such key" --sort state,-size
    refuses "--user xyzzy-nobody: no such user" --user xyzzy-nobody
    refuses "--local 1.2.3.4/33: 1.2.3.4/33: prefix length out of range" --local 1.2.3.4/33
    refuses "--peer 1.2.3.4:70000: 70000: ports are 0 to 65535" --peer 1.2.3.4:70000
    refuses "--watch 9ms: out of range: 10ms to 1440m" --watch=9ms
    refuses "--count 0: out of range: 1 to 1000000000" --watch --count 0
    refuses "--top 1000001: out of range: 0 to 1000000" --summary --top 1000001
    refuses "unknown option --xylophone" --xylophone
}

@test "names of hosts are errors with -n" {
    refuses "--peer localhost: localhost: a name, and names are not looked up" -n --peer localhost
    points "localhost: a name, and names are not looked up" "dst localhost" "    ^" -n dst localhost
    points "ssh: a name, and names are not looked up" "sport = ssh" "        ^" -n sport = ssh
}

@test "options that contradict each other are named" {
    refuses "-6 contradicts -4" -4 -6
    refuses "--count goes with --watch" --count 3
    refuses "--top goes with --summary" --top 3
    refuses "--top goes with --summary" --top 10 --explain
    refuses "-N can be given only once" -N blue -N red
    refuses "--netns can be given only once" -N blue --netns blue
    refuses "--watch does not go with --summary" --watch --summary
    refuses "--watch does not go with --explain" --watch --explain
    refuses "--summary does not go with --explain" --summary --explain
    refuses "--explain judges one namespace at a time" -N all --explain
    # not before or after what cannot be entered
    refuses "--state foo: no such state" -N all --state foo
}

@test "what can show nothing is refused" {
    refuses "--unix contradicts -4: unix sockets have no address" -4 -x
    refuses "--unix contradicts -6: unix sockets have no address" -6 -x
    refuses "--port contradicts --unix: unix sockets have no ports" -x --port 80
    refuses "--local contradicts --unix: unix sockets have no address" -x --local 127.0.0.1
    refuses "--peer contradicts --unix: unix sockets have no address" -x --peer :80
    refuses "--local names unix sockets, and none are asked for" -t --local /run/a
    local line="--listening shows LISTEN and CLOSE, and the states asked for are others"
    refuses "$line" -l --state established,time-wait
    refuses "$line" -l state established
    line="no state is left: those asked for exclude each other"
    refuses "$line" --state established state time-wait
    refuses "$line" state established exclude established
}

@test "what can show something is not" {
    proc_some
    chooses "102 103" -4 -x -t
    chooses "201" -x -l --local /run/'*' --local 127.0.0.1
    chooses "104" -tl --port 8080
    chooses "101 104" -tl --state listening,established
}

@test "a filter's mistake is pointed at" {
    points 'expected a port behind "="' "sport = or dport = :22" "        ^" sport = or dport = :22
    points 'expected a port behind "="' "sport =" "       ^" sport =
    points 'unknown word "sprot" (did you mean sport?)' "sprot = 1" "^" sprot = 1
    points 'unknown state "foo"' "state foo" "      ^" "state foo"
    points 'missing )' "( dport = :22" "             ^" "( dport = :22"
    points '")" without "("' "dport = :22 )" "            ^" "dport = :22 )"
    points 'only ports are less or greater: "src" takes = and !=' "src > 1.2.3.4" "    ^" "src > 1.2.3.4"
    points '"autobound" cannot be known: sockets do not tell who chose their port' "autobound" "^" autobound
    points '"fwmark" cannot be known: the marks of sockets are not read' "fwmark = 1" "^" fwmark = 1
    points "states are for the whole filter: they stand before it, outside of brackets" \
        "( state established or dport 22 )" "  ^" "( state established or dport 22 )"
    points "the name at the other end of a unix socket is not known: ask for src" "dst /run/a" "    ^" dst /run/a
}

@test "the mark stands under the spot, whatever stands before it" {
    # two bytes and one column; three bytes and two columns; one byte and four columns
    points "xyzzy: no such service" 'src /ä and sport = xyzzy' '                   ^' 'src /ä and sport = xyzzy'
    points "xyzzy: no such service" 'src /世 and sport = xyzzy' '                    ^' 'src /世 and sport = xyzzy'
    points "xyzzy: no such service" 'src /\x01 and sport = xyzzy' '                      ^' \
        $'src /\x01 and sport = xyzzy'
    points "xyzzy: no such service" 'src /\xff and sport = xyzzy' '                      ^' \
        $'src /\xff and sport = xyzzy'
    # the backslash is escaped, too
    points "xyzzy: no such service" 'src /a\\ b and sport = xyzzy' '                       ^' \
        'src /a\ b and sport = xyzzy'
}

@test "a namespace that is not there is one line" {
    cannot "--netns nosuch: no such network namespace, and no such process" -N nosuch
    cannot "--netns 4294967295: no such network namespace, and no such process" -N 4294967295
}

# --- a procfs ----------------------------------------------------------------------------------------------------

@test "no directory, and one without tables: one line, exit 2" {
    cannot "$proc/net/tcp: No such file or directory" --proc "$proc"
    mkdir "$proc"
    cannot "$proc/net/tcp: No such file or directory" --proc "$proc"
    mkdir "$proc/net"
    cannot "$proc/net/tcp: No such file or directory" --proc "$proc"
}

@test "tables without a line: nothing, exit 1" {
    proc_new
    proc_table tcp
    lists 1
    [ "$output" = "0 sockets" ]
    : >"$proc/net/tcp"
    lists 1
}

@test "the rows of every table" {
    proc_some
    lists 0 -anp
    prints <<'END'
PROTO  STATE        RECV-Q  SEND-Q  LOCAL            PEER             USER  PROCESS
tcp    LISTEN            0       -  0.0.0.0:22       *                0     sshd[900] fd 3
tcp    ESTABLISHED      32      16  127.0.0.1:8080   127.0.0.2:49153  4242  nginx[813] fd 8
tcp    CLOSE_WAIT        1       0  127.0.0.1:8080   127.0.0.2:49154  4242  -
tcp    TIME_WAIT         0       0  127.0.0.1:49155  127.0.0.2:8080   -     -
tcp    LISTEN            0       -  [::]:8080        *                0     nginx[812] fd 6, nginx[812] fd 7, nginx[813] fd 6
udp    UNCONN          256       0  0.0.0.0:53       *                0     -
u_str  LISTEN            -       -  /run/a b         *                -     -
u_str  ESTABLISHED       -       -  @abstract        *                -     -
u_dgr  UNCONN            -       -  *                *                -     -
9 sockets: 2 ESTABLISHED, 1 TIME_WAIT, 2 UNCONN, 1 CLOSE_WAIT, 3 LISTEN
END
}

@test "columns that no row has anything in are left out" {
    proc_some
    lists 0 -x
    prints <<'END'
PROTO  STATE        LOCAL      PEER
u_str  ESTABLISHED  @abstract  *
1 socket
END
    lists 0 -ane -tu
    like "${lines[0]}" 'PROTO  STATE +RECV-Q  SEND-Q  LOCAL +PEER +TIMER +DROPS  USER'
    like "$output" 'tcp .* retransmit 1\.0 s, 2 retries +- +4242'
    like "$output" 'udp .* 7  0'
}

@test "names of services and users, an IPv6 address in brackets before them" {
    proc_some
    lists 0 -tl
    like "$output" 'tcp +LISTEN +0 +0\.0\.0\.0:ssh +\* +root'
    like "$output" 'tcp +LISTEN +0 +\[::\]:http-alt +\* +root'
    lists 0 -tln
    like "$output" 'tcp +LISTEN +0 +0\.0\.0\.0:22 +\* +0'
}

@test "a record has all fields, null for what is not known" {
    proc_some
    json 0 -anp
    is '[.[].type] == ["run"] + [range(9) | "socket"] + ["summary", "end"]'
    is '[.[] | select(.type == "socket") | del(.unix_type, .drops) | keys] | unique == [["family", "inode", "local",
        "peer", "process", "proto", "recv_q", "send_q", "state", "timer", "type", "uid", "unit", "user"]]'
    is '.[1] | .proto == "tcp" and .family == 4 and .state == "LISTEN" and .local == {addr: "0.0.0.0", port: 22} and
        .peer == null and .recv_q == 0 and .send_q == null and .uid == 0 and .user == null and .inode == 101 and
        .process == [{pid: 900, comm: "sshd", fd: 3}] and .unit == null and .timer == null'
    is '.[2] | .peer == {addr: "127.0.0.2", port: 49153} and .recv_q == 32 and .send_q == 16 and .uid == 4242 and
        .timer == {kind: "retransmit", expires_ms: 1000, retransmits: 2}'
    is '.[4] | .uid == null and .inode == null and .process == [] and .timer.kind == "time-wait"'
    is '.[5] | .family == 6 and .local == {addr: "::", port: 8080} and (.process | map(.pid)) == [812, 812, 813]'
    is '.[6] | .proto == "udp" and .state == "CLOSE" and .drops == 7 and .process == []'
    is '.[7] | .proto == "unix" and .family == null and .unix_type == "stream" and .local.addr == "/run/a b" and
        .recv_q == null and .send_q == null and .uid == null'
    is '.[8].local.addr == "@abstract"'
    is '.[9] | .local == null and .unix_type == "dgram"'
    is '.[10] == {type: "summary", sockets: 9, unowned: 5, unreadable_processes: 0,
        states: {ESTABLISHED: 2, TIME_WAIT: 1, CLOSE: 2, CLOSE_WAIT: 1, LISTEN: 3}}'
    is '.[11] | .type == "end" and .exit == 0'
}

@test "a service is named in a record, and processes are null where nobody asked" {
    proc_some
    json 0 -tl
    is '.[1].local == {addr: "0.0.0.0", port: 22, service: "ssh"} and .[1].process == null'
    is '.[-2] | .unowned == null and .unreadable_processes == null'
}

@test "without a word what is connected, -l what waits, -a everything" {
    proc_some
    chooses "102 103 202"
    chooses "101 104 105 201 203" -l
    chooses "0 101 102 103 104 105 201 202 203" -a
    chooses "0 101 102 103" -a -4 -t
    chooses "0 101 102 103 104 105" -tulpan
    chooses "102" -la --state established -4
    chooses "104" -a -6
    chooses "0 101 102 103 105" -a -4
    chooses "" -w -q
}

@test "each way to choose" {
    proc_some
    chooses "0 103" --state close-wait,time-wait
    chooses "0 103" --state CLOSE_WAIT --state timewait
    chooses "0 102 103" -t --state connected
    chooses "101 104 201" --state listening
    chooses "0 102 103 104" -a --port 8080
    chooses "101 105" -a --port domain,22
    chooses "102 103 104" -a --local :8080
    chooses "0 102 103" -a --local 127.0.0.0/8
    chooses "104" -a --local '[::]:8080'
    chooses "201 202" -a --local '/run/*' --local @ABSTRACT
    chooses "102" -a --peer 127.0.0.2:49153
    chooses "102 103" -a --user 4242
    chooses "102 104" -a --process 813
    chooses "102 104" -a --process 'ng?n*'
    chooses "101 102 104" -a --process sshd --process 813
    chooses "" -a --process ngin
    chooses "102" -a --process nginx --user 4242
}

@test "the filter language" {
    proc_some
    chooses "102 103" state established state close-wait -t
    chooses "101 102 103 104 105 201 202 203" exclude time-wait
    chooses "0 102 103 104" -a 'sport = :8080 or dport = :8080'
    chooses "101" -a sport '<' 23
    chooses "102 103" -a '(sport=8080)&&dst 127.0.0.2'
    chooses "201" -a 'src /run/a\ b'
    chooses "201 202" -a src unix:/run/'*' or src @abstract
    chooses "101 104 105" -a 'dev = 0 dst != 127.0.0.2'
    chooses "101 104 105" -a 'dev = 0 & ! dst 127.0.0.2'
}

@test "and binds closer than or" {
    proc_some
    # from left to right it were 102 and 103 alone
    chooses "101 102 103" -a 'sport = 22 or sport = 8080 and dst 127.0.0.2'
    chooses "102 103" -a '( sport = 22 or sport = 8080 ) and dst 127.0.0.2'
}

@test "tests of addresses never hold for unix sockets, unless negated" {
    proc_some
    chooses "" -xa src != 192.0.2.1
    chooses "" -xa sport != 22
    chooses "201 202 203" -xa not src 192.0.2.1
}

@test "options and filter both have to hold" {
    proc_some
    chooses "102" -a --user 4242 dport = 49153
}

@test "a unit or container is known by the control group of the process" {
    proc_some
    echo '0::/system.slice/nginx.service' >"$proc/813/cgroup"
    echo "0::/system.slice/docker-$(printf '%064d' 7).scope" >"$proc/900/cgroup"
    chooses "102" -a --unit nginx
    chooses "102" -a --unit 'n*.service'
    chooses "101" -a --unit 'docker:*'
    is '.[1].unit == "docker:000000000000"'
    chooses "" -a --unit ngin
}

# --- what is damaged ---------------------------------------------------------------------------------------------

@test "lines that are cut or junk are counted, said, and exit 2; the others stand" {
    proc_some
    printf '%s\n' "junk" "   9: 0100007F:1F90 0200007F:C0" $'\xff\x00\x01' >>"$proc/net/tcp"
    says 2 "3 lines of the table tcp could not be understood" -an -t
    [ "${lines[-1]}" = "5 sockets: 1 ESTABLISHED, 1 TIME_WAIT, 1 CLOSE_WAIT, 2 LISTEN" ] || fail "$output"
    proc_some
    # no newline at the end
    printf '   9: 0100007F:1F90 0200' >>"$proc/net/tcp"
    says 2 "1 line of the table tcp could not be understood" -an -t
    proc_some
    printf '0000000000000000: 00000002 0000' >>"$proc/net/unix"
    says 2 "1 line of the table unix could not be understood" -a -x
    says 2 "1 line of the table unix could not be understood" -aj -x
    [[ ${lines[-1]} == *'"exit":2}' ]]
    echo junk >>"$proc/net/tcp"
    says 2 "2 lines of the tables tcp, unix could not be understood" -a
}

@test "a table that is no file is refused, and not waited for" {
    proc_some
    rm "$proc/net/tcp" "$proc/net/udp"
    mkfifo "$proc/net/tcp" "$proc/net/netstat"
    says 2 "the table tcp cannot be read: not a regular file" -tan
    like "$output" 'tcp +LISTEN .* \[::\]:8080 .*'
    run -2 timeout 20 "$netprobe" sockets --proc "$proc" -ta --explain
    mkdir "$proc/net/udp"
    says 2 "the table udp cannot be read: not a regular file" -uan
    rm -r "$proc/net"
    mkdir "$proc/net"
    mkfifo "$proc/net/tcp"
    cannot "$proc/net/tcp: not a regular file" --proc "$proc"
}

@test "columns that nobody knows are passed over" {
    proc_some
    sed -i '2,$s/$/ 17 new column/' "$proc/net/tcp" "$proc/net/udp"
    sed -i '1s/$/ more/' "$proc/net/tcp" "$proc/net/udp"
    chooses "0 101 102 103 104 105" -a -tu
}

@test "a table that is missing is said where it was asked for" {
    proc_some
    says 1 "raw sockets: there is no table of them here" -w
    rm "$proc/net/udp"
    says 1 "udp sockets: there is no table of them here" -ua
    says 0 "udp sockets: there is no table of them here" -tua
    lists 1 -uaq
    lists 0 -a
    # IPv6 can be off
    rm "$proc/net/tcp6"
    lists 0 -ta
}

@test "names of processes and sockets cannot break a row or a record" {
    proc_some
    proc_process 814 $'a b)[1] fd 3, (\nx' 103:3
    proc_process 815 $'\e[31mred\xff\\' 105:3
    printf '0000: 00000002 00000000 00010000 0001 01 204 /run/\x1b]0;title\x07\xff\n' >>"$proc/net/unix"
    lists 0 -anp
    like "$output" 'tcp +CLOSE_WAIT .* a b\)\[1\] fd 3, \(\\nx\[814\] fd 3'
    like "$output" 'udp .* \\x1b\[31mred\\xff\\\\\[815\] fd 3'
    like "$output" 'u_str +LISTEN .* /run/\\x1b\]0;title\\x07\\xff +\* .*'
    ! LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f\x80-\xff]' <<<"$output" || fail "$output"
    json 0 -anp
    is '[.[].process[]?.comm] | index("a b)[1] fd 3, (\\nx") and index("\\x1b[31mred\\xff\\\\")'
    is '[.[].local.addr?] | index("/run/\\x1b]0;title\\x07\\xff")'
    chooses "103" -a --process 814
    chooses "103" -a --process 'a b)*x'
}

@test "processes that are odd are passed over" {
    proc_some
    mkdir -p "$proc/816" "$proc/817/fd" "$proc/0815/fd" "$proc/99999999999/fd" "$proc/818x/fd"
    ln -s 'socket:[x]' "$proc/817/fd/1"
    ln -s 'socket:[18446744073709551617]' "$proc/817/fd/2"
    ln -s 'pipe:[103]' "$proc/817/fd/3"
    ln -s 'socket:[103]' "$proc/817/fd/x"
    ln -s 'socket:[103]' "$proc/99999999999/fd/3"
    lists 0 -anp
    like "$output" 'tcp +CLOSE_WAIT .* 4242  -'
}

@test "a process without a name is still one" {
    proc_some
    proc_process 816 x 103:3
    rm "$proc/816/comm"
    json 0 -tp
    is '[.[] | select(.inode == 103)][0].process == [{pid: 816, comm: null, fd: 3}]'
}

# --- what to show ------------------------------------------------------------------------------------------------

@test "more than three processes: two, and how many more" {
    proc_some
    proc_process 814 nginx 104:6
    lists 0 -anp -6
    like "$output" 'tcp .* nginx\[812\] fd 6, nginx\[812\] fd 7 and 2 more'
    json 0 -anp -6
    is '.[1].process | length == 4'
}

@test "--sort" {
    proc_some
    in_order "101 102 103 104 0" -at --sort port
    in_order "0 102 103 104 101" -at --sort -port
    in_order "102 0 103 101 104" -at --sort state
    in_order "104 103 102 101 0" -at --sort -inode
    in_order "102 103 101 0 104" -at --sort -recv-q
    in_order "101 102 103 0 104" -at --sort local
    in_order "103 102 0 104 101" -at --sort -peer,-local
    in_order "201 202 203 105 104 101 102 103 0" -a --sort -proto,inode
    # what has none is last either way
    in_order "102 104 101 103 0" -atp --sort process
    in_order "101 102 104 103 0" -atp --sort -process
    in_order "101 104 102 103 0" -at --sort user
    in_order "101 104 102 103 0" -atn --sort user
    in_order "102 103 101 104 0" -atn --sort -user
    # the same for what the keys leave equal
    lists 0 -a --sort proto
    first=$output
    lists 0 -a --sort proto
    [ "$first" = "$output" ]
}

@test "-v says where sockets are read" {
    proc_some
    run -0 --separate-stderr timeout 20 "$netprobe" sockets --proc "$proc" -v -at
    [ "$stderr" = "netprobe sockets: sockets are read from $proc" ] || fail "$stderr"
    # with no socket in it, too
    run --separate-stderr timeout 20 "$netprobe" sockets -v -t state closing
    [ "$stderr" = "netprobe sockets: sockets are read by sock_diag" ] || fail "$stderr"
}

@test "--summary counts four ways" {
    proc_some
    lists 0 -n --summary -t
    prints <<'END'
By state
NAME             SOCKETS
tcp LISTEN             2
tcp CLOSE_WAIT         1
tcp ESTABLISHED        1

By process
NAME         SOCKETS  STATES
nginx              2  1 ESTABLISHED, 1 LISTEN
(not known)        1  1 CLOSE_WAIT
sshd               1  1 LISTEN

By peer
NAME       SOCKETS  STATES
127.0.0.2        2  1 ESTABLISHED, 1 CLOSE_WAIT

By listening port
NAME      SOCKETS  STATES
tcp/8080        3  1 ESTABLISHED, 1 CLOSE_WAIT, 1 LISTEN
tcp/22          1  1 LISTEN
4 sockets: 1 ESTABLISHED, 1 CLOSE_WAIT, 2 LISTEN
END
}

@test "--summary: a peer is one, over IPv4 and IPv4-mapped IPv6" {
    proc_some
    proc_table tcp6 "$(inet_line 0 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000200007F:C004 01 \
        '' '' '' '' 0 104)"
    lists 0 -n --summary -t
    like "$output" '127\.0\.0\.2 +3  2 ESTABLISHED, 1 CLOSE_WAIT'
    unlike "$output" '::ffff'
}

@test "--summary and its last line have one word for a state" {
    proc_some
    lists 0 -n --summary -ua
    prints <<'END'
By state
NAME        SOCKETS
udp UNCONN        1

By process
NAME         SOCKETS  STATES
(not known)        1  1 UNCONN

By listening port
NAME    SOCKETS  STATES
udp/53        1  1 UNCONN
1 socket
END
    lists 0 -n --summary -a
    unlike "$output" '(^|[^_])CLOSE($|[^_])'
    # that of the records in records
    json 0 -n --summary -ua
    is '[.[] | select(.type == "group") | [.name, .states]] == [["udp CLOSE", {CLOSE: 1}],
        ["(not known)", {CLOSE: 1}], ["udp/53", {CLOSE: 1}]]'
}

@test "--top" {
    proc_some
    lists 0 -n --summary -t --top 1
    like "$output" 'tcp LISTEN +2'
    like "$output" 'and 2 more \(--top 0 shows all\)'
    like "$output" 'nginx +2 +1 ESTABLISHED, 1 LISTEN'
    unlike "$output" sshd
    lists 0 -n --summary -t --top 0
    like "$output" 'sshd +1 +1 LISTEN'
    json 0 -n --summary -t --top 1
    is '[.[] | select(.type == "group") | [.by, .name, .count]] == [["state", "tcp LISTEN", 2], ["state", "tcp CLOSE_WAIT", 1],
        ["state", "tcp ESTABLISHED", 1], ["process", "nginx", 2], ["peer", "127.0.0.2", 2], ["listener", "tcp/8080", 3]]'
    is '.[1].states == {LISTEN: 2} and .[-2].sockets == 4'
}

@test "--explain: what the states mean, and what stands out" {
    proc_some
    lists 0 -nt --explain
    [ "$(sed -n '/^What the states mean$/,$p' <<<"$output")" = "$(cat <<'END'
What the states mean
tcp ESTABLISHED: connected: both sides may send
tcp CLOSE_WAIT: the peer has closed, the program here has not
tcp LISTEN: waits for connections

What stands out
note: 1 connection in CLOSE_WAIT, for how long is not known from here: its peer has closed, the program has not [127.0.0.1:8080 to 127.0.0.2:49154]
    see why the program does not close it: only that ends the state
note: sshd: 0.0.0.0:22 takes IPv4 only: nothing listens for IPv6 on port 22
    let sshd listen on [::]:22, too, if clients may come over IPv6
4 sockets: 1 ESTABLISHED, 1 CLOSE_WAIT, 2 LISTEN
END
)" ] || fail "$output"
}

@test "--explain tells of what is shown, and knows what is not" {
    proc_some
    lists 0 -nt --explain --state established
    like "$output" 'Nothing stands out'
    # what listens for IPv6 is not shown
    proc_table tcp6 "$(inet_line 0 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A \
        '' '' '' '' 0 104)"
    lists 0 -4nt --explain
    unlike "$output" 'IPv4 only'
}

@test "--explain as records" {
    proc_some
    json 0 -nt --explain
    is '[.[] | select(.type == "socket") | [.inode, .findings]] ==
        [[101, ["ipv4-only"]], [102, []], [103, ["close-wait-stays"]], [104, []]]'
    is '[.[] | select(.type == "socket") | .meaning] | all(type == "string")'
    is '[.[] | select(.type == "finding") | .id] == ["close-wait-stays", "ipv4-only"]'
    is '[.[] | select(.type == "finding")][0] | .severity == "note" and .count == 1 and .process == null and
        .local == {addr: "127.0.0.1", port: 8080} and .peer == {addr: "127.0.0.2", port: 49154} and
        (.summary | length) > 0 and (.next | length) > 0'
    is '[.[] | select(.type == "finding")][1] | .process == "sshd" and .peer == null'
}

@test "what nobody has accepted yet waits for the one that listens" {
    proc_some
    {
        inet_line 4 0100007F:0016 0200007F:C004 01 00000000 00010000
        inet_line 5 0100007F:0016 0200007F:C005 08 00000000 00000001
    } >>"$proc/net/tcp"
    lists 0 -nt --explain
    like "$output" 'note: sshd: 65536 bytes on 1 connection wait for sshd to accept it at 0\.0\.0\.0:22 \[127\.0\.0\.1:22 to 127\.0\.0\.2:49156\]'
    like "$output" 'note: sshd: 1 connection in CLOSE_WAIT, .*, and no program has accepted it \[.*\]'
    like "$output" '    see why sshd, which listens at 0\.0\.0\.0:22, does not accept it'
    json 0 -nt --explain
    is '[.[] | select(.type == "finding" and .id == "data-unread")] | length == 1 and
        .[0].process == "sshd" and .[0].local == {addr: "127.0.0.1", port: 22}'
    lists 0 -nt --summary
    like "$output" '\(not accepted yet\) +2  1 ESTABLISHED, 1 CLOSE_WAIT'
    unlike "$output" 'no process any more'
    lists 0 -nta --summary
    like "$output" '\(no process any more\) +1  1 TIME_WAIT'
}

@test "datagrams that were dropped stand out" {
    proc_some
    lists 0 -u --explain
    like "$output" 'warning: 7 datagrams dropped at 0\.0\.0\.0:53 since it was opened: .*'
}

# --- --watch -----------------------------------------------------------------------------------------------------

# changes: what happens to the fixture between the first look and the next: 102 is half closed, 103 gone, 109 new
changes() {
    {
        proc_heading tcp
        inet_line 0 00000000:0016 00000000:0000 0A '' '' '' '' 0 101
        inet_line 1 0100007F:1F90 0200007F:C001 08 00000010 00000020 '' '' 4242 102
        inet_line 2 0100007F:1F90 0200007F:C009 01 '' '' '' '' 4242 109
    } >"$proc/net/tcp.new"
    # the program holds the file open
    cat "$proc/net/tcp.new" >"$proc/net/tcp"
}

# watches ARGUMENT...: one look, the changes, one look; what is written to $out
watches() {
    local tries=100 pid status=0

    out=$BATS_TEST_TMPDIR/out
    timeout 30 "$netprobe" sockets --proc "$proc" -tn --watch=1s -c 1 "$@" >"$out" 2>&1 3>&- 4>&- &
    pid=$!
    until [ -s "$out" ] || ((tries-- == 0)); do
        sleep 0.02
    done
    changes
    wait "$pid" || status=$?
    [ "$status" = 0 ] || fail "exit status $status" "$(<"$out")"
}

@test "--watch: what changed from one look to the next" {
    proc_some
    watches -p
    [ "$(sed -E 's/^[0-9:.]{12}  //' "$out")" = "$(cat <<'END'
4 sockets to begin with

TIME          EVENT    PROTO  STATE                      LOCAL                  PEER                   USER  PROCESS
closed   tcp    CLOSE_WAIT                 127.0.0.1:8080         127.0.0.2:49154        4242  -
changed  tcp    ESTABLISHED -> CLOSE_WAIT  127.0.0.1:8080         127.0.0.2:49153        4242  nginx[813] fd 8
opened   tcp    ESTABLISHED                127.0.0.1:8080         127.0.0.2:49161        4242  -
END
)" ] || fail "$(<"$out")"
}

@test "--watch as records: what is there, then the changes" {
    proc_some
    watches -j
    records=$(jq -s . "$out")
    is '[.[] | select(.type == "socket") | [.inode, .event, .was, .state]] == [
        [101, null, null, "LISTEN"], [102, null, null, "ESTABLISHED"], [103, null, null, "CLOSE_WAIT"],
        [104, null, null, "LISTEN"], [103, "closed", null, "CLOSE_WAIT"],
        [102, "changed", "ESTABLISHED", "CLOSE_WAIT"], [109, "opened", null, "ESTABLISHED"]]'
    is '[.[] | select(.event) | .at] | length == 3 and all(test("^2[0-9-]+T[0-9:.]+Z$"))'
    is '.[-2].sockets == 7 and .[-1].exit == 0'
}

@test "--watch: the picture has the words of the rows" {
    proc_some
    on_a_terminal 80 -una --watch=10ms -c 1
    like "$output" 'UNCONN +1  .+'
}

# shows TEXT: it is in $out, soon
shows() {
    local tries=200

    until grep -q -e "$1" "$out" || ((tries-- == 0)); do
        sleep 0.02
    done
}

@test "--watch: who held a socket last is known when it closes" {
    local status=0 line

    proc_some
    out=$BATS_TEST_TMPDIR/out
    timeout 30 "$netprobe" sockets --proc "$proc" -tnp --watch=500ms -c 4 'sport = 8080 and dport = 49153' \
        >"$out" 2>&1 3>&- 4>&- &
    shows '1 socket to begin with'
    # the peer closes, the program does, and then the connection is there still, without a file
    rm "$proc/813/fd/8"
    line=$(inet_line 1 0100007F:1F90 0200007F:C001 08 '' '' '' '' 4242 102)
    proc_table tcp "$line"
    shows 'changed.*CLOSE_WAIT'
    line=$(inet_line 1 0100007F:1F90 0200007F:C001 09)
    proc_table tcp "$line"
    shows 'changed.*LAST_ACK'
    rm -r "$proc/813"
    sleep 0.6
    proc_table tcp
    wait "$!" || status=$?
    [ "$status" = 0 ] || fail "exit status $status" "$(<"$out")"
    output=$(<"$out")
    like "$output" '.* changed +tcp +ESTABLISHED -> CLOSE_WAIT +127.* nginx\[813\] fd 8'
    like "$output" '.* changed +tcp +CLOSE_WAIT -> LAST_ACK +127.* nginx\[813\] fd 8'
    like "$output" '.* closed +tcp +LAST_ACK +127.* nginx\[813\] fd 8'
}

@test "--watch: nothing in sight, exit 1; one of them" {
    proc_some
    lists 1 -t --watch=10ms -c 2 --state syn-sent
    [ "$output" = "0 sockets to begin with" ] || fail "$output"
    lists 0 -u --watch=10ms -c 1
    [ "$output" = "1 socket to begin with" ] || fail "$output"
}

@test "--watch goes on until it is interrupted, and that is no failure" {
    proc_some
    out=$BATS_TEST_TMPDIR/out
    timeout 30 "$netprobe" sockets --proc "$proc" -tnj --watch=10ms >"$out" 2>&1 3>&- 4>&- &
    pid=$!
    sleep 0.5
    kill -0 "$pid"
    # the child of timeout(1), which tells it by itself
    kill -INT "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" = 0 ] || fail "exit status $status" "$(<"$out")"
    [[ $(tail -n 1 "$out") == *'"exit":0}' ]] || fail "$(<"$out")"
}

# --- where it goes -----------------------------------------------------------------------------------------------

@test "-o FILE" {
    proc_some
    lists 0 -a -o "$BATS_TEST_TMPDIR/file"
    [ -z "$output" ]
    [ "$(tail -n 1 "$BATS_TEST_TMPDIR/file")" = \
        "9 sockets: 2 ESTABLISHED, 1 TIME_WAIT, 2 UNCONN, 1 CLOSE_WAIT, 3 LISTEN" ]
    cannot "/nonexistent/file: No such file or directory" --proc "$proc" -o /nonexistent/file
}

@test "-o - is standard output" {
    proc_some
    cd "$BATS_TEST_TMPDIR"
    lists 0 -a -o -
    [ "${lines[-1]}" = "9 sockets: 2 ESTABLISHED, 1 TIME_WAIT, 2 UNCONN, 1 CLOSE_WAIT, 3 LISTEN" ] || fail "$output"
    [ ! -e - ]
}

@test "what follows the -o of ss is no file" {
    local word

    proc_some
    mkdir "$BATS_TEST_TMPDIR/empty"
    cd "$BATS_TEST_TMPDIR/empty"
    for word in state dst src=1.2.3.4 established '( dport' '!' not -tn; do
        refuses "-o writes to a file: timers are shown with -e (for a file of that name write ./$word)" \
            --proc "$proc" -to "$word" 22
    done
    [ -z "$(ls)" ] || fail "$(ls)"
    lists 0 -to ./state
    [ -s state ]
}

@test "a full disk and a closed stdout are one line, exit 2" {
    proc_some
    for format in table json; do
        run -2 --separate-stderr sh -c "'$netprobe' sockets --proc '$proc' -a --format $format >/dev/full"
        [ "$stderr" = "netprobe sockets: standard output: No space left on device" ] || fail "$stderr"
        run -2 --separate-stderr sh -c "'$netprobe' sockets --proc '$proc' -a --format $format >&-"
        [ "$stderr" = "netprobe sockets: standard output: Bad file descriptor" ] || fail "$stderr"
    done
    cannot "/dev/full: No space left on device" --proc "$proc" -a -o /dev/full
}

@test "on a terminal lines fit, and addresses are shortened last" {
    proc_some
    printf '%s\n' "$(inet_line 1 0000000000000000FFFF00000100007F:1F90 B80D0120000000000000000000000001:C001 01 \
        '' '' '' '' 0 106)" >>"$proc/net/tcp6"
    proc_process 1234567 postgres 106:6 106:7
    # the processes, then the addresses, in the middle, so that the port is left
    on_a_terminal 110 -antp
    no_longer 110
    like "$output" 'tcp +ESTABLISHED .* +\[::ffff:127\.0\.0\.1\]:8080 +\[2001:db8::100:0\]:49153 +0 +postgres\[1234567\]…'
    on_a_terminal 106 -antp
    no_longer 106
    like "$output" 'tcp +ESTABLISHED .* +\[::ffff:12….0\.1\]:8080 +\[2001:db8:….:0\]:49153 +0 +postgres\[1234567\]…'
    like "$output" 'tcp +ESTABLISHED .* +127\.0\.0\.1:8080 +127\.0\.0\.2:49153 +4242 +nginx\[813\] fd 8'
    # no pid and no address is cut to nothing: rather whole lines
    on_a_terminal 80 -antp
    like "$output" 'tcp +ESTABLISHED .* +\[::ffff:127\.0\.0\.1\]:8080 +\[2001:db8::100:0\]:49153 +0 +postgres\[1234567\] fd 6, .* fd 7'
}

@test "a dumb terminal gets no escape sequence, and one without UTF-8 no ellipsis" {
    proc_some
    printf '0000: 00000002 00000000 00010000 0001 01 204 /run/a/very/long/path/that/is/too/long.sock\n' \
        >>"$proc/net/unix"
    command -v script >/dev/null || skip "script is not installed"
    run -0 env TERM=dumb LC_ALL=C timeout 30 script -qec \
        "stty cols 50 rows 24; '$netprobe' sockets --proc '$proc' -ax --watch=10ms -c 2; \
        '$netprobe' sockets --proc '$proc' -ax" /dev/null </dev/null
    ! LC_ALL=C grep -q $'[\x1b\x80-\xff]' <<<"$output" || fail "$output"
    like "$(tr -d '\r' <<<"$output")" 'u_str +LISTEN +/run/.*~.*\.sock +\*'
}

@test "on a terminal units are left out before lines wrap" {
    proc_some
    echo '0::/system.slice/nginx.service' >"$proc/813/cgroup"
    on_a_terminal 104 -antp
    no_longer 104
    like "$output" 'PROTO .* USER +UNIT +PROCESS'
    like "$output" 'tcp +ESTABLISHED .* 4242 +nginx\.s… +nginx\[813\] fd 8'
    on_a_terminal 103 -antp
    no_longer 103
    like "$output" 'PROTO .* USER +PROCESS'
}

@test "a terminal of 50 columns: a path gives way, and keeps its ends" {
    proc_some
    printf '0000: 00000002 00000000 00010000 0001 01 204 /run/a/very/long/path/that/is/too/long.sock\n' \
        >>"$proc/net/unix"
    on_a_terminal 50 -ax
    like "$output" 'u_str +LISTEN +/run/.*….*\.sock +\*'
    # all but the last line
    output=$(grep -v ' sockets: ' <<<"$output")
    no_longer 50
    on_a_terminal 40 -ax
    like "$output" 'u_str +LISTEN +/run/a/very/long/path/that/is/too/long\.sock +\*'
}

# --- privilege ---------------------------------------------------------------------------------------------------

@test "names of hosts are errors while privileges are held, those of services are not" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    held="localhost: a name, and none of a host is looked up while privileges are held"
    refuses "--local localhost: $held" -p --local localhost
    points "$held" "dst localhost:ssh" "    ^" -p dst localhost:ssh
    proc_some
    run -0 "$netprobe" sockets -atp --proc "$proc" --local :ssh
    run -0 "$netprobe" sockets -atp --proc "$proc" sport = :ssh
}

@test "processes whose namespace cannot be seen are said, and leave the exit status alone" {
    # not the names that others give
    unshare -Urm sh -c 'mount -t tmpfs none /run' 2>/dev/null || skip "no user namespaces"
    run -1 --separate-stderr unshare -Urnm \
        sh -c "mount -t tmpfs none /run; exec timeout 20 '$netprobe' sockets -N all -t -a"
    [ "$output" = "0 sockets" ] || fail "$output"
    # all that may be had is had in there, so there is no advice
    like "$stderr" 'netprobe sockets: the network namespaces? of (process [0-9]+ is|[0-9]+ processes are) not known.*: Permission denied'
    [ "$(wc -l <<<"$stderr")" = 1 ] || fail "$stderr"
    [ "$(id -u)" = 0 ] || return 0
    copy=$(mktemp)
    cp "$netprobe" "$copy"
    chmod 755 "$copy"
    # a user without processes, whose namespaces could be known
    run --separate-stderr unshare -m sh -c "mount -t tmpfs none /run; exec setpriv --reuid 61613 --regid 61613 \
        --clear-groups --inh-caps=-all --bounding-set=-all timeout 20 '$copy' sockets -N all -a"
    rm "$copy"
    [ "$status" -le 1 ] || fail "$status"
    like "$stderr" 'netprobe sockets: the network namespaces of [0-9]+ processes are not known: that takes CAP_SYS_PTRACE \(sudo\)'
    [ "$(wc -l <<<"$stderr")" = 1 ] || fail "$stderr"
}

@test "what cannot be read for want of descriptors is said, and not blamed on others" {
    local files said=

    proc_some
    for ((files = 8; files < 40; files++)); do
        run --separate-stderr bash -c "ulimit -n $files; exec timeout 20 '$netprobe' sockets --proc '$proc' -atp"
        [[ $stderr != *"show no process"* ]] || fail "$files: $stderr"
        [ "$status" = 0 ] || [ -n "$stderr" ] || fail "$files: $status"
        [[ $stderr != *"processes cannot be read: Too many open files"* ]] || said=1
    done
    [ -n "$said" ]
    [ "$status" = 0 ] || fail "$stderr"
}

@test "an ordinary user is told once that processes of others are not seen" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null || skip "no other user to be had"
    proc_some
    copy=$(mktemp -d)
    cp "$netprobe" "$copy/netprobe"
    cp -a "$proc" "$copy/proc"
    chmod -R a+rX "$copy"
    chmod 700 "$copy/proc/813/fd"
    as_nobody() {
        local status=$1
        shift
        run "-$status" --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
            --bounding-set=-all timeout 20 "$copy/netprobe" sockets --proc "$copy/proc" "$@"
    }
    as_nobody 0 -antp
    note="cannot be read without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
    [ "$(grep -c "$note" <<<"$stderr")" = 1 ] || fail "$stderr"
    like "$stderr" "netprobe sockets: 2 of 5 sockets show no process: those of other users $note .*"
    like "$output" 'tcp +ESTABLISHED .* 4242  -'
    like "$output" 'tcp +LISTEN .* sshd\[900\] fd 3'
    as_nobody 0 -atpj
    [ "$(jq -c 'select(.inode == 102) | .process' <<<"$output")" = null ]
    [ "$(jq -c 'select(.type == "summary") | [.unowned, .unreadable_processes]' <<<"$output")" = "[2,1]" ]
    # whether the one that cannot be read holds any, nobody knows
    as_nobody 2 -a --process nobody-has-this-name
    as_nobody 0 -a --process sshd
    as_nobody 0 -ant
    [ -z "$stderr" ] || fail "$stderr"
    rm -rf "$copy"
}
