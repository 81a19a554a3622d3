/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/scan_known.h"

#include "../unit.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

enum {
	OPEN = 1 << PORT_OPEN,
	CLOSED = 1 << PORT_CLOSED,
	FILTERED = 1 << PORT_FILTERED,
	UNPROVED = 1 << PORT_UNPROVED,
	SILENT = 1 << PORT_OPEN_FILTERED,
	ALL = (1 << PORT_STATES) - 2,
};

static struct scan_known *read_as(const char *text, enum known_kind kind, struct strbuf *why)
{
	char path[] = "/tmp/netprobe-unit-XXXXXX";
	int fd = mkstemp(path);
	struct scan_known *k;

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	k = scan_known_read(path, kind, why);
	/* the path is another each time */
	if (!k && strncmp(why->text, path, strlen(path)) == 0) {
		why->len -= strlen(path);
		memmove(why->text, why->text + strlen(path), why->len + 1);
	}
	unlink(path);
	return k;
}

static struct scan_known *read_text(const char *text)
{
	struct strbuf why = {0};
	struct scan_known *k;

	strbuf_init(&why);
	k = read_as(text, KNOWN_ANY, &why);
	ck_assert_msg(k != NULL, "%s", why.text);
	strbuf_release(&why);
	return k;
}

static void expect_refused(const char *text, enum known_kind kind, const char *said)
{
	struct strbuf why = {0};

	ck_assert_msg(!read_as(text, kind, &why), "%s", text);
	ck_assert_msg(strstr(why.text, said), "%s: %s", text, why.text);
	ck_assert_ptr_null(strchr(why.text, '\n'));
	strbuf_release(&why);
}

static struct addr address(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, strlen(text), &a), 0);
	return a;
}

static unsigned states(const struct scan_known *k, const char *addr, uint16_t port)
{
	struct addr a = address(addr);

	return scan_known_states(k, &a, port, IPPROTO_TCP, NULL);
}

static unsigned udp_states(const struct scan_known *k, const char *addr, uint16_t port)
{
	struct addr a = address(addr);

	return scan_known_states(k, &a, port, IPPROTO_UDP, NULL);
}

START_TEST(lines_name_ports_and_their_states)
{
	struct scan_known *k = read_text("# what shall be\n\n"
					 "192.0.2.10 22,80-82 open\n"
					 "\t192.0.2.10\t 443 closed,filtered # or so\r\n"
					 "[2001:db8::1] http open|filtered\n"
					 "192.0.2.11 domain/udp unproved\n"
					 "192.0.2.11 53/tcp all");

	ck_assert(!scan_known_is_records(k) && !scan_known_is_empty(k));
	ck_assert_uint_eq(states(k, "192.0.2.10", 22), OPEN);
	ck_assert_uint_eq(states(k, "192.0.2.10", 82), OPEN);
	ck_assert_uint_eq(states(k, "192.0.2.10", 83), 0);
	ck_assert_uint_eq(states(k, "192.0.2.10", 443), CLOSED | FILTERED);
	ck_assert_uint_eq(udp_states(k, "192.0.2.10", 22), 0);
	ck_assert_uint_eq(states(k, "2001:db8::1", 80), SILENT);
	ck_assert_uint_eq(udp_states(k, "192.0.2.11", 53), UNPROVED);
	ck_assert_uint_eq(states(k, "192.0.2.11", 53), ALL);
	ck_assert_uint_eq(states(k, "192.0.2.12", 53), 0);
	scan_known_free(k);
}
END_TEST

START_TEST(fewer_addresses_count_before_more_whatever_their_ports)
{
	struct scan_known *k = read_text("192.0.2.10 - closed\n"
					 "192.0.2.0/24 22 open\n"
					 "192.0.2.8-11 22 filtered\n"
					 "0.0.0.0/0 22 unproved\n");

	ck_assert_uint_eq(states(k, "192.0.2.10", 22), CLOSED);
	ck_assert_uint_eq(states(k, "192.0.2.11", 22), FILTERED);
	ck_assert_uint_eq(states(k, "192.0.2.12", 22), OPEN);
	ck_assert_uint_eq(states(k, "192.0.3.0", 22), UNPROVED);
	ck_assert_uint_eq(states(k, "192.0.3.0", 23), 0);
	ck_assert_uint_eq(states(k, "::", 22), 0);
	scan_known_free(k);
}
END_TEST

