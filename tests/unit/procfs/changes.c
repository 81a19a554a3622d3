/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "netprobe/base/clock.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"
#include "netprobe/procfs/changes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct addr end(uint32_t ip, uint16_t port)
{
	struct addr a = {.family = 4, .port = port, .ip = {10, (uint8_t)(ip >> 16)}};

	a.ip[2] = (uint8_t)(ip >> 8);
	a.ip[3] = (uint8_t)ip;
	return a;
}

/* A connection of 10.0.0.1:port to 10.0.0.2:443. */
static struct socket_entry tcp(
	uint16_t port, enum socket_state state, uint64_t inode, uint64_t cookie)
{
	return (struct socket_entry){.proto = SOCKET_TCP,
		.family = 4,
		.state = (uint8_t)state,
		.local = end(1, port),
		.peer = end(2, 443),
		.inode = inode,
		.cookie = cookie};
}

static struct socket_entry listening(uint16_t port, uint64_t inode)
{
	return (struct socket_entry){.proto = SOCKET_TCP,
		.family = 4,
		.state = SOCKET_LISTEN,
		.local = end(0, port),
		.peer = end(0, 0),
		.inode = inode};
}

static struct socket_entry udp(
	uint16_t port, enum socket_state state, uint64_t inode, uint64_t cookie)
{
	struct socket_entry e = tcp(port, state, inode, cookie);

	e.proto = SOCKET_UDP;
	return e;
}

static struct socket_entry named(const char *path, uint64_t inode, uint64_t cookie)
{
	return (struct socket_entry){.proto = SOCKET_UNIX,
		.state = SOCKET_ESTABLISHED,
		.path = path,
		.path_len = path ? strlen(path) : 0,
		.inode = inode,
		.cookie = cookie};
}

/* "closed 5, 7 ESTABLISHED to TIME_WAIT": by inode, else by local port. */
static void note(
	void *user, enum change_kind kind, const struct socket_entry *e, enum socket_state was)
{
	static const char *const words[] = {"opened ", "closed ", ""};
	struct strbuf *out = user;

	strbuf_printf(out, "%s%s", out->len ? ", " : "", words[kind]);
	strbuf_printf(out, "%" PRIu64, e->inode ? e->inode : e->local.port);
	if (kind == CHANGE_STATE)
		strbuf_printf(
			out, " %s to %s", socket_state_name(was), socket_state_name(e->state));
	else
		ck_assert_int_eq(was, 0);
}

struct look {
	const struct socket_entry *entries;
	size_t count;
};

#define LOOK(...)                                                                                  \
	((struct look){(const struct socket_entry[]){__VA_ARGS__},                                 \
		ARRAY_SIZE(((const struct socket_entry[]){__VA_ARGS__}))})
#define NOTHING ((struct look){NULL, 0})

static void keep(struct socket_list *list, struct look look)
{
	for (size_t i = 0; i < look.count; i++)
		socket_list_add(list, &look.entries[i]);
}

static void expect(struct look before, struct look after, const char *events)
{
	struct socket_list was = {0}, is = {0};
	struct strbuf seen = {0};

	strbuf_init(&seen);
	keep(&was, before);
	keep(&is, after);
	changes_find(&was, &is, &(struct changes_events){.change = note, .user = &seen});
	ck_assert_str_eq(seen.text, events);
	strbuf_release(&seen);
	socket_list_release(&was);
	socket_list_release(&is);
}

START_TEST(changes_of_the_same_are_none)
{
	struct look look = LOOK(listening(22, 5), tcp(1000, SOCKET_ESTABLISHED, 6, 60),
		tcp(1001, SOCKET_TIME_WAIT, 0, 0), udp(53, SOCKET_CLOSE, 7, 0),
		named("/run/a", 8, 0), named(NULL, 9, 90));

	expect(look, look, "");
	expect(NOTHING, NOTHING, "");
}
END_TEST

START_TEST(changes_tell_closed_then_changed_then_opened_in_the_order_of_their_list)
{
	expect(LOOK(listening(80, 9), tcp(1000, SOCKET_ESTABLISHED, 7, 0),
		       tcp(1001, SOCKET_ESTABLISHED, 6, 0), listening(81, 1)),
		LOOK(listening(90, 8), tcp(1001, SOCKET_CLOSE_WAIT, 6, 0), listening(91, 2),
			tcp(1000, SOCKET_FIN_WAIT1, 7, 0)),
		"closed 9, closed 1, 6 ESTABLISHED to CLOSE_WAIT, 7 ESTABLISHED to FIN_WAIT1, "
		"opened 8, opened 2");
	expect(NOTHING, LOOK(listening(80, 9)), "opened 9");
	expect(LOOK(listening(80, 9)), NOTHING, "closed 9");
}
END_TEST

