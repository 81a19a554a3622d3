/* SPDX-License-Identifier: MIT */
/* XDMCP (X.Org, "X Display Manager Control Protocol", version 1.1, section 3): Query without a way
 * to authenticate. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { VERSION_1 = 1, QUERY = 2, WILLING = 5, UNWILLING = 6 };

enum { IS_WILLING, HOST, STATUS };

static const struct fact_def defs[] = {
	[IS_WILLING] = {"willing", FACT_FLAG},
	[HOST] = {"host", FACT_TEXT},
	[STATUS] = {"status", FACT_TEXT},
};

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	(void)token;
	writer_number(&w, VERSION_1, 2);
	writer_number(&w, QUERY, 2);
	writer_number(&w, 1, 2); /* the rest */
	writer_number(&w, 0, 1); /* no names of authentications */
	return w.len;
}

static struct span array(struct cursor *c)
{
	size_t len = cursor_u16(c);

	return (struct span){(const char *)cursor_bytes(c, len), len};
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint16_t version, opcode, rest;
	struct span host, status;
	struct cursor c;

	(void)token;
	cursor_init(&c, bytes, len);
	version = cursor_u16(&c);
	opcode = cursor_u16(&c);
	rest = cursor_u16(&c);
	if (version != VERSION_1 || (opcode != WILLING && opcode != UNWILLING) ||
		rest != cursor_left(&c))
		return false;
	if (opcode == WILLING)
		array(&c); /* the authentication it has picked */
	host = array(&c);
	status = array(&c);
	if (!cursor_ok(&c) || cursor_left(&c) > 0)
		return false;
	facts_flag(out, IS_WILLING, opcode == WILLING);
	fact_span(out, HOST, host);
	fact_span(out, STATUS, status);
	return true;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	size_t start = out->len;

	say_text(f, HOST, "", out);
	say_text(f, STATUS, say_comma(out, start), out);
}

const struct query query_xdmcp = {
	.protocol = "xdmcp",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
};
