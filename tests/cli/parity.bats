#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Help, manual and completions say the same. Help comes from the option tables themselves.

bats_require_minimum_version 1.5.0
load proc.bash

setup() {
    root=$BATS_TEST_DIRNAME/../..
    netprobe=${NETPROBE:-$root/build/netprobe}
    mapfile -t commands < <("$netprobe" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\)  .*/\1/p')
    [ "${#commands[@]}" -gt 0 ]
}

# help_of COMMAND, manual_of COMMAND: of the program when COMMAND is empty
help_of() {
    # shellcheck disable=SC2086
    "$netprobe" $1 --help
}

manual_of() {
    echo "$root/man/netprobe${1:+-$1}.1"
}

# Options as "--name" and "-x", one a line.
options_of() {
    help_of "$1" | sed -n -E 's/^  (-[A-Za-z0-9]), (--[a-z0-9-]+).*/\1\n\2/p; s/^      (--[a-z0-9-]+).*/\1/p' | sort -u
}

documented_in() {
    grep -o -E 'Fl -?[A-Za-z0-9-]+' "$1" | sed 's/^Fl /-/' | sort -u
}

described_in() {
    grep -E '^\.It .*Fl ' "$1" | grep -o -E 'Fl -?[A-Za-z0-9-]+' | sed 's/^Fl /-/' | sort -u
}

fail() {
    echo "$@"
    return 1
}

same() {
    diff <(echo "$1") <(echo "$2") || fail "$3"
}

@test "the manual describes every option and no other" {
    for command in "" "${commands[@]}"; do
        same "$(options_of "$command")" "$(described_in "$(manual_of "$command")")" "$(manual_of "$command")"
    done
}

@test "the manual mentions no option that does not exist" {
    for command in "" "${commands[@]}"; do
        unknown=$(comm -13 <(options_of "$command") <(documented_in "$(manual_of "$command")"))
        [ -z "$unknown" ] || fail "$(manual_of "$command"): $unknown"
    done
}

@test "the manual names the value and the bounds that help names" {
    for command in "" "${commands[@]}"; do
        manual=$(manual_of "$command")
        # options and bounds, one line each, however help wrapped them
        while read -r bounds; do
            grep -q -w -F "${bounds/../ to }" "$manual" || fail "$manual lacks $bounds"
        done < <(help_of "$command" | grep -o -E '\[[0-9a-z]+\.\.[0-9a-z]+\]' | tr -d '[]')
        while read -r name value; do
            optional=
            if [[ $value == "["*"]" ]]; then
                optional="Op " value=${value:1:-1}
            fi
            case $value in
            *"|"*) grep -q -F -e "Fl -$name ${optional}Cm ${value//|/ | }" "$manual" ;;
            *) grep -q -F -e "Fl -$name ${optional}Ar $value" "$manual" ;;
            esac || fail "$manual lacks --$name $value"
        done < <(help_of "$command" | sed -n -E 's/^  (-.,|   ) --([a-z-]+) ([^ ]+).*/\2 \3/p')
    done
}

# fields_described MANUAL: every type and every field of the records on standard input
fields_described() {
    local word words

    # counts, reasons and states are keyed by states and reasons, not by fields
    words=$(jq -r '.type, (del(.counts?, .reasons?, .states?) | paths | .[-1] | strings)' | sort -u)
    [ "$(wc -l <<<"$words")" -gt 10 ] || fail "no records: $words"
    for word in $words; do
        grep -q -E "^\.(It )?Va (.* )?$word( |\$)" "$1" || fail "$1 lacks the field $word"
    done
}

@test "the manual describes every field of scan's records" {
    manual=$(manual_of scan)
    run -1 "$netprobe" scan -j -p 1 --shard 1/1 127.0.0.1
    fields_described "$manual" <<<"$output"
    echo '127.0.0.1 1 open' >"$BATS_TEST_TMPDIR/expected"
    run -1 "$netprobe" scan -j --expect "$BATS_TEST_TMPDIR/expected"
    fields_described "$manual" <<<"$output"
    # what a closed port of this machine does not have
    for optional in resumed reply fake icmp_limit; do
        grep -q -x -F ".It Va $optional" "$manual" || fail "$manual lacks $optional"
    done
    for optional in protocol last hop hops asked open kind burst interval_ms; do
        grep -q -E "^\.Va $optional( |\$)" "$manual" || fail "$manual lacks $optional"
    done
}

