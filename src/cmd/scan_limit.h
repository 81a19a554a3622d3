/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_LIMIT_H
#define CMD_SCAN_LIMIT_H

#include "netprobe/net/addr.h"
#include "netprobe/output/progress.h"
#include "netprobe/probe/engine.h"

/* What keeps a scan from being faster, in words. */

enum { LIMIT_MAX = ADDR_TEXT_MAX + 16 };

/* For the progress line; NULL: nothing. `out` may be used for it. */
const char *limit_text(const struct engine_status *status, char out[static LIMIT_MAX]);

/* How long it will take where ICMP errors are limited, with as many ports of addresses that were
 * not taken up yet; 0: not known. */
nsec_t limit_left(const struct engine_status *status, uint64_t waiting);

/* Where nothing but --where is left to wait for: ways to as many ports. */
void limit_locating(struct progress_state *out, size_t ports, char text[static LIMIT_MAX]);

/* After the run: what this machine was short of, as warnings. */
void limit_say(const struct engine_status *status);

#endif
