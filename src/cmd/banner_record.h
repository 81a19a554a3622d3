/* SPDX-License-Identifier: MIT */
#ifndef CMD_BANNER_RECORD_H
#define CMD_BANNER_RECORD_H

#include "netprobe/banner/grab.h"
#include "netprobe/output/output.h"
#include "netprobe/probe/result.h"

/* The `banner` record, and the row that a table has for a session. `wall`: what the days of a
 * certificate are counted from. */
void banner_put_record(
	struct output *out, const struct grab *g, enum port_reason reason, nsec_t wall);
void banner_put_row(struct output *out, const struct grab *g, enum port_reason reason, nsec_t wall);

#endif
