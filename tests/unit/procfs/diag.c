/* SPDX-License-Identifier: MIT */
#include "../../../src/procfs/diag.h"

#include "../unit.h"

#include "netprobe/base/err.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* ---- messages by hand: numbers stand in the machine's order, addresses and ports in the network's
 */

enum { HEADER = 16, INET = 72, UNIX = 16, MESSAGE_MAX = 1024, TCP_INFO = 232 };

/* linux/inet_diag.h and linux/unix_diag.h, written once more */
enum { ATTR_INFO = 2, ATTR_CONG = 4, ATTR_MEMINFO = 7, ATTR_V6ONLY = 11, ATTR_CGROUP = 21 };
enum { ATTR_NAME = 0, ATTR_PEER = 2, ATTR_QUEUES = 4, ATTR_UID = 7 };

struct message {
	uint8_t bytes[MESSAGE_MAX];
	size_t len;
};

static void put(struct message *m, const void *bytes, size_t len)
{
	ck_assert_uint_le(m->len + len, sizeof m->bytes);
	if (len > 0)
		memcpy(m->bytes + m->len, bytes, len);
	m->len += len;
}

static void put8(struct message *m, uint8_t value)
{
	put(m, &value, sizeof value);
}

static void put16(struct message *m, uint16_t value)
{
	put(m, &value, sizeof value);
}

static void put32(struct message *m, uint32_t value)
{
	put(m, &value, sizeof value);
}

static void put_attribute(struct message *m, uint16_t type, const void *bytes, size_t len)
{
	static const uint8_t padding[4];

	put16(m, (uint16_t)(len + 4));
	put16(m, type);
	put(m, bytes, len);
	put(m, padding, -len % 4);
}

static void put_header(struct message *m)
{
	m->len = 0;
	put32(m, 0); /* length: at the end */
	put16(m, 20);
	put16(m, 2);
	put32(m, 7);
	put32(m, 8);
}

static const uint8_t local6[] = {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
static const uint8_t link6[] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};

/* 10.0.0.1:8080 to 192.0.2.7:443, or 2001:db8::1 to fe80::2 */
static struct message inet(uint8_t family, uint8_t state)
{
	static const uint8_t local4[16] = {10, 0, 0, 1}, peer4[16] = {192, 0, 2, 7};
	static const uint8_t ports[] = {0x1f, 0x90, 0x01, 0xbb};
	struct message m;

	put_header(&m);
	put8(&m, family);
	put8(&m, state);
	put8(&m, 1); /* timer */
	put8(&m, 3); /* retransmits */
	put(&m, ports, sizeof ports);
	put(&m, family == AF_INET6 ? local6 : local4, 16);
	put(&m, family == AF_INET6 ? link6 : peer4, 16);
	put32(&m, 5); /* interface */
	put32(&m, 0x89abcdef);
	put32(&m, 0x01234567); /* cookie */
	put32(&m, 210);        /* expires */
	put32(&m, 11);         /* rqueue */
	put32(&m, 12);         /* wqueue */
	put32(&m, 1000);       /* uid */
	put32(&m, 4242);       /* inode */
	ck_assert_uint_eq(m.len, HEADER + INET);
	return m;
}

static struct message local_socket(uint8_t type, uint8_t state)
{
	struct message m;

	put_header(&m);
	put8(&m, AF_UNIX);
	put8(&m, type);
	put8(&m, state);
	put8(&m, 0);
	put32(&m, 99); /* inode */
	put32(&m, 6);
	put32(&m, 0); /* cookie */
	return m;
}

/* What became of a message, which lies alone in its memory. */
struct parsed {
	struct nlmsghdr *message;
	struct socket_entry e;
	struct tcp_facts facts;
	bool has_facts;
	int result;
};

static struct parsed parse_as(const struct message *m, enum socket_proto proto, unsigned states)
{
	struct source_query query = {.states = states, .facts = true};
	struct parsed p = {.message = malloc(m->len)};
	uint32_t len = (uint32_t)m->len;

	memset(&p.e, 0xff, sizeof p.e);
	memcpy(p.message, m->bytes, m->len);
	memcpy(p.message, &len, sizeof len);
	/* the callers free it; NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	p.result = diag_parse(p.message, proto, &query, &p.e, &p.facts);
	/* this one moves */
	p.has_facts = p.result == 1 && p.e.tcp == &p.facts;
	ck_assert(p.has_facts || p.result != 1 || !p.e.tcp);
	p.e.tcp = NULL;
	return p;
}