START_TEST(then_fewer_ports_count_before_more_then_later_lines)
{
	struct scan_known *k =
		read_text("10.0.0.1 22 open\n10.0.0.1 20-30 closed\n10.0.0.1 - filtered\n"
			  "10.0.0.1 25 closed\n10.0.0.1 25 open\n"
			  "10.0.0.0/24 22 open\n10.0.0.0/24 20-30 closed\n"
			  "10.0.0.0/24 - filtered\n"
			  "10.0.0.0/24 25 closed\n10.0.0.0/24 25 open\n"
			  "10.0.0.9/32 7 open\n10.0.0.9 - closed\n10.0.0.9 1- filtered\n");

	for (int i = 1; i <= 2; i++) {
		const char *addr = i == 1 ? "10.0.0.1" : "10.0.0.2";

		ck_assert_uint_eq(states(k, addr, 22), OPEN);
		ck_assert_uint_eq(states(k, addr, 23), CLOSED);
		ck_assert_uint_eq(states(k, addr, 31), FILTERED);
		ck_assert_uint_eq(states(k, addr, 25), OPEN);
	}
	ck_assert_uint_eq(states(k, "10.0.0.9", 7), OPEN);
	ck_assert_uint_eq(states(k, "10.0.0.9", 8), FILTERED);
	scan_known_free(k);
}
END_TEST

START_TEST(ports_that_are_named_one_by_one_come_each_once)
{
	struct scan_known *k =
		read_text("10.0.0.2 80,22 open\n10.0.0.1 - closed\n10.0.0.0/24 7 open\n"
			  "10.0.0.2 53/udp open\n10.0.0.1 443 open\n10.0.0.2 22 closed\n");
	static const struct {
		const char *addr;
		int proto;
		uint16_t port;
		unsigned states;
	} wanted[] = {
		{"10.0.0.2", IPPROTO_TCP, 22, CLOSED},
		{"10.0.0.2", IPPROTO_TCP, 80, OPEN},
		{"10.0.0.2", IPPROTO_UDP, 53, OPEN},
		{"10.0.0.1", IPPROTO_TCP, 443, OPEN},
	};
	struct addr a;
	uint64_t at = 0;
	unsigned found;
	int proto;

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		struct addr b = address(wanted[i].addr);

		ck_assert(scan_known_next(k, &at, &a, &proto, &found));
		ck_assert(addr_same(&a, &b));
		ck_assert_uint_eq(a.port, wanted[i].port);
		ck_assert_int_eq(proto, wanted[i].proto);
		ck_assert_uint_eq(found, wanted[i].states);
	}
	ck_assert(!scan_known_next(k, &at, &a, &proto, &found));
	scan_known_free(k);
}
END_TEST

START_TEST(lines_that_are_none_are_told_with_their_place)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{"10.0.0.1 80\n", ":1: a line is ADDRESS PORTS STATE"},
		{"# x\n\n10.0.0.1 80 open closed\n", ":3: a line is ADDRESS PORTS STATE"},
		{"db.example 80 open\n", ":1: 'db.example': an address"},
		{"10.0.0.256 80 open\n", ":1: '10.0.0.256': an address"},
		{"10.0.0.1/33 80 open\n", ":1: '10.0.0.1/33': "},
		{"10.0.0.9-1 80 open\n", ":1: '10.0.0.9-1': "},
		{"10.0.0.1:80 80 open\n", ":1: '10.0.0.1:80': an address"},
		{"10.0.0.1 80/sctp open\n", ":1: '80/sctp': ports end in"},
		{"10.0.0.1 80,70000 open\n", ":1: '70000': "},
		{"10.0.0.1 ,80 open\n", ":1: '': "},
		{"10.0.0.1 80 ajar\n", ":1: 'ajar': states are"},
		{"10.0.0.1 80 open,\n", ":1: 'open,': states are"},
		{"10.0.0.1 80 pending", ":1: 'pending': states are"},
		{"127.0.0.1, round trip 0.02 ms\n", ":1: "},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_refused(cases[i].text, KNOWN_ANY, cases[i].said);
	expect_refused("10.0.0.1 80 open\n", KNOWN_RECORDS, ":1: no record");
}
END_TEST

