/* SPDX-License-Identifier: MIT */
#ifndef CMD_BANNER_LINES_H
#define CMD_BANNER_LINES_H

#include "netprobe/banner/grab.h"
#include "netprobe/output/output.h"
#include "netprobe/probe/result.h"

/* A block of lines with all that is known of a session; a table alone shows it. */
void banner_put_block(
	struct output *out, const struct grab *g, enum port_reason reason, nsec_t wall);

#endif
