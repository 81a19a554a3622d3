/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/filter.h"

#include "../unit.h"
#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <stdio.h>
#include <string.h>

/* ---- the sockets of a small machine, a letter each */

struct row {
	char letter;
	uint8_t proto, state;
	const char *local;
	uint16_t local_port;
	const char *peer;
	uint16_t peer_port;
	uint32_t interface, uid;
	uint64_t inode, cgroup;
	const char *path;
	size_t path_len;
};

static const struct row rows[] = {
	{'a', SOCKET_TCP, SOCKET_LISTEN, "0.0.0.0", 22, "0.0.0.0", 0, .inode = 11, .cgroup = 1},
	{'b', SOCKET_TCP, SOCKET_ESTABLISHED, "10.0.0.1", 22, "10.9.8.7", 50000, .inode = 12,
		.uid = 1000, .cgroup = 1},
	{'c', SOCKET_TCP, SOCKET_CLOSE_WAIT, "127.0.0.1", 40000, "127.0.0.1", 80, .inode = 13,
		.uid = 1000, .cgroup = 2},
	{'d', SOCKET_TCP, SOCKET_ESTABLISHED, "::1", 80, "::1", 50001, .inode = 14, .uid = 33},
	{'e', SOCKET_TCP, SOCKET_ESTABLISHED, "::ffff:10.0.0.2", 443, "::ffff:192.0.2.1", 1025,
		.inode = 15, .uid = 33},
	{'f', SOCKET_TCP, SOCKET_TIME_WAIT, "2001:db8::1", 50002, "2001:db8::2", 443, .inode = 0},
	{'g', SOCKET_UDP, SOCKET_CLOSE, "0.0.0.0", 53, "0.0.0.0", 0, .inode = 16, .interface = 1},
	{'h', SOCKET_UDP, SOCKET_ESTABLISHED, "fe80::1%1", 546, "fe80::2%1", 547, .inode = 17,
		.interface = 7},
	{'u', SOCKET_UNIX, SOCKET_LISTEN, .inode = 18, .path = "/run/app.sock", .path_len = 13},
	{'v', SOCKET_UNIX, SOCKET_ESTABLISHED, .inode = 19, .path = "\0Bus\0x", .path_len = 6},
	{'w', SOCKET_UNIX, SOCKET_ESTABLISHED, .inode = 20},
};

static struct addr end_of(const char *text, uint16_t port)
{
	struct addr a = {0};

	if (text)
		ck_assert_int_eq(addr_parse(text, strlen(text), &a), 0);
	a.port = port;
	return a;
}

static struct socket_entry entry_of(const struct row *row)
{
	struct socket_entry e = {.proto = row->proto, .state = row->state, .uid = row->uid};

	e.local = end_of(row->local, row->local_port);
	e.peer = end_of(row->peer, row->peer_port);
	e.family = e.local.family;
	e.interface = row->interface;
	e.inode = row->inode;
	e.cgroup = row->cgroup;
	e.path = row->path;
	e.path_len = row->path_len;
	return e;
}

static const char *cgroup_path(void *user, uint64_t cgroup)
{
	(void)user;
	return cgroup == 1 ? "/system.slice/ssh.service" : NULL;
}

/* Frees the filter. */
static void check_matches(struct filter *f, const char *about, const char *want)
{
	char have[ARRAY_SIZE(rows) + 1];
	size_t count = 0;

	filter_on_cgroup(f, cgroup_path, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct socket_entry e = entry_of(&rows[i]);

		if (filter_matches(f, &e))
			have[count++] = rows[i].letter;
	}
	have[count] = '\0';
	ck_assert_msg(strcmp(have, want) == 0, "%s: %s, not %s", about, have, want);
	filter_free(f);
}

static struct filter *parsed(const char *text)
{
	struct filter *f = filter_new();
	struct strbuf why = {0};
	size_t at;
	int err;

	strbuf_init(&why);
	err = filter_parse(f, text, FILTER_ALL_NAMES, &why, &at);
	ck_assert_msg(err == 0, "%s: %s", text, why.text);
	strbuf_release(&why);
	return f;
}

/* ---- the language */