#define RUN(more)                                                                                  \
	"{\"type\":\"run\",\"schema\":1,\"command\":\"scan\",\"args\":[\"scan\","                  \
	"\"a\\\\\\\\b\\\\x0a\"]" more "}\n"
#define PORT(addr, proto, port, state)                                                             \
	"{\"type\":\"port\",\"addr\":\"" addr "\",\"proto\":\"" proto "\",\"port\":" port          \
	",\"state\":\"" state "\",\"reason\":\"rst\"}\n"
#define SUMMARY(addr, counts, unproved)                                                            \
	"{\"type\":\"summary\",\"addr\":\"" addr "\",\"counts\":{" counts                          \
	"},\"unproved\":" unproved "}\n"

START_TEST(records_name_ports_and_the_last_of_a_port_counts)
{
	struct scan_known *k = read_text(RUN("") PORT("10.0.0.1", "tcp", "80", "open") PORT(
		"10.0.0.1", "udp", "80", "open|filtered") PORT("10.0.0.1", "tcp", "80",
		"closed") "{\"type\":\"of later versions\"}\n{\"type\":\"end\",\"exit\":0}\n");
	struct addr a = address("10.0.0.1");
	enum port_reason reason;

	ck_assert(scan_known_is_records(k));
	ck_assert_uint_eq(scan_known_states(k, &a, 80, IPPROTO_TCP, &reason), CLOSED);
	ck_assert_int_eq(reason, REASON_RST);
	ck_assert_uint_eq(udp_states(k, "10.0.0.1", 80), SILENT);
	scan_known_free(k);
}
END_TEST

static bool is_guess(const struct scan_known *k, uint16_t port)
{
	struct addr a = address("10.0.0.1");

	return scan_known_is_guess(k, &a, port, IPPROTO_UDP);
}

START_TEST(silence_that_no_record_proves_is_a_guess_and_a_line_is_none)
{
#define SILENCE(port, more)                                                                        \
	"{\"type\":\"port\",\"addr\":\"10.0.0.1\",\"proto\":\"udp\",\"port\":" port                \
	",\"state\":\"open|filtered\"" more "}\n"
	struct scan_known *k = read_text(RUN("") SILENCE("1", ",\"proved\":true")
			SILENCE("2", ",\"proved\":false") SILENCE("3", "")
				SILENCE("4", ",\"proved\":1") PORT("10.0.0.1", "udp", "5", "closed")
					SILENCE("6", "") SILENCE("6", ",\"proved\":true")
						PORT("10.0.0.1", "udp", "8", "unproved"));
	static const bool guesses[] = {false, false, true, true, true, false, false, false, true};

	for (uint16_t port = 1; port < 9; port++)
		ck_assert_msg(is_guess(k, port) == guesses[port], "%u", port);
	scan_known_free(k);
	k = read_text("10.0.0.1 1/udp open|filtered\n");
	ck_assert(!is_guess(k, 1));
	scan_known_free(k);
#undef SILENCE
}
END_TEST

START_TEST(it_knows_of_which_protocol_something_is_said)
{
	static const struct {
		const char *text;
		bool tcp, udp;
	} cases[] = {
		{"", false, false},
		{"10.0.0.1 1 open\n", true, false},
		{"10.0.0.1 1/udp open\n", false, true},
		{"10.0.0.1 -/udp open\n", false, true},
		{"10.0.0.0/24 1/udp open\n", false, true},
		{"10.0.0.0/24 1/udp open\n10.0.0.1 - open\n", true, true},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scan_known *k = read_text(cases[i].text);

		ck_assert_msg(scan_known_has(k, IPPROTO_TCP) == cases[i].tcp, "%s", cases[i].text);
		ck_assert_msg(scan_known_has(k, IPPROTO_UDP) == cases[i].udp, "%s", cases[i].text);
		scan_known_free(k);
	}
}
END_TEST

START_TEST(a_run_says_what_it_was)
{
	struct scan_known *k = read_text(RUN(",\"seed\":18446744073709551615,\"shard\":\"3/7\""));
	const struct known_run *run = scan_known_run(k);

	ck_assert_uint_eq(run->arg_count, 2);
	ck_assert_str_eq(run->args[0], "scan");
	ck_assert_str_eq(run->args[1], "a\\b\n");
	ck_assert_ptr_null(run->args[2]);
	ck_assert(run->has_seed && run->seed == UINT64_MAX);
	ck_assert_str_eq(run->shard, "3/7");
	ck_assert(run->single && !run->ended);
	scan_known_free(k);
	k = read_text("{\"type\":\"end\",\"exit\":0}\n");
	ck_assert_ptr_null(scan_known_run(k));
	scan_known_free(k);
}
END_TEST

