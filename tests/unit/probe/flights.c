/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/flights.h"

#include "../unit.h"

static struct flights f;

/* What has been forgotten so far: in order, and how many. */
static struct {
	uint64_t count;
	uint32_t last;
	bool in_order;
} forgotten = {.in_order = true};

static void forget(void *user, struct flight *flight)
{
	ck_assert_ptr_eq(user, &f);
	forgotten.in_order &= flight->sequence == forgotten.last + 1;
	forgotten.last = flight->sequence;
	forgotten.count++;
}

/* Each bears its number as its sequence, so that it can be told from others. */
static void add(uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t number;
		struct flight *flight = flights_add(&f, &number);

		/* whatever stood in its place before */
		ck_assert(flight->wire == 0 && flight->sequence == 0);
		flight->sequence = (uint32_t)number;
	}
}

static void close_oldest(uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		flights_close_oldest(&f, forget, &f);
}

START_TEST(flights_are_numbered_from_1_and_blank)
{
	uint64_t number;
	struct flight *flight;

	flights_init(&f);
	for (uint64_t wanted = 1; wanted <= 300; wanted++) {
		flight = flights_add(&f, &number);
		ck_assert_uint_eq(number, wanted);
		ck_assert_ptr_eq(flight, flights_at(&f, number));
		ck_assert_ptr_null(flight->host);
		ck_assert_ptr_null(flight->carrier);
		ck_assert_uint_eq(flight->sequence, 0);
		ck_assert_int_eq(flight->state, FLIGHT_WAITING);
		ck_assert_int_eq(flight->asked.mono + flight->asked.wall + flight->wire, 0);
		flight->sequence = 7;
		flight->wire = 7;
	}
	flights_release(&f);
}
END_TEST

START_TEST(flights_that_never_were_are_not_found)
{
	flights_init(&f);
	ck_assert_ptr_null(flights_at(&f, 0));
	ck_assert_ptr_null(flights_at(&f, 1));
	ck_assert_uint_eq(flights_find(&f, 0, UINT64_MAX), 0);
	ck_assert_uint_eq(flights_find(&f, 1, UINT64_MAX), 0);
	ck_assert_uint_eq(flights_number(&f, 0), 0);
	ck_assert_uint_eq(flights_number(&f, 1), 0);
	add(3);
	ck_assert_ptr_null(flights_at(&f, 0));
	ck_assert_ptr_null(flights_at(&f, 4));
	ck_assert_ptr_null(flights_at(&f, UINT64_MAX));
	ck_assert_uint_eq(flights_find(&f, 0, UINT64_MAX), 0);
	ck_assert_uint_eq(flights_find(&f, 4, UINT64_MAX), 0);
	ck_assert_uint_eq(flights_number(&f, 0), 0);
	ck_assert_uint_eq(flights_number(&f, 4), 0);
	flights_release(&f);
}
END_TEST

START_TEST(flights_survive_the_growth_of_the_ring)
{
	flights_init(&f);
	add(100000);
	for (uint64_t n = 1; n <= 100000; n++)
		ck_assert_uint_eq(flights_at(&f, n)->sequence, n);
	flights_release(&f);
	ck_assert_ptr_null(flights_at(&f, 1));
}
END_TEST

/* The ring's beginning is in the middle by then. */
START_TEST(flights_survive_growth_after_others_were_forgotten)
{
	flights_init(&f);
	for (int i = 0; i < 100000; i++) {
		add(1);
		close_oldest(1);
	}
	add(200000);
	ck_assert_uint_eq(f.first, 100000 - FLIGHTS_KEPT + 1);
	for (uint64_t n = f.first; n < f.next; n++)
		ck_assert_uint_eq(flights_at(&f, n)->sequence, n);
	flights_release(&f);
}
END_TEST

START_TEST(flights_whose_time_is_over_are_kept_up_to_a_bound)
{
	flights_init(&f);
	add(FLIGHTS_KEPT + 10);
	close_oldest(FLIGHTS_KEPT);
	ck_assert_uint_eq(forgotten.count, 0);
	ck_assert_ptr_nonnull(flights_at(&f, 1));
	close_oldest(1);
	ck_assert_uint_eq(forgotten.count, 1);
	ck_assert_ptr_null(flights_at(&f, 1));
	ck_assert_ptr_nonnull(flights_at(&f, 2));
	close_oldest(9);
	ck_assert_uint_eq(forgotten.last, 10);
	ck_assert(forgotten.in_order);
	flights_release(&f);
}
END_TEST

