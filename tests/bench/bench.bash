# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the benchmarks share: a laboratory of two namespaces on one wire, runs of peer and netprobe in turn on
# the same work, the median of $RUNS (five), a row of a table in Markdown. Figures are printed, never asserted.

set -euo pipefail
# shellcheck source=tests/netns/lab.bash
source "$(dirname "${BASH_SOURCE[0]}")/../netns/lab.bash"
RUNS=${RUNS:-5}
BENCH_PORTS="22 80 443 3306 8080 31337 60000" # the seven that are open; empty: no listener

bench_up() {
    lab_possible || {
        echo "no benchmark: $LAB_WHY_NOT" >&2
        exit 1
    }
    trap lab_down EXIT
    lab_up direct
    MEASURE=$LAB_BUILD/tests/tools/measure
    # shellcheck disable=SC2086 # a list of ports
    [ -z "$BENCH_PORTS" ] || lab_listen server 0.0.0.0 $BENCH_PORTS
}

# measured LABEL COMMAND...: runs COMMAND in the client's namespace, appends its figures to LABEL's.
measured() {
    local label=$1

    shift
    on client "$MEASURE" "$LAB_DIR/figures" "$@" >"$LAB_DIR/$label.out" 2>"$LAB_DIR/$label.err"
    cat "$LAB_DIR/figures" >>"$LAB_DIR/$label.runs"
}

# median LABEL COLUMN: 1 seconds, 2 kilobytes, 4 seconds of CPU.
median() {
    sort -n -k "$2,$2" "$LAB_DIR/$1.runs" | awk -v c="$2" '{ v[NR] = $c } END { print v[int((NR + 1) / 2)] }'
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

per_second() {
    awk -v n="$1" -v s="$2" 'BEGIN { printf "%d", n / s }'
}

megabytes() {
    awk -v k="$1" 'BEGIN { printf "%.1f MB", k / 1024 }'
}

# counts LABEL: the counts of the summary in NDJSON output, as jq prints them.
counts() {
    jq -c 'select(.type == "summary") | .counts' "$LAB_DIR/$1.out"
}

# A row: work, peer, netprobe, ratio or other figure, goal.
row() {
    printf '| %s | %s | %s | %s | %s |\n' "$@"
}