static void expect_end(const char *text, bool single, bool ended, int status)
{
	struct scan_known *k = read_text(text);
	const struct known_run *run = scan_known_run(k);

	ck_assert_msg(run->single == single && run->ended == ended, "%s", text);
	if (ended)
		ck_assert_int_eq(run->exit, status);
	scan_known_free(k);
}

START_TEST(a_run_has_ended_when_the_last_that_went_on_with_it_has)
{
	expect_end(RUN("") "{\"type\":\"end\",\"exit\":1}\n", true, true, 1);
	expect_end(RUN("") "{\"type\":\"end\",\"exit\":2}\n", true, false, 0);
	expect_end(RUN("") "{\"type\":\"end\",\"exit\":1}", true, false, 0);
	expect_end(
		RUN("") "{\"type\":\"end\",\"exit\":2}\n" RUN(",\"resumed\":true"), true, false, 0);
	expect_end(
		RUN("") RUN(",\"resumed\":true") "{\"type\":\"end\",\"exit\":0}\n", true, true, 0);
	expect_end(RUN("") "{\"type\":\"end\",\"exit\":0}\n" RUN(""), false, false, 0);
}
END_TEST

START_TEST(a_cut_record_does_not_count)
{
	struct scan_known *k = read_text(RUN("") PORT("10.0.0.1", "tcp", "80",
		"open") "{\"type\":\"port\",\"addr\":\"10.0.0.1\",\"proto\":\"tcp\",\"port\":81,"
			"\"state\":\"open\"}");
	uint64_t whole;

	ck_assert_uint_eq(states(k, "10.0.0.1", 80), OPEN);
	ck_assert_uint_eq(states(k, "10.0.0.1", 81), 0);
	ck_assert(scan_known_cut(k, &whole));
	ck_assert_uint_eq(whole, strlen(RUN("") PORT("10.0.0.1", "tcp", "80", "open")));
	scan_known_free(k);
	k = read_text("{\"type\":\"ru");
	ck_assert(scan_known_is_records(k) && scan_known_is_empty(k) && !scan_known_run(k));
	ck_assert(scan_known_cut(k, &whole) && whole == 0);
	scan_known_free(k);
}
END_TEST

START_TEST(records_that_are_none_are_told_with_their_place)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{"{\"a\":1}\n", ":1: type is missing"},
		{RUN("") "10.0.0.1 80 open\n", ":2: no record"},
		{"10.0.0.1 80 open\n" RUN(""), ":2: a record among lines"},
		{"{\"type\":\"run\",\"schema\":2,\"command\":\"scan\"}\n",
			":1: schema 2 is not known"},
		{"{\"type\":\"run\",\"command\":\"scan\"}\n", ":1: schema is missing"},
		{"{\"type\":\"run\",\"schema\":1,\"command\":\"ping\"}\n",
			":1: written by netprobe ping"},
		{"{\"type\":\"run\",\"schema\":1,\"command\":\"scan\",\"args\":[\"\\\\\"]}\n",
			":1: args"},
		{"{\"type\":\"run\",\"schema\":1,\"command\":\"scan\",\"args\":[1]}\n", ":1: args"},
		{PORT("10.0.0", "tcp", "80", "open"), ":1: addr '10.0.0': "},
		{PORT("10.0.0.1", "sctp", "80", "open"), ":1: proto 'sctp' is not known"},
		{PORT("10.0.0.1", "tcp", "0", "open"), ":1: port is none"},
		{PORT("10.0.0.1", "tcp", "65536", "open"), ":1: port is none"},
		{PORT("10.0.0.1", "tcp", "99999999999999999999", "open"), ":1: port is none"},
		{PORT("10.0.0.1", "tcp", "80", "pending"), ":1: state 'pending' is not known"},
		{"{\"type\":\"port\"}\n", ":1: addr is missing"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_refused(cases[i].text, KNOWN_ANY, cases[i].said);
}
END_TEST