static const struct {
	const char *text, *want;
} meanings[] = {
	/* nothing asked for is everything */
	{"", "abcdefghuvw"},
	{" \t\n", "abcdefghuvw"},

	/* ports; none is 0 */
	{"sport = :22", "ab"},
	{"sport = 22", "ab"},
	{"sport 22", "ab"},
	{"sport :ssh", "ab"},
	{"sport = ssh", "ab"},
	{"sport = *:22", "ab"},
	{"sport = tftp", ""},
	{"dport = domain or sport = bootps or sport = domain", "g"},
	{"dport = 0", "ag"},
	{"sport = *", "abcdefgh"},
	{"sport != *", ""},
	{"sport == 22", "ab"},
	{"sport eq 22", "ab"},
	{"sport != 22", "cdefgh"},
	{"sport ne 22", "cdefgh"},
	{"sport neq :22", "cdefgh"},
	{"sport < 53", "ab"},
	{"sport lt 53", "ab"},
	{"sport <= 53", "abg"},
	{"sport le 53", "abg"},
	{"sport leq 53", "abg"},
	{"sport > 443", "cfh"},
	{"sport gt :443", "cfh"},
	{"sport >= 443", "cefh"},
	{"sport ge 443", "cefh"},
	{"sport geq 443", "cefh"},
	{"sport = inet6:80", "d"},
	{"sport = inet:80", ""},
	{"sport = inet6::80", "d"},

	/* addresses, with and without prefix and port */
	{"src 10.0.0.1", "b"},
	{"src = 10.0.0.1", "b"},
	{"dst 127.0.0.1:80", "c"},
	{"dst 127.0.0.1:http", "c"},
	{"dst 127.0.0.1:81", ""},
	{"src 127.0.0.1:*", "c"},
	{"dst 10.0.0.0/8", "b"},
	{"dst 10/8", "b"},
	{"dst 10.9/16:50000", "b"},
	{"dst 10.9.8/24", "b"},
	{"dst 10.9/24", ""},
	{"dst 10.9.8.0/21", "b"},
	{"dst 10.9.0.0/21", ""},
	{"dst 10.9.8.99/24:50000", "b"},
	{"src 0.0.0.0", "ag"},
	{"src 0.0.0.0/0", "abceg"},
	{"src :22", "ab"},
	{"src *:22", "ab"},
	{"src *", "abcdefgh"},
	{"src ::1", "d"},
	{"src [::1]", "d"},
	{"dst [::1]:50001", "d"},
	{"dst ::1:5001", ""},
	{"src 2001:db8::/32", "f"},
	{"src [2001:db8::/32]:50002", "f"},
	{"src [2001:db8::]/32:50002", "f"},
	{"src 2001:db8::/127", "f"},
	{"src 2001:db8::/128", ""},
	{"src ::/0", "defh"},
	{"src != 10.0.0.1", "acdefgh"},
	{"src ne *", ""},
	{"src localhost or src ::1", "cd"},
	{"dst localhost:80", "c"},

	/* IPv4 is the same within IPv6 */
	{"src 10.0.0.2", "e"},
	{"src 10.0.0.0/24", "be"},
	{"dst 192.0.2.0/24:1025", "e"},
	{"src ::ffff:10.0.0.2", "e"},
	{"src ::ffff:10.0.0.1", ""},
	{"src inet:*", "abcg"},
	{"src inet6:*", "defh"},
	{"src inet:10.0.0.2", ""},
	{"src inet:10.0.0.0/24", "b"},
	{"sport != inet6:443", "dfh"},
	{"src inet6:[::1]", "d"},
	{"src inet6:[::1]:80", "d"},
	{"src inet6:::1", "d"},
	{"src inet6::80", "d"},

	/* zones count where both have one */
	{"src fe80::1", "h"},
	{"src fe80::1%lo", "h"},
	{"src [fe80::1%lo]:546", "h"},

	/* unix sockets have names, and nothing else has */
	{"src /run/app.sock", "u"},
	{"src unix:/run/app.sock", "u"},
	{"src unix:/RUN/App.sock", "u"},
	{"src /run/*", "u"},
	{"src /run", ""},
	{"src /*.sock", "u"},
	{"src /r*a*.s?ck", "u"},
	{"src /run/app.sock?", ""},
	{"src /run/app.sock*", "u"},
	{"src /run/app.soc", ""},
	{"src unix:*app*", "u"},
	{"src unix:*p.*p.*", ""},
	{"src @bus@x", "v"},
	{"src @bus?x", "v"},
	{"src @Bus*", "v"},
	{"src unix:@*", "v"},
	{"src unix:*", "uvw"},
	{"src unix:?*", "uv"},
	{"src != /run/*", "vw"},
	{"not src /run/*", "abcdefghvw"},

	/* devices, where one is bound to it */
	{"dev = lo", "g"},
	{"dev lo", "g"},
	{"dev = 1", "g"},
	{"dev != lo", "abcdefh"},
	{"dev 7", "h"},
	{"dev 0", "abcdef"},

	/* cgroups, where they are known */
	{"cgroup = /system.slice/ssh.service", "ab"},
	{"cgroup /system.slice/ssh.service", "ab"},
	{"cgroup system.slice/ssh.service/", "ab"},
	{"cgroup /system.slice/ssh.servic", ""},
	{"cgroup /system.slice/ssh.service2", ""},
	{"cgroup /system.slice", ""},
	{"cgroup != /system.slice/ssh.service", "cdefghuvw"},

	/* what joins tests: not before and before or */
	{"not sport = 22", "cdefghuvw"},
	{"! sport = 22", "cdefghuvw"},
	{"not not sport = 22", "ab"},
	{"not ! ! sport = 22", "cdefghuvw"},
	{"sport = 22 dport = 0", "a"},
	{"sport = 22 and dport = 0", "a"},
	{"sport = 22 && dport = 0", "a"},
	{"sport = 22 & dport = 0", "a"},
	{"sport = 22 or sport = 53", "abg"},
	{"sport = 22 || sport = 53", "abg"},
	{"sport = 22 | sport = 53", "abg"},
	{"sport = 53 or sport = 22 and dport = 0", "ag"},
	{"sport = 53 or sport = 22 dport = 0", "ag"},
	{"sport = 22 and dport = 0 or sport = 53", "ag"},
	{"( sport = 53 or sport = 22 ) and dport = 50000", "b"},
	{"not ( sport = 53 or sport = 22 )", "cdefhuvw"},
	{"not sport = 53 or sport = 22", "abcdefhuvw"},
	{"not ( not ( sport = 22 ) )", "ab"},
	{"( ( ( sport = 22 ) ) )", "ab"},
	{"src 10.0.0.1 or src 127.0.0.1 or src ::1 or dev lo", "bcdg"},

	/* blanks only where a word could go on */
	{"sport=22", "ab"},
	{"sport=:22", "ab"},
	{"sport!=22", "cdefgh"},
	{"sport>=443", "cefh"},
	{"(sport=53|sport=22)&dport=0", "ag"},
	{"!(sport=53||sport=22)", "cdefhuvw"},
	{"!!sport=22", "ab"},
	{"not(sport=22)", "cdefghuvw"},
	{"(src 10.0.0.1)or(src ::1)", "bd"},

	/* a backslash makes a word of what is none */
	{"src /run/app.s\\ock", ""},
	{"src /run\\(x or sport=22", "ab"},
	{"src /run\\ x or sport=22", "ab"},
	{"cgroup /a=b!c<d or sport=22", "ab"},
	{"cgroup /a\\x2db or sport=22", "ab"},

	/* states: the first word begins with none or with all */
	{"state established", "bdehvw"},
	{"state ESTAB", "bdehvw"},
	{"state listening", "au"},
	{"state listening state time-wait", "afu"},
	{"state TIME_WAIT", "f"},
	{"exclude established", "acfgu"},
	{"excl established", "acfgu"},
	{"exclude established exclude listening", "cfg"},
	{"exclude established state established", "abcdefghuvw"},
	{"state connected exclude established", "cf"},
	{"state listening exclude listening", ""},
	{"state all", "abcdefghuvw"},
	{"state established sport = 22 or sport = 80", "bd"},
	{"state established ( dport = :22 or sport = :22 ) dst 10.0.0.0/8", "b"},
	{"sport = 22 state established", "b"},
	{"sport = 22 state established dst 10.0.0.0/8", "b"},
	{"state established and sport = 22", "b"},
	{"sport = 22 and state established", "b"},
	{"( sport = 22 or sport = 80 ) state established", "bd"},
};

