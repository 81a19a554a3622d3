/* SPDX-License-Identifier: MIT */
#include "netprobe/base/permute.h"

#include "../unit.h"

#include <string.h>

/* Every index comes out once and none beyond. */
static void expect_bijection(uint64_t n, uint64_t seed)
{
	unsigned char *seen = calloc(n, 1);
	uint64_t beyond = 0, again = 0;
	struct permute p;

	permute_init(&p, n, seed);
	for (uint64_t i = 0; i < n; i++) {
		u128 at = permute_at(&p, i);

		if (at >= n)
			beyond++;
		else
			again += seen[(uint64_t)at]++;
	}
	ck_assert_uint_eq(beyond, 0);
	ck_assert_uint_eq(again, 0);
	free(seen);
}

START_TEST(permute_is_a_bijection_at_every_small_size)
{
	for (uint64_t n = 1; n <= 300; n++)
		for (uint64_t seed = 0; seed < 5; seed++)
			expect_bijection(n, seed);
}
END_TEST

START_TEST(permute_is_a_bijection_around_powers_of_two)
{
	for (unsigned bits = 10; bits <= 17; bits++)
		for (int more = -1; more <= 1; more++)
			expect_bijection((UINT64_C(1) << bits) + (uint64_t)more, bits);
}
END_TEST

START_TEST(permute_depends_on_nothing_but_n_and_seed)
{
	struct permute a, b;

	permute_init(&a, 65535, 1);
	permute_init(&b, 65535, 1);
	for (unsigned i = 0; i < 1000; i++)
		ck_assert(permute_at(&a, i) == permute_at(&b, i));
}
END_TEST

START_TEST(permute_differs_from_seed_to_seed)
{
	struct permute a, b;
	unsigned same = 0;

	permute_init(&a, 65535, 1);
	permute_init(&b, 65535, 2);
	for (unsigned i = 0; i < 1000; i++)
		same += permute_at(&a, i) == permute_at(&b, i);
	ck_assert_uint_lt(same, 10);
}
END_TEST

/* Neighbours must not stay neighbours: a scan would hit one host's ports in a row. */
START_TEST(permute_scatters_neighbours)
{
	unsigned near = 0;
	struct permute p;

	permute_init(&p, 65536, 42);
	for (unsigned i = 0; i + 1 < 10000; i++) {
		int64_t step = (int64_t)permute_at(&p, i + 1) - (int64_t)permute_at(&p, i);

		near += step > -656 && step < 656; /* 2 % of the way round by chance */
	}
	ck_assert_uint_lt(near, 400);
	ck_assert_uint_gt(near, 50);
}
END_TEST

START_TEST(permute_reaches_the_whole_of_ipv6_times_ports)
{
	const u128 n = ~(u128)0;
	struct permute p;
	u128 all = 0;

	permute_init(&p, n, 7);
	for (unsigned i = 0; i < 1000; i++) {
		u128 at = permute_at(&p, i);

		ck_assert(at < n);
		all |= at;
	}
	ck_assert(all == n);
}
END_TEST

START_TEST(permute_order_is_the_same_on_every_machine)
{
	static const unsigned expected[] = {27, 622, 456, 695, 309, 9, 100, 821};
	struct permute p;

	permute_init(&p, 1000, 1);
	for (unsigned i = 0; i < sizeof expected / sizeof expected[0]; i++)
		ck_assert_uint_eq((unsigned)permute_at(&p, i), expected[i]);
}
END_TEST

UNIT_MAIN("base/permute", permute_is_a_bijection_at_every_small_size,
	permute_is_a_bijection_around_powers_of_two, permute_depends_on_nothing_but_n_and_seed,
	permute_differs_from_seed_to_seed, permute_scatters_neighbours,
	permute_reaches_the_whole_of_ipv6_times_ports, permute_order_is_the_same_on_every_machine)
