# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the benchmarks of `netprobe sockets` share: both ends of 33,333 connections in the client's namespace.

# shellcheck source=tests/bench/bench.bash
source "$(dirname "${BASH_SOURCE[0]}")/bench.bash"
# shellcheck source=tests/netns/sockets.bash
source "$(dirname "${BASH_SOURCE[0]}")/../netns/sockets.bash"

CROWD=33333

# crowd_up: CROWD_EACH of them a process, when set
crowd_up() {
    BENCH_PORTS=
    bench_up
    # shellcheck disable=SC2086 # an empty word is none
    sockets_start crowd $CROWD ${CROWD_EACH-}
}

# all_told LABEL [CONNECTIONS]: both ends of every one, in ss's rows, netprobe's or its records
all_told() {
    [ "$(grep -cE '^(tcp +)?ESTAB|^.*"state":"ESTAB' "$LAB_DIR/$1.out")" = $((2 * ${2:-CROWD})) ]
}