START_TEST(filter_matches_what_the_text_says)
{
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		check_matches(parsed(meanings[i].text), meanings[i].text, meanings[i].want);
}
END_TEST

/* ---- what is wrong */

static const struct {
	const char *text, *want;
	size_t at;
	int code;
} mistakes[] = {
	/* something is missing */
	{"sport =", "expected a port behind \"=\"", 7, ERR_SYNTAX},
	{"sport", "expected a port behind \"sport\"", 5, ERR_SYNTAX},
	{"sport = or dport = :22", "expected a port behind \"=\"", 8, ERR_SYNTAX},
	{"sport = = 22", "expected a port behind \"=\"", 8, ERR_SYNTAX},
	{"dst !=", "expected an address behind \"!=\"", 6, ERR_SYNTAX},
	{"src or", "expected an address behind \"src\"", 4, ERR_SYNTAX},
	{"dev ", "expected an interface behind \"dev\"", 4, ERR_SYNTAX},
	{"cgroup )", "expected a path behind \"cgroup\"", 7, ERR_SYNTAX},
	{"state", "expected a state behind \"state\"", 5, ERR_SYNTAX},
	{"exclude (", "expected a state behind \"exclude\"", 8, ERR_SYNTAX},
	{"sport = 22 or", "expected a test behind \"or\"", 13, ERR_SYNTAX},
	{"sport = 22 and ", "expected a test behind \"and\"", 15, ERR_SYNTAX},
	{"sport = 22 && or", "expected a test behind \"&&\"", 14, ERR_SYNTAX},
	{"not", "expected a test behind \"not\"", 3, ERR_SYNTAX},
	{"or sport = 22", "expected a test before \"or\"", 0, ERR_SYNTAX},
	{"sport = 22 = 23", "expected a test behind \"22\"", 11, ERR_SYNTAX},
	{"()", "expected a test behind \"(\"", 1, ERR_SYNTAX},
	{"src :", "expected a port behind \":\"", 4, ERR_EMPTY},
	{"sport = :", "expected a port behind \":\"", 8, ERR_EMPTY},
	{"src inet:", "an address is missing", 4, ERR_EMPTY},
	{"src unix:", "expected a name behind \"unix:\"", 4, ERR_EMPTY},

	/* brackets */
	{"( sport = 22", "missing )", 12, ERR_SYNTAX},
	{"(( sport = 22 )", "missing )", 15, ERR_SYNTAX},
	{"sport = 22 )", "\")\" without \"(\"", 11, ERR_SYNTAX},
	{")", "\")\" without \"(\"", 0, ERR_SYNTAX},

	/* words */
	{"sprt = 22", "unknown word \"sprt\" (did you mean sport?)", 0, ERR_SYNTAX},
	{"sport = 22 AND dport = 1", "unknown word \"AND\" (did you mean and?)", 11, ERR_SYNTAX},
	{"sport = 22 10.0.0.1", "unknown word \"10.0.0.1\"", 11, ERR_SYNTAX},
	{"state foo", "unknown state \"foo\"", 6, ERR_SYNTAX},
	{"state established state establishd",
		"unknown state \"establishd\" (did you mean established?)", 24, ERR_SYNTAX},
	{"state LISTNING", "unknown state \"LISTNING\" (did you mean listening?)", 6, ERR_SYNTAX},
	{"autobound", "\"autobound\" cannot be known: sockets do not tell who chose their port", 0,
		ERR_SYNTAX},
	{"sport = 22 fwmark = 1", "\"fwmark\" cannot be known: the marks of sockets are not read",
		11, ERR_SYNTAX},
	{"dst > 10.0.0.1", "only ports are less or greater: \"dst\" takes = and !=", 4, ERR_SYNTAX},
	{"dev<lo", "only ports are less or greater: \"dev\" takes = and !=", 3, ERR_SYNTAX},
	{"sport < *", "\"*\" is neither less nor greater than a port", 8, ERR_PORT},

	/* states are no test */
	{"( state established )",
		"states are for the whole filter: they stand before it, outside of brackets", 2,
		ERR_SYNTAX},
	{"not state established",
		"states are for the whole filter: they stand before it, outside of brackets", 4,
		ERR_SYNTAX},
	{"sport = 22 or state listening",
		"states are for the whole filter: they stand before it, outside of brackets", 14,
		ERR_SYNTAX},
	{"state listening or sport = 22",
		"states are for the whole filter: they stand before it, outside of brackets", 0,
		ERR_SYNTAX},
	{"state listening and sport = 22 or sport = 23",
		"states are for the whole filter: they stand before it, outside of brackets", 0,
		ERR_SYNTAX},
	{"sport = 22 or sport = 23 state listening",
		"states are for the whole filter: they stand before it, outside of brackets", 25,
		ERR_SYNTAX},

	/* values */
	{"src 9002", "9002: not an IP address (a port is :9002)", 4, ERR_ADDRESS},
	{"src 65536", "65536: not an IP address", 4, ERR_ADDRESS},
	{"src 10./8", "10./8: not an IP address", 4, ERR_ADDRESS},
	{"not src 300/8", "300/8: not an IP address", 8, ERR_ADDRESS},
	{"src inet:/8", "/8: not an IP address", 4, ERR_ADDRESS},
	{"src 10.0/33", "10.0/33: prefix length out of range", 4, ERR_PREFIX},
	{"src 300.1.1.1", "300.1.1.1: not an IP address", 4, ERR_ADDRESS},
	{"src 0x7f.1", "0x7f.1: not an IP address", 4, ERR_ADDRESS},
	{"src 1:2:3", "1:2:3: not an IP address", 4, ERR_ADDRESS},
	{"src [10.0.0.1]", "[10.0.0.1]: not an IP address", 4, ERR_ADDRESS},
	{"src [::1", "[::1: not an IP address", 4, ERR_ADDRESS},
	{"src [::1]x", "[::1]x: not an IP address", 4, ERR_ADDRESS},
	{"src 10.0.0.0/33", "10.0.0.0/33: prefix length out of range", 4, ERR_PREFIX},
	{"src ::/129", "::/129: prefix length out of range", 4, ERR_PREFIX},
	{"src 10.0.0.0/", "10.0.0.0/: prefix length out of range", 4, ERR_PREFIX},
	{"src 10.0.0.0/8/8", "10.0.0.0/8/8: prefix length out of range", 4, ERR_PREFIX},
	{"src fe80::1%no-such-if", "fe80::1%no-such-if: no such interface", 4, ERR_ZONE},
	{"src inet:::1", "::1: not an IPv4 address", 4, ERR_FAMILY},
	{"src inet6:10.0.0.1", "10.0.0.1: not an IPv6 address", 4, ERR_FAMILY},
	{"src example.com/8", "example.com/8: not an IP address", 4, ERR_ADDRESS},
	{"src 10.0.0.1:65536", "65536: ports are 0 to 65535", 4, ERR_PORT},
	{"sport = 70000", "70000: ports are 0 to 65535", 8, ERR_PORT},
	{"sport = no-such-service", "no-such-service: no such service", 8, ERR_SERVICE},
	{"sport = 10.0.0.1:22", "10.0.0.1:22: not a port", 8, ERR_SYNTAX},
	{"sport=22=23", "22=23: no such service", 6, ERR_SERVICE},
	{"dev = no-such-if", "no-such-if: no such interface", 6, ERR_ZONE},
	{"dst /run/app.sock",
		"the name at the other end of a unix socket is not known: ask for src", 4,
		ERR_SYNTAX},
};