# udp_described: what the manual says of UDP services, in the words of tests/tools/facts
udp_described() {
    awk '/^\.S[hs] / { section = $0; protocol = "" }
        section == ".Sh UDP SERVICES" && $1 == ".It" { protocol = $3 }
        section == ".Sh UDP SERVICES" && protocol && $1 == "On" {
            sub(/;.*/, ""); gsub(",", ""); for (i = 2; i <= NF; i++) print "port", protocol, $i }
        section == ".Sh UDP SERVICES" && protocol && $1 == ".Va" {
            for (i = 2; i <= NF; i++) if ($i ~ /[a-z]/) print "fact", protocol, $i }
        section == ".Ss Silent services" && $1 == ".It" {
            gsub(",", ""); for (i = 2; i <= NF; i++) print "silent", $i }' "$(manual_of scan)" | sort -u
}

@test "the manual has every UDP service, its ports and the fields of its reply, and no other" {
    facts=$("$root/build/${VARIANT:-release}/tests/tools/facts" udp | sort -u)
    [ "$(cut -d' ' -f2 <<<"$facts" | sort -u | wc -l)" -gt 60 ] || fail "$facts"
    same "$facts" "$(udp_described)" "left: what is asked, right: what the manual says"
}

@test "the states of --show are taken, and in the manual" {
    states=$(complete_bash netprobe scan --show "")
    [ "$(wc -l <<<"$states")" = 7 ] || fail "$states"
    for state in $states; do
        run -1 "$netprobe" scan --show "$state" -p 1 127.0.0.1
        grep -q -E "^\.(It )?Cm ${state/|/\\|}( |\$)" "$(manual_of scan)" || fail "the manual lacks $state"
    done
}

@test "the manual describes every field of ping's records" {
    run -0 "$netprobe" ping -j --tcp 1 -c 1 127.0.0.1
    fields_described "$(manual_of ping)" <<<"$output"
}

# object_of NAME MANUAL: what the manual says of that object of the banner record
object_of() {
    sed -n "/^Object\$/,/^\.Pp\$/{/^\.Va $1 :\$/,/^\.Pp\$/p}" "$2"
}

@test "the manual describes every field of banner's records" {
    manual=$(manual_of banner)
    run -1 "$netprobe" banner -j 127.0.0.1:1
    fields_described "$manual" <<<"$output"
    for optional in url asked redirects limit raw_truncated; do
        grep -q -x -F ".It Va $optional" "$manual" || fail "$manual lacks $optional"
    done
    while read -r object field; do
        object_of "$object" "$manual" | grep -q -E "Va (.* )?$field( |\$)" || fail "$manual: $object lacks $field"
    done < <("$root/build/${VARIANT:-release}/tests/tools/facts")
}

@test "the manual describes every field of sockets' records" {
    manual=$(manual_of sockets)
    proc=$BATS_TEST_TMPDIR/proc
    proc_some
    run -0 "$netprobe" sockets -aej --explain --proc "$proc"
    fields_described "$manual" <<<"$output"
    run -0 "$netprobe" sockets --summary -aj --proc "$proc"
    fields_described "$manual" <<<"$output"
    # what these files do not tell
    for optional in netns protocol interface v6only cookie cgroup peer_inode tcp event was at; do
        grep -q -x -F ".It Va $optional" "$manual" || fail "$manual lacks $optional"
    done
}

@test "the manual describes every field of pcap's records, every state and every role" {
    manual=$(manual_of pcap)
    for name in fates.pcap inside.pcap clamped.pcapng; do
        run -0 --separate-stderr "$netprobe" pcap -q -j -r "$BATS_TEST_DIRNAME/pcap/$name"
        fields_described "$manual" <<<"$output"
        run -0 --separate-stderr "$netprobe" pcap -q -j --packets -r "$BATS_TEST_DIRNAME/pcap/$name"
        fields_described "$manual" <<<"$output"
    done
    run -0 --separate-stderr "$netprobe" pcap -q -j --summary -r "$BATS_TEST_DIRNAME/pcap/fates.pcap"
    fields_described "$manual" <<<"$output"
    # what files do not tell
    for optional in event process dropped dropped_interface fragment_offset; do
        grep -q -x -F ".It Va $optional" "$manual" || fail "$manual lacks $optional"
    done
    states=$(sed -n -E 's/^\t\[HANDSHAKE_[A-Z_]+\] = "([a-z-]+)",/\1/p' "$root/src/capture/flow.c")
    roles=$(sed -n -E 's/^\t\{ROLE_[A-Z_]+, "([a-z-]+)",.*/\1/p' "$root/src/cmd/pcap_packet_words.c")
    [ "$(wc -l <<<"$states")" = 8 ] || fail "$states"
    [ "$(wc -l <<<"$roles")" = 16 ] || fail "$roles"
    for word in $states $roles; do
        grep -q -E "^\.It Cm (.* )?$word( |\$)" "$manual" || fail "$manual lacks $word"
    done
}

