/* SPDX-License-Identifier: MIT */
#ifndef CMD_PING_RECORDS_H
#define CMD_PING_RECORDS_H

#include "ping_report.h"

/* `name`: by PTR, NULL for none. The records of a ping run, and the row that a table has for an
 * address. */
void ping_put_reply(struct output *out, const char *proto, const struct ping_host *h,
	const struct ping_reply *r);
/* One that bears our mark and was not counted. */
void ping_put_stray(struct output *out, const char *proto, const struct ping_host *h,
	const struct ping_reply *r);
void ping_put_error(struct output *out, const char *proto, const struct ping_host *h,
	const struct ping_error *e);
void ping_put_lost(struct output *out, const char *proto, const struct ping_host *h,
	uint64_t sequence, bool dropped_here);
void ping_put_host(struct output *out, const char *proto, const struct ping_host *h,
	const char *name, nsec_t outage);
void ping_put_row(struct output *out, const struct ping_host *h, const char *name);

void ping_put_total(struct output *out, const struct pinger_status *status,
	const struct ping_verdicts *verdicts, nsec_t elapsed);

#endif