static void check_mistake(
	const char *text, enum filter_names names, const char *want, size_t at, int code)
{
	struct filter *f = filter_new();
	struct strbuf why = {0};
	size_t have_at = 12345;
	int have;

	strbuf_init(&why);
	have = filter_parse(f, text, names, &why, &have_at);
	ck_assert_msg(have == code, "%s: %d, not %d", text, have, code);
	ck_assert_msg(strcmp(why.text, want) == 0, "%s: %s, not %s", text, why.text, want);
	ck_assert_msg(have_at == at, "%s: at %zu, not %zu", text, have_at, at);
	strbuf_release(&why);
	check_matches(f, "nothing was added", "abcdefghuvw");
}

START_TEST(filter_says_what_is_wrong_and_where)
{
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++)
		check_mistake(mistakes[i].text, FILTER_ALL_NAMES, mistakes[i].want, mistakes[i].at,
			mistakes[i].code);
}
END_TEST

START_TEST(filter_looks_no_names_up_when_numeric)
{
	check_mistake("src localhost", FILTER_NO_NAMES,
		"localhost: a name, and names are not looked up", 4, ERR_NAME);
	check_mistake("sport = ssh", FILTER_NO_NAMES, "ssh: a name, and names are not looked up", 8,
		ERR_SERVICE);
	check_mistake("src 10.0.0.1:ssh", FILTER_NO_NAMES,
		"ssh: a name, and names are not looked up", 4, ERR_SERVICE);
}
END_TEST

