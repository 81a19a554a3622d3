/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/grab.h"

const char *grab_state_name(enum grab_state state)
{
	static const char *const names[GRAB_STATES] = {
		[GRAB_OK] = "ok",
		[GRAB_SILENT] = "silent",
		[GRAB_CLOSED] = "closed",
		[GRAB_REFUSED] = "refused",
		[GRAB_TIMEOUT] = "timeout",
		[GRAB_MISMATCH] = "mismatch",
	};

	return names[state];
}

const char *grab_ground_name(enum grab_ground ground)
{
	static const char *const names[GRAB_GROUNDS] = {
		[GROUND_SCHEME] = "scheme",
		[GROUND_OPTION] = "proto",
		[GROUND_PORT] = "port",
		[GROUND_GREETING] = "greeting",
		[GROUND_TLS] = "tls-offer",
		[GROUND_HTTP] = "http-offer",
		[GROUND_ANSWER] = "answer",
	};

	return names[ground];
}
