/* SPDX-License-Identifier: MIT */
#include "netprobe/event/rtt_stats.h"

#include "netprobe/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Octave 0 holds what is below 64 ns, a bucket for each value; octave n holds 2^(n+5) to 2^(n+6)-1
 * in 64 buckets of equal width. A bucket is at most 1/64 as wide as what it holds, and its middle
 * off by half of that.
 */
enum { PART_BITS = 6, PARTS = 1 << PART_BITS, EXACT_FIRST = 4 };

struct rtt_buckets {
	unsigned first, octaves; /* counts[i] is octave first + i */
	uint64_t counts[][PARTS];
};

struct place {
	unsigned octave, part;
};

struct span {
	nsec_t low, high;
};

static struct place place_of(nsec_t value)
{
	uint64_t v = (uint64_t)value;
	unsigned shift;

	if (v < PARTS)
		return (struct place){0, (unsigned)v};
	shift = 63 - PART_BITS - (unsigned)__builtin_clzll(v);
	return (struct place){shift + 1, (unsigned)(v >> shift) - PARTS};
}

static struct span span_of(struct place p)
{
	unsigned shift = p.octave > 0 ? p.octave - 1 : 0;
	nsec_t low = (nsec_t)(p.octave > 0 ? PARTS + p.part : p.part) << shift;

	return (struct span){low, low + ((nsec_t)1 << shift) - 1};
}

static struct rtt_buckets *buckets_over(unsigned first, unsigned octaves)
{
	struct rtt_buckets *b = mem_alloc(1, sizeof *b + octaves * sizeof b->counts[0]);

	b->first = first;
	b->octaves = octaves;
	return b;
}

/* The same counts with room for `octave`, on whichever side. */
static struct rtt_buckets *buckets_with(struct rtt_buckets *old, unsigned octave)
{
	unsigned first = old->first, end = old->first + old->octaves;
	struct rtt_buckets *b;

	if (octave >= first && octave < end)
		return old;
	if (octave < first)
		first = octave;
	else
		end = octave + 1;
	b = buckets_over(first, end - first);
	memcpy(b->counts[old->first - first], old->counts, old->octaves * sizeof b->counts[0]);
	free(old);
	return b;
}

static void bucket_add(struct rtt_stats *s, nsec_t value)
{
	struct place p = place_of(value);

	s->buckets = s->buckets ? buckets_with(s->buckets, p.octave) : buckets_over(p.octave, 1);
	s->buckets->counts[p.octave - s->buckets->first][p.part]++;
}

/* Gives its memory up to the buckets. */
static void leave_exact(struct rtt_stats *s)
{
	for (unsigned i = 0; i < RTT_STATS_EXACT; i++)
		bucket_add(s, s->exact[i]);
	free(s->exact);
	s->exact = NULL;
}

/* One sample alone is `last`; from the second on, room for a power of two. */
static void exact_add(struct rtt_stats *s, nsec_t value)
{
	if (s->count == 1) {
		s->exact = mem_alloc(EXACT_FIRST, sizeof *s->exact);
		s->exact[0] = s->last;
	} else if (s->count >= EXACT_FIRST && (s->count & (s->count - 1)) == 0) {
		s->exact = mem_resize(s->exact, 2 * (size_t)s->count, sizeof *s->exact);
	}
	if (s->exact)
		s->exact[s->count] = value;
}

static void keep(struct rtt_stats *s, nsec_t value)
{
	if (s->count == RTT_STATS_EXACT)
		leave_exact(s);
	if (s->count < RTT_STATS_EXACT)
		exact_add(s, value);
	else
		bucket_add(s, value);
}

void rtt_stats_add(struct rtt_stats *s, nsec_t rtt)
{
	double off = (double)rtt - s->mean;

	keep(s, rtt);
	if (s->count > 0)
		s->jitter += (fabs((double)(rtt - s->last)) - s->jitter) / 16;
	if (s->count == 0 || rtt < s->min)
		s->min = rtt;
	if (s->count == 0 || rtt > s->max)
		s->max = rtt;
	s->last = rtt;
	s->count++;
	s->mean += off / (double)s->count;
	s->squares += off * ((double)rtt - s->mean);
}