START_TEST(changes_connection_keeps_being_one_while_it_gains_and_loses_its_file)
{
	struct socket_entry way[] = {tcp(1, SOCKET_SYN_RECV, 0, 0),
		tcp(1, SOCKET_ESTABLISHED, 0, 0), tcp(1, SOCKET_ESTABLISHED, 5, 0),
		tcp(1, SOCKET_FIN_WAIT1, 0, 0), tcp(1, SOCKET_FIN_WAIT2, 0, 0),
		tcp(1, SOCKET_TIME_WAIT, 0, 0)};
	static const char *const events[] = {"1 SYN_RECV to ESTABLISHED", "",
		"1 ESTABLISHED to FIN_WAIT1", "1 FIN_WAIT1 to FIN_WAIT2",
		"1 FIN_WAIT2 to TIME_WAIT"};

	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		expect(LOOK(way[i]), LOOK(way[i + 1]), events[i]);
	/* sock_diag: the same cookie all the way */
	for (size_t i = 0; i < ARRAY_SIZE(way); i++)
		way[i].cookie = 77;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		expect(LOOK(way[i]), LOOK(way[i + 1]), events[i]);
}
END_TEST

/* inet_twsk_alloc() of some kernels */
START_TEST(changes_time_wait_may_have_a_cookie_of_its_own)
{
	expect(LOOK(tcp(1, SOCKET_ESTABLISHED, 5, 50)), LOOK(tcp(1, SOCKET_TIME_WAIT, 0, 51)),
		"1 ESTABLISHED to TIME_WAIT");
	expect(LOOK(tcp(1, SOCKET_FIN_WAIT1, 5, 50)), LOOK(tcp(1, SOCKET_FIN_WAIT2, 0, 51)),
		"1 FIN_WAIT1 to FIN_WAIT2");
	expect(LOOK(tcp(1, SOCKET_FIN_WAIT2, 0, 50)), LOOK(tcp(1, SOCKET_TIME_WAIT, 0, 51)),
		"1 FIN_WAIT2 to TIME_WAIT");
}
END_TEST

START_TEST(changes_connection_with_another_inode_or_cookie_is_another)
{
	expect(LOOK(tcp(1, SOCKET_ESTABLISHED, 5, 0)), LOOK(tcp(1, SOCKET_ESTABLISHED, 6, 0)),
		"closed 5, opened 6");
	expect(LOOK(tcp(1, SOCKET_ESTABLISHED, 5, 50)), LOOK(tcp(1, SOCKET_ESTABLISHED, 5, 60)),
		"closed 5, opened 5");
	expect(LOOK(tcp(1, SOCKET_SYN_RECV, 0, 50)), LOOK(tcp(1, SOCKET_SYN_RECV, 0, 60)),
		"closed 1, opened 1");
	expect(LOOK(tcp(1, SOCKET_TIME_WAIT, 0, 50)), LOOK(tcp(1, SOCKET_TIME_WAIT, 0, 60)),
		"closed 1, opened 1");
}
END_TEST

START_TEST(changes_nothing_comes_after_time_wait)
{
	expect(LOOK(tcp(1, SOCKET_TIME_WAIT, 0, 0)), LOOK(tcp(1, SOCKET_ESTABLISHED, 6, 0)),
		"closed 1, opened 6");
	expect(LOOK(tcp(1, SOCKET_FIN_WAIT2, 0, 0)), LOOK(tcp(1, SOCKET_SYN_SENT, 6, 0)),
		"closed 1, opened 6");
	expect(LOOK(tcp(1, SOCKET_TIME_WAIT, 0, 0)), LOOK(tcp(1, SOCKET_FIN_WAIT2, 0, 0)),
		"closed 1, opened 1");
	expect(LOOK(tcp(1, SOCKET_TIME_WAIT, 0, 50)), LOOK(tcp(1, SOCKET_SYN_RECV, 0, 60)),
		"closed 1, opened 1");
}
END_TEST

START_TEST(changes_ends_and_interface_make_the_connection)
{
	struct socket_entry other = tcp(1, SOCKET_ESTABLISHED, 0, 0);

	other.interface = 2;
	expect(LOOK(tcp(1, SOCKET_ESTABLISHED, 0, 0)), LOOK(other), "closed 1, opened 1");
	expect(LOOK(tcp(1, SOCKET_ESTABLISHED, 5, 0)), LOOK(tcp(2, SOCKET_ESTABLISHED, 0, 0)),
		"closed 5, opened 2");
	/* a socket may connect again, elsewhere */
	expect(LOOK(tcp(1, SOCKET_SYN_SENT, 5, 50)), LOOK(tcp(2, SOCKET_SYN_SENT, 5, 50)),
		"closed 5, opened 5");
}
END_TEST

