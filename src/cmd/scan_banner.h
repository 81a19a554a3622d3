/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_BANNER_H
#define CMD_SCAN_BANNER_H

#include "scan_report.h"

#include "netprobe/banner/grabber.h"
#include "netprobe/event/loop.h"
#include "netprobe/probe/host.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Banners beside a scan: open ports are asked as they are found. What is heard stands in the port's
 * row, so an address is reported when its last banner is in; JSON has a record for each.
 */
struct scan_banners;

struct scan_banners_options {
	bool numeric;
	double rate;          /* connections a second; 0: no limit */
	unsigned spare_files; /* that the scan needs */
};

/* What the ports are asked with: a scan is more impatient than a session that was asked for. */
void scan_banners_asking(const struct scan_banners_options *options, struct grabber_options *out);

/* Borrows all; `written` is called after a record was written. NULL: said. */
struct scan_banners *scan_banners_new(struct loop *loop, struct output *out, struct report *report,
	const struct scan_banners_options *options, void (*written)(void *user), void *user);
void scan_banners_free(struct scan_banners *b);

/* The port was found open. It is counted and listed by this module, at once or later. */
void scan_banners_open(struct scan_banners *b, struct host *h, uint32_t cell);

/* The address is done. True: banners are still missing, and it is kept until they are in. */
bool scan_banners_keep(struct scan_banners *b, struct host *h);

/* What was heard of an address so far, as report_host() takes it. */
const struct strbuf *scan_banners_notes(const struct host *h);

size_t scan_banners_waiting(
	const struct scan_banners *b); /* ports that are being asked, or will be */

/* Nothing more is asked; the addresses that were kept are reported as far as they are known. */
void scan_banners_stop(struct scan_banners *b);

#endif