/* Services are read from a file, hosts may be asked of the network. */
START_TEST(filter_knows_services_where_it_may_ask_for_no_host)
{
	static const char why_not[] =
		"localhost: a name, and none of a host is looked up while privileges are held";
	struct filter *f = filter_new();
	struct strbuf why = {0};
	size_t at;

	ck_assert_int_eq(filter_parse(f, "sport = ssh src :https src 10.0.0.1:ssh",
				 FILTER_SERVICE_NAMES, &why, &at),
		0);
	ck_assert_int_eq(
		filter_add_host(f, FILTER_LOCAL, "10.0.0.1:ssh", FILTER_SERVICE_NAMES, &why), 0);
	filter_free(f);
	strbuf_release(&why);
	check_mistake("src localhost:ssh", FILTER_SERVICE_NAMES, why_not, 4, ERR_NAME);
}
END_TEST

START_TEST(filter_names_the_host_that_is_unknown)
{
	struct filter *f = filter_new();
	struct strbuf why = {0};
	size_t at = 0;

	ck_assert_int_eq(filter_parse(f, "sport = 22 dst no-such-host.invalid:80", FILTER_ALL_NAMES,
				 &why, &at),
		ERR_NAME);
	ck_assert_ptr_eq(strstr(why.text, "unknown host no-such-host.invalid: "), why.text);
	ck_assert_uint_eq(at, 15);
	strbuf_release(&why);
	filter_free(f);
}
END_TEST

