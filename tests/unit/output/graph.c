/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"
#include "netprobe/output/graph.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#define US NSEC_PER_USEC
#define MS NSEC_PER_MSEC

static void expect_line(
	const nsec_t *rtts, size_t count, unsigned columns, bool blocks, const char *line)
{
	struct strbuf sb = {0};

	strbuf_puts(&sb, "before ");
	graph_sparkline(&sb, rtts, count, columns, blocks);
	ck_assert_str_eq(sb.text + strlen("before "), line);
	strbuf_release(&sb);
}

static const nsec_t rising[] = {42 * US, 222 * US, 402 * US, 581 * US, 761 * US, 941 * US,
	1120 * US, 1300 * US, GRAPH_LOST, 42 * US};

START_TEST(graph_sparkline_is_a_bar_a_probe_then_the_range)
{
	expect_line(rising, 10, 80, true, "▁▂▃▄▅▆▇█×▁ 0.042..1.3 ms");
	expect_line(rising, 10, 80, false, "_..-=**#x_ 0.042..1.3 ms");
}
END_TEST

START_TEST(graph_sparkline_shows_the_last_probes_that_fit)
{
	expect_line(rising, 10, 24, true, "▁▂▃▄▅▆▇█×▁ 0.042..1.3 ms");
	expect_line(rising, 10, 23, true, "▂▃▄▅▆▇█×▁ 0.042..1.3 ms");
	expect_line(rising, 10, 18, true, "▇█×▁ 0.042..1.3 ms");
}
END_TEST

START_TEST(graph_sparkline_range_is_of_what_is_shown)
{
	static const nsec_t rtts[] = {900 * MS, 900 * MS, 1 * MS, 2 * MS, 1 * MS, 2 * MS, 1 * MS};

	expect_line(rtts, 7, 13, true, "▁█▁█▁ 1..2 ms");
	expect_line(rtts, 7, 80, true, "██▁▁▁▁▁ 1..900 ms");
	expect_line((nsec_t[]){40 * US, 2500 * US}, 2, 80, true, "▁█ 0.040..2.5 ms");
}
END_TEST

START_TEST(graph_sparkline_leaves_the_range_out_where_it_would_take_the_line)
{
	expect_line(rising, 10, 17, true, "▁▂▃▄▅▆▇█×▁");
	expect_line(rising, 10, 3, true, "█×▁");
	expect_line(rising, 10, 0, true, "");
	expect_line(rising + 7, 1, 8, true, "▁ 1.3 ms");
}
END_TEST

START_TEST(graph_sparkline_of_equals_is_flat)
{
	static const nsec_t rtts[] = {42 * US, 42 * US, GRAPH_LOST, 42 * US};

	expect_line(rtts, 4, 80, true, "▁▁×▁ 0.042 ms");
	expect_line(rtts, 4, 80, false, "__x_ 0.042 ms");
}
END_TEST

START_TEST(graph_sparkline_of_losses_has_no_range)
{
	static const nsec_t rtts[] = {GRAPH_LOST, GRAPH_LOST};

	expect_line(rtts, 2, 80, true, "××");
	expect_line(rtts, 2, 80, false, "xx");
	expect_line(rtts, 0, 80, true, "");
	expect_line(NULL, 0, 80, true, "");
}
END_TEST

START_TEST(graph_sparkline_fits_any_width)
{
	nsec_t rtts[300];

	setlocale(LC_ALL, "C.UTF-8");
	for (size_t i = 0; i < ARRAY_SIZE(rtts); i++)
		rtts[i] = i % 7 == 3 ? GRAPH_LOST : (nsec_t)pow(1.1, (double)i);
	for (unsigned columns = 0; columns <= 320; columns++) {
		for (size_t count = 0; count <= ARRAY_SIZE(rtts); count += 3) {
			struct strbuf sb = {0};

			strbuf_init(&sb);
			graph_sparkline(&sb, rtts, count, columns, count % 2);
			ck_assert_uint_le(text_width(sb.text), columns);
			if (columns <= count) /* a shorter range may leave some columns */
				ck_assert_uint_ge(text_width(sb.text) + 8, columns);
			strbuf_release(&sb);
		}
	}
}
END_TEST

