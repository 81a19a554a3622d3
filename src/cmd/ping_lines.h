/* SPDX-License-Identifier: MIT */
#ifndef CMD_PING_LINES_H
#define CMD_PING_LINES_H

#include "ping_report.h"

#include "netprobe/base/strbuf.h"

/* The lines of one address, in the form that ping(8) gave them and scripts read. Each function
 * appends one line, or the closing ones, without the last newline; `who` is how an address is
 * called in them. */
void ping_line_begin(struct strbuf *out, const struct ping_report_options *o, const char *name,
	const struct addr *addr);
void ping_line_reply(struct strbuf *out, const struct ping_report_options *o,
	const struct ping_host *h, const struct ping_reply *r, const char *who);
void ping_line_error(struct strbuf *out, const struct ping_report_options *o,
	const struct ping_host *h, const struct ping_error *e, const char *who);
void ping_line_counts(
	struct strbuf *out, const struct ping_counts *c, nsec_t elapsed, nsec_t outage);
void ping_line_times(struct strbuf *out, const struct rtt_stats *rtt);

enum { PING_LOSS_MAX = 16 };

/* The share of losses for tables, three digits: "33.3%"; 100% only when all is lost. */
const char *ping_loss_text(const struct ping_counts *c, char out[static PING_LOSS_MAX]);

/* The address; with the port that was asked there. */
const char *ping_place(const struct ping_host *h, char out[static ADDR_TEXT_MAX]);

/* Why a probe failed, in words; `out` may be used for it. */
const char *ping_error_text(
	const struct ping_host *h, const struct ping_error *e, struct strbuf *out);

#endif