/* ---- bounds */

static char *repeated(const char *head, const char *piece, size_t times, const char *tail)
{
	struct strbuf text = {0};

	strbuf_puts(&text, head);
	for (size_t i = 0; i < times; i++)
		strbuf_puts(&text, piece);
	strbuf_puts(&text, tail);
	return text.text;
}

static void check_long(char *text, const char *want)
{
	check_matches(parsed(text), "long text", want);
	free(text);
}

static void check_too_long(char *text, const char *want, size_t at)
{
	check_mistake(text, FILTER_NO_NAMES, want, at, ERR_TOO_LONG);
	free(text);
}

START_TEST(filter_is_bounded)
{
	char *open = repeated("", "(", 64, "sport=22");

	check_long(repeated(open, ")", 64, ""), "ab");
	free(open);
	check_too_long(
		repeated("", "(", 65, "sport=22"), "more than 64 brackets in each other", 64);
	check_too_long(repeated("", "(", 60000, ""), "more than 64 brackets in each other", 64);
	check_long(repeated("", "!", 60000, "sport=22"), "ab");
	check_long(repeated("sport=22", "|sport=22", 4095, ""), "ab");
	check_too_long(
		repeated("sport=22", "|sport=22", 4096, ""), "more than 4096 tests", 4096 * 9);
	check_long(repeated("sport=22", " ", 65536 - 8, ""), "ab");
	check_too_long(repeated("sport=22", " ", 65536 - 7, ""), "longer than 65536 bytes", 65536);
	check_long(repeated("src /", "*", 60000, "x"), "");
	check_long(repeated("src /", "*k", 30000, ""), "");
	check_long(repeated("src ", "/", 60000, ""), "");
}
END_TEST