static void expect_counts(
	const uint64_t *counts, size_t count, unsigned columns, bool blocks, const char *line)
{
	struct strbuf sb = {0};

	strbuf_puts(&sb, "before ");
	graph_counts(&sb, counts, count, columns, blocks);
	ck_assert_str_eq(sb.text + strlen("before "), line);
	strbuf_release(&sb);
}

static const uint64_t counts[] = {70, 0, 1, 2, 3, 4, 5, 6, 7, 0};

START_TEST(graph_counts_go_from_zero_to_the_largest)
{
	expect_counts(counts + 1, 9, 80, true, "▁▂▃▄▅▆▇█▁");
	expect_counts(counts + 1, 9, 80, false, "_..-=**#_");
	expect_counts((uint64_t[]){7, 7}, 2, 80, true, "██");
	expect_counts((uint64_t[]){5, 4}, 2, 80, true, "█▇");
	expect_counts((uint64_t[]){UINT64_MAX, 0}, 2, 80, true, "█▁");
}
END_TEST

START_TEST(graph_counts_show_the_last_that_fit_and_the_largest_of_these)
{
	expect_counts(counts, 10, 80, true, "█▁▂▂▂▂▂▂▂▁");
	expect_counts(counts, 10, 9, true, "▁▂▃▄▅▆▇█▁");
	expect_counts(counts, 10, 2, true, "█▁");
	expect_counts(counts, 10, 1, true, "▁");
	expect_counts(counts, 10, 0, true, "");
}
END_TEST

START_TEST(graph_counts_of_one_in_a_million_is_not_zero)
{
	expect_counts((uint64_t[]){1000000, 1, 0}, 3, 80, true, "█▂▁");
	expect_counts((uint64_t[]){1000000, 1, 0}, 3, 80, false, "#._");
}
END_TEST

START_TEST(graph_counts_of_nothing_are_flat_or_nothing)
{
	expect_counts((uint64_t[]){0, 0, 0}, 3, 80, true, "▁▁▁");
	expect_counts((uint64_t[]){0, 0, 0}, 3, 80, false, "___");
	expect_counts(NULL, 0, 80, true, "");
}
END_TEST

static void fill(struct rtt_stats *s, nsec_t value, uint64_t times)
{
	for (uint64_t i = 0; i < times; i++)
		rtt_stats_add(s, value);
}

static void expect_histogram(
	const struct rtt_stats *s, unsigned columns, unsigned rows, bool blocks, const char *text)
{
	struct strbuf sb = {0};

	strbuf_init(&sb);
	graph_histogram(&sb, s, columns, rows, blocks);
	ck_assert_str_eq(sb.text, text);
	strbuf_release(&sb);
}

/* 0.1, 1, 10, 100 ms: four decades, three classes. */
static struct rtt_stats decades(void)
{
	struct rtt_stats s = {0};

	fill(&s, 100 * US, 4);
	fill(&s, MS, 12);
	fill(&s, 10 * MS, 7);
	fill(&s, 100 * MS, 1);
	return s;
}

START_TEST(graph_histogram_cuts_classes_at_equal_ratios)
{
	struct rtt_stats s = decades();

	expect_histogram(&s, 40, 3, true,
		"  0.100..  1.000 ms  16  ███████████████\n"
		"  1.000.. 10.000 ms   7  ██████▋\n"
		" 10.000..100.000 ms   1  █\n"
		"p50 1.000 ms  p90 10.000 ms\n");
	rtt_stats_release(&s);
}
END_TEST