static struct parsed parse(const struct message *m, enum socket_proto proto)
{
	struct parsed p = parse_as(m, proto, SOCKET_ALL_STATES);

	ck_assert_int_eq(p.result, 1);
	return p;
}

static void expect_failure(const struct message *m, enum socket_proto proto)
{
	struct parsed p = parse_as(m, proto, SOCKET_ALL_STATES);

	ck_assert_int_eq(p.result, ERR_SYNTAX);
	free(p.message);
}

static void expect_addr(const struct addr *a, const char *text)
{
	char got[ADDR_TEXT_MAX];

	ck_assert_str_eq(addr_port_text(a, got), text);
}

/* ---- the fixed part */

START_TEST(fields_of_a_connection_are_told)
{
	struct message m = inet(AF_INET, SOCKET_ESTABLISHED);
	struct parsed p = parse(&m, SOCKET_TCP);

	ck_assert_uint_eq(p.e.proto, SOCKET_TCP);
	ck_assert_uint_eq(p.e.family, 4);
	ck_assert_uint_eq(p.e.state, SOCKET_ESTABLISHED);
	ck_assert_uint_eq(p.e.type, 0);
	ck_assert_uint_eq(p.e.timer, SOCKET_TIMER_RETRANSMIT);
	ck_assert_uint_eq(p.e.timer_ms, 210);
	ck_assert_uint_eq(p.e.retransmits, 3);
	expect_addr(&p.e.local, "10.0.0.1:8080");
	expect_addr(&p.e.peer, "192.0.2.7:443");
	ck_assert_uint_eq(p.e.interface, 5);
	ck_assert_uint_eq(p.e.recv_q, 11);
	ck_assert_uint_eq(p.e.send_q, 12);
	ck_assert_uint_eq(p.e.uid, 1000);
	ck_assert_uint_eq(p.e.inode, 4242);
	ck_assert_uint_eq(p.e.cookie, 0x0123456789abcdef);
	ck_assert(!p.e.knows_backlog && !p.e.hides_queues);
	free(p.message);
}
END_TEST

START_TEST(what_was_not_told_is_not_known)
{
	struct message m = inet(AF_INET6, SOCKET_ESTABLISHED);
	struct parsed p = parse(&m, SOCKET_UDP);

	ck_assert(!p.e.knows_drops && !p.e.knows_v6only);
	ck_assert_uint_eq(p.e.cgroup, 0);
	ck_assert_uint_eq(p.e.netns, 0);
	ck_assert_uint_eq(p.e.peer_inode, 0);
	ck_assert_ptr_null(p.e.path);
	ck_assert_uint_eq(p.e.path_len, 0);
	ck_assert(!p.has_facts);
	free(p.message);
}
END_TEST

/* The interface of a socket bound to one is a zone only where the address needs it. */
START_TEST(only_link_local_addresses_of_ipv6_get_a_zone)
{
	struct message m = inet(AF_INET6, SOCKET_ESTABLISHED);
	struct parsed p = parse(&m, SOCKET_TCP);

	ck_assert_uint_eq(p.e.family, 6);
	expect_addr(&p.e.local, "[2001:db8::1]:8080");
	ck_assert_uint_eq(p.e.peer.scope, 5);
	ck_assert_mem_eq(p.e.peer.ip, link6, 16);
	ck_assert_uint_eq(p.e.peer.port, 443);
	free(p.message);
	m = inet(AF_INET, SOCKET_ESTABLISHED);
	m.bytes[HEADER + 8] = 169;
	m.bytes[HEADER + 9] = 254;
	p = parse(&m, SOCKET_TCP);
	expect_addr(&p.e.local, "169.254.0.1:8080");
	free(p.message);
}
END_TEST

/* The kernel leaves what it had in the rest of the field. */
START_TEST(ipv4_takes_four_bytes_of_the_address)
{
	struct message m = inet(AF_INET, SOCKET_ESTABLISHED);
	static const uint8_t none[12];
	struct parsed p;

	memset(m.bytes + HEADER + 12, 0xee, 12);
	p = parse(&m, SOCKET_TCP);
	ck_assert_mem_eq(p.e.local.ip + 4, none, sizeof none);
	free(p.message);
}
END_TEST

