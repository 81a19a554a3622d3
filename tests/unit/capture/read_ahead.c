/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/read_ahead.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"

#include "../unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { ALL_ROOMS = READ_AHEAD_ROOMS * READ_AHEAD_ROOM };

/* Bytes that tell their place, in pieces of any length. */
struct made_up {
	uint64_t total;
	ssize_t end; /* what comes behind them */
	_Atomic uint64_t given;
	atomic_uint asked_at_end;
	atomic_bool hears_signals;
	uint64_t random;
};

static uint8_t byte_at(uint64_t place)
{
	return (uint8_t)(place ^ place >> 8 ^ place >> 16);
}

static bool all_are_blocked(void)
{
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	return sigismember(&mask, SIGINT) && sigismember(&mask, SIGALRM) &&
	       sigismember(&mask, SIGUSR1);
}

static ssize_t give(void *user, void *room, size_t size)
{
	struct made_up *m = user;
	size_t most = 1 + (m->random = rng_mix(m->random)) % 100000;
	uint64_t left = m->total - m->given;
	uint8_t *to = room;

	if (!all_are_blocked())
		m->hears_signals = true;
	if (left == 0) {
		m->asked_at_end++;
		return m->end;
	}
	size = size < most ? size : most;
	size = size < left ? size : (size_t)left;
	for (size_t i = 0; i < size; i++)
		to[i] = byte_at(m->given + i);
	m->given += size;
	return (ssize_t)size;
}

static struct read_ahead *begin(struct made_up *m)
{
	struct read_ahead *r = read_ahead_new((struct byte_source){give, m});

	ck_assert_ptr_nonnull(r);
	return r;
}

/* What reading ends with, behind all bytes of the source in their order. */
static ssize_t read_all(struct read_ahead *r, const struct made_up *m, size_t most)
{
	uint8_t *room = mem_alloc(most, 1);
	uint64_t place = 0, random = 7;
	ssize_t got;

	for (;;) {
		size_t size = 1 + (random = rng_mix(random)) % most;

		got = read_ahead_read(r, room, size);
		if (got <= 0)
			break;
		ck_assert_uint_le((size_t)got, size);
		for (ssize_t i = 0; i < got; i++)
			if (room[i] != byte_at(place++))
				ck_abort_msg("byte %ju is another", (uintmax_t)place - 1);
	}
	free(room);
	ck_assert_uint_eq(place, m->total);
	return got;
}

START_TEST(read_ahead_gives_all_bytes_in_their_order)
{
	static const size_t sizes[] = {1000, READ_AHEAD_ROOM, 3 * READ_AHEAD_ROOM};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct made_up m = {.total = 3 * ALL_ROOMS + 12345};
		struct read_ahead *r = begin(&m);

		ck_assert_int_eq(read_all(r, &m, sizes[i]), 0);
		read_ahead_free(r);
	}
}
END_TEST

START_TEST(read_ahead_ends_where_the_source_does)
{
	static const uint64_t totals[] = {0, 1, READ_AHEAD_ROOM - 1, READ_AHEAD_ROOM,
		READ_AHEAD_ROOM + 1, ALL_ROOMS, ALL_ROOMS + 1};

	for (size_t i = 0; i < ARRAY_SIZE(totals); i++) {
		struct made_up m = {.total = totals[i]};
		struct read_ahead *r = begin(&m);
		char byte;

		ck_assert_int_eq(read_all(r, &m, 5000), 0);
		ck_assert_int_eq(read_ahead_read(r, &byte, 1), 0);
		ck_assert_uint_eq(m.asked_at_end, 1);
		read_ahead_free(r);
	}
}
END_TEST

START_TEST(read_ahead_tells_an_error_when_all_before_it_was_given_and_again)
{
	static const int errors[] = {-EIO, ERR_CUT, ERR_DAMAGED, ERR_UNSUPPORTED};
	static const uint64_t totals[] = {0, 1, READ_AHEAD_ROOM, ALL_ROOMS + 1};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct made_up m = {.total = totals[i], .end = errors[i]};
		struct read_ahead *r = begin(&m);
		char byte;

		ck_assert_int_eq(read_all(r, &m, 5000), errors[i]);
		ck_assert_int_eq(read_ahead_read(r, &byte, 1), errors[i]);
		ck_assert_uint_eq(m.asked_at_end, 1);
		read_ahead_free(r);
	}
}
END_TEST

/* Whether so much was read within ten seconds. */
static bool comes_to(const struct made_up *m, uint64_t given)
{
	for (int i = 0; i < 10000 && m->given < given; i++)
		poll(NULL, 0, 1);
	return m->given == given;
}

START_TEST(read_ahead_fills_its_rooms_unasked_and_goes_no_further)
{
	struct made_up m = {.total = 10 * ALL_ROOMS};
	struct read_ahead *r = begin(&m);
	char byte;

	ck_assert(comes_to(&m, ALL_ROOMS));
	ck_assert_int_eq(read_ahead_read(r, &byte, 1), 1);
	poll(NULL, 0, 50);
	ck_assert_uint_eq(m.given, ALL_ROOMS);
	for (int i = 0; i < READ_AHEAD_ROOM; i++)
		ck_assert_int_eq(read_ahead_read(r, &byte, 1), 1);
	ck_assert(comes_to(&m, ALL_ROOMS + READ_AHEAD_ROOM));
	read_ahead_free(r);
}
END_TEST

START_TEST(read_ahead_can_be_left_at_any_time)
{
	for (int i = 0; i < 50; i++) {
		struct made_up m = {.total = UINT64_MAX, .random = (uint64_t)i};
		struct read_ahead *r = begin(&m);
		static char room[READ_AHEAD_ROOM];

		for (int k = 0; k < i / 2; k++)
			ck_assert_int_gt(read_ahead_read(r, room, sizeof room), 0);
		read_ahead_free(r);
	}
	read_ahead_free(NULL);
}
END_TEST

static ssize_t crawl(void *user, void *room, size_t size)
{
	(void)user;
	(void)room;
	(void)size;
	poll(NULL, 0, 10);
	return 1;
}

START_TEST(read_ahead_is_left_before_its_room_is_full)
{
	struct read_ahead *r = read_ahead_new((struct byte_source){crawl, NULL});

	ck_assert_ptr_nonnull(r);
	poll(NULL, 0, 30);
	read_ahead_free(r); /* a room would take three quarters of an hour */
}
END_TEST

START_TEST(read_ahead_leaves_signals_to_who_uses_it)
{
	struct made_up m = {.total = ALL_ROOMS};
	struct read_ahead *r = begin(&m);

	ck_assert_int_eq(read_all(r, &m, 5000), 0);
	ck_assert(!m.hears_signals);
	ck_assert(!all_are_blocked());
	read_ahead_free(r);
}
END_TEST

UNIT_MAIN("capture/read_ahead", read_ahead_gives_all_bytes_in_their_order,
	read_ahead_ends_where_the_source_does,
	read_ahead_tells_an_error_when_all_before_it_was_given_and_again,
	read_ahead_fills_its_rooms_unasked_and_goes_no_further, read_ahead_can_be_left_at_any_time,
	read_ahead_is_left_before_its_room_is_full, read_ahead_leaves_signals_to_who_uses_it)