@test "the manual describes every finding of sockets" {
    ids=$(sed -n -E 's/^\t\[FINDING_[A-Z0-9_]+\] = \{"([a-z0-9-]+)".*/\1/p' "$root/src/procfs/findings.c")
    [ "$(wc -l <<<"$ids")" = 12 ] || fail "$ids"
    for id in $ids; do
        grep -q -x -F ".It Cm $id" "$(manual_of sockets)" || fail "the manual lacks $id"
    done
}

@test "the program's manual names every command and its manual" {
    for command in "${commands[@]}"; do
        grep -q -x -F ".It Cm $command" "$(manual_of)" || fail "$(manual_of) lacks $command"
        [ "$(grep -c -x -E "\.Xr netprobe-$command 1( ,)?" "$(manual_of)")" = 2 ] || fail "no .Xr netprobe-$command"
    done
}

@test "the manual has every example of help" {
    for command in "" "${commands[@]}"; do
        while read -r example; do
            grep -q -x -F -e ".Dl \$ $example" "$(manual_of "$command")" || fail "no example: $example"
        done < <(help_of "$command" | sed -n '/^Examples:/,$s/^  \([^ ].*\)/\1/p')
    done
}

@test "the manual is clean mdoc" {
    command -v mandoc >/dev/null || skip "mandoc is not installed"
    for page in "$root"/man/*.1; do
        run -0 mandoc -T lint -W warning "$page"
        [ -z "$output" ] || fail "$output"
    done
}

@test "help fits 80 columns and ends with three examples or more" {
    for command in "" "${commands[@]}"; do
        run -1 grep -E '.{81}' <(help_of "$command")
        examples=$(help_of "$command" | sed -n '/^Examples:/,$p' | grep -c '^  [^ ]')
        [ "$examples" -ge 3 ] || fail "$command: $examples examples"
    done
}

@test "help of scan has an example of each kind of run" {
    for option in udp where expect resume shard; do
        help_of scan | sed -n '/^Examples:/,$p' | grep -q "^  netprobe scan .*--$option" || fail "no example of --$option"
    done
}

@test "the committed completions are what netprobe writes" {
    for file in bash:netprobe.bash zsh:_netprobe fish:netprobe.fish; do
        "$netprobe" --completion "${file%%:*}" | diff "$root/completions/${file#*:}" - ||
            fail "run: make completions"
    done
}

@test "the completions know every option" {
    for command in "" "${commands[@]}"; do
        while read -r option; do
            for file in netprobe.bash _netprobe; do
                grep -q -E -e "(^|[^a-z0-9-])$option([^a-z0-9-]|\$)" "$root/completions/$file" ||
                    fail "$file lacks $option"
            done
            case $option in
            --*) form="-l ${option#--}" ;;
            *) form="-s ${option#-}" ;;
            esac
            grep -q -F -e " $form " "$root/completions/netprobe.fish" || fail "netprobe.fish lacks $option"
        done < <(options_of "$command")
    done
}

@test "bash understands its completion" {
    bash -n "$root/completions/netprobe.bash"
}

@test "zsh understands its completion" {
    command -v zsh >/dev/null || skip "zsh is not installed"
    zsh -n "$root/completions/_netprobe"
}

@test "fish understands its completion" {
    command -v fish >/dev/null || skip "fish is not installed"
    fish -n "$root/completions/netprobe.fish"
}

# complete_bash WORD...: what bash offers for the last word
complete_bash() {
    # shellcheck disable=SC2016
    bash --norc -c 'source "$0"
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _netprobe
        printf "%s\n" "${COMPREPLY[@]}"' "$root/completions/netprobe.bash" "$@"
}

@test "bash completes commands, options and values" {
    [ "$(complete_bash netprobe sc)" = scan ]
    [ "$(complete_bash netprobe pi)" = ping ]
    [ "$(complete_bash netprobe ban)" = banner ]
    [ "$(complete_bash netprobe --ver)" = --version ]
    [ "$(complete_bash netprobe --completion z)" = zsh ]
    [ "$(complete_bash netprobe scan --exclude-)" = --exclude-ports ]
    [ "$(complete_bash netprobe scan --color "")" = $'auto\nalways\nnever' ]
    [ "$(complete_bash netprobe scan --color = ne)" = never ]
    [ "$(complete_bash netprobe scan --format =)" = $'table\njson' ]
    [ "$(complete_bash netprobe scan --show open,cl)" = open,closed ]
    [ -z "$(complete_bash netprobe scan --rate "")" ]
    [ "$(complete_bash netprobe ping --pm)" = --pmtudisc ]
    [ "$(complete_bash netprobe ping -M "")" = $'do\nwant\ndont\nprobe' ]
    [ "$(complete_bash netprobe ping --format j)" = json ]
    [ -z "$(complete_bash netprobe ping -c "")" ]
    [ "$(complete_bash netprobe banner --proto p)" = $'pop3\npostgresql' ]
    [ "$(complete_bash netprobe banner --no)" = --no-tls ]
    [ "$(complete_bash netprobe so)" = sockets ]
    [ "$(complete_bash netprobe sockets --state all,clo)" = $'all,closed\nall,close-wait\nall,closing' ]
    [ "$(complete_bash netprobe sockets --sort re)" = recv-q ]
    [ "$(complete_bash netprobe pc)" = pcap ]
    [ "$(complete_bash netprobe pcap --state refused,sp)" = refused,split ]
}

@test "bash completes every option of every command" {
    for command in "${commands[@]}"; do
        same "$(options_of "$command")" "$(complete_bash netprobe "$command" - | sort -u)" "$command"
    done
}

@test "bash completes files after -o and @" {
    cd "$BATS_TEST_TMPDIR"
    touch "hosts list.txt"
    [ "$(complete_bash netprobe scan -o ho)" = "hosts list.txt" ]
    [ "$(complete_bash netprobe scan @ho)" = "@hosts list.txt" ]
}

# complete_fish LINE, complete_zsh LINE: what they offer at its end
complete_fish() {
    # shellcheck disable=SC2016
    HOME=$BATS_TEST_TMPDIR fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
        "$root/completions/netprobe.fish" "$1" | cut -f 1
}

complete_zsh() {
    : >"$BATS_TEST_TMPDIR/offers"
    HOME=$BATS_TEST_TMPDIR timeout 60 zsh "$BATS_TEST_DIRNAME/offers.zsh" "$root/completions/_netprobe" "$1" \
        "$BATS_TEST_TMPDIR/offers" >/dev/null
    sort -u "$BATS_TEST_TMPDIR/offers" | grep . || true
}

@test "fish completes options and values" {
    command -v fish >/dev/null || skip "fish is not installed"
    [ "$(complete_fish "netprobe sc")" = scan ]
    [ "$(complete_fish "netprobe scan --exclude-")" = --exclude-ports ]
    [ "$(complete_fish "netprobe scan --color ne")" = never ]
    [ "$(complete_fish "netprobe ping --pmtudisc w")" = want ]
    [[ $(complete_fish "netprobe scan --show open,cl") == *closed* ]]
    same "$(complete_bash netprobe scan --show "" | sort)" "$(complete_fish "netprobe scan --show " | sort)" "--show"
    [ "$(complete_fish "netprobe sockets --sort rtt,re")" = rtt,recv-q ]
    same "$(complete_bash netprobe sockets --state "" | sort)" "$(complete_fish "netprobe sockets --state " | sort)" "--state"
}

@test "zsh completes options and values" {
    command -v zsh >/dev/null || skip "zsh is not installed"
    [ "$(complete_zsh "netprobe sc")" = scan ]
    [ "$(complete_zsh "netprobe scan --exclude-")" = --exclude-ports ]
    [ "$(complete_zsh "netprobe scan --color ne")" = never ]
    # as it is put into the line
    same "$(complete_bash netprobe scan --show "" | sort)" "$(complete_zsh "netprobe scan --show " | tr -d '\134' | sort)" "--show"
    [ "$(complete_zsh "netprobe ping --pmtudisc w")" = want ]
    [ "$(complete_zsh "netprobe sockets --sort rtt,re")" = recv-q ]
    same "$(complete_bash netprobe sockets --state "" | sort)" "$(complete_zsh "netprobe sockets --state ")" "--state"
}

# An interval stands behind "=" or a blank, or there is none: what comes then is completed as ever.
@test "bash completes behind an option whose value may be left out" {
    [ "$(complete_bash netprobe sockets --wa)" = --watch ]
    [ -z "$(complete_bash netprobe sockets --watch =)" ]
    [ -z "$(complete_bash netprobe sockets --watch = 1)" ]
    [ -z "$(complete_bash netprobe sockets --watch = -)" ]
    [ "$(complete_bash netprobe sockets --watch --exp)" = --explain ]
    [ "$(complete_bash netprobe sockets --watch = 1s --exp)" = --explain ]
    [ "$(complete_bash netprobe sockets --watch 1s --state est)" = established ]
    same "$(options_of sockets)" "$(complete_bash netprobe sockets --watch - | sort -u)" sockets
}

@test "zsh completes behind an option whose value may be left out" {
    command -v zsh >/dev/null || skip "zsh is not installed"
    [ "$(complete_zsh "netprobe sockets --wa")" = --watch ]
    [ -z "$(complete_zsh "netprobe sockets --watch=")" ]
    [ "$(complete_zsh "netprobe sockets --watch --exp")" = --explain ]
    [ "$(complete_zsh "netprobe sockets --watch=1s --exp")" = --explain ]
}

@test "fish completes behind an option whose value may be left out" {
    command -v fish >/dev/null || skip "fish is not installed"
    [ "$(complete_fish "netprobe sockets --wa")" = --watch ]
    [ -z "$(complete_fish "netprobe sockets --watch=")" ]
    [ "$(complete_fish "netprobe sockets --watch --exp")" = --explain ]
    [ "$(complete_fish "netprobe sockets --watch=1s --exp")" = --explain ]
}

@test "help and the completions agree on what may be left out" {
    for command in "${commands[@]}"; do
        while read -r option; do
            grep -q -E "^ +(.*\})?--$option=(-)?'\[.*\]::[^:]" "$root/completions/_netprobe" || fail "_netprobe: --$option"
            grep "seen_subcommand_from $command'" "$root/completions/netprobe.fish" |
                grep -q -E -e "-l $option (-f|-F) " || fail "netprobe.fish: --$option"
        done < <(help_of "$command" | sed -n -E 's/^  (-.,|   ) --([a-z-]+) \[[^ ]+\].*/\2/p')
    done
    help_of sockets | grep -q -F -e '--watch [INTERVAL]'
    [ "$(grep -c -F ']::' "$root/completions/_netprobe")" = "$(for command in "${commands[@]}"; do
        help_of "$command"
    done | grep -c -E '^  (-.,|   ) --[a-z-]+ \[[^ ]+\]')" ]
}