START_TEST(a_listening_socket_tells_its_backlog)
{
	struct message m = inet(AF_INET, SOCKET_LISTEN);
	struct parsed p = parse(&m, SOCKET_TCP);

	ck_assert(p.e.knows_backlog);
	ck_assert_uint_eq(p.e.recv_q, 11);
	ck_assert_uint_eq(p.e.send_q, 12);
	free(p.message);
}
END_TEST

START_TEST(a_timer_is_told_with_its_time_or_not_at_all)
{
	static const struct {
		uint8_t told, timer;
		uint32_t ms;
	} rows[] = {{0, SOCKET_TIMER_NONE, 0}, {2, SOCKET_TIMER_KEEPALIVE, 210},
		{3, SOCKET_TIMER_TIME_WAIT, 210}, {4, SOCKET_TIMER_PROBE, 210},
		{5, SOCKET_TIMER_NONE, 0}, {255, SOCKET_TIMER_NONE, 0}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct message m = inet(AF_INET, SOCKET_ESTABLISHED);
		struct parsed p;

		m.bytes[HEADER + 2] = rows[i].told;
		p = parse(&m, SOCKET_TCP);
		ck_assert_uint_eq(p.e.timer, rows[i].timer);
		ck_assert_uint_eq(p.e.timer_ms, rows[i].ms);
		free(p.message);
	}
}
END_TEST

START_TEST(only_states_that_were_asked_for_are_told)
{
	for (unsigned i = 1; i < SOCKET_STATES; i++) {
		uint8_t state = (uint8_t)i;
		struct message m = inet(AF_INET, state), u = local_socket(SOCK_STREAM, state);
		struct parsed p = parse_as(&m, SOCKET_TCP, SOCKET_BIT(state));

		ck_assert_int_eq(p.result, 1);
		ck_assert_uint_eq(p.e.state, state);
		free(p.message);
		p = parse_as(&m, SOCKET_TCP, SOCKET_ALL_STATES & ~SOCKET_BIT(state));
		ck_assert_int_eq(p.result, 0);
		free(p.message);
		p = parse_as(&u, SOCKET_UNIX, SOCKET_BIT(state));
		ck_assert_int_eq(p.result, 1);
		ck_assert_uint_eq(p.e.state, state);
		free(p.message);
		p = parse_as(&u, SOCKET_UNIX, SOCKET_ALL_STATES & ~SOCKET_BIT(state));
		ck_assert_int_eq(p.result, 0);
		free(p.message);
	}
}
END_TEST

START_TEST(a_number_that_is_no_state_is_an_error)
{
	static const uint8_t states[] = {0, SOCKET_STATES, 13, 31, 32, 255};

	for (size_t i = 0; i < sizeof states; i++) {
		struct message m = inet(AF_INET, states[i]);

		expect_failure(&m, SOCKET_TCP);
		m = local_socket(SOCK_STREAM, states[i]);
		expect_failure(&m, SOCKET_UNIX);
	}
}
END_TEST

START_TEST(another_family_is_an_error)
{
	struct message m = inet(AF_UNIX, SOCKET_ESTABLISHED);

	expect_failure(&m, SOCKET_TCP);
	m = inet(0, SOCKET_ESTABLISHED);
	expect_failure(&m, SOCKET_UDP);
	m = inet(AF_INET, SOCKET_ESTABLISHED);
	expect_failure(&m, SOCKET_UNIX);
}
END_TEST

START_TEST(a_message_that_is_too_short_is_an_error)
{
	for (size_t len = HEADER; len < HEADER + INET; len++) {
		struct message m = inet(AF_INET, SOCKET_ESTABLISHED);

		m.len = len;
		expect_failure(&m, SOCKET_TCP);
		expect_failure(&m, SOCKET_RAW);
	}
	for (size_t len = HEADER; len < HEADER + UNIX; len++) {
		struct message m = local_socket(SOCK_STREAM, SOCKET_ESTABLISHED);

		m.len = len;
		expect_failure(&m, SOCKET_UNIX);
	}
}
END_TEST

/* ---- attributes */

/* Where the numbers of struct tcp_info stand, which part of it they are, in what unit. */
#define FACT(at_, width_, name_, unit_)                                                            \
	{                                                                                          \
		(at_), (width_), offsetof(struct tcp_facts, name_),                                \
			sizeof(((struct tcp_facts *)NULL)->name_), (unit_)                         \
	}

