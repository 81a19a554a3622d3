/* SPDX-License-Identifier: MIT */
#include "machines.h"

#include "netprobe/banner/machine.h"

/* Whatever is said is the banner; when it ends is for the silence to tell. */
static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	(void)bytes;
	m->complete = true;
	return len;
}

const struct protocol protocol_unknown = {
	.id = PROTOCOL_UNKNOWN,
	.name = "unknown",
	.server_first = true,
	.quiet = 500 * NSEC_PER_MSEC,
	.step = step,
};
