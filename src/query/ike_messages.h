/* SPDX-License-Identifier: MIT */
#ifndef QUERY_IKE_MESSAGES_H
#define QUERY_IKE_MESSAGES_H

#include "netprobe/base/cursor.h"
#include "netprobe/query/query.h"

/* RFC 7296, section 3.2; RFC 2408, section 3.1 */
enum {
	IKE_SA_1 = 1,
	IKE_NOTIFY_1 = 11,
	IKE_VENDOR_1 = 13,
	IKE_SA = 33,
	IKE_KE = 34,
	IKE_NONCE = 40,
	IKE_NOTIFY_2 = 41,
	IKE_VENDOR_2 = 43
};

/* What of the token is our index, and how long one is; what stands before IKE on port 4500. */
enum { IKE_SPI, IKE_SPI_BYTES = 8, IKE_MARKER = 4 };

enum { IKE_VERSION, IKE_EXCHANGE, IKE_NOTIFY, IKE_VENDORS, IKE_CHOSEN };

/* Questions: of version 2, the same for port 4500, of version 1. */
size_t ike_make_2(const struct query_token *token, uint8_t out[static QUERY_MAX]);
size_t ike_make_nat(const struct query_token *token, uint8_t out[static QUERY_MAX]);
size_t ike_make_1(const struct query_token *token, uint8_t out[static QUERY_MAX]);

/* What stands behind the header: whether a proposal was chosen, notifications, vendors. False:
 * malformed. */
bool ike_payloads(struct cursor *c, unsigned version, uint8_t first, struct facts *out);

#endif
