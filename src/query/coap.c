/* SPDX-License-Identifier: MIT */
/* CoAP (RFC 7252, section 3): GET /.well-known/core (RFC 6690). */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { VERSION_1 = 1, CON = 0, NON = 1, ACK = 2, RST = 3, GET = 1 };
enum { URI_PATH = 11, CONTENT_FORMAT = 12, BLOCK2 = 23 };
enum { BLOCK_OF_64 = 2, MARKER = 0xff };
enum { MESSAGE_ID, TOKEN };
enum { TOKEN_BYTES = 8, EMPTY = 0 };

enum { CODE, FORMAT, CONTENT, RESET };

static const struct fact_def defs[] = {
	[CODE] = {"code", FACT_TEXT},
	[FORMAT] = {"format", FACT_NUMBER},
	[CONTENT] = {"content", FACT_TEXT},
	[RESET] = {"reset", FACT_FLAG},
};

static void option(struct writer *w, unsigned delta, const char *value, size_t len)
{
	writer_number(w, delta << 4 | len, 1);
	writer_add(w, value, len);
}

/* The list may be long: a block of 64 bytes of it is enough (RFC 7959), which is about as much as
 * is asked with. */
static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	writer_number(&w, VERSION_1 << 6 | CON << 4 | TOKEN_BYTES, 1);
	writer_number(&w, GET, 1);
	token_write(token, MESSAGE_ID, &w, 2);
	token_write(token, TOKEN, &w, TOKEN_BYTES);
	option(&w, URI_PATH, ".well-known", 11);
	option(&w, 0, "core", 4);
	option(&w, BLOCK2 - URI_PATH, (const char[]){BLOCK_OF_64}, 1);
	return w.len;
}

/* A delta or a length, which goes on behind the byte that it begins in. */
static unsigned extended(struct cursor *c, unsigned nibble)
{
	if (nibble == 13)
		return 13U + cursor_u8(c);
	if (nibble == 14)
		return 269U + cursor_u16(c);
	if (nibble == 15)
		cursor_skip(c, SIZE_MAX); /* reserved */
	return nibble;
}

static void format(struct facts *f, const uint8_t *value, unsigned len)
{
	unsigned number = 0;

	if (len > 2)
		return;
	for (unsigned i = 0; i < len; i++)
		number = number << 8 | value[i];
	facts_number(f, FORMAT, number);
}

/* False: they are malformed, or a marker stands before nothing. */
static bool options(struct cursor *c, struct facts *f)
{
	unsigned number = 0;

	while (cursor_left(c) > 0) {
		uint8_t head = cursor_u8(c);
		unsigned len;
		const uint8_t *value;

		if (head == MARKER)
			break;
		number += extended(c, head >> 4);
		len = extended(c, head & 0xf);
		value = cursor_bytes(c, len);
		if (!value)
			return false;
		if (number == CONTENT_FORMAT)
			format(f, value, len);
		if (cursor_left(c) == 0)
			return true;
	}
	return cursor_ok(c) && cursor_left(c) > 0;
}

static bool response(struct cursor *c, uint8_t code, struct facts *f)
{
	char text[8];

	if (code >> 5 < 2 || code >> 5 > 5)
		return false;
	snprintf(text, sizeof text, "%u.%02u", code >> 5, code & 0x1fU);
	facts_puts(f, CODE, text);
	if (cursor_left(c) == 0)
		return true;
	if (!options(c, f))
		return false;
	if (cursor_left(c) > 0)
		facts_text(f, CONTENT, c->at, cursor_left(c));
	return true;
}

/* A reset and an acknowledgement have the id of our message; an answer that comes later on has one
 * of its own, and our token (5.2). */
static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;
	uint8_t head, type, code, size;
	bool ours;

	cursor_init(&c, bytes, len);
	head = cursor_u8(&c);
	type = head >> 4 & 3;
	size = head & 0xf;
	code = cursor_u8(&c);
	ours = token_gave(token, MESSAGE_ID, cursor_bytes(&c, 2), 2);
	if (head >> 6 != VERSION_1 || ((type == ACK || type == RST) && !ours))
		return false;
	if (code == EMPTY && size == 0 && cursor_left(&c) == 0 && (type == ACK || type == RST)) {
		facts_flag(out, RESET, type == RST);
		return ours;
	}
	if (type == RST || size != TOKEN_BYTES ||
		!token_gave(token, TOKEN, cursor_bytes(&c, TOKEN_BYTES), TOKEN_BYTES))
		return false;
	return response(&c, code, out);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *reset = facts_get(f, RESET);

	if (reset)
		strbuf_puts(out, reset->number ? "refused" : "acknowledged");
	else
		say_text(f, CODE, "", out);
}

const struct query query_coap = {
	.protocol = "coap",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
