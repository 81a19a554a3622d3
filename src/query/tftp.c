/* SPDX-License-Identifier: MIT */
/* TFTP (RFC 1350): a file that cannot be there. The error comes from a port of its own (section 4).
 */
#include "parts.h"
#include "protocols.h"
#include "wire.h"

#include "netprobe/base/cursor.h"
#include "netprobe/base/mem.h"

enum { READ_REQUEST = 1, DATA = 3, ERROR = 5, ERROR_LAST = 8, FIRST_BLOCK = 1, BLOCK = 512 };

enum { CODE, TEXT, FILE_THERE };

static const struct fact_def facts[] = {
	[CODE] = {"error_code", FACT_NUMBER}, /* RFC 2347 added the last, 8 */
	[TEXT] = {"error", FACT_TEXT},
	[FILE_THERE] = {"any_file", FACT_FLAG},
};

static const char before[] = "np-", after[] = ".txt\0octet";

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	size_t len = 0;

	wire_u16(out, READ_REQUEST);
	len += 2;
	memcpy(out + len, before, sizeof before - 1);
	len += sizeof before - 1;
	token_hex(token, out + len);
	len += TOKEN_HEX;
	memcpy(out + len, after, sizeof after);
	return len + sizeof after;
}

static bool read_error(struct cursor *c, struct facts *out)
{
	uint16_t code = cursor_u16(c);
	size_t len = cursor_left(c);
	const uint8_t *text = cursor_bytes(c, len);

	if (!cursor_ok(c) || code > ERROR_LAST || len == 0 ||
		memchr(text, 0, len) != text + len - 1)
		return false;
	facts_number(out, CODE, code);
	facts_text(out, TEXT, text, len - 1);
	return true;
}

/* Whoever has a file of that name has every file. */
static bool read_data(struct cursor *c, struct facts *out)
{
	if (cursor_u16(c) != FIRST_BLOCK || cursor_left(c) > BLOCK)
		return false;
	facts_flag(out, FILE_THERE, true);
	return true;
}

/* Nothing of the question comes back; the address and the port it was asked from are what there is.
 */
static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;
	uint16_t kind;

	(void)token;
	cursor_init(&c, bytes, len);
	kind = cursor_u16(&c);
	if (kind == ERROR)
		return read_error(&c, out);
	return kind == DATA && read_data(&c, out);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (say_text(f, TEXT, "", out) || say_number(f, CODE, "error ", out))
		return;
	if (facts_get(f, FILE_THERE))
		strbuf_puts(out, "has any file");
}

const struct query query_tftp = {
	.protocol = "tftp",
	.defs = facts,
	.def_count = ARRAY_SIZE(facts),
	.make = make,
	.read = read,
	.headline = headline,
	.other_port = true,
};
