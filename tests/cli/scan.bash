# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Scans of loopback addresses that this file's tests have for themselves. Loaded by the files about scans that go on, are
# parted or are compared.
#
# shellcheck disable=SC2034,SC2154 # for says.bash and the tests

scan_setup() {
    root=$BATS_TEST_DIRNAME/../..
    netprobe=${NETPROBE:-$root/build/netprobe}
    command=scan
    tools=$root/build/${VARIANT:-release}/tests/tools
    background=()
    block=127.$((RANDOM % 200 + 20)).$((RANDOM % 250))
    cd "$BATS_TEST_TMPDIR" || return 1
}

scan_teardown() {
    local pid

    for pid in "${background[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
}

# listens ADDRESS PORT...: there, until the test is over
listens() {
    local log=$BATS_TEST_TMPDIR/listen-$RANDOM$RANDOM tries=200

    "$tools/listen" "$@" >"$log" 2>&1 </dev/null 3>&- 4>&- &
    background+=("$!")
    while ! grep -q ready "$log"; do
        ((tries-- > 0)) || fail "nobody listens: $*" "$(cat "$log")"
        sleep 0.05
    done
}

# silent PORT...: UDP ports of $block.1, there until the test is over, that say nothing
silent() {
    local port tries

    command -v socat >/dev/null || skip "socat is not installed"
    for port; do
        socat -u "UDP4-RECV:$port,bind=$block.1" /dev/null </dev/null 3>&- 4>&- &
        background+=("$!")
        tries=200
        while ! ss -Hlun "src $block.1 and sport = $port" | grep -q .; do
            ((tries-- > 0)) || fail "nobody is on $port"
            sleep 0.05
        done
    done
}

# scans STATUS ARGUMENT...: nothing on stderr
scans() {
    local status=$1
    shift
    run "-$status" --separate-stderr timeout 120 "$netprobe" scan "$@"
    [ -z "$stderr" ] || fail "stderr: $stderr"
}

# ports FILE...: what the records say, a line a port, sorted
ports() {
    cat "$@" | jq -r 'select(.type == "port") | "\(.addr) \(.proto) \(.port) \(.state)"' | sort
}

# same_ports FILE FILE...: the first has the same as the others together, and none twice
same_ports() {
    local one others

    one=$(ports "$1")
    others=$(ports "${@:2}")
    [ -n "$one" ] || fail "$1 has no ports"
    [ "$one" = "$others" ] || fail "other ports:" "$(diff <(cat <<<"$one") <(cat <<<"$others") | head -20)"
    [ -z "$(uniq -d <<<"$one")" ] || fail "twice: $(uniq -d <<<"$one" | head -5)"
}

# is FILE FILTER: true for the array of all records
is() {
    jq -s -e "$2" "$1" >/dev/null || fail "not so: $2" "$(jq -c 'select(.type != "port")' "$1")"
}
