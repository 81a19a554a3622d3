/* SPDX-License-Identifier: MIT */
#ifndef CMD_SCAN_ENGINE_H
#define CMD_SCAN_ENGINE_H

#include "scan_options.h"

#include "netprobe/event/loop.h"
#include "netprobe/probe/engine.h"

/* The engine that the options ask for, of TCP or of UDP. */
struct scan_engine;

/* `beside`: files that others in this process need, as much as the engine at the most. `controls`:
 * as in udp_engine.h, for UDP. NULL with errno. */
struct scan_engine *scan_engine_new(struct loop *loop, const struct scan_options *options,
	unsigned beside, const struct ports *controls, const struct engine_events *events);
void scan_engine_free(struct scan_engine *e); /* NULL is fine */
void scan_engine_stop(struct scan_engine *e);
void scan_engine_status(const struct scan_engine *e, struct engine_status *out);

/* TCP: engine_add(). */
void scan_engine_add(struct scan_engine *e, const struct engine_target *target);

int scan_protocol(const struct scan_options *options); /* IPPROTO_TCP or IPPROTO_UDP */

#endif