START_TEST(flights_that_are_open_are_kept_however_many)
{
	flights_init(&f);
	add(4 * FLIGHTS_KEPT);
	ck_assert_uint_eq(f.open, 1);
	ck_assert_uint_eq(flights_at(&f, 1)->sequence, 1);
	ck_assert_uint_eq(forgotten.count, 0);
	close_oldest(4 * FLIGHTS_KEPT);
	ck_assert_uint_eq(forgotten.count, 3 * FLIGHTS_KEPT);
	ck_assert(forgotten.in_order);
	flights_release(&f);
}
END_TEST

START_TEST(flights_take_no_more_room_as_time_goes_by)
{
	flights_init(&f);
	for (int i = 0; i < 1000000; i++) {
		add(1);
		flights_at(&f, f.next - 1)->wire = 7;
		close_oldest(1);
	}
	ck_assert_uint_eq(f.room, 2 * FLIGHTS_KEPT);
	ck_assert_uint_eq(f.next - f.first, FLIGHTS_KEPT);
	ck_assert_uint_eq(forgotten.count, 1000000 - FLIGHTS_KEPT);
	flights_release(&f);
}
END_TEST

START_TEST(flights_that_wait_for_a_neighbour_are_told_oldest_first)
{
	flights_init(&f);
	add(6);
	flights_at(&f, 2)->state = FLIGHT_PATIENT;
	flights_at(&f, 4)->state = FLIGHT_PATIENT;
	flights_at(&f, 6)->state = FLIGHT_PATIENT;
	ck_assert_ptr_null(flights_patient(&f));
	close_oldest(5);
	ck_assert_ptr_eq(flights_patient(&f), flights_at(&f, 2));
	ck_assert_ptr_eq(flights_patient(&f), flights_at(&f, 2));
	flights_at(&f, 2)->state = FLIGHT_LOST;
	ck_assert_ptr_eq(flights_patient(&f), flights_at(&f, 4));
	flights_at(&f, 4)->state = FLIGHT_ANSWERED;
	ck_assert_ptr_null(flights_patient(&f));
	close_oldest(1);
	ck_assert_ptr_eq(flights_patient(&f), flights_at(&f, 6));
	flights_release(&f);
}
END_TEST

START_TEST(flights_that_wait_for_a_neighbour_are_not_forgotten)
{
	flights_init(&f);
	add(FLIGHTS_KEPT + 100);
	flights_at(&f, 3)->state = FLIGHT_PATIENT;
	close_oldest(FLIGHTS_KEPT + 50);
	ck_assert_uint_eq(forgotten.count, 2);
	ck_assert_uint_eq(flights_at(&f, 3)->sequence, 3);
	flights_at(&f, 3)->state = FLIGHT_LOST;
	close_oldest(1);
	ck_assert_uint_eq(forgotten.count, 51);
	flights_release(&f);
}
END_TEST

START_TEST(flights_whose_time_is_over_can_be_dropped_before)
{
	flights_init(&f);
	ck_assert_ptr_null(flights_oldest_kept(&f));
	add(5);
	/* none is over yet */
	ck_assert_ptr_null(flights_oldest_kept(&f));
	close_oldest(3);
	ck_assert_ptr_eq(flights_oldest_kept(&f), flights_at(&f, 1));
	flights_drop_oldest(&f);
	ck_assert_ptr_null(flights_at(&f, 1));
	ck_assert_ptr_eq(flights_oldest_kept(&f), flights_at(&f, 2));
	flights_drop_oldest(&f);
	flights_drop_oldest(&f);
	ck_assert_ptr_null(flights_oldest_kept(&f));
	ck_assert_uint_eq(flights_at(&f, 4)->sequence, 4);
	ck_assert_uint_eq(forgotten.count, 0);
	flights_release(&f);
}
END_TEST

