/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_BESIDE_H
#define CMD_SCAN_BESIDE_H

#include "scan_options.h"
#include "scan_report.h"

#include "netprobe/event/loop.h"
#include "netprobe/probe/engine.h"

/* All that is asked beside a scan of what it finds: banners, whether an open port is a real one,
 * where packets are dropped. Ports and addresses are told of here, at once or when that is known.
 */
struct scan_beside;

struct scan_beside_setup {
	struct loop *loop;
	struct output *out;
	struct report *report;
	const struct scan_options *options;
	const struct ports *controls; /* that may be asked though nobody wants to know of them */
	/* An address and ports are to be asked beside those of the run; its host has `control`.
	 * Valid during the call. */
	void (*ask)(void *user, const struct engine_target *target);
	void (*written)(void *user); /* a record was written */
	void *user;
};

/* NULL: said. Copies the struct. */
struct scan_beside *scan_beside_new(const struct scan_beside_setup *setup);
void scan_beside_free(struct scan_beside *b); /* before the engine */

/* As the engine's events of the same names. */
void scan_beside_decided(struct scan_beside *b, struct host *h, uint32_t cell);
bool scan_beside_done(struct scan_beside *b, struct host *h, bool complete);

/* Before anything is asked of an address: what an earlier run knew of it stands in its cells. */
void scan_beside_known(struct scan_beside *b, struct host *h);

/* --banner: a port that was told of in an earlier run. */
void scan_beside_again(struct scan_beside *b, struct host *h, uint32_t cell);

/* Things that are being asked. */
size_t scan_beside_waiting(const struct scan_beside *b);
size_t scan_beside_locating(const struct scan_beside *b); /* of these, ways to silent ports */

/* Nothing more is asked: what waits is told as it stands, and what would have to be proved
 * (--require-data) is as if it had not been asked. */
void scan_beside_stop(struct scan_beside *b);

/* Files that the sessions may take: the engine leaves them. */
unsigned scan_beside_files(const struct scan_options *o);

#endif
