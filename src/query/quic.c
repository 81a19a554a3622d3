/* SPDX-License-Identifier: MIT */
/* QUIC: a version that nobody has makes a server tell those that it has (RFC 9000, section 6). */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { LONG_HEADER = 0x80, INITIAL = 0xc0 };
enum { DESTINATION, SOURCE, VERSION, FIRST };
enum { ID = 8 };
/* An initial packet that is shorter is not answered (section 14.1). */
enum { SIZE = 1200 };

enum { VERSIONS };

static const struct fact_def defs[] = {[VERSIONS] = {"versions", FACT_LIST}};

/* 0x?a?a?a?a: kept for just this (section 15). */
static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	writer_number(&w, INITIAL | (token_number(token, FIRST, 1) & 0xf), 1);
	writer_number(&w, (token_number(token, VERSION, 4) & 0xf0f0f0f0) | 0x0a0a0a0a, 4);
	writer_number(&w, ID, 1);
	token_write(token, DESTINATION, &w, ID);
	writer_number(&w, ID, 1);
	token_write(token, SOURCE, &w, ID);
	writer_number(&w, 0, 1);                           /* no token */
	writer_number(&w, 0x4000 | (SIZE - w.len - 2), 2); /* what is left (section 16) */
	while (w.len < SIZE)
		writer_number(&w, 0, 1);
	return w.len;
}

/* Google's, before there was a standard, are letters: "Q046". */
static bool is_letters(const uint8_t *v)
{
	for (unsigned i = 0; i < 4; i++)
		if (!((v[i] >= '0' && v[i] <= '9') || (v[i] >= 'A' && v[i] <= 'Z')))
			return false;
	return true;
}

/* RFC 9369 has the number of version 2; 0xff0000NN are the drafts of version 1. */
static void version(struct facts *f, const uint8_t *v)
{
	uint32_t number = (uint32_t)v[0] << 24 | (uint32_t)v[1] << 16 | (uint32_t)v[2] << 8 | v[3];
	char text[16];

	if (number == 1 || number == 0x6b3343cf)
		snprintf(text, sizeof text, "%d", number == 1 ? 1 : 2);
	else if (number >> 8 == 0xff0000)
		snprintf(text, sizeof text, "draft-%02u", v[3]);
	else if (is_letters(v))
		snprintf(text, sizeof text, "%.4s", (const char *)v);
	else
		snprintf(text, sizeof text, "0x%08x", number);
	facts_item(f, VERSIONS, text, strlen(text));
}

/* Kept for exercise, as ours is; they say nothing. */
static bool is_reserved(const uint8_t *v)
{
	return (v[0] & v[1] & v[2] & v[3] & 0xf) == 0xa &&
	       ((v[0] | v[1] | v[2] | v[3]) & 0xf) == 0xa;
}

static bool has_id(struct cursor *c, const struct query_token *token, uint8_t purpose)
{
	return cursor_u8(c) == ID && token_gave(token, purpose, cursor_bytes(c, ID), ID);
}

/* The ids come back the other way round (section 17.2.1). */
static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;

	cursor_init(&c, bytes, len);
	if (!(cursor_u8(&c) & LONG_HEADER) || cursor_u32(&c) != 0 || !has_id(&c, token, SOURCE) ||
		!has_id(&c, token, DESTINATION) || cursor_left(&c) == 0 || cursor_left(&c) % 4 != 0)
		return false;
	while (cursor_left(&c) > 0) {
		const uint8_t *v = cursor_bytes(&c, 4);

		if (!is_reserved(v))
			version(out, v);
	}
	return true;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *versions = facts_get(f, VERSIONS);

	say_list(f, VERSIONS, versions && versions->count == 1 ? "version " : "versions ", out);
}

const struct query query_quic = {
	.protocol = "quic",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
