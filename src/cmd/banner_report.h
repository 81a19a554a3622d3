/* SPDX-License-Identifier: MIT */
#ifndef CMD_BANNER_REPORT_H
#define CMD_BANNER_REPORT_H

#include "netprobe/banner/grab.h"
#include "netprobe/output/output.h"

#include <stdbool.h>
#include <stdint.h>

/* What the sessions bring, as records (JSON), as a row each, or as a block of lines each. */
enum banner_layout { BANNER_ROWS, BANNER_BLOCKS };

/* How many sessions ended how, over the whole run. */
struct banner_totals {
	uint64_t sessions;
	uint64_t states[GRAB_STATES];
	uint64_t not_asked; /* this machine was short of files, ports or memory */
};

struct banner_report;

struct banner_report *banner_report_new(struct output *out);
void banner_report_free(struct banner_report *r);
/* Rows, until this was called; before the first session. */
void banner_report_layout(struct banner_report *r, enum banner_layout layout);
void banner_report_grab(struct banner_report *r, const struct grab *g);
const struct banner_totals *banner_report_totals(const struct banner_report *r);

/* "12 sessions: 9 ok, 2 refused, 1 silent" without "12 sessions", appended. */
void banner_report_counts(const struct banner_report *r, struct strbuf *out);

/* What a row without a state of the session has room for, appended, outside bytes as they are:
 * software, TLS, or why there is none; where there is nothing to say, the state. */
void banner_report_headline(const struct grab *g, struct strbuf *out);

#endif