static const struct {
	size_t at, width, offset, size;
	uint64_t unit;
} facts[] = {
	FACT(8, 4, rto, 1000),
	FACT(16, 4, mss, 1),
	FACT(24, 4, unacked, 1),
	FACT(32, 4, lost, 1),
	FACT(44, 4, last_sent, 1000000),
	FACT(52, 4, last_received, 1000000),
	FACT(56, 4, last_ack, 1000000),
	FACT(68, 4, rtt, 1000),
	FACT(72, 4, rttvar, 1000),
	FACT(76, 4, ssthresh, 1),
	FACT(80, 4, cwnd, 1),
	FACT(100, 4, retransmits, 1),
	FACT(104, 8, pacing_rate, 1),
	FACT(120, 8, bytes_acked, 1),
	FACT(128, 8, bytes_received, 1),
	FACT(148, 4, min_rtt, 1000),
	FACT(160, 8, delivery_rate, 1),
	FACT(168, 8, busy, 1000),
	FACT(176, 8, rwnd_limited, 1000),
	FACT(184, 8, sndbuf_limited, 1000),
	FACT(200, 8, bytes_sent, 1),
	FACT(208, 8, bytes_retransmitted, 1),
};

enum { FACTS = sizeof facts / sizeof facts[0] };

static uint64_t fact_of(const struct tcp_facts *t, size_t index)
{
	const char *at = (const char *)t + facts[index].offset;
	uint32_t word;
	uint64_t value;

	memcpy(&word, at, sizeof word);
	if (facts[index].size == sizeof word)
		return word;
	memcpy(&value, at, sizeof value);
	return value;
}

/* Each number is another: 1001, 1002, ... */
static void fill_info(uint8_t info[static TCP_INFO])
{
	memset(info, 0, TCP_INFO);
	for (size_t i = 0; i < FACTS; i++) {
		uint64_t value = 1001 + i;
		uint32_t word = (uint32_t)value;

		memcpy(info + facts[i].at, facts[i].width == 4 ? (void *)&word : (void *)&value,
			facts[i].width);
	}
}

static struct parsed parse_info(uint8_t state, const uint8_t *info, size_t len)
{
	struct message m = inet(AF_INET, state);

	put_attribute(&m, ATTR_INFO, info, len);
	return parse(&m, SOCKET_TCP);
}

START_TEST(every_fact_of_tcp_is_told_in_its_unit)
{
	uint8_t info[TCP_INFO];
	struct parsed p;

	fill_info(info);
	p = parse_info(SOCKET_ESTABLISHED, info, sizeof info);
	ck_assert(p.has_facts);
	for (size_t i = 0; i < FACTS; i++)
		ck_assert_msg(
			fact_of(&p.facts, i) == (1001 + i) * facts[i].unit, "at %zu", facts[i].at);
	ck_assert_str_eq(p.facts.congestion, "");
	free(p.message);
}
END_TEST

/* 104 bytes until Linux 3.15, 136 in 4.1, 192 in 4.17: what is not there is 0. */
START_TEST(facts_that_an_older_kernel_does_not_tell_are_0)
{
	for (size_t len = 0; len <= TCP_INFO; len += 4) {
		uint8_t info[TCP_INFO];
		struct parsed p;

		fill_info(info);
		p = parse_info(SOCKET_ESTABLISHED, info, len);
		ck_assert(p.has_facts);
		for (size_t i = 0; i < FACTS; i++) {
			if (facts[i].at >= len)
				ck_assert_uint_eq(fact_of(&p.facts, i), 0);
			else if (facts[i].at + facts[i].width <= len)
				ck_assert_uint_eq(fact_of(&p.facts, i), (1001 + i) * facts[i].unit);
		}
		free(p.message);
	}
}
END_TEST

START_TEST(facts_that_a_later_kernel_appends_are_passed_over)
{
	uint8_t info[TCP_INFO + 100];
	struct parsed p;

	fill_info(info);
	memset(info + TCP_INFO, 0xff, 100);
	p = parse_info(SOCKET_CLOSE_WAIT, info, sizeof info);
	ck_assert_uint_eq(p.facts.bytes_retransmitted, 1001 + FACTS - 1);
	free(p.message);
}
END_TEST

