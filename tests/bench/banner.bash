# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the benchmarks of `netprobe banner` share: servers of the laboratory behind many addresses, and no others.

# shellcheck source=tests/bench/bench.bash
source "$(dirname "${BASH_SOURCE[0]}")/bench.bash"
# shellcheck source=tests/netns/banner.bash
source "$(dirname "${BASH_SOURCE[0]}")/../netns/banner.bash"

# Where these are set OpenSSL reads every root before the first session (50 ms here); a Debian as installed
# has them in a directory, of which it reads what it looks for.
unset SSL_CERT_FILE SSL_CERT_DIR

banner_up() {
    BENCH_PORTS=
    bench_up
    on server ip route add local 10.50.0.0/16 dev lo
    on client ip route add 10.50.0.0/16 via "$LAB_SERVER4"
    lab_sysctl server net.core.somaxconn=16384 net.ipv4.tcp_max_syn_backlog=16384
    on client ping -q -c 1 -W 1 "$LAB_SERVER4" >/dev/null
}

# answers LABEL FILTER: how many sessions of the last run are so
answers() {
    jq -s "[.[] | select(.type == \"banner\" and ($2))] | length" "$LAB_DIR/$1.out"
}
