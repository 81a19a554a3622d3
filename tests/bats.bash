# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# How tests/run, which sources this, runs files of bats and counts their tests: beside each other, alone, and once more what
# was red. Counts by note_pass, note_fail and note_skip.
# shellcheck disable=SC2154,SC2034 # jobs, logs and OUTER_UID are tests/run's, second_passed is told there

declare -A run_of=()    # FILE: how it is run
declare -A red_names=() # FILE: the tests of it that are red, one a line
red_tests=0
second_passed=() # what passed only when it was tried again

count_tap() { # NAME LOG STATUS
    local ok bad skips planned
    skips=$(grep -cE '^ok [0-9]+ .*# skip' "$2" || true)
    ok=$(($(grep -cE '^ok [0-9]+' "$2" || true) - skips))
    bad=$(grep -cE '^not ok [0-9]+' "$2" || true)
    planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$2" | head -n 1)
    if [ "$bad" != 0 ]; then
        sed -n "s|^not ok|failed: $1:|p" "$2"
    elif [ "$3" != 0 ]; then
        echo "failed: $1: exit status $3"
        bad=1
    fi
    if [ $((ok + bad + skips)) -lt "${planned:-1}" ]; then
        echo "failed: $1: $((ok + bad + skips)) of ${planned:-no} tests reported"
        bad=$((bad + 1))
    fi
    note_pass "$ok"
    note_fail "$bad"
    if [ "$skips" -gt 0 ]; then
        note_skip "$skips" "$(grep -oE '# skip.*' "$2" | sort | uniq -c | sed 's/^ *//')"
    fi
}

run_tap() { # COMMAND...
    local log=$logs/tap.log status=0
    "$@" 2>&1 | tee "$log" || status=$?
    count_tap "$1" "$log" $status
}

# Networks and mounts of the test's own: nothing it does or leaves behind shows outside. UNSHARE-OPTION: what else is its
# own. Where user namespaces are allowed an ordinary user can do this as well.
in_own_network() { # [UNSHARE-OPTION]... -- COMMAND...
    # shellcheck disable=SC2016 # for the inner shell
    local inside='set -e
        mount --make-rprivate /
        if [ "$OUTER_UID" = 0 ]; then mkdir -p /run/netns && mount -t tmpfs netns /run/netns
        else mount -t tmpfs run /run; mkdir -p /run/netns; fi
        ip link set lo up
        exec "$@"'
    local options=(--net --mount)
    [ "$OUTER_UID" = 0 ] || options+=(--user --map-root-user)
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    unshare "${options[@]}" sh -c "$inside" sh env --default-signal=INT,QUIT "$@"
}

bats_alone() { # [OPTION]... FILE
    in_own_network -- bats --tap "$@"
}

# Processes of its own, too: those of the file beside it, and their networks, are none of its business.
bats_beside_others() { # [OPTION]... FILE
    in_own_network --pid --fork --kill-child --mount-proc -- bats --tap "$@"
}

# Those that take longest come first: those that mostly wait (limits of one error a second), then the longest texts.
longest_first() { # FILE...
    local texts
    grep -lx '# bats file_tags=waits' "$@" || true
    mapfile -t texts < <(grep -Lx '# bats file_tags=waits' "$@")
    [ ${#texts[@]} = 0 ] || stat -c '%s %n' "${texts[@]}" | sort -rn | cut -d ' ' -f 2
}

bats_outside() { # [OPTION]... FILE
    heeding_signals bats --tap "$@"
}

# bats_files AT-ONCE RUN FILE...: as each() does; what is red waits for second_tries().
bats_files() {
    local file
    for file in "${@:3}"; do
        run_of[$file]=$2
    done
    each "$1" count_file "$2" "${@:3}"
}

count_file() { # FILE LOG STATUS
    local names
    names=$(sed -nE 's/^not ok [0-9]+ //p' "$2")
    if [ -z "$names" ]; then
        count_tap "$1" "$2" "$3"
        return
    fi
    red_names[$1]=$names
    red_tests=$((red_tests + $(wc -l <<<"$names")))
    mkdir -p "$logs/red"
    cp "$2" "$logs/red/${1//\//-}"
}

# These tests are about time, and what else a machine does is not in their hands. So where a few are red, they have one more
# try, alone, when all files are through. What is wrong is red there as well; what passes only there is told in the last lines
# of the run, as a test to mend.
second_tries() {
    local file
    if [ $red_tests -gt 3 ]; then
        for file in "${!red_names[@]}"; do
            count_tap "$file" "$logs/red/${file//\//-}" 1
        done
    elif [ $red_tests -gt 0 ]; then
        echo "-- $red_tests red: again, alone"
        each 1 count_second_try try_again "${!red_names[@]}"
    fi
    red_names=()
    red_tests=0
}

try_again() { # FILE
    local pattern
    # names are words, bats wants a regular expression
    # shellcheck disable=SC2001 # not a mere replacement
    pattern=$(sed 's/[][\.*^$+?(){}|]/\\&/g' <<<"${red_names[$1]}" | paste -sd '|')
    "${run_of[$1]}" --filter "^($pattern)\$" "$1"
}

count_second_try() { # FILE LOG STATUS
    local first=$logs/red/${1//\//-} planned red name
    red=$(wc -l <<<"${red_names[$1]}")
    planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$first" | head -n 1)
    # what was not red at first: as if it had been all
    sed -i -e '/^not ok/d' -e "s/^1\.\.$planned\$/1..$((planned - red))/" "$first"
    count_tap "$1" "$first" 0
    if [ "$3" = 0 ] && [ "$(grep -c '^ok' "$2")" = "$red" ]; then
        while read -r name; do
            second_passed+=("$1: $name")
        done <<<"${red_names[$1]}"
    fi
    count_tap "$1, again" "$2" "$3"
}