START_TEST(a_least_rtt_that_was_never_measured_is_not_known)
{
	uint8_t info[TCP_INFO];
	struct parsed p;

	fill_info(info);
	memset(info + 148, 0xff, 4);
	p = parse_info(SOCKET_ESTABLISHED, info, sizeof info);
	ck_assert_int_eq(p.facts.min_rtt, 0);
	free(p.message);
}
END_TEST

START_TEST(pacing_that_is_off_is_the_largest_number)
{
	uint8_t info[TCP_INFO];
	struct parsed p;

	fill_info(info);
	memset(info + 104, 0xff, 8);
	p = parse_info(SOCKET_ESTABLISHED, info, sizeof info);
	ck_assert_uint_eq(p.facts.pacing_rate, UINT64_MAX);
	free(p.message);
}
END_TEST

START_TEST(facts_of_what_is_no_connection_are_passed_over)
{
	uint8_t info[TCP_INFO];
	struct message m = inet(AF_INET, SOCKET_CLOSE);
	struct parsed p;

	fill_info(info);
	p = parse_info(SOCKET_LISTEN, info, sizeof info);
	ck_assert(!p.has_facts);
	free(p.message);
	put_attribute(&m, ATTR_INFO, info, sizeof info);
	p = parse(&m, SOCKET_UDP);
	ck_assert(!p.has_facts);
	free(p.message);
}
END_TEST

static void expect_congestion(const void *name, size_t len, const char *expected)
{
	struct message m = inet(AF_INET, SOCKET_ESTABLISHED);
	uint8_t info[TCP_INFO];
	struct parsed p;

	fill_info(info);
	put_attribute(&m, ATTR_INFO, info, sizeof info);
	put_attribute(&m, ATTR_CONG, name, len);
	p = parse(&m, SOCKET_TCP);
	ck_assert(p.has_facts);
	ck_assert_str_eq(p.facts.congestion, expected);
	free(p.message);
}

START_TEST(the_algorithm_is_cut_to_its_room)
{
	expect_congestion("cubic", 6, "cubic");
	expect_congestion("cubic", 5, "cubic");
	expect_congestion("", 0, "");
	expect_congestion("fifteen_letters", 16, "fifteen_letters");
	expect_congestion("sixteen_letters!", 16, "sixteen_letters");
	expect_congestion("a name that is longer than any can be", 38, "a name that is ");
}
END_TEST

START_TEST(an_algorithm_without_facts_is_passed_over)
{
	struct message m = inet(AF_INET, SOCKET_LISTEN);
	struct parsed p;

	put_attribute(&m, ATTR_CONG, "cubic", 6);
	p = parse(&m, SOCKET_TCP);
	ck_assert(!p.has_facts);
	free(p.message);
}
END_TEST

/* SK_MEMINFO_DROPS is the ninth number; Linux before 4.7 has eight. */
START_TEST(drops_are_known_where_the_kernel_counts_them)
{
	static const uint32_t numbers[10] = {1, 2, 3, 4, 5, 6, 7, 8, 77, 10};

	for (size_t len = 0; len <= sizeof numbers; len++) {
		struct message m = inet(AF_INET, SOCKET_CLOSE);
		bool known = len >= 36;
		struct parsed p;

		put_attribute(&m, ATTR_MEMINFO, numbers, len);
		p = parse(&m, SOCKET_UDP);
		ck_assert(p.e.knows_drops == known);
		ck_assert_uint_eq(p.e.drops, known ? 77 : 0);
		free(p.message);
	}
}
END_TEST

START_TEST(v6only_is_known_where_it_is_told)
{
	for (uint8_t only = 0; only < 2; only++) {
		struct message m = inet(AF_INET6, SOCKET_LISTEN);
		struct parsed p;

		put_attribute(&m, ATTR_V6ONLY, &only, 1);
		p = parse(&m, SOCKET_TCP);
		ck_assert(p.e.knows_v6only);
		ck_assert(p.e.v6only == only);
		free(p.message);
		m = inet(AF_INET6, SOCKET_LISTEN);
		put_attribute(&m, ATTR_V6ONLY, NULL, 0);
		p = parse(&m, SOCKET_TCP);
		ck_assert(!p.e.knows_v6only && !p.e.v6only);
		free(p.message);
	}
}
END_TEST

