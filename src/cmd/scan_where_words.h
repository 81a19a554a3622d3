/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_WHERE_WORDS_H
#define CMD_SCAN_WHERE_WORDS_H

#include "netprobe/base/strbuf.h"
#include "netprobe/probe/host.h"
#include "netprobe/probe/locator.h"

/* Behind "; " where there is anything before. Beyond what else is said of a silent port: what
 * follows from the way that was looked at. */
void where_put(struct strbuf *out, const struct host *h, const struct whereabouts *w, int protocol);

#endif
