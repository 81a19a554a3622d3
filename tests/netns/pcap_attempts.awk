# SPDX-License-Identifier: MIT
#
# Attempts, by the definitions that `netprobe pcap` keeps, of packets that tshark dissected: pcap.bash, theirs(). A packet is
# a line of tab-separated fields: time, source, source port, destination, destination port, SYN, ACK, RST, sequence,
# acknowledgment, payload, TSval, TSecr, IP id; or, of a packet that an ICMP error quotes, the first five and "icmp".
# An attempt comes out as: client port server port start state syn-retries synack-retries syn-synack synack-ack connect, in microseconds

BEGIN { FS = "\t" }

# Nanoseconds since the first second: what a double holds.
function time_of(text, parts) {
    split(text, parts, ".")
    if (base == "")
        base = parts[1]
    return (parts[1] - base) * 1000000000 + parts[2]
}

# "1", or "True" in later versions.
function is_set(text) {
    return text == "1" || text == "True"
}

# The same packet at another place: nothing of it but its TTL is another, and it comes at once, or almost. Without an IP id
# nobody can tell it from one that was sent again, unless that would be too soon: a SYN is not repeated within 20 ms, nor is a
# SYN-ACK without another SYN between; anything else may be, unless it comes at once.
function seen_before(key, id, soon) {
    if (key in seen && now - seen[key] <= (has_number(id) ? 20000000 : soon))
        return 1
    seen[key] = now
    return 0
}

function too_soon(text, other) {
    if (!is_set($6))
        return 100000
    return !is_set($7) || !(other in last_syn) || !(text in seen) || last_syn[other] <= seen[text] ? 20000000 : -1
}

function has_number(id) {
    return id !~ /^(0x)?0*$/
}

function begin(key) {
    a = ++attempts
    current[key] = a
    key_of[a] = key
    first[a] = now
    isn[a] = $9
    state[a] = "unanswered"
    syns[a] = synacks[a] = 0
    count[a] = 0
}

function add_syn(key) {
    if (!(key in current) || isn[current[key]] != $9 || state[current[key]] == "refused")
        begin(key)
    last_syn[key] = now
    a = current[key]
    at[a, syns[a]] = now
    tsval[a, syns[a]++] = $12
}

# The last before it, or the one whose timestamp it echoes.
function answered_by(a, echo, i) {
    for (i = 0; i < syns[a]; i++)
        if (echo != "" && tsval[a, i] == echo)
            return at[a, i]
    return at[a, syns[a] - 1]
}

function add_synack(a) {
    if ($10 != (isn[a] + 1) % 4294967296)
        return
    if (synacks[a] == 0) {
        server_isn[a] = $9
        answered[a] = answered_by(a, $13)
        if (state[a] == "unanswered")
            state[a] = "half-open"
    }
    synack_at[a, synacks[a]] = now
    synack_tsval[a, synacks[a]++] = $12
}

function add_ack(a, i, chosen) {
    if (state[a] != "half-open" || $10 - server_isn[a] < 1)
        return
    state[a] = "complete"
    ack[a] = now
    chosen = synacks[a] - 1
    for (i = 0; i < synacks[a]; i++)
        if ($13 != "" && synack_tsval[a, i] == $13)
            chosen = i
    acked[a] = synack_at[a, chosen]
}

{ now = time_of($1) }

{
    key = $2 " " $3 " " $4 " " $5
    other = $4 " " $5 " " $2 " " $3
}

$6 == "icmp" {
    a = current[key]
    if (a && state[a] == "unanswered")
        state[a] = "rejected"
    next
}

{ text = key " " $6 " " $7 " " $8 " " $9 " " $10 " " $11 " " $12 " " $14 }

seen_before(text, $14, too_soon(text, other)) { next }

{
    syn = is_set($6)
    ack_flag = is_set($7)
    rst = is_set($8)
}

syn && !ack_flag { add_syn(key); next }
syn { if (other in current) add_synack(current[other]); next }

rst && other in current && state[current[other]] == "unanswered" && $10 == (isn[current[other]] + 1) % 4294967296 {
    state[current[other]] = "refused"
}

!rst && ack_flag && key in current { add_ack(current[key]) }

# Larger than 2^31, which printf's %d need not hold.
function whole(number) {
    return sprintf("%.0f", number)
}

function micro(ns) {
    return whole(int((ns + 500) / 1000))
}

END {
    for (a = 1; a <= attempts; a++)
        print key_of[a], whole(base * 1000000 + int(first[a] / 1000)), state[a], syns[a] - 1,
            synacks[a] ? synacks[a] - 1 : 0,
            synacks[a] ? micro(synack_at[a, 0] - answered[a]) : "-",
            state[a] == "complete" ? micro(ack[a] - acked[a]) : "-",
            state[a] == "complete" ? micro(ack[a] - first[a]) : "-"
}
