/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/socket_entry.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"

#include "../unit.h"

#include <string.h>

static unsigned named(const char *word)
{
	return socket_states_named(word, strlen(word));
}

static struct addr end(uint8_t last, uint16_t port)
{
	return (struct addr){.family = 4, .port = port, .ip = {10, 0, 0, last}};
}

static struct socket_entry connection(uint8_t state, uint64_t inode)
{
	return (struct socket_entry){.proto = SOCKET_TCP,
		.family = 4,
		.state = state,
		.local = end(1, 22),
		.peer = end(2, 4000),
		.inode = inode};
}

static struct socket_entry udp(uint64_t inode)
{
	return (struct socket_entry){.proto = SOCKET_UDP,
		.family = 4,
		.state = SOCKET_CLOSE,
		.local = end(1, 53),
		.peer = {.family = 4},
		.inode = inode};
}

static struct socket_entry named_socket(const char *path, size_t len)
{
	return (struct socket_entry){.proto = SOCKET_UNIX,
		.state = SOCKET_LISTEN,
		.inode = 7,
		.path = path,
		.path_len = len};
}

/* ---- words */

START_TEST(socket_names_protocols)
{
	ck_assert_str_eq(socket_proto_name(SOCKET_TCP), "tcp");
	ck_assert_str_eq(socket_proto_name(SOCKET_UDPLITE), "udplite");
	for (unsigned proto = 0; proto < SOCKET_PROTOS; proto++)
		ck_assert_ptr_nonnull(socket_proto_name(proto));
}
END_TEST

START_TEST(socket_names_states)
{
	ck_assert_str_eq(socket_state_name(SOCKET_ESTABLISHED), "ESTABLISHED");
	ck_assert_str_eq(socket_state_name(SOCKET_FIN_WAIT1), "FIN_WAIT1");
	ck_assert_str_eq(socket_state_name(SOCKET_CLOSING), "CLOSING");
	ck_assert_str_eq(socket_state_name(0), "UNKNOWN");
	ck_assert_str_eq(socket_state_name(SOCKET_STATES), "UNKNOWN");
	ck_assert_str_eq(socket_state_name(255), "UNKNOWN");
}
END_TEST

START_TEST(socket_names_timers)
{
	ck_assert_ptr_null(socket_timer_name(SOCKET_TIMER_NONE));
	ck_assert_str_eq(socket_timer_name(SOCKET_TIMER_RETRANSMIT), "retransmit");
	ck_assert_str_eq(socket_timer_name(SOCKET_TIMER_PROBE), "window-probe");
	ck_assert_ptr_null(socket_timer_name(SOCKET_TIMERS));
}
END_TEST

START_TEST(socket_states_are_known_in_the_spelling_of_the_record)
{
	for (unsigned state = 1; state < SOCKET_STATES; state++)
		ck_assert_uint_eq(named(socket_state_name(state)), SOCKET_BIT(state));
}
END_TEST

