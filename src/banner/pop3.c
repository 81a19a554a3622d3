/* SPDX-License-Identifier: MIT */
#include "machines.h"

#include "netprobe/banner/machine.h"

static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	(void)m;
	(void)bytes;
	return len;
}

const struct protocol protocol_pop3 = {.id = PROTOCOL_POP3, .name = "pop3", .step = step};
