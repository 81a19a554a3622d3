#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# netprobe scan --shard: parts that have nothing in common and are the whole together, for whoever runs them.
# shellcheck disable=SC2154 # set by scan_setup() and by run

bats_require_minimum_version 1.5.0
load says.bash
load scan.bash

setup() {
    scan_setup
    unset "${!SLURM_@}" JOB_COMPLETION_INDEX PARALLEL_SEQ
}

teardown() {
    scan_teardown
}

# whole_of ARGUMENT...: seven shards have what one run has
whole_of() {
    local i

    timeout 60 "$netprobe" scan -j -o whole.ndjson "$@" || [ $? = 1 ]
    for i in {1..7}; do
        timeout 60 "$netprobe" scan -j -o "part$i.ndjson" --shard "$i/7" "$@" || [ $? = 1 ] || fail "shard $i"
        is "part$i.ndjson" ".[0].shard == \"$i/7\" and all(.[] | select(.type == \"summary\"); .complete)"
    done
    same_ports whole.ndjson part?.ndjson
}

@test "seven shards of a network are disjoint, and the whole together" {
    listens "$block.1" 20003 20005
    whole_of -p 20000-20049 "$block.0/28"
    for i in {1..7}; do
        [ "$(ports "part$i.ndjson" | wc -l)" -gt 57 ] || fail "shard $i is too small"
        [ "$(ports "part$i.ndjson" | wc -l)" -lt 171 ] || fail "shard $i is too large"
    done
}

@test "seven shards of a list, HOST:PORT, names, URLs and IPv6" {
    listens "$block.1" 20003
    printf '%s\n' "$block.1" "$block.2:20003" "$block.3:20004" localhost "[::1]:20005" "http://$block.4:20006/x" >list
    whole_of -p 20000-20009 @list "$block.5-9"
    whole_of -p 20000-20099 ::1
    whole_of -p 20003 "$block.0/26"
}

@test "the recipe with GNU parallel gives the whole" {
    command -v parallel >/dev/null || skip "GNU parallel is not installed"
    listens "$block.1" 20003 20005
    scans 0 -j -o whole.ndjson -p 20000-20099 "$block.0/30"
    seq 7 | parallel --will-cite "$netprobe" scan --shard {}/7 -j -o part{}.ndjson -p 20000-20099 "$block.0/30" || true
    same_ports whole.ndjson part?.ndjson
    rm part?.ndjson
    seq 7 | parallel --will-cite -N0 "$netprobe" scan --shard auto/7 -j -o 'part{#}.ndjson' -p 20000-20099 "$block.0/30" || true
    same_ports whole.ndjson part?.ndjson
}

@test "a Slurm array and an indexed Kubernetes job know their parts" {
    timeout 20 "$netprobe" scan -j -o whole.ndjson -p 20000-20099 "$block.1" || true
    for i in {0..3}; do
        JOB_COMPLETION_INDEX=$i timeout 20 "$netprobe" scan --shard auto/4 -j -o "k$i.ndjson" -p 20000-20099 "$block.1" || true
        SLURM_ARRAY_TASK_ID=$((10 + 2 * i)) SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_STEP=2 SLURM_ARRAY_TASK_COUNT=4 \
            timeout 20 "$netprobe" scan --shard auto -j -o "s$i.ndjson" -p 20000-20099 "$block.1" || true
        is "s$i.ndjson" ".[0].shard == \"$((i + 1))/4\""
    done
    same_ports whole.ndjson k?.ndjson
    same_ports whole.ndjson s?.ndjson
}

@test "the parts are those of the seed: the same without one, others with another" {
    scans 1 -j -o a.ndjson -p 20000-20099 "$block.1" --shard 1/2
    scans 1 -j -o b.ndjson -p 20000-20099 "$block.1" --shard 1/2
    scans 1 -j -o zero.ndjson -p 20000-20099 "$block.1" --shard 1/2 --seed 0
    scans 1 -j -o one.ndjson -p 20000-20099 "$block.1" --shard 1/2 --seed 1
    same_ports a.ndjson b.ndjson
    same_ports a.ndjson zero.ndjson
    [ "$(ports a.ndjson)" != "$(ports one.ndjson)" ] || fail "the seed has no part in it"
    [ "$(jq .seed a.ndjson | head -n 1)" != "$(jq .seed b.ndjson | head -n 1)" ] || fail "the order is no longer random"
}

@test "a shard that nothing belongs to is empty, and that is no error" {
    local empty=0 i

    for i in {1..7}; do
        scans 1 -j --shard "$i/7" -p 20003 "$block.1"
        [ "$(grep -c '"port"' <<<"$output")" = 1 ] || empty=$((empty + 1))
        if [ "$(grep -c '"port"' <<<"$output")" = 0 ]; then
            [ "$(wc -l <<<"$output")" = 2 ] || fail "$output"
        fi
    done
    [ $empty = 6 ] || fail "$empty shards are empty"
    scans 1 --shard 1/4000000000 -p 20003-20009 "$block.1"
    like "$output" '^0 addresses, 0 ports in .* s: complete, empty part$'
}

@test "addresses of which nothing belongs to the shard have no record" {
    scans 1 -j -o part.ndjson --shard 1/7 -p 20003 "$block.0/27"
    # shellcheck disable=SC2016 # jq's
    is part.ndjson 'map(select(.type == "port") | .addr) as $ports | map(select(.type == "summary") | .addr) | sort == ($ports | sort) and length < 20'
}

@test "shards that are none are refused" {
    refuses_like '--shard 8/7: part 8 of 7' --shard 8/7 "$block.1"
    refuses_like "--shard 0/7: '0': " --shard 0/7 "$block.1"
    refuses_like '--shard 3: it is written I/N, auto/N or auto' --shard 3 "$block.1"
    refuses_like '--shard auto/7: none of SLURM_ARRAY_TASK_ID' --shard auto/7 "$block.1"
    JOB_COMPLETION_INDEX=1 refuses_like '--shard auto: the job says no number of parts: auto/N does' --shard auto "$block.1"
    PARALLEL_SEQ=8 refuses_like '--shard auto/7: part 8 of 7' --shard auto/7 "$block.1"
}
