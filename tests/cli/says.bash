# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What a command of $netprobe says: $command is its name. Loaded by the files of one command each.
#
# shellcheck disable=SC2154 # set by setup() there, and by run

fail() {
    printf '%s\n' "$@"
    return 1
}

# like TEXT REGEX: some line of TEXT is that, from its beginning to its end
like() {
    grep -q -x -E -e "$2" <<<"$1" || fail "no line is: $2" "$1"
}

unlike() {
    ! grep -q -E -e "$2" <<<"$1" || fail "a line has: $2" "$1"
}

# refuses LINE ARGUMENT...: exit 2, nothing on stdout, LINE and the hint on stderr
refuses() {
    local line=$1
    shift
    run -2 --separate-stderr timeout 20 "$netprobe" "$command" "$@"
    [ -z "$output" ] || fail "stdout: $output"
    [ "$stderr" = "netprobe $command: $line"$'\n'"try 'netprobe $command --help'" ] || fail "$stderr"
}

# refuses_like REGEX ARGUMENT...: the same, where only some words matter
refuses_like() {
    local regex=$1
    shift
    run -2 --separate-stderr timeout 20 "$netprobe" "$command" "$@"
    [ -z "$output" ] || fail "stdout: $output"
    [[ $stderr == *$'\n'"try 'netprobe $command --help'" ]] || fail "no hint: $stderr"
    like "${stderr%%$'\n'*}" "netprobe $command: .*$regex.*"
    [ "$(wc -l <<<"$stderr")" = 2 ] || fail "$stderr"
}

# cannot REGEX ARGUMENT...: exit 2, nothing on stdout, one line on stderr that is not about usage
cannot() {
    local regex=$1
    shift
    run -2 --separate-stderr timeout 20 "$netprobe" "$command" "$@"
    [ -z "$output" ] || fail "stdout: $output"
    like "$stderr" "netprobe $command: .*$regex.*"
    [ "$(wc -l <<<"$stderr")" = 1 ] || fail "$stderr"
}