START_TEST(changes_bound_socket_that_connects_is_the_same)
{
	struct socket_entry bound = tcp(1, SOCKET_CLOSE, 5, 50);

	bound.peer = end(0, 0);
	expect(LOOK(bound), LOOK(tcp(1, SOCKET_SYN_SENT, 5, 50)), "5 CLOSE to SYN_SENT");
	expect(LOOK(udp(1, SOCKET_CLOSE, 6, 0)), LOOK(udp(1, SOCKET_ESTABLISHED, 6, 0)),
		"6 CLOSE to ESTABLISHED");
}
END_TEST

START_TEST(changes_others_are_known_by_inode_else_by_cookie)
{
	expect(LOOK(listening(80, 5), udp(53, SOCKET_CLOSE, 6, 0), named("/run/a", 7, 0)),
		LOOK(listening(80, 8), udp(53, SOCKET_CLOSE, 9, 0), named("/run/a", 10, 0)),
		"closed 5, closed 6, closed 7, opened 8, opened 9, opened 10");
	expect(LOOK(udp(53, SOCKET_CLOSE, 0, 1), udp(54, SOCKET_CLOSE, 0, 2)),
		LOOK(udp(54, SOCKET_CLOSE, 0, 2), udp(55, SOCKET_CLOSE, 0, 3)),
		"closed 53, opened 55");
}
END_TEST

START_TEST(changes_inode_of_another_protocol_is_another_socket)
{
	expect(LOOK(udp(53, SOCKET_CLOSE, 5, 0)), LOOK(named(NULL, 5, 0)), "closed 5, opened 5");
}
END_TEST

/* unix_stream_connect() makes it, accept(2) gives it its file */
START_TEST(changes_unix_socket_that_is_accepted_is_the_same)
{
	expect(LOOK(named("/run/a", 0, 7)), LOOK(named("/run/a", 5, 7)), "");
}
END_TEST

START_TEST(changes_pair_off_what_nothing_tells_apart)
{
	struct socket_entry nobody = named("/run/a", 0, 0);

	expect(LOOK(nobody, nobody, nobody), LOOK(nobody, nobody, nobody), "");
	expect(LOOK(nobody, nobody, nobody), LOOK(nobody), "closed 0, closed 0");
	expect(LOOK(nobody), LOOK(nobody, named("/run/b", 0, 0), nobody), "opened 0, opened 0");
	expect(LOOK(tcp(1, SOCKET_TIME_WAIT, 0, 0), tcp(1, SOCKET_TIME_WAIT, 0, 0)),
		LOOK(tcp(1, SOCKET_TIME_WAIT, 0, 0)), "closed 1");
	expect(LOOK(listening(80, 5), listening(80, 5)), LOOK(listening(80, 5)), "closed 5");
}
END_TEST

START_TEST(changes_pair_off_in_the_order_of_the_lists)
{
	struct look look = LOOK(tcp(1, SOCKET_ESTABLISHED, 0, 0), tcp(1, SOCKET_CLOSE_WAIT, 0, 0));

	expect(look, look, "");
}
END_TEST

/* Two namespaces may have the same connection. */
START_TEST(changes_of_equal_ends_the_inode_says_which)
{
	expect(LOOK(tcp(1, SOCKET_ESTABLISHED, 5, 0), tcp(1, SOCKET_ESTABLISHED, 6, 0)),
		LOOK(tcp(1, SOCKET_CLOSE_WAIT, 6, 0), tcp(1, SOCKET_ESTABLISHED, 5, 0)),
		"6 ESTABLISHED to CLOSE_WAIT");
	expect(LOOK(tcp(1, SOCKET_FIN_WAIT2, 0, 50), tcp(1, SOCKET_FIN_WAIT2, 0, 60)),
		LOOK(tcp(1, SOCKET_TIME_WAIT, 0, 60), tcp(1, SOCKET_FIN_WAIT2, 0, 50)),
		"1 FIN_WAIT2 to TIME_WAIT");
}
END_TEST

enum { MANY = 66666 };

typedef struct socket_entry (*make_fn)(uint32_t i);

static void keep_many(struct socket_list *list, make_fn make)
{
	for (uint32_t i = 0; i < MANY; i++) {
		struct socket_entry e = make(i);

		socket_list_add(list, &e);
	}
}

static struct socket_entry connection(uint32_t i)
{
	struct socket_entry e = tcp(0, SOCKET_ESTABLISHED, i + 1, 0);

