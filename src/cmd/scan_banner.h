/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_BANNER_H
#define CMD_SCAN_BANNER_H

#include "scan_hold.h"

#include "netprobe/banner/grabber.h"
#include "netprobe/event/loop.h"
#include "netprobe/output/output.h"
#include "netprobe/probe/host.h"

/*
 * Sessions beside a scan: open ports are asked what speaks there as they are found. What is heard
 * stands in the port's row, so an address is reported when its last session is over; JSON has a
 * record for each.
 */
struct scan_banners;

struct scan_banners_options {
	bool numeric;
	double rate;          /* connections a second; 0: no limit */
	unsigned parallel;    /* sessions at once; 0: as many as files allow */
	unsigned spare_files; /* that the scan needs */
	bool told;            /* banners are wanted; else only what they prove */
};

struct scan_banners_events {
	/* The port's session is over, and the port has not been told of: its state may be changed.
	 * NULL: ports need not wait for that in JSON. */
	void (*heard)(void *user, struct host *h, uint32_t cell, const struct grab *g);
	void (*written)(void *user); /* a record was written */
	void *user;
};

/* What the ports are asked with: a scan is more impatient than a session that was asked for. */
void scan_banners_asking(const struct scan_banners_options *options, struct grabber_options *out);

/* Borrows all but the structs. NULL: said. */
struct scan_banners *scan_banners_new(struct loop *loop, struct output *out, struct report *report,
	struct scan_hold *hold, const struct scan_banners_options *options,
	const struct scan_banners_events *events);
void scan_banners_free(struct scan_banners *b); /* before the hold */

/* The port was found open. It is told of by this module, at once or later. */
void scan_banners_open(struct scan_banners *b, struct host *h, uint32_t cell);
/* The same of a port that an earlier run found and told of, JSON only: it is neither counted nor
 * listed. */
void scan_banners_again(struct scan_banners *b, struct host *h, uint32_t cell);

/* A session beside those, of which nothing is told. The address must be held meanwhile. */
void scan_banners_try(struct scan_banners *b, const char *name, const struct addr *addr,
	void (*heard)(void *user, const struct grab *g), void *user);

/* Ports that are being asked, or will be. */
size_t scan_banners_waiting(const struct scan_banners *b);

/* Nothing more is asked, nothing more heard. */
void scan_banners_stop(struct scan_banners *b);

#endif
