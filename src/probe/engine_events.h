/* SPDX-License-Identifier: MIT */
#ifndef PROBE_ENGINE_EVENTS_H
#define PROBE_ENGINE_EVENTS_H

#include "netprobe/probe/engine.h"

/* What either engine does when every target is done: asks who may have more, or ends the run. May
 * be called again. */
static inline void engine_events_idle(const struct engine_events *events, struct loop *loop)
{
	if (events->idle)
		events->idle(events->user);
	else
		loop_stop(loop);
}

#endif
