/* SPDX-License-Identifier: MIT */
#include "scan_limit.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

const char *limit_text(const struct engine_status *status, char out[static LIMIT_MAX])
{
	char limiter[ADDR_TEXT_MAX];

	switch (status->limit) {
	case ENGINE_FILES:
		return "file limit";
	case ENGINE_PORTS:
		return "local ports";
	case ENGINE_PARALLEL:
		return "--parallel";
	case ENGINE_RATE:
		return "--rate";
	case ENGINE_DELAY:
		return "--delay";
	case ENGINE_WINDOW:
		return "congestion window";
	case ENGINE_SILENCE:
		return "waiting for silent ports";
	case ENGINE_ICMP:
		snprintf(out, LIMIT_MAX, "ICMP limit of %s", addr_text(&status->limiter, limiter));
		return out;
	case ENGINE_NAMES:
		return "name server";
	case ENGINE_LOCAL:
		return err_text(-status->last_trouble);
	case ENGINE_UNLIMITED:
		break;
	}
	return NULL;
}

/* They come in when others leave. */
nsec_t limit_left(const struct engine_status *status, uint64_t waiting)
{
	uint64_t room = status->at_once ? status->at_once : 1;
	uint64_t rounds = waiting / room + (waiting % room > 0);

	if (status->left == 0 || rounds == 0)
		return status->left;
	if ((double)rounds * (double)status->lasts >= (double)(NSEC_NEVER - status->left))
		return 0;
	return status->left + (nsec_t)rounds * status->lasts;
}

void limit_locating(struct progress_state *out, size_t ports, char text[static LIMIT_MAX])
{
	if (ports == 0 || (out->limit && (out->total == 0 || out->done < out->total)))
		return;
	snprintf(text, LIMIT_MAX, "%zu port%s to locate", ports, ports == 1 ? "" : "s");
	out->limit = text;
}

void limit_say(const struct engine_status *status)
{
	static const char *const causes[] = {
		[ENGINE_FILES] = "file limit",
		[ENGINE_PORTS] = "local ports",
		[ENGINE_PARALLEL] = "--parallel",
	};
	enum { SMALL = 512 };

	/* a socket that met its own SYN on an address of this machine is nobody's shortage */
	if (status->troubles && status->last_trouble != EADDRINUSE)
		log_warn("%" PRIu64
			 " probe%s could not be sent at first (last reason: %s), and tried again",
			status->troubles, status->troubles == 1 ? "" : "s",
			err_text(-status->last_trouble));
	if (status->sockets_limit && status->sockets < SMALL &&
		status->sockets_limit != ENGINE_PARALLEL)
		log_warn("no more than %u probes under way at once: %s", status->sockets,
			causes[status->sockets_limit]);
}
