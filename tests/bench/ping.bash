# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the benchmarks of `netprobe ping` share: one host that answers for a /16.

# shellcheck source=tests/bench/bench.bash
source "$(dirname "${BASH_SOURCE[0]}")/bench.bash"
# shellcheck disable=SC2034 # for those who source this; as fping -g counts the addresses of 10.50.0.0/16
SWEEP=10.50.0.1-10.50.255.254 SWEEP_SIZE=65534

sweep_up() {
    bench_up
    on server ip route add local 10.50.0.0/16 dev lo
    on client ip route add 10.50.0.0/16 via "$LAB_SERVER4"
    ping_once
}

# The neighbour is known before anything is measured.
ping_once() {
    on client ping -q -c 1 -W 1 "$LAB_SERVER4" >/dev/null
}

thousands() {
    echo "$1" | sed ':again; s/\([0-9]\)\([0-9]\{3\}\)\($\|,\)/\1,\2\3/; t again'
}

milliseconds() {
    awk -v s="$1" 'BEGIN { printf "%.0f ms", s * 1000 }'
}