START_TEST(flights_that_wait_for_a_neighbour_are_not_dropped_before)
{
	flights_init(&f);
	add(4);
	flights_at(&f, 2)->state = FLIGHT_PATIENT;
	close_oldest(4);
	flights_drop_oldest(&f);
	ck_assert_ptr_null(flights_oldest_kept(&f));
	flights_at(&f, 2)->state = FLIGHT_LOST;
	ck_assert_ptr_null(flights_patient(&f));
	ck_assert_ptr_eq(flights_oldest_kept(&f), flights_at(&f, 2));
	flights_release(&f);
}
END_TEST

/* Five probes bear the same 16 bits. */
START_TEST(flights_are_found_by_16_bits_from_the_newest_back)
{
	uint64_t number = UINT64_MAX, wanted = 4 * 65536 + 77;

	flights_init(&f);
	add(4 * 65536 + 100);
	for (int i = 0; i < 5; i++, wanted -= 65536) {
		number = flights_find(&f, 77, number);
		ck_assert_uint_eq(number, wanted);
	}
	ck_assert_uint_eq(flights_find(&f, 77, number), 0);
	flights_release(&f);
}
END_TEST

START_TEST(flights_are_found_below_a_number_and_not_at_it)
{
	flights_init(&f);
	add(65536 + 10);
	ck_assert_uint_eq(flights_find(&f, 5, 65541), 5);
	ck_assert_uint_eq(flights_find(&f, 5, 65542), 65541);
	ck_assert_uint_eq(flights_find(&f, 0, UINT64_MAX), 65536);
	ck_assert_uint_eq(flights_find(&f, 0, 65536), 0);
	ck_assert_uint_eq(flights_find(&f, 5, 5), 0);
	ck_assert_uint_eq(flights_find(&f, 1, 1), 0);
	/* 10 went out last, 11 the round before */
	ck_assert_uint_eq(flights_find(&f, 10, UINT64_MAX), 65546);
	ck_assert_uint_eq(flights_find(&f, 11, UINT64_MAX), 11);
	flights_release(&f);
}
END_TEST

START_TEST(flights_that_were_forgotten_are_not_found)
{
	flights_init(&f);
	add(2 * 65536);
	close_oldest(FLIGHTS_KEPT + 20);
	ck_assert_uint_eq(f.first, 21);
	ck_assert_uint_eq(flights_find(&f, 20, 65556), 0);
	ck_assert_uint_eq(flights_find(&f, 21, 65557), 21);
	ck_assert_uint_eq(flights_number(&f, 20), 0);
	ck_assert_uint_eq(flights_number(&f, 21), 21);
	flights_release(&f);
}
END_TEST

/* The kernel gives back 32 bits of a number. */
START_TEST(flights_have_numbers_beyond_32_bits)
{
	const uint64_t start = (1ULL << 32) - 3;

	flights_init(&f);
	f.first = f.patient = f.open = f.next = start;
	add(6);
	for (uint64_t n = start; n < start + 6; n++)
		ck_assert_uint_eq(flights_number(&f, (uint32_t)n), n);
	ck_assert_uint_eq(flights_number(&f, 3), 0);
	ck_assert_uint_eq(flights_number(&f, (uint32_t)start - 1), 0);
	ck_assert_uint_eq(flights_find(&f, 0xffff, UINT64_MAX), start + 2);
	ck_assert_uint_eq(flights_find(&f, 1, UINT64_MAX), start + 4);
	flights_release(&f);
}
END_TEST

UNIT_MAIN("probe/flights", flights_are_numbered_from_1_and_blank,
	flights_that_never_were_are_not_found, flights_survive_the_growth_of_the_ring,
	flights_survive_growth_after_others_were_forgotten,
	flights_whose_time_is_over_are_kept_up_to_a_bound,
	flights_that_are_open_are_kept_however_many, flights_take_no_more_room_as_time_goes_by,
	flights_that_wait_for_a_neighbour_are_told_oldest_first,
	flights_that_wait_for_a_neighbour_are_not_forgotten,
	flights_whose_time_is_over_can_be_dropped_before,
	flights_that_wait_for_a_neighbour_are_not_dropped_before,
	flights_are_found_by_16_bits_from_the_newest_back,
	flights_are_found_below_a_number_and_not_at_it, flights_that_were_forgotten_are_not_found,
	flights_have_numbers_beyond_32_bits)
