/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_GRAPH_H
#define NETPROBE_OUTPUT_GRAPH_H

#include "netprobe/base/strbuf.h"
#include "netprobe/event/rtt_stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Round trips as pictures of text. Pure: the caller says how many columns there are and whether
 * block characters can be shown (graph_can_draw()); without them ASCII takes their place.
 */
bool graph_can_draw(void); /* LC_CTYPE is a UTF-8 locale */

#define GRAPH_LOST ((nsec_t)-1) /* in the place of a round trip: none came */

/* Appends one line without its newline, at most `columns` wide, of the last probes that fit: a bar
 * for each, its height from the smallest to the largest shown, a mark for a loss; then the range:
 * "▁▂▁█×▂ 0.042..1.3 ms". */
void graph_sparkline(
	struct strbuf *out, const nsec_t *rtts, size_t count, unsigned columns, bool blocks);

/* Appends one line without its newline, of the last counts that fit into `columns`: a bar for each,
 * its height from 0 to the largest shown. Nothing but 0 has the lowest. */
void graph_counts(
	struct strbuf *out, const uint64_t *counts, size_t count, unsigned columns, bool blocks);

/* Appends lines, each with its newline: a bar for each of at most `rows` classes of round trips,
 * cut at equal ratios between the smallest and the largest, with its bounds and its count; then one
 * line of percentiles (p50, p90, p95, p99, max). Nothing when there is no sample. */
void graph_histogram(struct strbuf *out, const struct rtt_stats *stats, unsigned columns,
	unsigned rows, bool blocks);

#endif
