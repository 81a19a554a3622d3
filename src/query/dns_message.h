/* SPDX-License-Identifier: MIT */
#ifndef QUERY_DNS_MESSAGE_H
#define QUERY_DNS_MESSAGE_H

#include "netprobe/base/cursor.h"

/* DNS messages, RFC 1035, section 4. */
enum {
	DNS_HEADER = 12,
	DNS_NAME_MAX = 255,
	DNS_QR = 0x8000,
	DNS_OPCODE = 0x7800,
	DNS_AA = 0x400,
	DNS_RA = 0x80,
	DNS_RCODE = 0xf,
};

struct dns_header {
	uint16_t id, flags;
	uint16_t questions, answers, authorities, additionals;
};

struct dns_record {
	uint16_t type, class;
	struct cursor data;
};

bool dns_header(struct cursor *c, struct dns_header *h);
bool dns_skip_name(struct cursor *c);
/* Over its name: whose record it is does not matter here. */
bool dns_record(struct cursor *c, struct dns_record *r);

/* A name as text, labels with dots between (none at the end), out of a message that begins at
 * `message`; its length, terminated. 0: the root, or malformed. */
size_t dns_name(
	const struct cursor *name, const uint8_t *message, char out[static DNS_NAME_MAX + 1]);

/* "NOERROR", "REFUSED". */
const char *dns_rcode(uint16_t flags);

#endif
