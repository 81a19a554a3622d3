/* SPDX-License-Identifier: MIT */
/* RIP, version 1 (RFC 1058, section 3.4.1). The whole table may be some hundred times the question:
 * two routes are asked for, which come back with their metrics. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { REQUEST = 1, RESPONSE = 2, VERSION_1 = 1, INET = 2, INFINITE = 16, ENTRY = 20 };

enum { VERSION, DEFAULT_METRIC };

static const struct fact_def defs[] = {
	[VERSION] = {"version", FACT_NUMBER},
	[DEFAULT_METRIC] = {"default_metric", FACT_NUMBER},
};

/* Of class E, which nobody has a route to: it brings the token back. */
static uint32_t nowhere(const struct query_token *token)
{
	return 0xf0000000 | (uint32_t)token_number(token, 0, 4);
}

static void entry(struct writer *w, uint32_t address)
{
	writer_number(w, INET, 2);
	writer_number(w, 0, 2);
	writer_number(w, address, 4);
	writer_number(w, 0, 8);
	writer_number(w, INFINITE, 4);
}

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	writer_number(&w, REQUEST, 1);
	writer_number(&w, VERSION_1, 1);
	writer_number(&w, 0, 2);
	entry(&w, 0); /* the default route (section 3.2) */
	entry(&w, nowhere(token));
	return w.len;
}

/* The metric of an entry for `address`; 0, which is none, for another. */
static uint32_t metric(struct cursor *c, uint32_t address)
{
	uint16_t family = cursor_u16(c);
	uint32_t given, value;

	cursor_skip(c, 2);
	given = cursor_u32(c);
	cursor_skip(c, 8); /* zeros, or a mask and the next hop (RFC 2453, section 4) */
	value = cursor_u32(c);
	return cursor_ok(c) && family == INET && given == address && value <= INFINITE ? value : 0;
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint8_t command, version;
	uint32_t first;
	struct cursor c;

	cursor_init(&c, bytes, len);
	command = cursor_u8(&c);
	version = cursor_u8(&c);
	cursor_skip(&c, 2);
	if (command != RESPONSE || version == 0 || version > 2 ||
		cursor_left(&c) != (size_t)2 * ENTRY)
		return false;
	first = metric(&c, 0);
	if (first == 0 || metric(&c, nowhere(token)) == 0)
		return false;
	facts_number(out, VERSION, version);
	if (first < INFINITE)
		facts_number(out, DEFAULT_METRIC, first);
	return true;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (say_number(f, VERSION, "version ", out) &&
		!say_number(f, DEFAULT_METRIC, ", default route at ", out))
		strbuf_puts(out, ", no default route");
}

const struct query query_ripv1 = {
	.protocol = "rip",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