START_TEST(graph_histogram_shows_eighths_and_rounds_in_ascii)
{
	struct rtt_stats s = {0};

	fill(&s, 100 * US, 32);
	fill(&s, MS, 1);
	fill(&s, 10 * MS, 13);
	expect_histogram(&s, 29, 2, true,
		" 0.100.. 1.000 33 ███████████\n"
		" 1.000..10.000 13 ████▍\n"
		"p50 0.100 ms  p90 10.000 ms\n");
	expect_histogram(&s, 29, 2, false,
		" 0.100.. 1.000 33 ###########\n"
		" 1.000..10.000 13 ####\n"
		"p50 0.100 ms  p90 10.000 ms\n");
	rtt_stats_release(&s);
}
END_TEST

START_TEST(graph_histogram_keeps_a_sliver_for_one_in_a_million)
{
	struct rtt_stats s = {0};

	fill(&s, 100 * US, 1000000);
	fill(&s, 10 * MS, 1);
	expect_histogram(&s, 80, 3, true,
		" 0.100.. 0.464 ms  1,000,000  "
		"██████████████████████████████████████████████████\n"
		" 0.464.. 2.154 ms          0\n"
		" 2.154..10.000 ms          1  ▏\n"
		"p50 0.100 ms  p90 0.100 ms  p95 0.100 ms  p99 0.100 ms  max 10.000 ms\n");
	expect_histogram(&s, 40, 3, false,
		" 0.100.. 0.464 ms  1,000,000  ##########\n"
		" 0.464.. 2.154 ms          0\n"
		" 2.154..10.000 ms          1  #\n"
		"p50 0.100 ms  p90 0.100 ms  p95 0.100 ms\n");
	rtt_stats_release(&s);
}
END_TEST

START_TEST(graph_histogram_works_in_20_columns)
{
	struct rtt_stats s = decades();

	expect_histogram(&s, 20, 3, true,
		"..  1.000 16 ███████\n"
		".. 10.000  7 ███▏\n"
		"..100.000  1 ▌\n"
		"p50 1.000 ms\n");
	rtt_stats_release(&s);
}
END_TEST

START_TEST(graph_histogram_rather_shows_nothing_than_half_a_number)
{
	struct rtt_stats s = decades();

	expect_histogram(&s, 12, 1, true, "..100.000 24\np50 1.000 ms\n");
	expect_histogram(&s, 11, 1, true, "");
	expect_histogram(&s, 0, 1, true, "");
	rtt_stats_release(&s);
}
END_TEST

START_TEST(graph_histogram_of_equals_is_one_class)
{
	struct rtt_stats s = {0};

	fill(&s, 42 * US, 5);
	expect_histogram(&s, 40, 10, false,
		"0.042..0.042 ms  5  ####################\n"
		"p50 0.042 ms  p90 0.042 ms  p95 0.042 ms\n");
	rtt_stats_release(&s);
}
END_TEST

START_TEST(graph_histogram_has_no_more_classes_than_bounds_to_tell_apart)
{
	struct rtt_stats s = {0};

	for (nsec_t v = 42 * US; v <= 45 * US; v += 100)
		rtt_stats_add(&s, v);
	expect_histogram(&s, 30, 10, false,
		"0.042..0.043 11 ########\n"
		"0.043..0.045 20 ##############\n"
		"p50 0.044 ms  p90 0.045 ms\n");
	rtt_stats_release(&s);
}
END_TEST

START_TEST(graph_histogram_of_nothing_is_nothing)
{
	struct rtt_stats s = {0};

	expect_histogram(&s, 80, 10, true, "");
}
END_TEST

START_TEST(graph_histogram_without_rows_is_the_percentiles)
{
	struct rtt_stats s = decades();

	expect_histogram(&s, 80, 0, true,
		"p50 1.000 ms  p90 10.000 ms  p95 10.000 ms  p99 100.000 ms  max 100.000 ms\n");
	rtt_stats_release(&s);
}
END_TEST

