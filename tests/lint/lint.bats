#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The checks themselves: each lets a good tree pass and goes red for what it is there to find.

setup() {
    mkdir -p "$BATS_TEST_TMPDIR/tree"
    cp -r --parents tests/lint "$BATS_TEST_TMPDIR/tree"
    cd "$BATS_TEST_TMPDIR/tree" || return
    echo '# SPDX-License-Identifier: MIT' >tests/lint/untested.txt
    file src/net/addr.c '#include "netprobe/base/err.h"'
    file src/cmd/scan.c '#include "netprobe/net/addr.h"' '#include <string.h>'
    file tests/unit/net/addr.c '#include "netprobe/net/addr.h"'
    file tests/unit/cmd/scan.c
}

file() { # PATH LINE...
    mkdir -p "$(dirname "$1")"
    printf '%s\n' '/* SPDX-License-Identifier: MIT */' "${@:2}" >"$1"
}

red() { # CHECK PLACE
    run "tests/lint/$1"
    echo "$output"
    [ "$status" -ne 0 ]
    [[ $output == *"$2"* ]]
}

@test "a good tree passes" {
    tests/lint/layers
    tests/lint/text
    tests/lint/functions
    tests/lint/tested
}

@test "layers: an include that points up" {
    file src/base/err.c '#include "netprobe/net/addr.h"'
    red layers 'src/base/err.c:2'
}

@test "layers: an include sideways" {
    file include/netprobe/net/x.h '#include "netprobe/event/loop.h"'
    red layers 'include/netprobe/net/x.h:2'
}

@test "layers: an include by a relative path" {
    file src/net/x.c '#include "../base/err.h"'
    red layers 'src/net/x.c:2'
}

@test "layers: a folder without a row" {
    file src/misc/x.c
    red layers 'src/misc/x.c:1'
}

@test "layers: an outside header in a folder that does not own it" {
    file src/cmd/x.c '#include <json-c/json.h>'
    red layers 'src/cmd/x.c:2'
    file src/cmd/x.c '# include <netdb.h>'
    red layers 'src/cmd/x.c:2'
}

@test "layers: the owner may" {
    file src/net/addr.c '#include <netdb.h>'
    tests/lint/layers
}

@test "text: a source without a licence line" {
    echo 'int x;' >src/net/addr.c
    red text 'src/net/addr.c:1: no SPDX'
}

@test "text: blanks at the end of a line" {
    file src/net/addr.c 'int x; '
    red text 'src/net/addr.c:2: blanks'
}

@test "text: no newline at the end" {
    printf '/* SPDX-License-Identifier: MIT */' >src/net/addr.c
    red text 'src/net/addr.c: no newline'
}

@test "functions: sixty-one lines" {
    mapfile -t body < <(yes '	x++;' | head -n 56)
    file src/net/addr.c 'int f(int x)' '{' "${body[@]}" '	return x;' '}'
    tests/lint/functions
    file src/net/addr.c 'int f(int x)' '{' "${body[@]}" '' '	return x;' '}'
    red functions 'src/net/addr.c:2: f() has 61 lines'
}

@test "tested: a module without a test" {
    file src/net/ports.c
    red tested 'src/net/ports.c'
    echo 'net/ports.c only a table' >>tests/lint/untested.txt
    tests/lint/tested
}

@test "tested: a module of any folder" {
    for folder in procfs priv cmd another; do
        file src/$folder/x.c
        red tested "src/$folder/x.c"
        rm src/$folder/x.c
    done
}

@test "tested: an excuse for a module that has a test" {
    echo 'net/addr.c too easy' >>tests/lint/untested.txt
    red tested 'net/addr.c'
}
