/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/passage.h"

#include "../unit.h"
#include "segments.h"

static struct arrivals arrivals;

static void begin(void)
{
	arrivals = (struct arrivals){0};
}

static void pass(struct flow *f, unsigned roles, struct told t)
{
	struct frame frame = frame_of(&t);
	struct flow_packet p = {f, &frame, t.at, t.from, roles};

	passage_take(&arrivals, &p);
}

#define PASS(f, ...)  pass(f, 0, (struct told){__VA_ARGS__})
#define AGAIN(f, ...) pass(f, ROLE_SIGHTING, (struct told){__VA_ARGS__})

static void expect(const struct flow *f, enum passing kind, unsigned in, unsigned out)
{
	ck_assert_uint_eq(f->passages[kind].in, in);
	ck_assert_uint_eq(f->passages[kind].out, out);
}

START_TEST(passage_is_of_what_came_in_and_left)
{
	struct flow f = new_flow();

	begin();
	PASS(&f, C, 0, SYN, 100, .in = true);
	expect(&f, PASSING_SYN, 1, 0);
	ck_assert(f.seen_in && !f.seen_out);
	AGAIN(&f, C, 20 * US, SYN, 100, .out = true);
	expect(&f, PASSING_SYN, 1, 1);
	ck_assert(f.seen_in && f.seen_out);
	PASS(&f, C, 1000 * MS, SYN, 100, .in = true);
	expect(&f, PASSING_SYN, 2, 1);
	PASS(&f, S, 1010 * MS, SYN | ACK, 500, 101, .in = true);
	expect(&f, PASSING_SYNACK, 1, 0);
	PASS(&f, C, 1020 * MS, ACK, 101, 501, .in = true);
	AGAIN(&f, C, 1020 * MS, ACK, 101, 501, .out = true);
	expect(&f, PASSING_ACK, 1, 1);
}
END_TEST

START_TEST(passage_through_several_devices_is_one)
{
	struct flow f = new_flow();

	begin();
	PASS(&f, C, 0, SYN, 100, .in = true);
	AGAIN(&f, C, 1 * US, SYN, 100, .in = true);
	AGAIN(&f, C, 2 * US, SYN, 100, .out = true);
	AGAIN(&f, C, 3 * US, SYN, 100, .out = true);
	expect(&f, PASSING_SYN, 1, 1);
	PASS(&f, C, 1000 * MS, SYN, 100, .in = true);
	expect(&f, PASSING_SYN, 2, 1);
}
END_TEST

START_TEST(passage_is_none_of_what_others_are_sent)
{
	struct flow f = new_flow();

	begin();
	PASS(&f, C, 0, SYN, 100, .in = true, .others = true);
	ck_assert(!f.seen_in && !f.seen_out);
	expect(&f, PASSING_SYN, 0, 0);
}
END_TEST

START_TEST(passage_is_none_of_what_only_goes_out)
{
	struct flow f = new_flow();

	begin();
	PASS(&f, C, 0, SYN, 100, .out = true);
	PASS(&f, C, 0, SYN, 100, .out = true);
	ck_assert(!f.seen_in && f.seen_out);
	expect(&f, PASSING_SYN, 0, 0);
}
END_TEST

START_TEST(passage_is_only_of_its_sides_packets)
{
	struct flow f = new_flow();

	begin();
	PASS(&f, C, 0, SYN | ACK, 500, 101, .in = true);
	PASS(&f, S, 0, SYN, 500, .in = true);
	PASS(&f, S, 0, ACK, 501, 101, .in = true);
	PASS(&f, C, 0, RST | ACK, 101, 501, .in = true);
	pass(&f, ROLE_STRAY, (struct told){C, 0, SYN, 999, .in = true});
	ck_assert(!f.seen_in && !f.seen_out);
	for (enum passing kind = PASSING_SYN; kind < PASSINGS; kind++)
		expect(&f, kind, 0, 0);
}
END_TEST