/* The lines are within the width, the counts add up to all samples, the bounds never fall back. */
static void hold_against(const struct rtt_stats *s, char *text, unsigned columns, unsigned rows)
{
	uint64_t total = 0;
	double last = 0;
	unsigned lines = 0;

	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		char *dots, *at;
		uint64_t count = 0;
		double high;

		*end = '\0';
		ck_assert_uint_le(text_width(line), columns);
		ck_assert(end == line || end[-1] != ' ');
		dots = strstr(line, "..");
		if (!dots)
			continue;
		lines++;
		high = strtod(dots + 2, &at);
		ck_assert(lines == 1 || high > last);
		last = high;
		for (at += strspn(at, " ms"); *at && strchr("0123456789,", *at); at++)
			if (*at != ',')
				count = 10 * count + (uint64_t)(*at - '0');
		total += count;
	}
	ck_assert_uint_le(lines, rows);
	ck_assert(lines == 0 || total == s->count);
	ck_assert(columns < 24 || lines > 0);
}

START_TEST(graph_histogram_fits_any_width_and_counts_every_sample)
{
	static const nsec_t shapes[][3] = {{0, 1, 1}, {0, 999, 1}, {0, 40 * MS, 5000},
		{41 * US, 43 * US, 3}, {40 * US, 90 * US, 64}, {40 * US, 90 * US, 65},
		{150 * MS, 151 * MS, 2000}, {1, 1000 * NSEC_PER_SEC, 9000},
		{20 * MS, 999 * MS + 999999, 500}};

	setlocale(LC_ALL, "C.UTF-8");
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		const nsec_t *shape = shapes[i];
		struct rtt_stats s = {0};

		for (nsec_t k = 0; k <= shape[2]; k++) {
			double share = (double)k / (double)shape[2];

			rtt_stats_add(&s, shape[0] + (nsec_t)((double)(shape[1] - shape[0]) *
							      share * share * share));
		}
		for (unsigned columns = 0; columns <= 220; columns++) {
			unsigned rows = columns % 30 + 1;
			struct strbuf sb = {0};

			strbuf_init(&sb);
			graph_histogram(&sb, &s, columns, rows, columns % 2);
			hold_against(&s, sb.text, columns, rows);
			strbuf_release(&sb);
		}
		rtt_stats_release(&s);
	}
}
END_TEST

START_TEST(graph_draws_blocks_in_a_utf8_locale_only)
{
	setlocale(LC_ALL, "C");
	ck_assert(!graph_can_draw());
	setlocale(LC_ALL, "C.UTF-8");
	ck_assert(graph_can_draw());
}
END_TEST

UNIT_MAIN("output/graph", graph_sparkline_is_a_bar_a_probe_then_the_range,
	graph_sparkline_shows_the_last_probes_that_fit, graph_sparkline_range_is_of_what_is_shown,
	graph_sparkline_leaves_the_range_out_where_it_would_take_the_line,
	graph_sparkline_of_equals_is_flat, graph_sparkline_of_losses_has_no_range,
	graph_sparkline_fits_any_width, graph_counts_go_from_zero_to_the_largest,
	graph_counts_show_the_last_that_fit_and_the_largest_of_these,
	graph_counts_of_one_in_a_million_is_not_zero, graph_counts_of_nothing_are_flat_or_nothing,
	graph_histogram_cuts_classes_at_equal_ratios,
	graph_histogram_shows_eighths_and_rounds_in_ascii,
	graph_histogram_keeps_a_sliver_for_one_in_a_million, graph_histogram_works_in_20_columns,
	graph_histogram_rather_shows_nothing_than_half_a_number,
	graph_histogram_of_equals_is_one_class,
	graph_histogram_has_no_more_classes_than_bounds_to_tell_apart,
	graph_histogram_of_nothing_is_nothing, graph_histogram_without_rows_is_the_percentiles,
	graph_histogram_fits_any_width_and_counts_every_sample,
	graph_draws_blocks_in_a_utf8_locale_only)