START_TEST(the_cgroup_is_told_whole_or_not_at_all)
{
	const uint64_t id = 0x100000002;

	for (size_t len = 0; len <= sizeof id; len++) {
		struct message m = inet(AF_INET, SOCKET_ESTABLISHED);
		struct parsed p;

		put_attribute(&m, ATTR_CGROUP, &id, len);
		p = parse(&m, SOCKET_TCP);
		ck_assert_uint_eq(p.e.cgroup, len == sizeof id ? id : 0);
		free(p.message);
	}
}
END_TEST

START_TEST(attributes_that_are_not_known_are_passed_over)
{
	struct message m = inet(AF_INET, SOCKET_ESTABLISHED);
	const uint64_t id = 7;
	struct parsed p;

	for (uint16_t type = 22; type < 60; type++)
		put_attribute(&m, type, "xyz", type % 4);
	put_attribute(&m, 0, "x", 1);
	put_attribute(&m, 15, NULL, 0); /* padding before 64 bits */
	put_attribute(&m, ATTR_CGROUP, &id, sizeof id);
	p = parse(&m, SOCKET_TCP);
	ck_assert_uint_eq(p.e.cgroup, 7);
	free(p.message);
}
END_TEST

/* Linux sets flags beside the type. */
START_TEST(the_flags_of_a_type_are_no_part_of_it)
{
	struct message m = inet(AF_INET, SOCKET_ESTABLISHED);
	const uint64_t id = 7;
	struct parsed p;

	put_attribute(&m, ATTR_CGROUP | 0x8000, &id, sizeof id);
	p = parse(&m, SOCKET_TCP);
	ck_assert_uint_eq(p.e.cgroup, 7);
	free(p.message);
}
END_TEST

/* With the message in memory of its own, a byte read beyond it is seen by the sanitizer. */
START_TEST(an_attribute_that_goes_beyond_the_message_ends_it)
{
	const uint64_t id = 7;

	for (size_t cut = 1; cut <= 12; cut++) {
		struct message m = inet(AF_INET6, SOCKET_LISTEN);
		const uint8_t only = 1;
		struct parsed p;

		put_attribute(&m, ATTR_V6ONLY, &only, 1);
		put_attribute(&m, ATTR_CGROUP, &id, sizeof id);
		m.len -= cut;
		p = parse(&m, SOCKET_TCP);
		ck_assert(p.e.v6only);
		ck_assert_uint_eq(p.e.cgroup, 0);
		free(p.message);
	}
}
END_TEST

START_TEST(an_attribute_that_is_shorter_than_its_head_ends_the_message)
{
	for (uint16_t len = 0; len < 4; len++) {
		struct message m = inet(AF_INET, SOCKET_ESTABLISHED);
		const uint64_t id = 7;
		struct parsed p;

		put16(&m, len);
		put16(&m, ATTR_CGROUP);
		put_attribute(&m, ATTR_CGROUP, &id, sizeof id);
		p = parse(&m, SOCKET_TCP);
		ck_assert_uint_eq(p.e.cgroup, 0);
		free(p.message);
	}
}
END_TEST

/* ---- unix */

START_TEST(fields_of_a_unix_socket_are_told)
{
	static const uint32_t peer = 100, uid = 33, queues[] = {5, 6};
	struct message m = local_socket(SOCK_SEQPACKET, SOCKET_ESTABLISHED);
	struct parsed p;

	put_attribute(&m, ATTR_NAME, "/run/x", 7);
	put_attribute(&m, ATTR_PEER, &peer, sizeof peer);
	put_attribute(&m, ATTR_QUEUES, queues, sizeof queues);
	put_attribute(&m, ATTR_UID, &uid, sizeof uid);
	p = parse(&m, SOCKET_UNIX);
	ck_assert_uint_eq(p.e.proto, SOCKET_UNIX);
	ck_assert_uint_eq(p.e.family, 0);
	ck_assert_uint_eq(p.e.type, SOCK_SEQPACKET);
	ck_assert_uint_eq(p.e.local.family, 0);
	ck_assert_uint_eq(p.e.peer.family, 0);
	ck_assert_uint_eq(p.e.inode, 99);
	ck_assert_uint_eq(p.e.cookie, 6);
	ck_assert_uint_eq(p.e.peer_inode, 100);
	ck_assert_uint_eq(p.e.recv_q, 5);
	ck_assert_uint_eq(p.e.send_q, 6);
	ck_assert_uint_eq(p.e.uid, 33);
	ck_assert(!p.e.hides_queues && !p.e.knows_backlog);
	free(p.message);
}
END_TEST

