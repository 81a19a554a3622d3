/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_FAKE_H
#define CMD_SCAN_FAKE_H

#include "scan_banner.h"

#include "netprobe/probe/engine.h"

/*
 * Fake opens: a SYN proxy, a tarpit or a middlebox that accepts everything makes each port look
 * open. When nearly all ports of an address are, a few random ones are asked that nobody asked
 * about.
 */
struct scan_fake;

enum { FAKE_CONTROLS = 4 };

struct scan_fake_events {
	/* Random ports of an address are to be asked; the target is valid during the call. */
	void (*ask)(void *user, const struct engine_target *target);
	/* Sessions with them, as soon as one is needed; NULL: none can be had (said). */
	struct scan_banners *(*sessions)(void *user);
	/* A port that scan_fake_waits() kept: what random ports of its address do is known now. */
	void (*judge)(void *user, struct host *h, uint32_t cell, enum grab_state heard);
	void *user;
};

/* `always`: every address with an open port is asked, not only where nearly all are open.
 * `controls` are the ports that may be: borrowed; where it is empty, nothing is asked. */
struct scan_fake *scan_fake_new(struct scan_hold *hold, bool always, const struct ports *controls,
	const struct scan_fake_events *events);
void scan_fake_free(struct scan_fake *f); /* before the hold */

/* A port of an address was found open. */
void scan_fake_open(struct scan_fake *f, struct host *h);

/* Before anything is asked of it: ports that an earlier run found open count, too. */
void scan_fake_known(struct scan_fake *f, struct host *h);

/* There are ports that may be asked. */
bool scan_fake_can(const struct scan_fake *f);

/* `heard` is to be weighed against what random ports of the address do. True: that is not known
 * yet, and the port is held until `judge` is called. */
bool scan_fake_waits(struct scan_fake *f, struct host *h, uint32_t cell, enum grab_state heard);

/* The engine is done with an address that `ask` asked for. */
void scan_fake_done(struct scan_fake *f, const struct host *control);

size_t scan_fake_waiting(const struct scan_fake *f); /* addresses */

#endif
