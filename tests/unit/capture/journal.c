/* SPDX-License-Identifier: MIT */
#include "netprobe/capture/journal.h"

#include "../unit.h"
#include "segments.h"

static void put(struct journal **j, struct flow *f, struct told t, unsigned roles)
{
	struct frame frame = frame_of(&t);
	struct flow_packet p = {.flow = f,
		.frame = &frame,
		.at = t.at,
		.from = t.from,
		.roles = roles,
		.sequence = t.seq - 100,
		.acknowledgment = t.ack - 500};

	journal_add(j, &p, t.interface);
}

static struct journal *numbered(uint32_t count)
{
	struct flow f = new_flow();
	struct journal *j = NULL;

	for (uint32_t i = 0; i < count; i++)
		put(&j, &f, (struct told){C, i, ACK, 100 + i, 500}, 0);
	return j;
}

START_TEST(journal_of_nothing_is_empty)
{
	ck_assert_uint_eq(journal_count(NULL), 0);
	ck_assert_uint_eq(journal_left_out(NULL), 0);
	journal_free(NULL);
}
END_TEST

START_TEST(journal_keeps_what_a_ladder_shows)
{
	static const uint8_t options[] = {2, 4, 5, 180};
	struct flow f = new_flow();
	struct journal *j = NULL;
	const struct journal_entry *e;

	f.streams[S].wscale = 7;
	put(&j, &f,
		(struct told){C, 5, SYN, 100, 500, .options = options, .options_len = 4,
			.window = 64000, .interface = 3},
		ROLE_SYN_RETRY);
	put(&j, &f, (struct told){S, 9, ACK | PSH, 110, 520, 30, .window = 10, .ttl = 57}, 0);
	ck_assert_uint_eq(journal_count(j), 2);
	e = journal_at(j, 0);
	ck_assert_int_eq(e->at, 5);
	ck_assert_uint_eq(e->side, CLIENT);
	ck_assert_uint_eq(e->flags, TCP_SYN);
	ck_assert_uint_eq(e->window, 64000);
	ck_assert_uint_eq(e->interface, 3);
	ck_assert_uint_eq(e->roles, ROLE_SYN_RETRY);
	ck_assert(e->options.seen && e->options.has_mss);
	ck_assert_uint_eq(e->options.mss, 1460);
	ck_assert(!e->icmp);
	ck_assert_ptr_null(e->from);
	e = journal_at(j, 1);
	ck_assert_uint_eq(e->side, SERVER);
	ck_assert_uint_eq(e->sequence, 10);
	ck_assert_uint_eq(e->acknowledgment, 20);
	ck_assert_uint_eq(e->len, 30);
	ck_assert_uint_eq(e->window, 1280);
	ck_assert_uint_eq(e->ttl, 57);
	ck_assert(!e->options.seen);
	journal_free(j);
}
END_TEST

START_TEST(journal_keeps_who_sent_an_icmp_error)
{
	static const uint8_t router[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
	struct flow f = new_flow();
	struct frame frame = {.kind = FRAME_ICMP};
	struct flow_packet p = {.flow = &f, .frame = &frame, .icmp = true, .roles = ROLE_REJECTS};
	struct journal *j = NULL;
	const struct journal_entry *e;

	frame.ip.family = 6;
	frame.ip.source = router;
	frame.ip.ttl = 61;
	frame.icmp.type = 1;
	frame.icmp.code = 4;
	journal_add(&j, &p, 4);
	e = journal_at(j, 0);
	ck_assert(e->icmp);
	ck_assert_uint_eq(e->icmp_type, 1);
	ck_assert_uint_eq(e->icmp_code, 4);
	ck_assert_uint_eq(e->from->family, 6);
	ck_assert_mem_eq(e->from->ip, router, 16);
	ck_assert_uint_eq(e->ttl, 61);
	ck_assert_uint_eq(e->interface, 4);
	ck_assert_uint_eq(e->flags, 0);
	ck_assert_uint_eq(e->len, 0);
	journal_free(j);
}
END_TEST

START_TEST(journal_keeps_all_of_a_short_flow)
{
	struct journal *j = numbered(JOURNAL_FIRST + JOURNAL_LAST);

	ck_assert_uint_eq(journal_count(j), 256);
	ck_assert_uint_eq(journal_left_out(j), 0);
	for (uint32_t i = 0; i < 256; i++)
		ck_assert_uint_eq(journal_at(j, i)->sequence, i);
	journal_free(j);
}
END_TEST

START_TEST(journal_keeps_the_first_and_the_last_of_a_long_flow)
{
	static const uint32_t counts[] = {257, 300, 311, 312, 313, 10000};

	for (size_t n = 0; n < sizeof counts / sizeof *counts; n++) {
		uint32_t count = counts[n];
		struct journal *j = numbered(count);

		ck_assert_uint_eq(journal_count(j), 256);
		ck_assert_uint_eq(journal_left_out(j), count - 256);
		for (uint32_t i = 0; i < JOURNAL_FIRST; i++)
			ck_assert_uint_eq(journal_at(j, i)->sequence, i);
		for (uint32_t i = 0; i < JOURNAL_LAST; i++)
			ck_assert_uint_eq(journal_at(j, JOURNAL_FIRST + i)->sequence,
				count - JOURNAL_LAST + i);
		journal_free(j);
	}
}
END_TEST

START_TEST(journal_leaves_nothing_of_an_entry_whose_place_is_taken)
{
	static const uint8_t router[4] = {192, 0, 2, 9};
	struct journal *j = numbered(JOURNAL_FIRST);
	struct flow f = new_flow();
	struct frame frame = {.kind = FRAME_ICMP};
	struct flow_packet p = {.flow = &f, .frame = &frame, .icmp = true};

	frame.ip.family = 4;
	frame.ip.source = router;
	for (unsigned i = 0; i < 3 * JOURNAL_LAST; i++)
		journal_add(&j, &p, 0);
	for (unsigned i = 0; i < JOURNAL_LAST; i++)
		put(&j, &f, (struct told){C, 0, ACK, 100, 500}, 0);
	for (size_t i = 0; i < journal_count(j); i++) {
		ck_assert(!journal_at(j, i)->icmp);
		ck_assert_ptr_null(journal_at(j, i)->from);
	}
	journal_add(&j, &p, 0);
	journal_free(j);
}
END_TEST

UNIT_MAIN("capture/journal", journal_of_nothing_is_empty, journal_keeps_what_a_ladder_shows,
	journal_keeps_who_sent_an_icmp_error, journal_keeps_all_of_a_short_flow,
	journal_keeps_the_first_and_the_last_of_a_long_flow,
	journal_leaves_nothing_of_an_entry_whose_place_is_taken)
