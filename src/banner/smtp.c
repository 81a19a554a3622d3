/* SPDX-License-Identifier: MIT */
#include "machines.h"

#include "netprobe/banner/machine.h"

static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	(void)m;
	(void)bytes;
	return len;
}

const struct protocol protocol_smtp = {.id = PROTOCOL_SMTP, .name = "smtp", .step = step};
