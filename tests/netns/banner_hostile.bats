#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# `netprobe banner` against servers of bad manners (tests/tools/hostile.c): every behaviour is met by every protocol's
# side of the conversation, all at once. Whatever comes, a session ends by its deadline, memory stays small, and no
# byte of the network reaches the output as it is.

bats_require_minimum_version 1.5.0
load banner.bash

# far from what it takes (tests/bench/RESULTS.md): the sanitizers, and all runs at once, take their time
DEADLINE_MS=3000 SLACK_MS=10000
PROTOCOLS="http smtp ssh ftp pop3 imap mysql postgresql redis dns telnet tls"
PATIENCE=(--deadline 3s --listen 500ms -w 2s)

make_lab() {
    lab_up direct
    lab_hostile_all
    ask_all
}

lab_tests make_lab

ask_all() {
    local proto ports

    ports=$(hostile_ports)
    json unasked "${PATIENCE[@]}" -p "$ports" "$LAB_SERVER4" "$LAB_SERVER6" &
    json wrapped "${PATIENCE[@]}" --tls -p "$ports" "$LAB_SERVER4" &
    json http-get "${PATIENCE[@]}" --proto http --get --follow -p "$ports" "$LAB_SERVER4" &
    text table -v "${PATIENCE[@]}" -p "$ports" "$LAB_SERVER4" &
    text blocks -vv --long "${PATIENCE[@]}" --proto http --get -p "$ports" "$LAB_SERVER4" &
    for proto in $PROTOCOLS; do
        json "as-$proto" "${PATIENCE[@]}" --proto "$proto" -p "$ports" "$LAB_SERVER4" &
    done
    wait
    # Never before: a session that reads without end, and many of them
    json greedy --deadline 2s -w 2s --max-bytes 16777216 --max-lines 1000000 --proto smtp \
        -p "$(hostile_port flood),$(hostile_port endless-lines),$(hostile_port long-line)" "$LAB_SERVER4"
    on server ip route add local 10.50.0.0/20 dev lo
    on client ip route add 10.50.0.0/20 via "$LAB_SERVER4"
    json many --deadline 4s --listen 500ms -w 2s -p "$(hostile_port never)" 10.50.0.1-10.50.7.208
    json flooded --deadline 4s --listen 500ms -w 2s -p "$(hostile_port flood)" 10.50.0.1-10.50.3.232
}

# The runs that met every behaviour once.
matrix() {
    echo http-get wrapped
    printf 'as-%s\n' http smtp ssh ftp pop3 imap mysql postgresql redis dns telnet tls
}

runs() {
    echo unasked greedy many flooded
    matrix
}

# behaved RUN BEHAVIOUR FILTER: true for the record of that port
behaved() {
    port "$1" "$(hostile_port "$2")" "$3"
}

@test "no run crashes, and every session has its record" {
    local run count

    count=$("$LAB_BUILD/tests/tools/hostile" | wc -l)
    for run in $(runs) table blocks; do
        [ "$(cat "$LAB_DIR/$run.status")" -le 1 ] || { echo "$run: $(cat "$LAB_DIR/$run.status" "$LAB_DIR/$run.err")" >&2; return 1; }
    done
    for run in $(matrix); do
        is "$run" "map(select(.type == \"banner\") | .port) | length == $count and length == (unique | length)"
    done
    is unasked "map(select(.type == \"banner\")) | length == 2 * $count"
    is many 'map(select(.type == "banner")) | length == 2000'
    is flooded 'map(select(.type == "banner")) | length == 1000'
}

@test "every line of JSON is one whole object, with a state that is known" {
    local run

    for run in $(runs); do
        same "$run $(jq -c . "$LAB_DIR/$run.json" | wc -l)" "$run $(wc -l <"$LAB_DIR/$run.json")"
        is "$run" 'map(select(.type == "banner")) | length > 0
            and all(.state | IN("ok", "silent", "closed", "refused", "timeout", "mismatch"))'
        is "$run" 'map(select(.type == "banner")) | all(.limit | IN(null, "bytes", "lines", "time", "redirects"))'
    done
}

# Of how much by netprobe's own account a session, and by the clock on the wall a run, was late.
@test "every session ends by its deadline" {
    local run late wall

    for run in unasked $(matrix); do
        late=$(jq -s "[.[] | select(.type == \"banner\") | .phases_ms.total] | max - $DEADLINE_MS" "$LAB_DIR/$run.json")
        wall=$(awk -v d=$DEADLINE_MS '{ printf "%d", $1 * 1000 - d }' "$LAB_DIR/$run.figures")
        echo "# $run: the last session ${late} ms past its deadline, the whole run $wall ms" >&3
        awk -v late="$late" -v slack=$SLACK_MS 'BEGIN { exit !(late < slack) }'
        [ "$wall" -lt $SLACK_MS ]
    done
}

