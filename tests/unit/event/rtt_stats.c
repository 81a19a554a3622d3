/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/rng.h"
#include "netprobe/event/rtt_stats.h"

#include <malloc.h>
#include <math.h>
#include <string.h>

#define US NSEC_PER_USEC
#define MS NSEC_PER_MSEC

enum { MANY = 100000, OCTAVE_BYTES = 64 * sizeof(uint64_t), HEAD_BYTES = 64 };

static const double quantiles[] = {0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};

static double uniform(uint64_t i)
{
	return (double)(rng_mix(i + 1) >> 11) / (double)(1ULL << 53);
}

/* Some ways in which round trips are spread. */
static nsec_t even(uint64_t i)
{
	return (nsec_t)(20 * US + uniform(i) * 980 * US);
}

static nsec_t long_tail(uint64_t i)
{
	return (nsec_t)(40 * US / pow(1 - uniform(i), 1.2));
}

static nsec_t bell(uint64_t i)
{
	double sum = 0;

	for (uint64_t k = 0; k < 12; k++)
		sum += uniform(12 * i + k);
	return (nsec_t)(30 * MS + (sum - 6) * MS);
}

static nsec_t two_peaks(uint64_t i)
{
	return i % 10 == 0 ? 900 * MS + bell(i) : even(i);
}

static nsec_t all_scales(uint64_t i)
{
	return (nsec_t)exp(uniform(i) * log(1000e9));
}

static nsec_t few_nanoseconds(uint64_t i)
{
	return (nsec_t)(rng_mix(i) % 200);
}

static nsec_t falling(uint64_t i)
{
	return (nsec_t)(MANY - i) * 7 * US;
}

static nsec_t (*const shapes[])(uint64_t) = {
	even, long_tail, bell, two_peaks, all_scales, few_nanoseconds, falling};

static int by_size(const void *a, const void *b)
{
	nsec_t x = *(const nsec_t *)a, y = *(const nsec_t *)b;

	return (x > y) - (x < y);
}

static void add_all(struct rtt_stats *s, const nsec_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rtt_stats_add(s, values[i]);
}

static nsec_t nearest_rank(const nsec_t *sorted, size_t count, double q)
{
	double rank = ceil(q * (double)count - 1e-6);

	return sorted[rank < 1 ? 0 : (size_t)rank - 1];
}

START_TEST(rtt_stats_of_nothing_are_zero)
{
	struct rtt_stats s = {0};

	ck_assert_int_eq(rtt_stats_mean(&s), 0);
	ck_assert_int_eq(rtt_stats_stddev(&s), 0);
	ck_assert_int_eq(rtt_stats_jitter(&s), 0);
	ck_assert_int_eq(rtt_stats_quantile(&s, 0.5), 0);
	ck_assert_uint_eq(rtt_stats_below(&s, NSEC_PER_SEC), 0);
	rtt_stats_release(&s);
}
END_TEST

START_TEST(rtt_stats_of_one_sample_take_no_memory)
{
	struct rtt_stats s = {0};

	rtt_stats_add(&s, 42 * US);
	ck_assert_ptr_null(s.exact);
	ck_assert_ptr_null(s.buckets);
	for (size_t i = 0; i < ARRAY_SIZE(quantiles); i++)
		ck_assert_int_eq(rtt_stats_quantile(&s, quantiles[i]), 42 * US);
	ck_assert_int_eq(rtt_stats_mean(&s), 42 * US);
	ck_assert_int_eq(rtt_stats_stddev(&s), 0);
	ck_assert_int_eq(rtt_stats_jitter(&s), 0);
	ck_assert_int_eq(s.last, 42 * US);
	ck_assert_uint_eq(rtt_stats_below(&s, 42 * US - 1), 0);
	ck_assert_uint_eq(rtt_stats_below(&s, 42 * US), 1);
}
END_TEST

START_TEST(rtt_stats_quantiles_are_exact_nearest_ranks_up_to_64_samples)
{
	nsec_t values[RTT_STATS_EXACT], sorted[RTT_STATS_EXACT];

	for (size_t count = 1; count <= RTT_STATS_EXACT; count++) {
		struct rtt_stats s = {0};

		for (size_t i = 0; i < count; i++)
			sorted[i] = values[i] = long_tail(i);
		qsort(sorted, count, sizeof *sorted, by_size);
		add_all(&s, values, count);
		for (int q = 0; q <= 1000; q++)
			ck_assert_int_eq(rtt_stats_quantile(&s, q / 1000.0),
				nearest_rank(sorted, count, q / 1000.0));
		for (size_t i = 0; i < count; i++)
			ck_assert_uint_eq(rtt_stats_below(&s, sorted[i]), i + 1);
		rtt_stats_release(&s);
	}
}
END_TEST

