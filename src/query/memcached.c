/* SPDX-License-Identifier: MIT */
/* memcached over UDP: a frame's header of 8 bytes (protocol.txt of memcached, "UDP protocol") and a
 * command. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

#define ASK    "version\r\n"
#define ANSWER "VERSION "

enum { REQUEST_ID = 2 };
enum { VERSION, REFUSED };

static const struct fact_def defs[] = {
	[VERSION] = {"version", FACT_TEXT},
	[REFUSED] = {"error", FACT_TEXT},
};

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	token_write(token, 0, &w, REQUEST_ID);
	writer_number(&w, 0, 2); /* which datagram of the request */
	writer_number(&w, 1, 2); /* of how many */
	writer_number(&w, 0, 2);
	writer_text(&w, ASK);
	return w.len;
}

/* "VERSION 1.6.18", "ERROR", "CLIENT_ERROR why", "SERVER_ERROR why". */
static bool line(struct facts *f, struct span said)
{
	size_t key = strlen(ANSWER);

	if (said.len > key && memcmp(said.text, ANSWER, key) == 0) {
		facts_text(f, VERSION, said.text + key, said.len - key);
		return true;
	}
	if (!span_begins(said, "error") && !span_begins(said, "client_error ") &&
		!span_begins(said, "server_error "))
		return false;
	fact_span(f, REFUSED, said);
	return true;
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint16_t sequence, count;
	struct cursor c;
	struct span said;

	cursor_init(&c, bytes, len);
	if (!token_gave(token, 0, cursor_bytes(&c, REQUEST_ID), REQUEST_ID))
		return false;
	sequence = cursor_u16(&c);
	count = cursor_u16(&c);
	cursor_skip(&c, 2);
	return sequence == 0 && count > 0 && span_line(&c, &said) && line(out, said);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (!say_text(f, VERSION, "", out))
		say_text(f, REFUSED, "", out);
}

const struct query query_memcached = {
	.protocol = "memcached",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
