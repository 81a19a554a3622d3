/* SPDX-License-Identifier: MIT */
/* RADIUS (RFC 2865). A server answers only to clients that it knows; Status-Server (RFC 5997) has
 * to be signed with their secret, an Access-Request need not be, and brings a reject from some. */
#include "parts.h"
#include "protocols.h"
#include "wire.h"

#include "netprobe/base/cursor.h"
#include "netprobe/base/mem.h"

enum { ACCESS_REQUEST = 1, ACCESS_ACCEPT = 2, ACCESS_REJECT = 3, ACCESS_CHALLENGE = 11 };
enum { USER_NAME = 1, USER_PASSWORD = 2, NAS_IDENTIFIER = 32, REPLY_MESSAGE = 18 };
enum { HEADER = 20, AUTHENTICATOR = 4, LENGTH_MAX = 4096 };

enum { CODE, TEXT };

static const struct fact_def facts[] = {
	[CODE] = {"code", FACT_TEXT},
	[TEXT] = {"message", FACT_TEXT},
};

/* clang-format off */
static const uint8_t question[] = {
	ACCESS_REQUEST, 0, 0, 58,                       /* code, id, length */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* Request Authenticator */
	USER_NAME, 10, 'n', 'e', 't', 'p', 'r', 'o', 'b', 'e',
	NAS_IDENTIFIER, 10, 'n', 'e', 't', 'p', 'r', 'o', 'b', 'e',
	USER_PASSWORD, 18,                              /* hidden with a secret: any bytes */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};
/* clang-format on */

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	memcpy(out, question, sizeof question);
	out[1] = (uint8_t)token->words[0];
	wire_u64(out + AUTHENTICATOR, token->words[0]);
	wire_u64(out + AUTHENTICATOR + 8, token->words[1]);
	wire_u64(out + sizeof question - 16, token->words[1]);
	wire_u64(out + sizeof question - 8, token->words[0]);
	return sizeof question;
}

static const char *code_name(uint8_t code)
{
	switch (code) {
	case ACCESS_ACCEPT:
		return "Access-Accept";
	case ACCESS_REJECT:
		return "Access-Reject";
	case ACCESS_CHALLENGE:
		return "Access-Challenge";
	default:
		return NULL;
	}
}

/* A message may be spread over several (RFC 2865, 5.18). */
static bool attributes(struct facts *f, struct cursor *c)
{
	while (cursor_left(c) > 0) {
		uint8_t type = cursor_u8(c), len = cursor_u8(c);
		const uint8_t *value = len < 2 ? NULL : cursor_bytes(c, len - 2U);

		if (!value || !cursor_ok(c))
			return false;
		if (type == REPLY_MESSAGE)
			facts_append(f, TEXT, value, len - 2U);
	}
	return true;
}

/* The Response Authenticator is a digest with the secret, so only the id can be compared. */
static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint8_t code, id;
	const char *name;
	uint16_t length;
	struct cursor c;

	cursor_init(&c, bytes, len);
	code = cursor_u8(&c);
	id = cursor_u8(&c);
	length = cursor_u16(&c);
	cursor_skip(&c, HEADER - AUTHENTICATOR);
	name = code_name(code);
	if (!cursor_ok(&c) || !name || id != (uint8_t)token->words[0] || length != len ||
		length > LENGTH_MAX)
		return false;
	facts_puts(out, CODE, name);
	return attributes(out, &c);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	say_text(f, CODE, "", out);
	say_text(f, TEXT, ": ", out);
}

const struct query query_radius = {
	.protocol = "radius",
	.defs = facts,
	.def_count = ARRAY_SIZE(facts),
	.make = make,
	.read = read,
	.headline = headline,
};