/* 0.07 * 100 is a little more than 7 in binary, and still means the 7th of 100. */
START_TEST(rtt_stats_rank_is_not_pushed_up_by_rounding)
{
	struct rtt_stats s = {0};

	for (nsec_t i = 1; i <= 50; i++)
		rtt_stats_add(&s, i);
	ck_assert_int_eq(rtt_stats_quantile(&s, 0.14), 7);
	ck_assert_int_eq(rtt_stats_quantile(&s, 0.56), 28);
	ck_assert_int_eq(rtt_stats_quantile(&s, 0.561), 29);
	rtt_stats_release(&s);
}
END_TEST

static void expect_near(nsec_t got, nsec_t want)
{
	ck_assert_msg(llabs(got - want) * 100 <= want, "%lld instead of %lld", (long long)got,
		(long long)want);
}

START_TEST(rtt_stats_quantiles_of_many_samples_are_off_by_less_than_1_percent)
{
	nsec_t *values = mem_alloc(MANY, sizeof *values);

	for (size_t shape = 0; shape < ARRAY_SIZE(shapes); shape++) {
		struct rtt_stats s = {0};

		for (uint64_t i = 0; i < MANY; i++)
			values[i] = shapes[shape](i);
		add_all(&s, values, MANY);
		qsort(values, MANY, sizeof *values, by_size);
		ck_assert_int_eq(rtt_stats_quantile(&s, 0), values[0]);
		ck_assert_int_eq(rtt_stats_quantile(&s, 1), values[MANY - 1]);
		for (size_t q = 0; q < ARRAY_SIZE(quantiles); q++)
			expect_near(rtt_stats_quantile(&s, quantiles[q]),
				nearest_rank(values, MANY, quantiles[q]));
		rtt_stats_release(&s);
	}
	free(values);
}
END_TEST

START_TEST(rtt_stats_below_counts_to_within_a_bucket)
{
	nsec_t *values = mem_alloc(MANY, sizeof *values);

	for (size_t shape = 0; shape < ARRAY_SIZE(shapes); shape++) {
		struct rtt_stats s = {0};
		uint64_t last = 0;

		for (uint64_t i = 0; i < MANY; i++)
			values[i] = shapes[shape](i);
		add_all(&s, values, MANY);
		qsort(values, MANY, sizeof *values, by_size);
		for (size_t i = 0; i < MANY; i += 997) {
			nsec_t limit = values[i];
			uint64_t below = rtt_stats_below(&s, limit), least = 0, most = 0;

			while (least < MANY && values[least] < limit - limit / 64)
				least++;
			while (most < MANY && values[most] <= limit + limit / 64)
				most++;
			ck_assert_uint_ge(below, least);
			ck_assert_uint_le(below, most);
			ck_assert_uint_ge(below, last);
			last = below;
		}
		ck_assert_uint_eq(rtt_stats_below(&s, values[0] - 1), 0);
		ck_assert_uint_eq(rtt_stats_below(&s, values[MANY - 1]), MANY);
		rtt_stats_release(&s);
	}
	free(values);
}
END_TEST

START_TEST(rtt_stats_lose_no_sample_on_the_way_into_buckets)
{
	struct rtt_stats s = {0};

	for (uint64_t i = 0; i < 3 * RTT_STATS_EXACT; i++) {
		rtt_stats_add(&s, (nsec_t)(i % 10 + 1) * MS);
		ck_assert_uint_eq(s.count, i + 1);
		for (uint64_t k = 1; k <= 10; k++)
			ck_assert_uint_eq(rtt_stats_below(&s, (nsec_t)k * MS + MS / 2),
				(i + 1) / 10 * k + ((i + 1) % 10 < k ? (i + 1) % 10 : k));
	}
	ck_assert_ptr_null(s.exact);
	rtt_stats_release(&s);
}
END_TEST

