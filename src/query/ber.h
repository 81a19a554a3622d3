/* SPDX-License-Identifier: MIT */
#ifndef QUERY_BER_H
#define QUERY_BER_H

#include "netprobe/base/cursor.h"

/* X.690, as much as datagrams have of it: tags of one byte, definite lengths. */
enum {
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_OID = 0x06,
	BER_ENUMERATED = 0x0a,
	BER_GENERALIZED_TIME = 0x18,
	BER_GENERAL_STRING = 0x1b,
	BER_SEQUENCE = 0x30,
	BER_SET = 0x31,
};

/* The next element: its tag and what is in it. False: there is none, or it ends behind its parent;
 * the cursor has failed then. */
bool ber_element(struct cursor *c, uint8_t *tag, struct cursor *content);
/* The same, where only this tag will do. */
bool ber_enter(struct cursor *c, uint8_t tag, struct cursor *content);
/* A number that is not negative, of at most 64 bits. */
bool ber_number(struct cursor *c, uint8_t tag, uint64_t *value);

#endif
