/* SPDX-License-Identifier: MIT */
#include "netprobe/base/rng.h"

#include "../unit.h"

/* The first outputs of SplitMix64 started at 0, whose state goes up by the same constant. */
START_TEST(rng_mix_is_splitmix64)
{
	ck_assert_uint_eq(rng_mix(0), UINT64_C(0xe220a8397b1dcdaf));
	ck_assert_uint_eq(rng_mix(UINT64_C(0x9e3779b97f4a7c15)), UINT64_C(0x6e789e6aa1b965f4));
}
END_TEST

START_TEST(rng_mix_flips_half_the_bits_for_one)
{
	unsigned flips = 0;

	for (unsigned bit = 0; bit < 64; bit++)
		flips += (unsigned)__builtin_popcountll(
			rng_mix(12345) ^ rng_mix(12345 ^ UINT64_C(1) << bit));
	ck_assert_uint_gt(flips, 1792); /* 28 of 64, where 32 is the mean */
	ck_assert_uint_lt(flips, 2304);
}
END_TEST

START_TEST(rng_seed_does_not_repeat)
{
	ck_assert_uint_ne(rng_seed(), rng_seed());
}
END_TEST

UNIT_MAIN("base/rng", rng_mix_is_splitmix64, rng_mix_flips_half_the_bits_for_one,
	rng_seed_does_not_repeat)