START_TEST(socket_states_are_known_in_the_spelling_of_ss)
{
	static const struct {
		const char *word;
		unsigned state;
	} cases[] = {
		{"established", SOCKET_ESTABLISHED},
		{"estab", SOCKET_ESTABLISHED},
		{"syn-sent", SOCKET_SYN_SENT},
		{"syn-recv", SOCKET_SYN_RECV},
		{"syn-rcv", SOCKET_SYN_RECV},
		{"fin-wait-1", SOCKET_FIN_WAIT1},
		{"fin-wait-2", SOCKET_FIN_WAIT2},
		{"time-wait", SOCKET_TIME_WAIT},
		{"closed", SOCKET_CLOSE},
		{"close", SOCKET_CLOSE},
		{"unconnected", SOCKET_CLOSE},
		{"unconn", SOCKET_CLOSE},
		{"close-wait", SOCKET_CLOSE_WAIT},
		{"last-ack", SOCKET_LAST_ACK},
		{"listen", SOCKET_LISTEN},
		{"listening", SOCKET_LISTEN},
		{"closing", SOCKET_CLOSING},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_msg(
			named(cases[i].word) == SOCKET_BIT(cases[i].state), "%s", cases[i].word);
}
END_TEST

START_TEST(socket_states_are_known_whatever_their_case)
{
	ck_assert_uint_eq(named("Time-Wait"), SOCKET_BIT(SOCKET_TIME_WAIT));
	ck_assert_uint_eq(named("time_wait"), SOCKET_BIT(SOCKET_TIME_WAIT));
	ck_assert_uint_eq(named("FIN-WAIT-1"), SOCKET_BIT(SOCKET_FIN_WAIT1));
	ck_assert_uint_eq(named("fin_wait1"), SOCKET_BIT(SOCKET_FIN_WAIT1));
	ck_assert_uint_eq(named("ALL"), SOCKET_ALL_STATES);
}
END_TEST

/* ss(8): all but listening and closed; of these all but syn-sent; minisockets; and the others. */
START_TEST(socket_states_come_in_groups)
{
	unsigned all = 0, connected, bucket;

	for (unsigned state = 1; state < SOCKET_STATES; state++)
		all |= SOCKET_BIT(state);
	connected = all & ~(SOCKET_BIT(SOCKET_LISTEN) | SOCKET_BIT(SOCKET_CLOSE));
	bucket = SOCKET_BIT(SOCKET_TIME_WAIT) | SOCKET_BIT(SOCKET_SYN_RECV);
	ck_assert_uint_eq(SOCKET_ALL_STATES, all);
	ck_assert_uint_eq(named("all"), all);
	ck_assert_uint_eq(named("connected"), connected);
	ck_assert_uint_eq(named("synchronized"), connected & ~SOCKET_BIT(SOCKET_SYN_SENT));
	ck_assert_uint_eq(named("bucket"), bucket);
	ck_assert_uint_eq(named("big"), all & ~bucket);
	ck_assert_uint_eq(SOCKET_CONNECTED, connected & ~bucket);
}
END_TEST

START_TEST(socket_states_have_no_other_words)
{
	static const char *const words[] = {"", "-", "_", "establishe", "establishedd", "wait",
		"fin-wait", "fin-wait-3", "unknown", "time wait", "bigger", "al", "0", "1"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		ck_assert_msg(named(words[i]) == 0, "%s", words[i]);
	ck_assert_uint_eq(socket_states_named("listen\0ing", 10), 0);
}
END_TEST

START_TEST(socket_states_end_where_they_are_told_to)
{
	ck_assert_uint_eq(socket_states_named("listen,all", 6), SOCKET_BIT(SOCKET_LISTEN));
	ck_assert_uint_eq(socket_states_named("all", 0), 0);
}
END_TEST

START_TEST(socket_state_words_are_words_and_name_every_state)
{
	unsigned all = 0;

	for (const char *const *word = socket_state_words; *word; word++) {
		ck_assert_msg(named(*word) != 0, "%s", *word);
		for (const char *c = *word; *c; c++)
			ck_assert(
				*c == '-' || (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9'));
		if (__builtin_popcount(named(*word)) == 1)
			all |= named(*word);
	}
	ck_assert_uint_eq(all, SOCKET_ALL_STATES);
}
END_TEST

/* ---- owners */

START_TEST(socket_owner_is_known_where_a_file_or_the_kernel_tells)
{
	struct socket_entry e = connection(SOCKET_ESTABLISHED, 5);

	ck_assert(socket_knows_uid(&e));
	e.uid = 1000;
	ck_assert(socket_knows_uid(&e));
	e.inode = 0;
	ck_assert(socket_knows_uid(&e));
	e.uid = 0;
	ck_assert(!socket_knows_uid(&e));
}
END_TEST

START_TEST(socket_owner_is_not_known_of_what_has_no_file)
{
	struct socket_entry e = connection(SOCKET_TIME_WAIT, 0);

	e.uid = 1000;
	ck_assert(!socket_knows_uid(&e));
	e.state = SOCKET_SYN_RECV;
	ck_assert(!socket_knows_uid(&e));
}
END_TEST

START_TEST(socket_owner_can_be_left_open)
{
	struct socket_entry e = named_socket("/x", 2);

	ck_assert(socket_knows_uid(&e));
	e.uid = SOCKET_UID_NOT_TOLD;
	ck_assert(!socket_knows_uid(&e));
}
END_TEST

/* ---- order */

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

static void expect_before(const struct socket_entry *a, const struct socket_entry *b)
{
	ck_assert_int_lt(socket_compare(a, b), 0);
	ck_assert_int_gt(socket_compare(b, a), 0);
}

START_TEST(socket_order_looks_at_one_thing_after_the_other)
{
	struct socket_entry a = connection(SOCKET_ESTABLISHED, 5), b = a;

	ck_assert_int_eq(socket_compare(&a, &b), 0);
	b.type = 1;
	expect_before(&a, &b);
	a.interface = 1;
	expect_before(&b, &a);
	b.cookie = 1;
	expect_before(&a, &b);
	a.inode = 6;
	expect_before(&b, &a);
	b.state = SOCKET_SYN_SENT;
	expect_before(&a, &b);
	a.peer.port++;
	expect_before(&b, &a);
	b.peer.ip[3]++;
	expect_before(&a, &b);
	a.local.port++;
	expect_before(&b, &a);
	b.local.ip[3]++;
	expect_before(&a, &b);
	a.local.scope = 1;
	a.local.ip[3]++;
	expect_before(&b, &a);
	b.local.family = b.family = 6;
	expect_before(&a, &b);
	a.proto = SOCKET_UDP;
	expect_before(&b, &a);
}
END_TEST

START_TEST(socket_order_of_names_is_that_of_their_bytes)
{
	struct socket_entry none = named_socket(NULL, 0), abstract = named_socket("\0b", 2),
			    shorter = named_socket("/a", 2), longer = named_socket("/aa", 3),
			    high = named_socket("/\xff", 2);

	expect_before(&none, &abstract);
	expect_before(&abstract, &shorter);
	expect_before(&shorter, &longer);
	expect_before(&longer, &high);
}
END_TEST

/* The next of a row of numbers that is the same each time. */
static uint64_t below(uint64_t *row, uint64_t bound)
{
	return rng_mix(++*row) % bound;
}

static struct socket_entry any_entry(uint64_t *row)
{
	static const char *const paths[] = {NULL, "a", "ab", "b"};
	struct socket_entry e = {.proto = (uint8_t)below(row, SOCKET_PROTOS),
		.family = below(row, 2) ? 4 : 6,
		.state = (uint8_t)(1 + below(row, SOCKET_STATES - 1)),
		.local = end((uint8_t)below(row, 2), (uint16_t)below(row, 2)),
		.peer = end((uint8_t)below(row, 2), (uint16_t)below(row, 2)),
		.interface = (uint32_t)below(row, 2),
		.inode = below(row, 3),
		.cookie = below(row, 3),
		.path = paths[below(row, ARRAY_SIZE(paths))]};

	e.path_len = e.path ? strlen(e.path) : 0;
	e.local.family = e.peer.family = e.family;
	return e;
}

enum { ENTRIES = 300 };

static void any_entries(struct socket_entry out[static ENTRIES])
{
	uint64_t row = 7;

	for (size_t i = 0; i < ENTRIES; i++)
		out[i] = any_entry(&row);
}

static bool looks_equal(const struct socket_entry *a, const struct socket_entry *b)
{
	return a->proto == b->proto && a->family == b->family && a->state == b->state &&
	       addr_compare(&a->local, &b->local) == 0 && a->local.port == b->local.port &&
	       addr_compare(&a->peer, &b->peer) == 0 && a->peer.port == b->peer.port &&
	       a->path == b->path && a->interface == b->interface && a->inode == b->inode &&
	       a->cookie == b->cookie;
}

START_TEST(socket_order_is_total)
{
	struct socket_entry e[ENTRIES];

	any_entries(e);
	for (size_t i = 0; i < ENTRIES; i++)
		for (size_t j = 0; j < ENTRIES; j++) {
			int order = sign(socket_compare(&e[i], &e[j]));

			ck_assert_int_eq(order, -sign(socket_compare(&e[j], &e[i])));
			ck_assert_int_eq(order == 0, looks_equal(&e[i], &e[j]));
		}
}
END_TEST

START_TEST(socket_order_is_transitive)
{
	struct socket_entry e[ENTRIES];
	unsigned wrong = 0;

	any_entries(e);
	for (size_t i = 0; i < ENTRIES; i++)
		for (size_t j = 0; j < ENTRIES; j++)
			for (size_t k = 0; k < ENTRIES && socket_compare(&e[i], &e[j]) <= 0; k++)
				wrong += socket_compare(&e[j], &e[k]) <= 0 &&
					 socket_compare(&e[i], &e[k]) > 0;
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* ---- the same */

static bool same(struct socket_entry a, struct socket_entry b)
{
	ck_assert(socket_same(&a, &b) == socket_same(&b, &a));
	return socket_same(&a, &b);
}

START_TEST(socket_connection_stays_the_same_when_it_loses_its_file)
{
	struct socket_entry before = connection(SOCKET_ESTABLISHED, 5);

	ck_assert(same(before, connection(SOCKET_FIN_WAIT1, 5)));
	ck_assert(same(before, connection(SOCKET_TIME_WAIT, 0)));
	ck_assert(same(connection(SOCKET_SYN_RECV, 0), before));
}
END_TEST

START_TEST(socket_connection_is_another_with_other_ends)
{
	struct socket_entry a = connection(SOCKET_ESTABLISHED, 5), b = a;

	b.local.port++;
	ck_assert(!same(a, b));
	b = a;
	b.peer.port++;
	ck_assert(!same(a, b));
	b = a;
	b.peer.ip[3]++;
	ck_assert(!same(a, b));
	b = a;
	b.interface = 2;
	ck_assert(!same(a, b));
}
END_TEST

START_TEST(socket_listeners_may_share_their_address)
{
	struct socket_entry a = connection(SOCKET_LISTEN, 5), b = a;

	ck_assert(same(a, b));
	b.inode = 6;
	ck_assert(!same(a, b));
}
END_TEST

/* Else a bound socket would be the same as its connection, and that as its TIME_WAIT, but the first
 * not as the last. */
START_TEST(socket_connection_is_not_what_its_file_was_before)
{
	ck_assert(!same(connection(SOCKET_CLOSE, 5), connection(SOCKET_SYN_SENT, 5)));
	ck_assert(!same(connection(SOCKET_LISTEN, 5), connection(SOCKET_ESTABLISHED, 5)));
}
END_TEST

START_TEST(socket_without_connection_is_known_by_inode_then_cookie)
{
	struct socket_entry a = udp(5), b = udp(5);

	b.local.port++;
	ck_assert(same(a, b));
	ck_assert(!same(a, udp(6)));
	ck_assert(!same(a, udp(0)));
	ck_assert(!same(udp(0), udp(0)));
	a = b = udp(0);
	a.cookie = b.cookie = 9;
	ck_assert(same(a, b));
	b.cookie = 10;
	ck_assert(!same(a, b));
}
END_TEST

/* An inode is of one file: /proc/net/icmp6 shows the sockets of icmp once more. */
START_TEST(socket_of_another_protocol_is_another_of_another_family_only_by_its_ends)
{
	struct socket_entry a = udp(5), b = udp(5);

	b.proto = SOCKET_UDPLITE;
	ck_assert(!same(a, b));
	b = udp(5);
	b.family = 6;
	ck_assert(same(a, b));
}
END_TEST

START_TEST(socket_hash_agrees_with_what_is_the_same)
{
	struct socket_entry e[ENTRIES];
	unsigned pairs = 0, collisions = 0;

	any_entries(e);
	for (size_t i = 0; i < ENTRIES; i++)
		for (size_t j = 0; j < ENTRIES; j++) {
			bool equal = socket_hash(&e[i], 3) == socket_hash(&e[j], 3);

			pairs += i != j && socket_same(&e[i], &e[j]);
			collisions += equal && i != j && !socket_same(&e[i], &e[j]);
			ck_assert(equal || !socket_same(&e[i], &e[j]));
		}
	ck_assert_uint_gt(pairs, 100);
	ck_assert_uint_lt(collisions, pairs * 4);
}
END_TEST

START_TEST(socket_same_is_transitive)
{
	struct socket_entry e[ENTRIES];
	unsigned wrong = 0;

	any_entries(e);
	for (size_t i = 0; i < ENTRIES; i++)
		for (size_t j = 0; j < ENTRIES; j++)
			for (size_t k = 0; k < ENTRIES && socket_same(&e[i], &e[j]); k++)
				wrong += socket_same(&e[j], &e[k]) && !socket_same(&e[i], &e[k]);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(socket_hash_depends_on_the_seed)
{
	struct socket_entry e = connection(SOCKET_ESTABLISHED, 5);

	ck_assert(socket_hash(&e, 1) != socket_hash(&e, 2));
}
END_TEST

enum { FLOWS = 65536, BUCKETS = 65536, FULLEST = 12 };

/* What a table of 64 Ki buckets sees of one client that uses up its ports. */
START_TEST(socket_hash_spreads_ports)
{
	uint32_t *counts = mem_alloc(BUCKETS, sizeof *counts);
	struct socket_entry e = connection(SOCKET_TIME_WAIT, 0);

	for (unsigned port = 0; port < FLOWS; port++) {
		e.peer.port = (uint16_t)port;
		counts[socket_hash(&e, 99) % BUCKETS]++;
	}
	for (size_t i = 0; i < BUCKETS; i++)
		ck_assert_uint_le(counts[i], FULLEST);
	free(counts);
}
END_TEST

START_TEST(what_was_not_accepted_stands_and_has_no_file)
{
	static const struct {
		uint8_t proto, state;
		uint64_t inode;
		bool unaccepted;
	} cases[] = {
		{SOCKET_TCP, SOCKET_ESTABLISHED, 0, true},
		{SOCKET_TCP, SOCKET_CLOSE_WAIT, 0, true},
		{SOCKET_TCP, SOCKET_ESTABLISHED, 7, false},
		{SOCKET_TCP, SOCKET_TIME_WAIT, 0, false},
		{SOCKET_TCP, SOCKET_FIN_WAIT2, 0, false},
		{SOCKET_TCP, SOCKET_SYN_RECV, 0, false},
		{SOCKET_UNIX, SOCKET_ESTABLISHED, 0, true},
		{SOCKET_UNIX, SOCKET_SYN_SENT, 0, true},
		{SOCKET_UNIX, SOCKET_CLOSE, 0, false},
		{SOCKET_UDP, SOCKET_ESTABLISHED, 0, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct socket_entry e = {
			.proto = cases[i].proto, .state = cases[i].state, .inode = cases[i].inode};

		ck_assert_msg(socket_is_unaccepted(&e) == cases[i].unaccepted, "case %zu", i);
	}
}
END_TEST

UNIT_MAIN("procfs/socket_entry", socket_names_protocols, socket_names_states, socket_names_timers,
	socket_states_are_known_in_the_spelling_of_the_record,
	socket_states_are_known_in_the_spelling_of_ss, socket_states_are_known_whatever_their_case,
	socket_states_come_in_groups, socket_states_have_no_other_words,
	socket_states_end_where_they_are_told_to, socket_state_words_are_words_and_name_every_state,
	socket_owner_is_known_where_a_file_or_the_kernel_tells,
	socket_owner_is_not_known_of_what_has_no_file, socket_owner_can_be_left_open,
	socket_order_looks_at_one_thing_after_the_other,
	socket_order_of_names_is_that_of_their_bytes, socket_order_is_total,
	socket_order_is_transitive, socket_connection_stays_the_same_when_it_loses_its_file,
	socket_connection_is_another_with_other_ends, socket_listeners_may_share_their_address,
	socket_connection_is_not_what_its_file_was_before,
	socket_without_connection_is_known_by_inode_then_cookie,
	socket_of_another_protocol_is_another_of_another_family_only_by_its_ends,
	socket_hash_agrees_with_what_is_the_same, socket_same_is_transitive,
	socket_hash_depends_on_the_seed, socket_hash_spreads_ports,
	what_was_not_accepted_stands_and_has_no_file)
