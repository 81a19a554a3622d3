/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_QUERY_QUERY_H
#define NETPROBE_QUERY_QUERY_H

#include "netprobe/base/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Questions that UDP services answer, and what their answers say of the service. Pure: bytes go
 * out, bytes come in; a protocol is a file with a constant table. None of the questions changes
 * settings or data where it is asked; what some leave behind for a while (L2TP, IKE, OpenVPN) is in
 * the manual. None asks for an answer that is much larger than itself where there
 * is a choice.
 */
enum { QUERY_MAX = 1400, QUERIES_PER_PORT = 4 };

/* What ties an answer to its question: nobody can guess it. The same token gives the same bytes. */
struct query_token {
	uint64_t words[2];
};

struct query {
	const char *protocol; /* "dns"; key of its object in records */
	const struct fact_def *defs;
	size_t def_count;
	/* Writes the question; its length. */
	size_t (*make)(const struct query_token *token, uint8_t out[static QUERY_MAX]);
	/* True: the bytes are an answer to this question, and `out` (begun with `defs`) says what
	 * they tell. Where the protocol echoes something of the question it has to be the token's.
	 */
	bool (*read)(const struct query_token *token, const uint8_t *bytes, size_t len,
		struct facts *out);
	/* "dnsmasq-2.90", "stratum 2, version 4": the facts in a few words; appended, not escaped,
	 * and without the protocol's name, which stands before them. */
	void (*headline)(const struct facts *f, struct strbuf *out);
	bool other_port; /* the answer comes from a port of its own (TFTP, RFC 1350, section 4) */
	bool echoes; /* what read() accepts has 15 bits of the token or more: whoever says it saw
			the question */
};

/* What is asked on a port, in this order; behind them an empty datagram is worth a try. Ports that
 * nothing is known of: none. Returns how many. */
size_t query_list(uint16_t port, const struct query *out[static QUERIES_PER_PORT]);

/* Whose answer it is: `asked` first (NULL: an empty datagram was sent), then any other protocol of
 * which such bytes are an answer to whatever question. NULL: not known. `out` is begun, and
 * released by the caller, where it is not NULL. */
const struct query *query_read(const struct query *asked, const struct query_token *token,
	const uint8_t *bytes, size_t len, struct facts *out);

/* Whether the bytes are an answer to this one question; then `out` is begun, and released by the
 * caller. */
bool query_reads(const struct query *q, const struct query_token *token, const uint8_t *bytes,
	size_t len, struct facts *out);

/* Why the service of a port says nothing to strangers ("WireGuard answers only to keys that it
 * knows"), NULL where it is not known to keep silent. */
const char *query_silence(uint16_t port);

/* All protocols, NULL-ended: for tests and manuals. */
extern const struct query *const query_protocols[];

#endif