START_TEST(filter_shows_the_beginning_of_a_long_word)
{
	char *text = repeated("", "x", 60000, "");

	check_mistake(text, FILTER_NO_NAMES,
		"unknown word \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"", 0, ERR_SYNTAX);
	free(text);
}
END_TEST

/* ---- options */

static struct filter *with_host(struct filter *f, enum filter_side side, const char *text)
{
	struct strbuf why = {0};
	int err = filter_add_host(f, side, text, FILTER_ALL_NAMES, &why);

	ck_assert_msg(err == 0, "%s: %s", text, why.text);
	strbuf_release(&why);
	return f;
}

static struct filter *with_ports(struct filter *f, enum filter_side side, const char *text)
{
	struct strbuf why = {0};
	int err = filter_add_ports(f, side, text, &why);

	ck_assert_msg(err == 0, "%s: %s", text, why.text);
	strbuf_release(&why);
	return f;
}

START_TEST(filter_takes_any_host_of_a_side_and_each_side)
{
	struct filter *f = with_host(filter_new(), FILTER_LOCAL, "10.0.0.0/8");

	with_host(f, FILTER_LOCAL, "[::1]:80");
	with_host(f, FILTER_LOCAL, "/run/*");
	check_matches(f, "local", "bdeu");

	f = with_host(filter_new(), FILTER_LOCAL, "10.0.0.0/8");
	check_matches(with_host(f, FILTER_PEER, "192.0.2.1"), "both sides", "e");

	f = with_host(filter_new(), FILTER_EITHER, ":80");
	check_matches(f, "either side", "cd");
	check_matches(with_host(filter_new(), FILTER_EITHER, "unix:*"), "names", "uvw");
}
END_TEST

START_TEST(filter_takes_any_port_of_a_set)
{
	struct filter *f = with_ports(filter_new(), FILTER_EITHER, "80,440-450");

	check_matches(f, "either end", "cdef");
	check_matches(with_ports(filter_new(), FILTER_LOCAL, "80"), "local", "d");
	check_matches(with_ports(filter_new(), FILTER_PEER, "80"), "peer", "c");
	f = with_ports(filter_new(), FILTER_EITHER, "ssh");
	check_matches(with_ports(f, FILTER_EITHER, "domain"), "twice", "abg");
	/* tftp is UDP's alone */
	check_matches(with_ports(filter_new(), FILTER_EITHER, "ssh,tftp"), "by name", "ab");
	check_matches(with_ports(filter_new(), FILTER_EITHER, "-"), "all", "abcdefgh");
}
END_TEST

START_TEST(filter_says_what_is_wrong_with_an_option)
{
	struct filter *f = filter_new();
	struct strbuf why = {0};

	ck_assert_int_eq(filter_add_ports(f, FILTER_EITHER, "22,70000,1", &why), ERR_PORT);
	ck_assert_str_eq(why.text, "70000: ports are 1 to 65535");
	strbuf_reset(&why);
	ck_assert_int_eq(filter_add_ports(f, FILTER_EITHER, "22,sssh", &why), ERR_SERVICE);
	ck_assert_str_eq(why.text, "sssh: no such service");
	strbuf_reset(&why);
	ck_assert_int_eq(filter_add_ports(f, FILTER_EITHER, "22,", &why), ERR_EMPTY);
	ck_assert_str_eq(why.text, "nothing given");
	strbuf_reset(&why);
	ck_assert_int_eq(filter_add_host(f, FILTER_LOCAL, "10.0.0.0/40", FILTER_ALL_NAMES, &why),
		ERR_PREFIX);
	ck_assert_str_eq(why.text, "10.0.0.0/40: prefix length out of range");
	strbuf_reset(&why);
	ck_assert_int_eq(filter_add_host(f, FILTER_LOCAL, "", FILTER_ALL_NAMES, &why), ERR_EMPTY);
	ck_assert_str_eq(why.text, "an address is missing");
	strbuf_reset(&why);
	ck_assert_int_eq(
		filter_add_host(f, FILTER_LOCAL, "localhost", FILTER_NO_NAMES, &why), ERR_NAME);
	ck_assert_str_eq(why.text, "localhost: a name, and names are not looked up");
	strbuf_reset(&why);
	ck_assert_int_eq(
		filter_add_host(f, FILTER_PEER, "/run/x", FILTER_NO_NAMES, &why), ERR_SYNTAX);
	strbuf_release(&why);
	check_matches(f, "nothing was added", "abcdefghuvw");
}
END_TEST

/* TIME_WAIT (f) says 0, and that is not root. */
START_TEST(filter_takes_any_user_where_the_kernel_knows_him)
{
	struct filter *f = filter_new();

	filter_add_user(f, 1000);
	filter_add_user(f, 33);
	check_matches(f, "two users", "bcde");
	f = filter_new();
	filter_add_user(f, 0);
	check_matches(f, "root", "aghuvw");
}
END_TEST

START_TEST(filter_joins_text_and_options)
{
	struct filter *f = with_ports(parsed("src 10.0.0.0/8 or src ::1"), FILTER_EITHER, "22,80");
	struct strbuf why = {0};
	size_t at;

	filter_add_user(f, 1000);
	check_matches(f, "port and user", "b");
	f = parsed("sport = 22");
	ck_assert_int_eq(filter_parse(f, "dport = 0 or dport = 80", FILTER_NO_NAMES, &why, &at), 0);
	check_matches(f, "two texts", "a");
}
END_TEST

/* ---- states */

static void check_states(struct filter *f, unsigned want, bool want_given)
{
	bool given;

	ck_assert_uint_eq(filter_states(f, &given), want);
	ck_assert_int_eq(given, want_given);
	filter_free(f);
}

START_TEST(filter_tells_the_states_that_can_match)
{
	unsigned listen = SOCKET_BIT(SOCKET_LISTEN), closed = SOCKET_BIT(SOCKET_CLOSE);
	struct filter *f;

	check_states(filter_new(), SOCKET_ALL_STATES, false);
	check_states(parsed("sport = 22"), SOCKET_ALL_STATES, false);
	check_states(parsed("state listening"), listen, true);
	check_states(parsed("exclude listening sport = 22"), SOCKET_ALL_STATES & ~listen, true);
	check_states(parsed("state all"), SOCKET_ALL_STATES, true);

	f = filter_new();
	filter_add_states(f, listen);
	filter_add_states(f, closed);
	check_states(f, listen | closed, true);

	f = parsed("exclude listening");
	filter_add_states(f, listen | closed);
	check_states(f, closed, true);

	f = filter_new();
	filter_add_states(f, closed);
	check_matches(f, "--state close", "g");
}
END_TEST

/* A kernel may have states that have no name here. */
START_TEST(filter_of_nothing_matches_a_state_without_name)
{
	struct socket_entry e = entry_of(&rows[0]);
	struct filter *f = filter_new();

	e.state = 200;
	ck_assert(filter_matches(f, &e));
	filter_add_states(f, SOCKET_ALL_STATES);
	ck_assert(!filter_matches(f, &e));
	filter_free(f);
}
END_TEST

/* Where "wan" is 1, and the index of our own "lo" is nobody's. */
static const char *interface_elsewhere(const void *user, const char *name, uint32_t *index)
{
	const char *only = user;

	*index = strcmp(name, only) == 0;
	return *index ? NULL : "not here";
}

static void ask_elsewhere(const char *text, const char *letters, const char *why_not)
{
	struct filter *f = filter_new();
	struct strbuf why = {0};
	size_t at;
	int err;

	filter_on_interface(f, interface_elsewhere, "wan");
	err = filter_parse(f, text, FILTER_NO_NAMES, &why, &at);
	ck_assert_msg(err == (why_not ? ERR_ZONE : 0), "%s: %s", text, why.text);
	if (why_not) {
		ck_assert_str_eq(why.text, why_not);
		filter_free(f);
	} else {
		check_matches(f, text, letters);
	}
	strbuf_release(&why);
}

START_TEST(filter_takes_names_of_interfaces_for_what_they_are_elsewhere)
{
	ask_elsewhere("dev wan", "g", NULL);
	ask_elsewhere("dev 7", "h", NULL);
	ask_elsewhere("src fe80::1%wan", "h", NULL);
	ask_elsewhere("src [fe80::1%wan]:546", "h", NULL);
	ask_elsewhere("src fe80::%wan/64", "h", NULL);
	ask_elsewhere("src fe80::1%2", "", NULL);
	ask_elsewhere("dev lo", NULL, "lo: not here");
	ask_elsewhere("src fe80::1%lo", NULL, "fe80::1%lo: not here");
	ask_elsewhere("src fe80::1%0", NULL, "fe80::1%0: no such interface");
	ask_elsewhere("src 2001:db8::1%wan", NULL, "2001:db8::1%wan: no such interface");
}
END_TEST

START_TEST(filter_begins_with_a_word_of_its_own)
{
	static const char *const filters[] = {"state", "src=10.0.0.1", "not dst 1.2.3.4",
		"FIN_WAIT_1", "( dport = 22 )", "(dport=22)", "!src", " dev", "and"};
	static const char *const others[] = {
		"", "statement", "state.txt", "./state", "src/out", "Dst", "minute.json"};

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		ck_assert_msg(filter_begins(filters[i]), "%s", filters[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		ck_assert_msg(!filter_begins(others[i]), "%s", others[i]);
}
END_TEST

static void allow(
	enum filter_side side, const char *hosts, const char *ports, bool others, bool is_unix)
{
	struct filter *f = filter_new();
	struct strbuf why = {0};

	if (hosts)
		ck_assert_int_eq(filter_add_host(f, side, hosts, true, &why), 0);
	if (ports)
		ck_assert_int_eq(filter_add_ports(f, side, ports, &why), 0);
	ck_assert_int_eq(filter_side_allows(f, side, false), others);
	ck_assert_int_eq(filter_side_allows(f, side, true), is_unix);
	filter_free(f);
	strbuf_release(&why);
}

START_TEST(filter_tells_which_kinds_the_options_leave)
{
	allow(FILTER_LOCAL, NULL, NULL, true, true);
	allow(FILTER_LOCAL, "127.0.0.1", NULL, true, false);
	allow(FILTER_LOCAL, "/run/a", NULL, false, true);
	allow(FILTER_EITHER, NULL, "80", true, false);
	allow(FILTER_EITHER, "/run/a", "80", false, false);
}
END_TEST

UNIT_MAIN("procfs/filter", filter_matches_what_the_text_says, filter_says_what_is_wrong_and_where,
	filter_looks_no_names_up_when_numeric, filter_knows_services_where_it_may_ask_for_no_host,
	filter_names_the_host_that_is_unknown, filter_is_bounded,
	filter_shows_the_beginning_of_a_long_word, filter_takes_any_host_of_a_side_and_each_side,
	filter_takes_any_port_of_a_set, filter_says_what_is_wrong_with_an_option,
	filter_takes_any_user_where_the_kernel_knows_him, filter_joins_text_and_options,
	filter_tells_the_states_that_can_match, filter_of_nothing_matches_a_state_without_name,
	filter_takes_names_of_interfaces_for_what_they_are_elsewhere,
	filter_begins_with_a_word_of_its_own, filter_tells_which_kinds_the_options_leave)
