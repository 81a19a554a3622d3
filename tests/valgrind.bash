# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The stage valgrind of tests/run, which sources this: each command once under memcheck. Counts by note_pass and note_fail,
# leaves what was said in $logs.
# shellcheck disable=SC2154 # logs is tests/run's

memcheck() { # NAME EXPECTED-STATUSES ARGUMENT...
    local name=$1 expected=$2 status=0 log=$logs/valgrind.log
    shift 2
    # --sim-hints: it would warn of ioctls on namespaces, which it does not know
    valgrind --quiet --sim-hints=lax-ioctls --error-exitcode=9 --leak-check=full \
        --errors-for-leak-kinds=definite,indirect,possible --log-file="$log" build/netprobe "$@" >"$logs/valgrind.out" 2>&1 || status=$?
    # "==PID==" is about the program; "--PID--" about valgrind, such as system calls that it does not know
    if [[ " $expected " == *" $status "* ]] && ! grep -q '^==' "$log"; then
        echo "ok: valgrind, $name"
        note_pass 1
    else
        cat "$log" "$logs/valgrind.out"
        echo "not ok: valgrind, $name: exit status $status, expected one of: $expected"
        note_fail 1
    fi
}

# Against a server of bad manners, which ends with the function.
memcheck_banner() {
    local behaviours=() behaviour port=39100 server quick=(--listen 200ms --timeout 300ms --deadline 2s)
    for behaviour in close reset half nuls escapes-http escapes-ssh redirect-loop lying-kexinit lying-mysql lying-chunk \
        lying-tls starttls-then-garbage never; do
        behaviours+=("$((port++))=$behaviour")
    done
    build/release/tests/tools/hostile 127.0.0.1 "${behaviours[@]}" >"$logs/hostile.out" 2>&1 &
    server=$!
    for _ in $(seq 50); do
        ! grep -q ready "$logs/hostile.out" || break
        sleep 0.1
    done
    memcheck 'banners, whoever it is' 0 banner "${quick[@]}" --ports 39100-$((port - 1)),9 127.0.0.1
    memcheck 'as HTTP, as JSON, redirects followed' 0 banner "${quick[@]}" --json --proto http --follow \
        --ports 39100-$((port - 1)) 127.0.0.1
    memcheck 'as SMTP, with what is said' 0 banner "${quick[@]}" -v --long --proto smtp --ports 39100-$((port - 1)) 127.0.0.1
    memcheck 'TLS that is none' 1 banner "${quick[@]}" --proto tls --ports 39100-39112 127.0.0.1
    memcheck 'banners of a scan' 0 scan --banner --ports 39100-39111 127.0.0.1
    kill $server
    wait $server || true
}

# A procfs that is made up, with lines that are none and a name that says too much.
made_proc() { # DIRECTORY
    local proc=$1 heading='  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'

    rm -rf "$proc"
    mkdir -p "$proc/net" "$proc/self" "$proc/1/fd" "$proc/812/fd"
    printf 'a\033[31m\nb\n' >"$proc/812/comm"
    echo '0::/system.slice/ssh.service' >"$proc/812/cgroup"
    ln -s 'socket:[101]' "$proc/812/fd/3"
    printf '%s\n' "$heading" \
        '   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101 1 0 100 0' \
        '   1: 0100007F:1F90 0200007F:C001 08 00000000:00000001 01:00000064 00000002  4242        0 102 1 0 100 0' \
        '   2: 0100007F:1F90 0200007F:' 'junk' >"$proc/net/tcp"
    printf 'Num RefCount Protocol Flags Type St Inode Path\n%s\n' \
        '0000000000000000: 00000002 00000000 00010000 0001 01 201 /run/a b' '0000: x' >"$proc/net/unix"
}

