/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_EXPECT_H
#define CMD_SCAN_EXPECT_H

#include "netprobe/net/ports.h"
#include "netprobe/net/target.h"
#include "netprobe/output/output.h"
#include "netprobe/probe/engine.h"

/*
 * What was expected of ports, and what differs from it. A port of which the file says something has
 * to be found in one of the states named; one that it does not name must not be open. A port that
 * could not be told is no difference, but it leaves the answer open: one that is unproved, now (and
 * no line names that) or in an earlier run's record, was not asked any more when the run was ended,
 * or is lacking in the records of an earlier run that did not end or could not tell, or is
 * open|filtered without proof, in one of the two, where the other says something else. What the
 * file says of ports and addresses that nobody asked for is passed over.
 */
struct scan_expect;

/* NULL: why not was said. */
struct scan_expect *scan_expect_open(const char *path, int proto);
void scan_expect_free(struct scan_expect *e); /* NULL is fine */

/* Whether the file has what such a run compares; `targets`: some were given. 0, or another code:
 * why not was said as a usage error. */
int scan_expect_check(const struct scan_expect *e, bool targets);

/* Ports that the file names one by one: what is scanned where no target is given. 0: none. */
uint64_t scan_expect_named(const struct scan_expect *e);
/* The next address of those with its ports, as far as they are among `ports` and it is not
 * excluded. 1; 0 at the end. */
int scan_expect_next(struct scan_expect *e, const struct targets *targets,
	const struct ports *ports, struct engine_target *out);

/* A port is decided; an address is done. Differences become records. */
void scan_expect_decided(
	struct scan_expect *e, struct output *out, const struct host *h, uint32_t cell);
void scan_expect_done(struct scan_expect *e, struct output *out, const struct host *h);

/* The exit status of a run that was not interrupted: a difference is certain, whatever could not be
 * told; else `all`, that everything was asked, has a part in it. Where nothing at all was compared
 * is said. */
int scan_expect_status(const struct scan_expect *e, bool all);
void scan_expect_footer(const struct scan_expect *e, bool interrupted, struct strbuf *out);

#endif