START_TEST(a_listening_unix_socket_tells_its_backlog)
{
	static const uint32_t queues[] = {1, 128};
	struct message m = local_socket(SOCK_STREAM, SOCKET_LISTEN);
	struct parsed p;

	put_attribute(&m, ATTR_QUEUES, queues, sizeof queues);
	p = parse(&m, SOCKET_UNIX);
	ck_assert(p.e.knows_backlog);
	ck_assert_uint_eq(p.e.send_q, 128);
	free(p.message);
}
END_TEST

/* Linux before 5.3 does not tell the user: nobody is root for that. */
START_TEST(of_unix_sockets_user_and_queues_are_not_known_until_told)
{
	static const uint32_t none[2];

	for (size_t len = 0; len < 4; len++) {
		struct message m = local_socket(SOCK_STREAM, SOCKET_LISTEN);
		struct parsed p;

		put_attribute(&m, ATTR_UID, none, len);
		put_attribute(&m, ATTR_QUEUES, none, len + 4);
		put_attribute(&m, ATTR_PEER, none, len);
		p = parse(&m, SOCKET_UNIX);
		ck_assert_uint_eq(p.e.uid, SOCKET_UID_NOT_TOLD);
		ck_assert(!socket_knows_uid(&p.e));
		ck_assert(p.e.hides_queues && !p.e.knows_backlog);
		ck_assert_uint_eq(p.e.peer_inode, 0);
		free(p.message);
	}
}
END_TEST

static void expect_path(const char *told, size_t len, const char *path, size_t path_len)
{
	struct message m = local_socket(SOCK_DGRAM, SOCKET_CLOSE);
	struct parsed p;

	put_attribute(&m, ATTR_NAME, told, len);
	p = parse(&m, SOCKET_UNIX);
	ck_assert_uint_eq(p.e.path_len, path_len);
	ck_assert((p.e.path == NULL) == (path_len == 0));
	if (path_len > 0)
		ck_assert_mem_eq(p.e.path, path, path_len);
	free(p.message);
}

START_TEST(paths_lose_the_nul_behind_them)
{
	expect_path("/run/x", 7, "/run/x", 6);
	expect_path("/run/x\0rest", 12, "/run/x", 6);
	expect_path("/run/\n\377", 8, "/run/\n\377", 7);
	expect_path("relative", 8, "relative", 8);
}
END_TEST

START_TEST(abstract_names_keep_every_nul)
{
	expect_path("\0name", 5, "\0name", 5);
	expect_path("\0a\0b\0", 5, "\0a\0b\0", 5);
	expect_path("\0", 1, "\0", 1);
	expect_path("\0\0\0\0", 4, "\0\0\0\0", 4);
}
END_TEST

START_TEST(a_socket_without_a_name_has_none)
{
	struct message m = local_socket(SOCK_DGRAM, SOCKET_CLOSE);
	struct parsed p = parse(&m, SOCKET_UNIX);

	ck_assert_ptr_null(p.e.path);
	free(p.message);
	expect_path(NULL, 0, NULL, 0);
}
END_TEST

/* ---- requests */

struct request {
	_Alignas(struct nlmsghdr) char bytes[DIAG_REQUEST_MAX];
	size_t len;
};

static struct request ask(enum socket_proto proto, int family, bool with_facts)
{
	struct source_query query = {
		.protos = SOCKET_ALL_PROTOS, .states = 0x402, .family = 6, .facts = with_facts};
	struct request r;

	memset(r.bytes, 0xff, sizeof r.bytes);
	r.len = diag_request(r.bytes, proto, family, &query);
	return r;
}

static uint32_t word_at(const struct request *r, size_t at)
{
	uint32_t word;

	memcpy(&word, r->bytes + at, sizeof word);
	return word;
}

static void expect_head(const struct request *r, size_t len)
{
	uint16_t type, flags;

	memcpy(&type, r->bytes + 4, sizeof type);
	memcpy(&flags, r->bytes + 6, sizeof flags);
	ck_assert_uint_eq(r->len, len);
	ck_assert_uint_eq(word_at(r, 0), len);
	ck_assert_uint_eq(type, 20);
	ck_assert_uint_eq(flags, 0x301); /* REQUEST, ROOT, MATCH: all there are */
}