# no_raw FILE...: nothing that a terminal acts on, nothing that is not UTF-8
no_raw() {
    local file

    for file; do
        if LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]' "$file" | cat -v | head -n 3 | grep . >&2; then
            echo "in $file" >&2
            return 1
        fi
        iconv -f UTF-8 -t UTF-8 "$file" >/dev/null || return 1
    done
}

@test "no byte of the network reaches the output as it is" {
    no_raw "$LAB_DIR"/*.json "$LAB_DIR"/*.txt "$LAB_DIR"/*.err
    grep -qF '\x1b' "$LAB_DIR/table.txt"
    grep -qF '\x1b' "$LAB_DIR/table.err"
    grep -qF '\x1b' "$LAB_DIR/blocks.txt"
    grep -qF '\\x1b' "$LAB_DIR/as-smtp.json"
}

@test "memory stays small" {
    local run

    [ "${VARIANT:-release}" = release ] || skip "the sanitizer's own memory is measured, too"
    for run in $(runs) table blocks; do
        echo "# $run: $(cut -d' ' -f2 "$LAB_DIR/$run.figures") KB" >&3
        [ "$(cut -d' ' -f2 "$LAB_DIR/$run.figures")" -lt 65536 ]
    done
}

@test "what was said is told, whatever the manners" {
    behaved as-smtp half '.state == "closed" and .raw == "220 mail.exam"'
    behaved as-smtp nuls '.proto == "smtp" and .smtp.code == 220'
    behaved as-smtp invalid-utf8 '.proto == "smtp" and .smtp.code == 220'
    behaved as-smtp escapes '.smtp.code == 220 and (.smtp.greeting | contains("\\x1b[31mred"))'
    behaved as-ssh escapes-ssh '.proto == "ssh" and (.ssh.notices | length == 1)'
    behaved as-http escapes-http '.http.status == 200 and (.http.server | contains("\\x1b")) and .state == "ok"'
    behaved http-get escapes-http '.http.title | contains("\\x1b")'
    behaved as-http lying-length '.http.status == 200'
    behaved http-get lying-chunk '.http.status == 200'
    behaved as-ssh lying-kexinit '.ssh.software == "lies"'
    behaved as-ssh lying-namelist '.ssh.software == "lies"'
}

@test "silence and its relatives" {
    local proto

    for proto in $PROTOCOLS; do
        behaved "as-$proto" never '.state == "silent" and .bytes == 0'
        behaved "as-$proto" no-window '.state == "silent"'
        behaved "as-$proto" close '.state == "closed"'
        behaved "as-$proto" reset '.state == "closed"'
    done
    is many 'map(select(.type == "banner")) | all(.state == "silent")'
    exits many 1
}

@test "what has no end is cut, and the record says by what" {
    behaved as-smtp endless-lines '.limit | IN("lines", "bytes")'
    behaved as-http endless-headers '.limit | IN("lines", "bytes")'
    behaved as-http continue-forever '.http.status == 100 and .bytes <= 65536'
    behaved as-smtp flood '.limit == "bytes" or .state == "mismatch"'
    behaved as-smtp trickle '.limit == "time" or .state == "timeout"'
    behaved as-http slow-headers '.limit == "time" or .state == "timeout"'
    behaved http-get redirect-loop '.limit == "redirects" and (.redirects | length == 10)'
    each_within 'map(select(.type == "banner")) | all(.bytes <= 65536 * .connections + 16384)'
}

each_within() {
    local proto

    for proto in $PROTOCOLS; do
        is "as-$proto" "$1"
    done
}

@test "STARTTLS that goes wrong does not lose what was known before" {
    behaved as-smtp starttls-then-garbage '.smtp.starttls and .smtp.hostname == "mail.example.net" and .tls == null
        and .detail != null'
    behaved as-smtp starttls-then-silence '.smtp.starttls and .tls == null'
}

@test "what is no TLS is not called TLS" {
    behaved as-tls lying-tls '.tls == null and .state != "ok"'
    behaved as-tls tls-trickle '.tls == null and .state != "ok"'
    behaved wrapped tls-trickle '.tls == null and .state != "ok"'
}
