/* SPDX-License-Identifier: MIT */
#include "netprobe/output/graph.h"

#include "netprobe/base/mem.h"
#include "number.h"

#include <langinfo.h>
#include <math.h>

enum {
	CLASSES_MAX = 64,
	BARS_LEAST = 4, /* of a sparkline: where the range leaves less, it stays out */
	EIGHTHS = 8,
};

static const char *const heights[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const ascii_heights[] = {"_", ".", "-", "=", "*", "#"};
static const char *const parts[EIGHTHS + 1] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};

bool graph_can_draw(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Decimals of a millisecond that a round trip is worth. */
static unsigned decimals_of(nsec_t rtt)
{
	if (rtt < NSEC_PER_MSEC)
		return 3;
	if (rtt < 10 * NSEC_PER_MSEC)
		return 2;
	return rtt < 100 * NSEC_PER_MSEC ? 1 : 0;
}

static void format_ms(nsec_t rtt, unsigned decimals, char out[static NUMBER_MAX])
{
	snprintf(out, NUMBER_MAX, "%.*f", (int)decimals, (double)rtt / (double)NSEC_PER_MSEC);
}

/* ---- sparkline */

struct extent {
	nsec_t min, max; /* GRAPH_LOST: nothing came */
};

static struct extent extent_of(const nsec_t *rtts, size_t count)
{
	struct extent e = {GRAPH_LOST, GRAPH_LOST};

	for (size_t i = 0; i < count; i++) {
		if (rtts[i] < 0)
			continue;
		if (e.min < 0 || rtts[i] < e.min)
			e.min = rtts[i];
		if (rtts[i] > e.max)
			e.max = rtts[i];
	}
	return e;
}

/* "0.040" keeps its zero, or it would look less precise than its neighbour. */
static void format_short(nsec_t rtt, char out[static NUMBER_MAX])
{
	format_ms(rtt, decimals_of(rtt), out);
	if (rtt >= NSEC_PER_MSEC)
		number_trim(out, strlen(out));
}

/* " 0.042..1.3 ms", or nothing when nothing came. */
static void format_extent(struct strbuf *out, const struct extent *e)
{
	char low[NUMBER_MAX], high[NUMBER_MAX];

	strbuf_reset(out);
	if (e->min < 0)
		return;
	format_short(e->min, low);
	format_short(e->max, high);
	if (strcmp(low, high) == 0)
		strbuf_printf(out, " %s ms", low);
	else
		strbuf_printf(out, " %s..%s ms", low, high);
}

/* From 0 to 1. `raised`: not the lowest. */
static void add_height(struct strbuf *out, double share, bool raised, bool blocks)
{
	size_t top = (blocks ? ARRAY_SIZE(heights) : ARRAY_SIZE(ascii_heights)) - 1;
	size_t height = (size_t)lround(share * (double)top);

	if (raised && height == 0)
		height = 1;
	strbuf_puts(out, blocks ? heights[height] : ascii_heights[height]);
}

static void add_bar(struct strbuf *out, const struct extent *e, nsec_t rtt, bool blocks)
{
	if (rtt < 0)
		strbuf_puts(out, blocks ? "×" : "x");
	else if (e->max > e->min)
		add_height(out, (double)(rtt - e->min) / (double)(e->max - e->min), false, blocks);
	else
		add_height(out, 0, false, blocks);
}

/* How many of the last probes fit beside the text of their range, which changes with them. */
static size_t fitting(const nsec_t *rtts, size_t count, unsigned columns, struct strbuf *range)
{
	size_t shown = count < columns ? count : columns;

	while (shown > 0) {
		struct extent e = extent_of(rtts + count - shown, shown);

		format_extent(range, &e);
		if (shown + range->len <= columns)
			break;
		shown--;
	}
	return shown;
}

void graph_sparkline(
	struct strbuf *out, const nsec_t *rtts, size_t count, unsigned columns, bool blocks)
{
	struct strbuf range = {0};
	size_t shown = fitting(rtts, count, columns, &range);
	struct extent e;

	if (shown < BARS_LEAST && shown < count) {
		shown = count < columns ? count : columns;
		strbuf_reset(&range);
	}
	e = extent_of(rtts + count - shown, shown);
	for (size_t i = count - shown; i < count; i++)
		add_bar(out, &e, rtts[i], blocks);
	strbuf_add(out, range.text, range.len);
	strbuf_release(&range);
}

void graph_counts(
	struct strbuf *out, const uint64_t *counts, size_t count, unsigned columns, bool blocks)
{
	size_t first = count > columns ? count - columns : 0;
	uint64_t largest = 1;

	for (size_t i = first; i < count; i++)
		if (counts[i] > largest)
			largest = counts[i];
	for (size_t i = first; i < count; i++)
		add_height(out, (double)counts[i] / (double)largest, counts[i] > 0, blocks);
}

/* ---- histogram */

struct histogram {
	unsigned classes, decimals;
	nsec_t bounds[CLASSES_MAX + 1]; /* class i is above bounds[i], up to bounds[i + 1] */
	uint64_t counts[CLASSES_MAX], peak;
};

/* From the widest to the narrowest. */
static const struct layout {
	unsigned bar; /* fewer columns left for it: the next layout */
	bool low;
	const char *unit, *gap;
} layouts[] = {
	{10, true, " ms", "  "},
	{4, true, "", " "},
	{0, false, "", " "},
};

static nsec_t unit_of(unsigned decimals)
{
	static const nsec_t units[] = {
		NSEC_PER_MSEC, 100 * NSEC_PER_USEC, 10 * NSEC_PER_USEC, NSEC_PER_USEC};

	return units[decimals];
}

static nsec_t rounded(double value, nsec_t unit)
{
	return (nsec_t)llround(value / (double)unit) * unit;
}

/* As many classes as there are figures to tell their bounds apart, which are what is shown: no
 * count is of another class than the one that is read. */
static void cut(struct histogram *h, nsec_t min, nsec_t max, unsigned rows)
{
	double from = (double)(min > NSEC_PER_USEC ? min : NSEC_PER_USEC);
	double ratio = (double)max / from, least = 0;

	h->classes = rows < CLASSES_MAX ? rows : CLASSES_MAX;
	for (;; h->classes--) {
		least = from * (pow(ratio, 1.0 / h->classes) - 1);
		if (h->classes == 1 || least >= (double)NSEC_PER_USEC)
			break;
	}
	h->decimals = decimals_of(min);
	while (h->decimals < 3 && least < (double)unit_of(h->decimals))
		h->decimals++;
	h->bounds[0] = min;
	for (unsigned i = 1; i < h->classes; i++)
		h->bounds[i] =
			rounded(from * pow(ratio, (double)i / h->classes), unit_of(h->decimals));
	h->bounds[h->classes] = max;
}

static void count_classes(struct histogram *h, const struct rtt_stats *stats)
{
	uint64_t before = 0;

	for (unsigned i = 0; i < h->classes; i++) {
		uint64_t below = rtt_stats_below(stats, h->bounds[i + 1]);

		h->counts[i] = below - before;
		before = below;
		if (h->counts[i] > h->peak)
			h->peak = h->counts[i];
	}
}

struct widths {
	unsigned bound, count, bar;
};

/* NULL where not even the numbers fit: half a number is a wrong one. */
static const struct layout *choose(
	const struct histogram *h, unsigned columns, struct widths *widths)
{
	char text[NUMBER_MAX];

	format_ms(h->bounds[h->classes], h->decimals, text);
	widths->bound = (unsigned)strlen(text);
	number_grouped(h->peak, text);
	widths->count = (unsigned)strlen(text);
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		const struct layout *l = &layouts[i];
		size_t gap = strlen(l->gap), bounds = l->low ? 2 : 1;
		size_t used = bounds * widths->bound + strlen("..") + strlen(l->unit) + gap +
			      widths->count;

		widths->bar = used + gap < columns ? columns - (unsigned)(used + gap) : 0;
		if (used <= columns && widths->bar >= l->bar)
			return l;
	}
	return NULL;
}