static void expect_inet(
	enum socket_proto proto, int family, bool with_facts, uint8_t number, uint8_t extensions)
{
	static const char none[48];
	struct request r = ask(proto, family, with_facts);

	expect_head(&r, HEADER + 56);
	ck_assert_uint_eq((uint8_t)r.bytes[16], family == 6 ? AF_INET6 : AF_INET);
	ck_assert_uint_eq((uint8_t)r.bytes[17], number);
	ck_assert_uint_eq((uint8_t)r.bytes[18], extensions);
	ck_assert_uint_eq(word_at(&r, 20), 0x402);
	/* of no socket in particular */
	ck_assert_mem_eq(r.bytes + 24, none, sizeof none);
}

START_TEST(a_request_names_protocol_family_and_states)
{
	expect_inet(SOCKET_TCP, 4, false, 6, 0);
	expect_inet(SOCKET_TCP, 6, false, 6, 0);
	expect_inet(SOCKET_UDP, 6, false, 17, 0x40);
	expect_inet(SOCKET_UDPLITE, 4, false, 136, 0x40);
	expect_inet(SOCKET_RAW, 4, false, 255, 0x40);
}
END_TEST

START_TEST(facts_and_the_algorithm_are_asked_of_tcp_alone)
{
	expect_inet(SOCKET_TCP, 4, true, 6, 0x0a);
	expect_inet(SOCKET_UDP, 4, true, 17, 0x40);
	expect_inet(SOCKET_RAW, 6, true, 255, 0x40);
}
END_TEST

START_TEST(unix_sockets_are_asked_for_name_peer_queues_and_user)
{
	static const char none[4];
	struct request r = ask(SOCKET_UNIX, 0, true);

	expect_head(&r, HEADER + 24);
	ck_assert_uint_eq((uint8_t)r.bytes[16], AF_UNIX);
	ck_assert_uint_eq(word_at(&r, 20), 0x402);
	ck_assert_mem_eq(r.bytes + 24, none, sizeof none); /* inode */
	ck_assert_uint_eq(word_at(&r, 28), 0x55);
}
END_TEST

START_TEST(sock_diag_knows_no_icmp)
{
	ck_assert_uint_eq(ask(SOCKET_ICMP, 4, true).len, 0);
	ck_assert_uint_eq(ask(SOCKET_ICMP, 6, false).len, 0);
}
END_TEST

UNIT_MAIN("procfs/diag", fields_of_a_connection_are_told, what_was_not_told_is_not_known,
	only_link_local_addresses_of_ipv6_get_a_zone, ipv4_takes_four_bytes_of_the_address,
	a_listening_socket_tells_its_backlog, a_timer_is_told_with_its_time_or_not_at_all,
	only_states_that_were_asked_for_are_told, a_number_that_is_no_state_is_an_error,
	another_family_is_an_error, a_message_that_is_too_short_is_an_error,
	every_fact_of_tcp_is_told_in_its_unit, facts_that_an_older_kernel_does_not_tell_are_0,
	facts_that_a_later_kernel_appends_are_passed_over,
	a_least_rtt_that_was_never_measured_is_not_known, pacing_that_is_off_is_the_largest_number,
	facts_of_what_is_no_connection_are_passed_over, the_algorithm_is_cut_to_its_room,
	an_algorithm_without_facts_is_passed_over, drops_are_known_where_the_kernel_counts_them,
	v6only_is_known_where_it_is_told, the_cgroup_is_told_whole_or_not_at_all,
	attributes_that_are_not_known_are_passed_over, the_flags_of_a_type_are_no_part_of_it,
	an_attribute_that_goes_beyond_the_message_ends_it,
	an_attribute_that_is_shorter_than_its_head_ends_the_message,
	fields_of_a_unix_socket_are_told, a_listening_unix_socket_tells_its_backlog,
	of_unix_sockets_user_and_queues_are_not_known_until_told, paths_lose_the_nul_behind_them,
	abstract_names_keep_every_nul, a_socket_without_a_name_has_none,
	a_request_names_protocol_family_and_states, facts_and_the_algorithm_are_asked_of_tcp_alone,
	unix_sockets_are_asked_for_name_peer_queues_and_user, sock_diag_knows_no_icmp)