	e.local = end(i, (uint16_t)i);
	return e;
}

static struct socket_entry connection_with_cookie(uint32_t i)
{
	struct socket_entry e = connection(i);

	e.cookie = MANY + i;
	return e;
}

static struct socket_entry reversed_remainder(uint32_t i)
{
	struct socket_entry e = connection(MANY - 1 - i);

	e.state = SOCKET_TIME_WAIT;
	e.inode = 0;
	return e;
}

static struct socket_entry same_ends(uint32_t i)
{
	return tcp(1, SOCKET_ESTABLISHED, i + 1, 0);
}

static struct socket_entry same_ends_others(uint32_t i)
{
	return tcp(1, SOCKET_ESTABLISHED, MANY + i + 1, 0);
}

static struct socket_entry nobody(uint32_t i)
{
	(void)i;
	return named("/run/a", 0, 0);
}

static void count(
	void *user, enum change_kind kind, const struct socket_entry *e, enum socket_state was)
{
	(void)e;
	(void)was;
	((size_t *)user)[kind]++;
}

/* Linear takes some ms, on a slow machine under a sanitizer some hundred; all against all takes
 * minutes. */
static void expect_many(make_fn before, make_fn after, size_t opened, size_t closed, size_t changed)
{
	struct socket_list was = {0}, is = {0};
	size_t counts[3] = {0};
	nsec_t start, took;

	keep_many(&was, before);
	keep_many(&is, after);
	start = clock_now();
	changes_find(&was, &is, &(struct changes_events){.change = count, .user = counts});
	took = clock_now() - start;
	if (getenv("CHANGES_TIMES"))
		printf("%.1f ms\n", (double)took / NSEC_PER_MSEC);
	ck_assert_uint_eq(counts[CHANGE_OPENED], opened);
	ck_assert_uint_eq(counts[CHANGE_CLOSED], closed);
	ck_assert_uint_eq(counts[CHANGE_STATE], changed);
	ck_assert_int_lt(took, 10 * NSEC_PER_SEC);
	socket_list_release(&was);
	socket_list_release(&is);
}

START_TEST(changes_of_many_take_little_time)
{
	expect_many(connection_with_cookie, connection_with_cookie, 0, 0, 0);
	expect_many(connection, reversed_remainder, 0, 0, MANY);
	expect_many(nobody, nobody, 0, 0, 0);
	expect_many(same_ends, same_ends_others, MANY, MANY, 0);
}
END_TEST

static void pair(void *user, size_t before, size_t after)
{
	strbuf_printf(user, "%zu=%zu ", before, after);
}

START_TEST(changes_tell_first_of_what_stays)
{
	struct look before = LOOK(tcp(1000, SOCKET_ESTABLISHED, 6, 60), listening(22, 5),
		tcp(1001, SOCKET_CLOSE_WAIT, 7, 70), udp(53, SOCKET_CLOSE, 8, 0));
	struct look after = LOOK(listening(22, 5), tcp(1001, SOCKET_LAST_ACK, 0, 70),
		tcp(1002, SOCKET_ESTABLISHED, 9, 90), tcp(1000, SOCKET_ESTABLISHED, 6, 60));
	struct socket_list was = {0}, is = {0};
	struct strbuf seen = {0};

	keep(&was, before);
	keep(&is, after);
	changes_find(
		&was, &is, &(struct changes_events){.change = note, .stays = pair, .user = &seen});
	ck_assert_str_eq(
		seen.text, "1=0 2=1 0=3 , closed 8, 1001 CLOSE_WAIT to LAST_ACK, opened 9");
	strbuf_release(&seen);
	socket_list_release(&was);
	socket_list_release(&is);
}
END_TEST

UNIT_MAIN("procfs/changes", changes_of_the_same_are_none,
	changes_tell_closed_then_changed_then_opened_in_the_order_of_their_list,
	changes_connection_keeps_being_one_while_it_gains_and_loses_its_file,
	changes_time_wait_may_have_a_cookie_of_its_own,
	changes_connection_with_another_inode_or_cookie_is_another,
	changes_nothing_comes_after_time_wait, changes_ends_and_interface_make_the_connection,
	changes_bound_socket_that_connects_is_the_same,
	changes_others_are_known_by_inode_else_by_cookie,
	changes_inode_of_another_protocol_is_another_socket,
	changes_unix_socket_that_is_accepted_is_the_same, changes_pair_off_what_nothing_tells_apart,
	changes_pair_off_in_the_order_of_the_lists, changes_of_equal_ends_the_inode_says_which,
	changes_of_many_take_little_time, changes_tell_first_of_what_stays)
