/* SPDX-License-Identifier: MIT */
#ifndef CMD_BANNER_DIALOGUE_H
#define CMD_BANNER_DIALOGUE_H

#include "netprobe/banner/grab.h"
#include "netprobe/base/strbuf.h"

enum { DIALOGUE_COLUMNS = 300 }; /* of what was said; the rest is only counted */

/* How many bytes of a line show in at most `columns` once they are escaped. Marks that take no
 * column of their own count, too: there is no end to them. */
size_t dialogue_fit(const char *line, size_t len, size_t columns);

/* Appends one line of a session's dialogue, without its end: outside bytes as they are, for the log
 * to escape. `at` since the session's start. */
void dialogue_line(struct strbuf *out, const struct addr *peer, enum grab_voice voice,
	const char *line, size_t len, nsec_t at);

#endif
