#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The resolver against name servers in a namespace of its own. Needs root, dnsmasq and `make tools`.

TOOLS=${TOOLS:-$BATS_TEST_DIRNAME/../../build/release/tests/tools}
bats_require_minimum_version 1.5.0

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root to make a network namespace"
	[ -x "$TOOLS/resolve" ] || skip "needs the test tools: make tools"
	NS=np-resolve-$$-$BATS_TEST_NUMBER
	SERVER=
	ip netns add "$NS" || skip "cannot make a network namespace here"
	ip -n "$NS" link set lo up
	mkdir -p "/etc/netns/$NS" 2>/dev/null || skip "cannot write /etc/netns, where a namespace has its resolv.conf"
	printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"/etc/netns/$NS/resolv.conf"
}

teardown() {
	[ -n "${NS:-}" ] || return 0
	if [ -n "$SERVER" ]; then
		kill "$SERVER" 2>/dev/null || true
		wait "$SERVER" 2>/dev/null || true
	fi
	ip netns del "$NS"
	rm -rf "/etc/netns/$NS"
}

# serve COMMAND...: in the namespace, in the background, until port 53 is taken
serve() {
	ip netns exec "$NS" "$@" >/dev/null 2>&1 3>&- &
	SERVER=$!
	for _ in $(seq 100); do
		ip netns exec "$NS" ss -Hlun 'sport = 53' | grep -q . && return
		sleep 0.05
	done
	echo "no name server came up" >&2
	return 1
}

serve_dnsmasq() {
	command -v dnsmasq >/dev/null || skip "needs dnsmasq"
	cat >"$BATS_TEST_TMPDIR/hosts" <<-END
		192.0.2.1 four.test
		2001:db8::6 six.test
		192.0.2.2 both.test
		2001:db8::2 both.test
		192.0.2.3 many.test
		192.0.2.4 many.test
		192.0.2.5 many.test
	END
	serve dnsmasq --no-daemon --conf-file=/dev/null --pid-file= --user=root --no-resolv --no-hosts \
		--listen-address=127.0.0.1 --bind-interfaces --addn-hosts="$BATS_TEST_TMPDIR/hosts" \
		--local=/test/ --local=/invalid/ "$@"
}

resolve() {
	ip netns exec "$NS" "$TOOLS/resolve" "$@"
}

has_line() {
	grep -qxF -- "$1" <<<"$output" || {
		printf 'no line "%s" in:\n%s\n' "$1" "$output" >&2
		return 1
	}
}

@test "addresses of the family that was asked for" {
	serve_dnsmasq
	run resolve 4 4 four.test both.test
	has_line "four.test ok 192.0.2.1"
	has_line "both.test ok 192.0.2.2"
	run resolve 6 4 six.test both.test
	has_line "six.test ok 2001:db8::6"
	has_line "both.test ok 2001:db8::2"
}

@test "all addresses of a name, once each" {
	serve_dnsmasq
	run resolve 4 1 many.test
	for last in 3 4 5; do
		[ "$(grep -o "192\.0\.2\.$last" <<<"$output" | wc -l)" -eq 1 ]
	done
	run resolve 0 1 both.test
	[[ $output == *192.0.2.2* && $output == *2001:db8::2* ]]
}

@test "a name that does not exist" {
	serve_dnsmasq
	run resolve 0 2 none.test no-such-host.invalid
	has_line "none.test failed name not found"
	has_line "no-such-host.invalid failed name not found"
}

@test "a name without an address of the family" {
	serve_dnsmasq
	run resolve 6 1 four.test
	has_line "four.test failed the name has no address of this family"
}

@test "names of addresses" {
	serve_dnsmasq --local=/2.0.192.in-addr.arpa/
	run resolve ptr 4 192.0.2.1 192.0.2.4 192.0.2.99 2001:db8::6
	has_line "192.0.2.1 ok four.test"
	has_line "192.0.2.4 ok many.test"
	has_line "192.0.2.99 failed name not found"
	has_line "2001:db8::6 ok six.test"
}

# getaddrinfo(3) of glibc has one code, EAI_AGAIN, for silence, SERVFAIL and REFUSED.
@test "a name server that refuses cannot be told from one that is silent" {
	serve_dnsmasq
	run resolve 4 1 www.example.org
	has_line "www.example.org failed no usable answer from the name server"
}

@test "no name server" {
	run resolve 4 1 four.test
	has_line "four.test failed no usable answer from the name server"
}

@test "1,000 names through a server that takes 50 ms, 64 at once, in under 2 s and 8 MB" {
	[ -x "$TOOLS/dnsdelay" ] || skip "needs the test tools: make tools"
	serve "$TOOLS/dnsdelay" 127.0.0.1 53 50 192.0.2.7
	seq -f 'host%g.test.' 1000 >"$BATS_TEST_TMPDIR/names"
	output=$(resolve 4 64 <"$BATS_TEST_TMPDIR/names")
	[ "$(grep -c ' ok 192\.0\.2\.7$' <<<"$output")" -eq 1000 ]
	last=$(tail -n 1 <<<"$output")
	echo "$last" >&2
	[[ $last =~ ^"# 1000 names, "([0-9]+)" ms, "([0-9]+)" KB"$ ]]
	[ "${BASH_REMATCH[1]}" -lt 2000 ]
	[ "${BASH_REMATCH[2]}" -lt 8192 ]
}
