#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# tests/run itself: what it counts, and what has a second try.

setup() {
    mkdir -p "$BATS_TEST_TMPDIR/tree/tests/cli"
    cp tests/run tests/*.bash "$BATS_TEST_TMPDIR/tree/tests"
    cd "$BATS_TEST_TMPDIR/tree" || return
}

file() { # NAME BODY...: a file of tests, named by their places; the body of each is a command
    local number=0 body
    {
        echo '#!/usr/bin/env bats'
        for body in "${@:2}"; do
            number=$((number + 1))
            printf '@test "number %d (of %s)" {\n    %s\n}\n' $number "$1" "$body"
        done
    } >"tests/cli/$1.bats"
}

# The same for a program of unit tests: a command that says what check would.
program() { # NAME BODY
    mkdir -p tests/unit/x build/release/tests/unit/x
    touch "tests/unit/x/$1.c"
    # shellcheck disable=SC2016 # for that shell
    printf '%s\n' '#!/bin/sh' "if $2; then bad=0; else bad=1; fi" \
        'echo "50%: Checks: 2, Failures: $bad, Errors: 0"; exit $bad' >"build/release/tests/unit/x/$1"
    chmod +x "build/release/tests/unit/x/$1"
}

# Runs a stage of the tree, cli where none is named, with no variable and no inner part of the bats around it.
stage() { # [STAGE]
    local names PATH=${PATH//"$BATS_LIBEXEC:"/}
    mapfile -t names < <(compgen -e BATS_)
    status=0
    env "${names[@]/#/-u}" tests/run "${1:-cli}" >out 2>&1 || status=$?
    cat out
}

ends_with() { # LINE
    [ "$(tail -n 1 out)" = "$1" ]
}

lacks() { # TEXT
    [ "$(grep -c "$1" out)" = 0 ]
}

# fails as often as stated, then passes
fails() { # TIMES NAME
    echo "echo x >>'$PWD/$2'; [ \"\$(wc -l <'$PWD/$2')\" -gt $1 ]"
}

@test "the runner: what passes is counted, skips with their reasons" {
    file a true 'skip "no such thing"' true
    file b true
    stage
    [ "$status" = 0 ]
    ends_with '3 passed, 0 failed, 1 skipped'
    grep -q 'skipped: 1 # skip no such thing' out
    lacks again
}

@test "the runner: what is wrong is red in its second try, too" {
    file a true false true
    stage
    [ "$status" = 1 ]
    ends_with '2 passed, 1 failed, 0 skipped'
    grep -q 'failed: tests/cli/a.bats, again: 1 number 2 (of a)' out
    lacks 'passed only when'
}

@test "the runner: what passes in its second try is counted once, and told" {
    file a true "$(fails 1 first)" true "$(fails 1 second)"
    file b true
    stage
    [ "$status" = 0 ]
    ends_with '5 passed, 0 failed, 0 skipped'
    [ "$(grep -c 'passed only when tried again, alone: tests/cli/a.bats: number [24] (of a)$' out)" = 2 ]
}

@test "the runner: there is no third try" {
    file a "$(fails 2 first)" true
    stage
    [ "$status" = 1 ]
    ends_with '1 passed, 1 failed, 0 skipped'
}

@test "the runner: many red tests have no second try" {
    file a "$(fails 1 first)" "$(fails 1 second)"
    file b "$(fails 1 third)" "$(fails 1 fourth)" true
    stage
    [ "$status" = 1 ]
    ends_with '1 passed, 4 failed, 0 skipped'
    lacks again
}

@test "the runner: tests that never reported are red" {
    # shellcheck disable=SC2016
    file a true 'kill -KILL $PPID $$' true
    stage
    [ "$status" = 1 ]
    lacks 'passed only when'
}

@test "the runner: a stage without a test is red" {
    stage
    [ "$status" = 1 ]
    ends_with '0 passed, 1 failed, 0 skipped'
}

@test "the runner: programs of unit tests have a second try as well, and no third" {
    program right true
    program late "$(fails 1 first)"
    stage unit
    [ "$status" = 0 ]
    ends_with '4 passed, 0 failed, 0 skipped'
    grep -q 'passed only when tried again, alone: tests/unit/x/late.c' out
    program wrong "$(fails 2 second)"
    stage unit
    [ "$status" = 1 ]
    ends_with '5 passed, 1 failed, 0 skipped'
}
