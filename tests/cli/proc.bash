# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A procfs made up of files, for `netprobe sockets --proc`. $proc is where it stands.
#
#   proc_new                         empty but for process 1, so that nobody seems to be hidden
#   proc_table tcp LINE...           a table of PROC/net with its heading
#   proc_process PID COMM [INODE:FD...]
#   inet_line SL LOCAL PEER STATE [SEND-Q RECV-Q TIMER RETRANSMITS UID INODE DROPS]
#   proc_some                        the usual sockets and processes

# shellcheck disable=SC2154 # proc is the caller's
proc_new() {
    rm -rf "${proc:?}"
    mkdir -p "$proc/net" "$proc/self"
    proc_process 1 init
}

# proc_heading TABLE
proc_heading() {
    case $1 in
    unix) echo "Num       RefCount Protocol Flags    Type St Inode Path" ;;
    tcp*) echo "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode" ;;
    *) echo "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref" \
        "pointer drops" ;;
    esac
}

proc_table() {
    local table=$1

    shift
    {
        proc_heading "$table"
        [ $# = 0 ] || printf '%s\n' "$@"
    } >"$proc/net/$table"
}

proc_process() {
    local pid=$1 comm=$2 link

    shift 2
    mkdir -p "$proc/$pid/fd"
    printf '%s\n' "$comm" >"$proc/$pid/comm"
    ln -s /dev/null "$proc/$pid/fd/0"
    for link; do
        ln -s "socket:[${link%:*}]" "$proc/$pid/fd/${link#*:}"
    done
}

# Hexadecimal as the kernel has it, the timer as KIND:TICKS, uid, inode and drops in decimal.
inet_line() {
    printf '%4d: %s %s %s %s:%s %s %s %5d        0 %d 1 0000000000000000 %d\n' "$1" "$2" "$3" "$4" "${5:-00000000}" \
        "${6:-00000000}" "${7:-00:00000000}" "${8:-00000000}" "${9:-0}" "${10:-0}" "${11:-0}"
}

# 127.0.0.1 and .2 with ports 22 (16), 8080 (1F90), 49153 (C001) and so on; uid 4242 has no name anywhere
proc_some() {
    proc_new
    proc_table tcp \
        "$(inet_line 0 00000000:0016 00000000:0000 0A '' '' '' '' 0 101)" \
        "$(inet_line 1 0100007F:1F90 0200007F:C001 01 00000010 00000020 01:00000064 00000002 4242 102)" \
        "$(inet_line 2 0100007F:1F90 0200007F:C002 08 00000000 00000001 '' '' 4242 103)" \
        "$(inet_line 3 0100007F:C003 0200007F:1F90 06 '' '' 03:00000177)"
    proc_table tcp6 "$(inet_line 0 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A \
        '' '' '' '' 0 104)"
    proc_table udp "$(inet_line 7 00000000:0035 00000000:0000 07 00000000 00000100 '' '' 0 105 7)"
    proc_table unix \
        "0000000000000000: 00000002 00000000 00010000 0001 01 201 /run/a b" \
        "0000000000000000: 00000003 00000000 00000000 0001 03 202 @abstract" \
        "0000000000000000: 00000002 00000000 00000000 0002 01 203"
    proc_process 812 nginx 104:6 104:7
    proc_process 813 nginx 104:6 102:8
    proc_process 900 sshd 101:3
}
