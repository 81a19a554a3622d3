/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_NEXT_H
#define CMD_SCAN_NEXT_H

#include "scan_expect.h"
#include "scan_report.h"
#include "scan_resume.h"
#include "session.h"

#include "netprobe/net/shard.h"
#include "netprobe/probe/engine.h"

enum { SHARD_TEXT_MAX = 24, REFUSED_MAX = 96 };

/* Which address is scanned next, and which of its ports: those of this shard that no earlier run
 * knows. */
struct scan_next {
	struct session *session;
	const struct ports *ports;
	int proto;
	struct shard shard;
	struct scan_resume *resume; /* NULL: none */
	struct scan_expect *expect; /* whose ports are scanned; NULL: the session's targets */
	struct report *report;
	uint64_t given;  /* addresses that are scanned */
	uint64_t passed; /* addresses of which nothing is to be asked */
	char shard_text[SHARD_TEXT_MAX];
	char refused[REFUSED_MAX]; /* the last target that was said to be no host's */
};

/* Takes up --shard, where it is given. What is wrong is said as a usage error. 0 or another code.
 */
int scan_next_shard(struct scan_next *n, const struct scan_options *options);

/* As struct engine_events has it. */
int scan_next(struct scan_next *n, struct engine_target *out);

/* About how many ports there are in all; 0: not known. */
uint64_t scan_next_total(const struct scan_next *n);

#endif
