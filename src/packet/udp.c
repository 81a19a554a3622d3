/* SPDX-License-Identifier: MIT */
#include "udp.h"

#include "be.h"

enum { UDP_HEADER = 8 };

bool udp_parse(struct cursor *c, struct udp_header *out)
{
	const uint8_t *at = cursor_bytes(c, UDP_HEADER);

	if (!at)
		return false;
	out->source_port = be16_at(at);
	out->destination_port = be16_at(at + 2);
	out->length = be16_at(at + 4);
	out->checksum = be16_at(at + 6);
	return true;
}
