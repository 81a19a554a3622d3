/* SPDX-License-Identifier: MIT */
#include "../../../src/procfs/seen.h"

#include "../unit.h"

static struct socket_entry bound(uint64_t inode)
{
	return (struct socket_entry){
		.proto = SOCKET_UDP, .family = 4, .state = SOCKET_CLOSE, .inode = inode};
}

static struct socket_entry connection(uint16_t port, enum socket_state state)
{
	struct addr end = {.family = 4, .ip = {127, 0, 0, 1}, .port = port};

	return (struct socket_entry){.proto = SOCKET_TCP,
		.family = 4,
		.state = (uint8_t)state,
		.local = end,
		.peer = end};
}

static bool again(struct seen *s, struct socket_entry e)
{
	return seen_before(s, &e);
}

START_TEST(a_socket_is_seen_the_second_time)
{
	struct seen *s = seen_new();

	ck_assert(!again(s, bound(1)));
	ck_assert(again(s, bound(1)));
	ck_assert(again(s, bound(1)));
	ck_assert(!again(s, bound(2)));
	ck_assert(again(s, bound(1)));
	seen_free(s);
}
END_TEST

/* On its way from one state to the next it may be shown in both. */
START_TEST(a_connection_is_the_same_in_another_state)
{
	struct seen *s = seen_new();

	ck_assert(!again(s, connection(80, SOCKET_ESTABLISHED)));
	ck_assert(again(s, connection(80, SOCKET_TIME_WAIT)));
	ck_assert(!again(s, connection(81, SOCKET_TIME_WAIT)));
	seen_free(s);
}
END_TEST

/* A ping socket stands in the tables of both families. */
START_TEST(protocol_tells_sockets_apart_and_family_does_not)
{
	struct seen *s = seen_new();
	struct socket_entry e = bound(1);

	ck_assert(!again(s, e));
	e.family = 6;
	ck_assert(again(s, e));
	e.proto = SOCKET_RAW;
	ck_assert(!again(s, e));
	seen_free(s);
}
END_TEST

START_TEST(what_nothing_names_was_never_seen)
{
	struct seen *s = seen_new();
	struct socket_entry e = bound(0);

	for (int i = 0; i < 3 * SEEN_LEAST; i++)
		ck_assert(!again(s, e));
	e.cookie = 7;
	ck_assert(!again(s, e));
	ck_assert(again(s, e));
	seen_free(s);
}
END_TEST

/* Whatever came before them: the two halves turn at different places. */
START_TEST(the_last_ones_are_remembered)
{
	for (uint64_t first = 1; first < 3 * SEEN_LEAST; first += 1000) {
		struct seen *s = seen_new();
		uint64_t end = first + 3 * SEEN_LEAST;

		for (uint64_t inode = 1; inode < end; inode++)
			ck_assert(!again(s, bound(inode)));
		for (uint64_t inode = end - SEEN_LEAST; inode < end; inode++)
			ck_assert(again(s, bound(inode)));
		seen_free(s);
	}
}
END_TEST

START_TEST(what_is_older_is_forgotten)
{
	struct seen *s = seen_new();

	for (uint64_t inode = 1; inode <= 3 * SEEN_LEAST; inode++)
		again(s, bound(inode));
	ck_assert(!again(s, bound(1)));
	seen_free(s);
}
END_TEST

/* A slot is found by a hash; a million sockets are not taken for others. */
START_TEST(many_are_told_apart)
{
	struct seen *s = seen_new();

	for (uint64_t inode = 1; inode <= 1000000; inode++)
		ck_assert(!again(s, bound(inode)));
	seen_free(s);
}
END_TEST

START_TEST(cleared_it_has_seen_nothing)
{
	struct seen *s = seen_new();

	for (int round = 0; round < 3; round++) {
		for (uint64_t inode = 1; inode <= 2 * SEEN_LEAST - 1; inode++)
			ck_assert(!again(s, bound(inode)));
		seen_clear(s);
		ck_assert(!again(s, bound(1)));
		ck_assert(again(s, bound(1)));
		seen_clear(s);
	}
	seen_free(s);
}
END_TEST

START_TEST(there_may_be_nothing_to_free)
{
	seen_free(NULL);
}
END_TEST

UNIT_MAIN("procfs/seen", a_socket_is_seen_the_second_time,
	a_connection_is_the_same_in_another_state, protocol_tells_sockets_apart_and_family_does_not,
	what_nothing_names_was_never_seen, the_last_ones_are_remembered, what_is_older_is_forgotten,
	many_are_told_apart, cleared_it_has_seen_nothing, there_may_be_nothing_to_free)