memcheck_sockets() {
    local proc=$logs/valgrind-proc

    memcheck 'every socket' '0 1' sockets -a
    memcheck 'with owners and facts, sorted' '0 1' sockets -anpe --sort process,-rtt,unit,user,peer
    memcheck 'as JSON' '0 1' sockets -apej
    memcheck 'what stands out' '0 1' sockets --explain
    memcheck 'the same as JSON, of some' '0 1' sockets --explain -tj --state listening
    memcheck 'counted' '0 1' sockets --summary -a --top 2
    memcheck 'watched' '0 1' sockets --watch=10ms -c 2
    memcheck 'watched as JSON, with owners' '0 1' sockets --watch=10ms -c 2 -apj
    # without privilege some cannot be entered
    memcheck 'every namespace' '0 2' sockets -a -N all
    memcheck 'a filter' '0 1' sockets -an '( sport = :22 or dport >= :1024 ) and not src 10.0.0.0/8 or dev lo' \
        --port 22,80-90 --local 127.0.0.0/8 --user 0 --unit 'ssh*'
    memcheck 'a filter that is none' 2 sockets 'sport = or ( dst [::1'
    memcheck 'options that are none' 2 sockets --state open --sort size
    made_proc "$proc"
    memcheck 'a made-up procfs' 2 sockets -ape --proc "$proc" --process 'a*' --sort -process
    memcheck 'the same, explained, as JSON' 2 sockets -aj --explain --proc "$proc"
    memcheck 'no procfs at all' 2 sockets --proc "$proc/net"
}

# Services that answer with noise, ended with the function, and none.
memcheck_udp() {
    local known=$logs/valgrind-known.ndjson port servers=()
    for port in 3478 5060 27960; do
        socat "UDP4-RECVFROM:$port,bind=127.0.0.1,fork" SYSTEM:'head -c 600 /dev/urandom' 2>/dev/null &
        servers+=($!)
    done
    memcheck 'UDP' '0 1' scan --udp --ports 1-300,3478,5060,27960 127.0.0.1
    memcheck 'UDP over IPv6, as JSON, with the way' '0 1' scan --udp --where -j --ports 7,53,161,500 ::1
    rm -f "$known"
    memcheck 'a part of a scan' '0 1' scan --shard 2/7 -j -o "$known" --ports 1-100 127.0.0.0/30
    sed -i '/"type":"summary"/,$d' "$known"
    memcheck 'the part, resumed' '0 1' scan --resume "$known"
    memcheck 'compared with it' '0 1' scan --expect "$known"
    memcheck 'open ports, proved by data' '0 1 2' scan --require-data --ports 1-100 127.0.0.1
    memcheck 'no file of a scan' 2 scan --expect tests/run
    kill "${servers[@]}"
    wait "${servers[@]}" || true
}

memcheck_pcap() {
    local captures=tests/cli/pcap

    memcheck 'a capture' 0 pcap -r $captures/fates.pcap
    memcheck 'as JSON, packed by gzip' 0 pcap -j -r $captures/fates.pcap.gz
    memcheck 'packets, packed by zstd' 0 pcap --packets -r $captures/fates.pcap.zst
    memcheck 'packets as JSON, packed by xz' 0 pcap --packets -j -r $captures/fates.pcap.xz
    memcheck 'ladders, and a picture' 0 pcap --ladder --svg "$logs/valgrind.svg" -r $captures/fates.pcap
    memcheck 'counted' 0 pcap --summary -r $captures/inside.pcap
    memcheck 'seen twice, through several interfaces' 0 pcap -r $captures/clamped.pcapng
    memcheck 'hostile names, as a ladder' 0 pcap --ladder -r $captures/hostile.pcapng
    memcheck 'few flows, what failed, saved' 0 pcap --max-flows 2 -w "$logs/valgrind.pcap" -r $captures/fates.pcap
    memcheck 'live' '0 1' pcap -i lo --duration 300ms -j
    memcheck 'a filter that is none' 2 pcap -r $captures/fates.pcap 'tcp port ('
    memcheck 'a file that is none' 2 pcap -r tests/run
}

stage_valgrind() {
    memcheck 'scan of loopback ports' '0 1' scan --ports 1-300 127.0.0.1
    memcheck 'the same as JSON, over IPv6' '0 1' scan --json --show all --ports 1-300 ::1
    memcheck 'many addresses' '0 1' scan --ports 7,9 --exclude 127.0.0.9 127.0.0.0/27
    memcheck 'ping of one address' 0 ping -c 3 -i 10ms 127.0.0.1
    memcheck 'many addresses, as JSON' 0 ping --json -c 2 -i 10ms 127.0.0.0/28 ::1
    memcheck 'who is alive' 0 ping --alive 127.0.0.1-40
    memcheck 'TCP' 0 ping --tcp 9 -c 2 -i 10ms 127.0.0.1
    memcheck 'UDP, ended by a deadline' '0 1 2' ping --udp 9 -w 100ms -i 10ms ::1
    memcheck_banner
    memcheck_sockets
    memcheck_udp
    memcheck_pcap
    memcheck 'bad arguments' 2 scan --ports 80-22 127.0.0.1
    memcheck 'help' 0 scan --help
}
