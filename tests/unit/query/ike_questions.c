/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

/* What a peer checks of the questions: that lengths add up, each payload within the message (RFC
 * 7296, 3.2). */

enum { HEAD = 28, SA = 33, KE = 34, NONCE = 40 };

static unsigned number(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

/* The types of the payloads in their order, NUL-ended; their lengths end where the message does. */
static void payloads(const uint8_t *bytes, size_t len, uint8_t types[static 8])
{
	size_t at = HEAD, count = 0;

	ck_assert_uint_eq(number(bytes + 26), len);
	for (uint8_t type = bytes[16]; type; type = bytes[at], at += number(bytes + at + 2)) {
		ck_assert_uint_lt(count, 7);
		types[count++] = type;
	}
	types[count] = 0;
	ck_assert_uint_eq(at, len);
}

START_TEST(ike_questions_are_whole)
{
	uint8_t bytes[QUERY_MAX], types[8] = {0};

	payloads(bytes, query_ike.make(&asked_token, bytes), types);
	ck_assert_mem_eq(types, ((uint8_t[]){SA, KE, NONCE, 0}), 4);
	payloads(bytes, query_ikev1.make(&asked_token, bytes), types);
	ck_assert_mem_eq(types, ((uint8_t[]){1, 0}), 2);
}
END_TEST

START_TEST(ike_questions_marked_is_the_same_behind_the_marker)
{
	uint8_t plain[QUERY_MAX], marked[QUERY_MAX];
	size_t len = query_ike.make(&asked_token, plain);

	ck_assert_uint_eq(query_ike_nat.make(&asked_token, marked), len + 4);
	ck_assert_mem_eq(marked, "\0\0\0", 4);
	ck_assert_mem_eq(marked + 4, plain, len);
}
END_TEST

START_TEST(ike_questions_transforms_add_up)
{
	uint8_t bytes[QUERY_MAX];
	const uint8_t *sa = bytes + HEAD, *at = sa + 12;
	unsigned count = 0, more;

	query_ike.make(&asked_token, bytes);
	ck_assert_uint_eq(number(sa + 2), 4 + number(sa + 6));
	do {
		more = at[0];
		at += number(at + 2);
		count++;
	} while (more == 3);
	ck_assert_uint_eq(more, 0);
	ck_assert_uint_eq(count, sa[11]);
	ck_assert_ptr_eq(at, sa + number(sa + 2));
}
END_TEST

START_TEST(ike_questions_key_is_below_the_prime)
{
	uint8_t bytes[QUERY_MAX];
	const uint8_t *ke;

	for (uint64_t i = 0; i < 100; i++) {
		query_ike.make(&(struct query_token){{i, i}}, bytes);
		ke = bytes + HEAD + number(bytes + HEAD + 2);
		ck_assert_uint_eq(number(ke + 4), 14);
		ck_assert_uint_lt(ke[8], 0xff);
	}
}
END_TEST

UNIT_MAIN("query/ike_questions", ike_questions_are_whole,
	ike_questions_marked_is_the_same_behind_the_marker, ike_questions_transforms_add_up,
	ike_questions_key_is_below_the_prime)