/* A sliver at least: what came once in a million is what one looks for. */
static void add_share(
	struct strbuf *out, uint64_t count, uint64_t peak, unsigned columns, bool blocks)
{
	unsigned eighths =
		(unsigned)lround((double)count / (double)peak * (double)(columns * EIGHTHS));

	if (!blocks) {
		strbuf_pad(out, '#', eighths > EIGHTHS ? (eighths + EIGHTHS / 2) / EIGHTHS : 1);
		return;
	}
	if (eighths == 0)
		eighths = 1;
	for (; eighths > EIGHTHS; eighths -= EIGHTHS)
		strbuf_puts(out, parts[EIGHTHS]);
	strbuf_puts(out, parts[eighths]);
}

static void add_class(struct strbuf *out, const struct histogram *h, unsigned i,
	const struct layout *l, const struct widths *w)
{
	char low[NUMBER_MAX] = "", high[NUMBER_MAX], count[NUMBER_MAX];

	if (l->low)
		format_ms(h->bounds[i], h->decimals, low);
	format_ms(h->bounds[i + 1], h->decimals, high);
	number_grouped(h->counts[i], count);
	strbuf_printf(out, "%*s..%*s%s%s%*s", l->low ? (int)w->bound : 0, low, (int)w->bound, high,
		l->unit, l->gap, (int)w->count, count);
}

static void add_classes(
	struct strbuf *out, const struct histogram *h, unsigned columns, bool blocks)
{
	struct widths w;
	const struct layout *l = choose(h, columns, &w);

	for (unsigned i = 0; l && i < h->classes; i++) {
		add_class(out, h, i, l, &w);
		if (h->counts[i] > 0 && w.bar > 0) {
			strbuf_puts(out, l->gap);
			add_share(out, h->counts[i], h->peak, w.bar, blocks);
		}
		strbuf_putc(out, '\n');
	}
}

/* Those that fit. */
static void add_percentiles(struct strbuf *out, const struct rtt_stats *stats, unsigned columns)
{
	static const struct {
		const char *name;
		double q;
	} marks[] = {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"max", 1}};
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		const char *gap = used > 0 ? "  " : "";
		char text[NUMBER_MAX];
		size_t width;

		number_ms(rtt_stats_quantile(stats, marks[i].q), text);
		width = strlen(gap) + strlen(marks[i].name) + strlen(text) + strlen("  ms");
		if (used + width > columns)
			break;
		strbuf_printf(out, "%s%s %s ms", gap, marks[i].name, text);
		used += width;
	}
	if (used > 0)
		strbuf_putc(out, '\n');
}

void graph_histogram(struct strbuf *out, const struct rtt_stats *stats, unsigned columns,
	unsigned rows, bool blocks)
{
	struct histogram h = {0};

	if (stats->count == 0)
		return;
	if (rows > 0) {
		cut(&h, stats->min, stats->max, rows);
		count_classes(&h, stats);
		add_classes(out, &h, columns, blocks);
	}
	add_percentiles(out, stats, columns);
}