START_TEST(rtt_stats_memory_grows_with_the_octaves_and_not_with_the_samples)
{
	struct rtt_stats s = {0};

	for (uint64_t i = 0; i < 1000; i++)
		rtt_stats_add(&s, 600 * US);
	ck_assert_uint_le(malloc_usable_size(s.buckets), OCTAVE_BYTES + HEAD_BYTES);
	for (uint64_t i = 0; i < MANY; i++)
		rtt_stats_add(&s, 600 * US + (nsec_t)(uniform(i) * 600 * US));
	ck_assert_uint_le(malloc_usable_size(s.buckets), 2 * OCTAVE_BYTES + HEAD_BYTES);
	rtt_stats_add(&s, 4 * MS); /* 2^21 and up; 2^19 was the first */
	ck_assert_uint_le(malloc_usable_size(s.buckets), 3 * OCTAVE_BYTES + HEAD_BYTES);
	rtt_stats_add(&s, 300 * US);
	ck_assert_uint_le(malloc_usable_size(s.buckets), 4 * OCTAVE_BYTES + HEAD_BYTES);
	rtt_stats_add(&s, 0);
	rtt_stats_add(&s, 1000 * NSEC_PER_SEC);
	ck_assert_uint_le(malloc_usable_size(s.buckets), 35 * OCTAVE_BYTES + HEAD_BYTES);
	ck_assert_uint_eq(s.count, 1000 + MANY + 4);
	rtt_stats_release(&s);
	ck_assert_ptr_null(s.buckets);
	ck_assert_uint_eq(s.count, 0);
}
END_TEST

START_TEST(rtt_stats_of_few_samples_take_little_memory)
{
	struct rtt_stats s = {0};

	for (nsec_t i = 0; i < 3; i++)
		rtt_stats_add(&s, i);
	ck_assert_uint_le(malloc_usable_size(s.exact), 4 * sizeof(nsec_t) + 8);
	rtt_stats_release(&s);
}
END_TEST

START_TEST(rtt_stats_figures_are_those_of_the_plain_formulas)
{
	for (size_t shape = 0; shape < ARRAY_SIZE(shapes); shape++) {
		struct rtt_stats s = {0};
		nsec_t min = INT64_MAX, max = 0;
		long double sum = 0, squares = 0, jitter = 0, mean;

		for (uint64_t i = 0; i < MANY; i++) {
			nsec_t value = shapes[shape](i);

			if (i > 0)
				jitter += (llabs(value - shapes[shape](i - 1)) - jitter) / 16;
			min = value < min ? value : min;
			max = value > max ? value : max;
			sum += value;
			rtt_stats_add(&s, value);
		}
		mean = sum / MANY;
		for (uint64_t i = 0; i < MANY; i++)
			squares += (shapes[shape](i) - mean) * (shapes[shape](i) - mean);
		ck_assert_int_eq(s.min, min);
		ck_assert_int_eq(s.max, max);
		ck_assert_int_eq(s.last, shapes[shape](MANY - 1));
		ck_assert_int_le(llabs(rtt_stats_mean(&s) - llroundl(mean)), 1);
		ck_assert_int_le(llabs(rtt_stats_stddev(&s) - llroundl(sqrtl(squares / MANY))), 1);
		ck_assert_int_le(llabs(rtt_stats_jitter(&s) - llroundl(jitter)), 1);
		rtt_stats_release(&s);
	}
}
END_TEST

START_TEST(rtt_stats_of_identical_samples_do_not_vary)
{
	static const nsec_t values[] = {0, 1, 41667, 333333333, 999999999999};

	for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
		struct rtt_stats s = {0};

		for (int i = 0; i < 10000; i++) {
			rtt_stats_add(&s, values[v]);
			ck_assert_int_eq(rtt_stats_stddev(&s), 0);
		}
		ck_assert_int_eq(rtt_stats_mean(&s), values[v]);
		ck_assert_int_eq(rtt_stats_jitter(&s), 0);
		for (size_t q = 0; q < ARRAY_SIZE(quantiles); q++)
			ck_assert_int_eq(rtt_stats_quantile(&s, quantiles[q]), values[v]);
		rtt_stats_release(&s);
	}
}
END_TEST

UNIT_MAIN("event/rtt_stats", rtt_stats_of_nothing_are_zero, rtt_stats_of_one_sample_take_no_memory,
	rtt_stats_quantiles_are_exact_nearest_ranks_up_to_64_samples,
	rtt_stats_rank_is_not_pushed_up_by_rounding,
	rtt_stats_quantiles_of_many_samples_are_off_by_less_than_1_percent,
	rtt_stats_below_counts_to_within_a_bucket, rtt_stats_lose_no_sample_on_the_way_into_buckets,
	rtt_stats_memory_grows_with_the_octaves_and_not_with_the_samples,
	rtt_stats_of_few_samples_take_little_memory,
	rtt_stats_figures_are_those_of_the_plain_formulas,
	rtt_stats_of_identical_samples_do_not_vary)
