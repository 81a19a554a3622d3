/* SPDX-License-Identifier: MIT */
#include "machines.h"

#include "netprobe/banner/machine.h"

static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	(void)m;
	(void)bytes;
	return len;
}

const struct protocol protocol_redis = {.id = PROTOCOL_REDIS, .name = "redis", .step = step};