START_TEST(passage_counts_to_an_end)
{
	struct flow f = new_flow();

	begin();
	for (unsigned i = 0; i < 300; i++)
		PASS(&f, C, i * 1000 * MS, SYN, 100, .in = true);
	expect(&f, PASSING_SYN, 255, 0);
}
END_TEST

/* Masquerading: other addresses, and so another flow, but the same number. */
START_TEST(passage_elsewhere_has_the_same_number)
{
	struct flow inside = new_flow(), outside = new_flow();

	begin();
	PASS(&inside, C, 0, SYN, 100, .in = true);
	PASS(&outside, C, 20 * US, SYN, 101, .out = true);
	AGAIN(&outside, C, 20 * US, SYN, 101, .in = true);
	ck_assert(!inside.passages[PASSING_SYN].elsewhere);
	PASS(&outside, C, 20 * US, SYN, 100, .out = true);
	ck_assert(inside.passages[PASSING_SYN].elsewhere);
	PASS(&outside, S, 10 * MS, SYN | ACK, 100, 101, .in = true);
	PASS(&inside, S, 10 * MS, SYN | ACK, 100, 101, .out = true);
	ck_assert(outside.passages[PASSING_SYNACK].elsewhere);
	ck_assert(!inside.passages[PASSING_SYNACK].elsewhere);
}
END_TEST

/* eth0 with a tag, and then eth0.10 without. */
START_TEST(passage_elsewhere_may_come_in_there)
{
	struct flow tagged = new_flow(), untagged = new_flow();

	begin();
	PASS(&tagged, C, 0, SYN, 100, .in = true);
	PASS(&untagged, C, 1 * US, SYN, 100, .in = true);
	ck_assert(tagged.passages[PASSING_SYN].elsewhere);
	ck_assert(!untagged.passages[PASSING_SYN].elsewhere);
	expect(&untagged, PASSING_SYN, 1, 0);
}
END_TEST

START_TEST(passage_elsewhere_is_at_once)
{
	struct flow inside = new_flow(), outside = new_flow();

	begin();
	PASS(&inside, C, 1000 * MS, SYN, 100, .in = true);
	PASS(&outside, C, 999 * MS, SYN, 100, .out = true);
	PASS(&outside, C, 1020 * MS + 1, SYN, 100, .out = true);
	ck_assert(!inside.passages[PASSING_SYN].elsewhere);
	PASS(&outside, C, 1020 * MS, SYN, 100, .out = true);
	ck_assert(inside.passages[PASSING_SYN].elsewhere);
}
END_TEST

START_TEST(passage_elsewhere_is_of_another_flow)
{
	struct flow f = new_flow();

	begin();
	PASS(&f, C, 0, SYN, 100, .in = true);
	AGAIN(&f, C, 20 * US, SYN, 100, .out = true);
	ck_assert(!f.passages[PASSING_SYN].elsewhere);
}
END_TEST

START_TEST(passage_forgets_flows_that_are_over)
{
	struct flow *inside = malloc(sizeof *inside), outside = new_flow();

	begin();
	*inside = new_flow();
	PASS(inside, C, 0, SYN, 100, .in = true);
	PASS(inside, S, 0, SYN | ACK, 500, 101, .in = true);
	PASS(inside, S, 0, SYN | ACK, 700, 101, .in = true); /* a cookie */
	passage_forget(&arrivals, inside);
	free(inside);
	PASS(&outside, C, 0, SYN, 100, .out = true);
	PASS(&outside, S, 0, SYN | ACK, 500, 101, .out = true);
	PASS(&outside, S, 0, SYN | ACK, 700, 101, .out = true);
}
END_TEST

UNIT_MAIN("capture/passage", passage_is_of_what_came_in_and_left,
	passage_through_several_devices_is_one, passage_is_none_of_what_others_are_sent,
	passage_is_none_of_what_only_goes_out, passage_is_only_of_its_sides_packets,
	passage_counts_to_an_end, passage_elsewhere_has_the_same_number,
	passage_elsewhere_may_come_in_there, passage_elsewhere_is_at_once,
	passage_elsewhere_is_of_another_flow, passage_forgets_flows_that_are_over)