START_TEST(a_summary_is_taken_once_and_by_its_number_of_ports)
{
	struct scan_known *k = read_text(
		RUN("") SUMMARY("10.0.0.1", "\"open\":1,\"open|filtered\":2", "0") SUMMARY(
			"10.0.0.1", "\"closed\":1", "0") SUMMARY("10.0.0.2", "\"unproved\":4", "4")
			SUMMARY("10.0.0.3", "\"closed\":1,\"unproved\":1", "7"));
	uint32_t counts[PORT_STATES];
	struct addr a = address("10.0.0.1");

	ck_assert(!scan_known_take_summary(k, &a, 4, counts));
	ck_assert(scan_known_take_summary(k, &a, 3, counts));
	ck_assert_uint_eq(counts[PORT_OPEN], 1);
	ck_assert_uint_eq(counts[PORT_OPEN_FILTERED], 2);
	ck_assert(!scan_known_take_summary(k, &a, 3, counts));
	ck_assert(scan_known_take_summary(k, &a, 1, counts));
	a = address("10.0.0.2");
	ck_assert(scan_known_take_summary(k, &a, 4, counts));
	/* interrupted: five ports were pending */
	a = address("10.0.0.3");
	ck_assert(!scan_known_take_summary(k, &a, 2, counts));
	ck_assert(!scan_known_take_summary(k, &a, 7, counts));
	scan_known_free(k);
}
END_TEST

START_TEST(banners_are_remembered_and_are_no_ports)
{
	struct scan_known *k = read_text(RUN(
		"") "{\"type\":\"banner\",\"addr\":\"10.0.0.1\",\"port\":80,\"proto\":\"http\"}\n");
	struct addr a = address("10.0.0.1");
	uint64_t at = 0;
	unsigned found;
	int proto;

	ck_assert(scan_known_banner(k, &a, 80) && !scan_known_banner(k, &a, 81));
	ck_assert_uint_eq(states(k, "10.0.0.1", 80), 0);
	ck_assert(!scan_known_next(k, &at, &a, &proto, &found));
	scan_known_free(k);
}
END_TEST

/* Lines of all sizes of the table, each port found again. */
START_TEST(many_addresses_and_ports_are_all_kept)
{
	enum { ADDRS = 700, PORTS = 40 };
	struct strbuf text = {0};
	struct scan_known *k;

	for (int pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < ADDRS; i++)
			strbuf_printf(&text, "10.0.%u.%u %u-%u %s\n", i / 256, i % 256, i + 1,
				i + PORTS, pass ? "open" : "closed");
	k = read_text(text.text);
	for (unsigned i = 0; i < ADDRS; i++) {
		char addr[32];

		snprintf(addr, sizeof addr, "10.0.%u.%u", i / 256, i % 256);
		ck_assert_uint_eq(states(k, addr, (uint16_t)i), 0);
		for (unsigned p = i + 1; p <= i + PORTS; p++)
			ck_assert_uint_eq(states(k, addr, (uint16_t)p), OPEN);
		ck_assert_uint_eq(states(k, addr, (uint16_t)(i + PORTS + 1)), 0);
	}
	scan_known_free(k);
	strbuf_release(&text);
}
END_TEST

START_TEST(a_zone_that_is_not_named_is_any)
{
	struct scan_known *k =
		read_text("fe80::1 22 open\nfe80::2%lo 22 open\nfe80::/64 23 closed\n");
	struct addr a = address("fe80::1%lo"), b = address("fe80::2%lo"), c = address("fe80::2");

	ck_assert_uint_eq(scan_known_states(k, &a, 22, IPPROTO_TCP, NULL), OPEN);
	ck_assert_uint_eq(scan_known_states(k, &b, 22, IPPROTO_TCP, NULL), OPEN);
	ck_assert_uint_eq(scan_known_states(k, &c, 22, IPPROTO_TCP, NULL), 0);
	ck_assert_uint_eq(scan_known_states(k, &a, 23, IPPROTO_TCP, NULL), CLOSED);
	scan_known_free(k);
}
END_TEST