void rtt_stats_release(struct rtt_stats *s)
{
	free(s->exact);
	free(s->buckets);
	*s = (struct rtt_stats){0};
}

nsec_t rtt_stats_mean(const struct rtt_stats *s)
{
	return (nsec_t)llround(s->mean);
}

nsec_t rtt_stats_stddev(const struct rtt_stats *s)
{
	return s->count > 0 ? (nsec_t)llround(sqrt(s->squares / (double)s->count)) : 0;
}

nsec_t rtt_stats_jitter(const struct rtt_stats *s)
{
	return (nsec_t)llround(s->jitter);
}

static int by_size(const void *a, const void *b)
{
	nsec_t x = *(const nsec_t *)a, y = *(const nsec_t *)b;

	return (x > y) - (x < y);
}

static nsec_t exact_at(const struct rtt_stats *s, uint64_t rank)
{
	nsec_t sorted[RTT_STATS_EXACT];

	memcpy(sorted, s->exact, s->count * sizeof *sorted);
	qsort(sorted, s->count, sizeof *sorted, by_size);
	return sorted[rank - 1];
}

static nsec_t within(nsec_t value, nsec_t low, nsec_t high)
{
	if (value < low)
		return low;
	return value < high ? value : high;
}

static nsec_t bucket_at(const struct rtt_stats *s, uint64_t rank)
{
	const struct rtt_buckets *b = s->buckets;
	const uint64_t *counts = b->counts[0];
	unsigned i = 0;
	struct span span;

	for (uint64_t passed = counts[0]; passed < rank; passed += counts[i])
		i++;
	span = span_of((struct place){b->first + i / PARTS, i % PARTS});
	return within(span.low + (span.high - span.low) / 2, s->min, s->max);
}

/* The least rank that covers the share `q`; the margin undoes what 0.07 * 100 > 7 comes from. */
static uint64_t nearest_rank(uint64_t count, double q)
{
	double rank = ceil(q * (double)count * (1 - 1e-12));

	if (!(rank >= 1))
		return 1;
	return rank < (double)count ? (uint64_t)rank : count;
}

nsec_t rtt_stats_quantile(const struct rtt_stats *s, double q)
{
	uint64_t rank;

	if (s->count == 0)
		return 0;
	rank = nearest_rank(s->count, q);
	if (rank == 1)
		return s->min;
	if (rank == s->count)
		return s->max;
	return s->buckets ? bucket_at(s, rank) : exact_at(s, rank);
}

static uint64_t exact_below(const struct rtt_stats *s, nsec_t limit)
{
	uint64_t below = 0;

	for (unsigned i = 0; i < s->count; i++)
		below += s->exact[i] <= limit;
	return below;
}

/* As many of the bucket's samples as an even spread over it puts below. */
static uint64_t part_below(const struct rtt_stats *s, struct place p, uint64_t count, nsec_t limit)
{
	struct span span = span_of(p);
	nsec_t low = span.low > s->min ? span.low : s->min;
	nsec_t high = span.high < s->max ? span.high : s->max;
	double share = (double)(limit - low + 1) / (double)(high - low + 1);

	return limit >= high ? count : (uint64_t)((double)count * share);
}

static uint64_t bucket_below(const struct rtt_stats *s, nsec_t limit)
{
	const struct rtt_buckets *b = s->buckets;
	const uint64_t *counts = b->counts[0];
	struct place p = place_of(limit);
	unsigned last = (p.octave - b->first) * PARTS + p.part;
	uint64_t below = part_below(s, p, counts[last], limit);

	for (unsigned i = 0; i < last; i++)
		below += counts[i];
	return below;
}

uint64_t rtt_stats_below(const struct rtt_stats *s, nsec_t limit)
{
	if (s->count == 0 || limit < s->min)
		return 0;
	if (limit >= s->max)
		return s->count;
	return s->buckets ? bucket_below(s, limit) : exact_below(s, limit);
}