# values_of OPTION: what bash offers; the files for the other shells have the same
values_of() {
    complete_bash netprobe sockets "$1" "" | sort
    sed -n -E "/^_netprobe_sockets/,/^}/s/^ +('\*')?$1='.*:_values -s , [a-z]+ (.*)' .*/\2/p" "$root/completions/_netprobe" | tr ' ' '\n' |
        sort >"$BATS_TEST_TMPDIR/zsh"
    sed -n -E "s/.* sockets'.* -l ${1#--} -x -a '\(__fish_append , ([^)]*)\)'.*/\1/p" "$root/completions/netprobe.fish" |
        tr ' ' '\n' | sort >"$BATS_TEST_TMPDIR/fish"
}

@test "the values of --state and --sort that are offered are taken, and in the manual" {
    proc=$BATS_TEST_TMPDIR/proc
    proc_some
    for option in --state --sort; do
        values=$(values_of $option)
        [ "$(wc -l <<<"$values")" -gt 10 ] || fail "bash offers $values"
        same "$values" "$(<"$BATS_TEST_TMPDIR/zsh")" "_netprobe: $option"
        same "$values" "$(<"$BATS_TEST_TMPDIR/fish")" "netprobe.fish: $option"
        for value in $values; do
            status=0
            "$netprobe" sockets --proc "$proc" $option "$value" >/dev/null || status=$?
            [ $status -le 1 ] || fail "$option $value is refused"
            grep -q -E "^(\.It .*|\.)Cm (.* )?$value( |\$)" "$(manual_of sockets)" || fail "the manual lacks $option $value"
        done
    done
}

@test "the manual names no key of --sort that is not offered" {
    keys=$(sed -n '/^\.It Fl -sort Ar KEYS/,/^A$/p' "$(manual_of sockets)" | sed -n 's/^\.Cm //p' | tr -s ' ,.' '\n' | grep . | sort)
    same "$(complete_bash netprobe sockets --sort "" | sort)" "$keys" "keys"
}