START_TEST(lines_without_a_zone_count_beside_those_with_one)
{
	enum { LO = 1, OTHER = 4294967 };
	struct scan_known *k = read_text("fe80::1%lo 22 closed\n"
					 "fe80::1 22,80 open\n"
					 "fe80::1 - filtered\n"
					 "fe80::1 -/udp closed\n"
					 "fe80::2%lo - closed\n"
					 "fe80::2 22 open\n"
					 "fe80::/64 7 open\n"
					 "fe80::%lo/64 - unproved\n"
					 "fe80::/64 9 open\n");
	static const struct {
		const char *addr;
		uint32_t scope;
		uint16_t port;
		unsigned states;
	} cases[] = {
		{"fe80::1", LO, 22, CLOSED},
		{"fe80::1", LO, 80, OPEN},
		{"fe80::1", LO, 81, FILTERED},
		{"fe80::1", OTHER, 22, OPEN},
		/* the address with its zone is fewer than the address in any */
		{"fe80::2", LO, 22, CLOSED},
		{"fe80::2", OTHER, 22, OPEN},
		{"fe80::2", OTHER, 7, OPEN},
		{"fe80::3", LO, 7, UNPROVED},
		{"fe80::3", LO, 9, UNPROVED},
		{"fe80::3", OTHER, 9, OPEN},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct addr a = address(cases[i].addr);

		a.scope = cases[i].scope;
		ck_assert_msg(scan_known_states(k, &a, cases[i].port, IPPROTO_TCP, NULL) ==
				      cases[i].states,
			"%s%%%u %u", cases[i].addr, a.scope, cases[i].port);
	}
	ck_assert_uint_eq(udp_states(k, "fe80::1%lo", 22), CLOSED);
	scan_known_free(k);
}
END_TEST

START_TEST(ipv4_written_as_ipv6_is_the_ipv4_address)
{
	struct scan_known *k = read_text("::ffff:10.0.0.1 22 open\n"
					 "::ffff:10.0.0.0/120 23 closed\n"
					 "::ffff:10.0.1.1-::ffff:10.0.1.9 23 filtered\n"
					 "::/0 24 open\n");
	struct addr a;
	uint64_t at = 0;
	unsigned found;
	int proto;

	ck_assert_uint_eq(states(k, "10.0.0.1", 22), OPEN);
	ck_assert_uint_eq(states(k, "10.0.0.2", 23), CLOSED);
	ck_assert_uint_eq(states(k, "10.0.1.0", 23), 0);
	ck_assert_uint_eq(states(k, "10.0.1.9", 23), FILTERED);
	ck_assert_uint_eq(states(k, "10.0.1.9", 24), 0);
	ck_assert(scan_known_next(k, &at, &a, &proto, &found));
	ck_assert_int_eq(a.family, 4);
	scan_known_free(k);
	k = read_text(PORT("::ffff:10.0.0.1", "tcp", "80", "open"));
	ck_assert_uint_eq(states(k, "10.0.0.1", 80), OPEN);
	scan_known_free(k);
}
END_TEST

START_TEST(what_is_not_there_or_empty)
{
	struct strbuf why = {0};
	struct scan_known *k = read_text("# nothing\n");

	ck_assert(scan_known_is_empty(k));
	scan_known_free(k);
	ck_assert_ptr_null(scan_known_read("/nonexistent/file", KNOWN_ANY, &why));
	ck_assert_str_eq(why.text, "/nonexistent/file: No such file or directory");
	strbuf_release(&why);
	scan_known_free(NULL);
}
END_TEST

UNIT_MAIN("cmd/scan_known", lines_name_ports_and_their_states,
	fewer_addresses_count_before_more_whatever_their_ports,
	then_fewer_ports_count_before_more_then_later_lines,
	ports_that_are_named_one_by_one_come_each_once,
	lines_that_are_none_are_told_with_their_place,
	records_name_ports_and_the_last_of_a_port_counts,
	silence_that_no_record_proves_is_a_guess_and_a_line_is_none,
	it_knows_of_which_protocol_something_is_said, a_run_says_what_it_was,
	a_run_has_ended_when_the_last_that_went_on_with_it_has, a_cut_record_does_not_count,
	records_that_are_none_are_told_with_their_place,
	a_summary_is_taken_once_and_by_its_number_of_ports, banners_are_remembered_and_are_no_ports,
	many_addresses_and_ports_are_all_kept, a_zone_that_is_not_named_is_any,
	lines_without_a_zone_count_beside_those_with_one, ipv4_written_as_ipv6_is_the_ipv4_address,
	what_is_not_there_or_empty)
