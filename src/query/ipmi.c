/* SPDX-License-Identifier: MIT */
/* RMCP: ASF's presence ping (DMTF DSP0136, sections 3.2.4.2 and 3.2.4.3), which IPMI's controllers
 * answer (IPMI 2.0, section 13.2.4). */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { RMCP_1 = 6, NO_ACK = 0xff, CLASS_ASF = 6, IANA_ASF = 4542, PING = 0x80, PONG = 0x40 };
enum { PONG_BYTES = 16, IPMI = 0x80, ASF_1 = 0x01, SECURITY = 0x80, TAG_MAX = 0xfe };

enum { SUPPORTED, ASF, SECURE, ENTERPRISE };

static const struct fact_def defs[] = {
	[SUPPORTED] = {"ipmi", FACT_FLAG},
	[ASF] = {"asf", FACT_FLAG},
	[SECURE] = {"security", FACT_FLAG},
	[ENTERPRISE] = {"enterprise", FACT_NUMBER},
};

/* 255 would say that no answer is wanted. */
static uint8_t tag(const struct query_token *token)
{
	return (uint8_t)(token_number(token, 0, 2) % (TAG_MAX + 1));
}

static void head(struct writer *w, const struct query_token *token)
{
	writer_number(w, RMCP_1, 1);
	writer_number(w, 0, 1);
	writer_number(w, NO_ACK, 1);
	writer_number(w, CLASS_ASF, 1);
	writer_number(w, IANA_ASF, 4);
	writer_number(w, PING, 1);
	writer_number(w, tag(token), 1);
	writer_number(w, 0, 2); /* no data */
}

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	head(&w, token);
	return w.len;
}

static bool is_pong(struct cursor *c, const struct query_token *token)
{
	uint8_t version = cursor_u8(c), class, type, ours, len;
	uint32_t iana;

	cursor_skip(c, 2); /* reserved; sequence number */
	class = cursor_u8(c);
	iana = cursor_u32(c);
	type = cursor_u8(c);
	ours = cursor_u8(c);
	cursor_skip(c, 1);
	len = cursor_u8(c);
	return cursor_ok(c) && version == RMCP_1 && class == CLASS_ASF && iana == IANA_ASF &&
	       type == PONG && ours == tag(token) && len == PONG_BYTES && cursor_left(c) >= len;
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint8_t entities, interactions;
	uint32_t enterprise;
	struct cursor c;

	cursor_init(&c, bytes, len);
	if (!is_pong(&c, token))
		return false;
	enterprise = cursor_u32(&c);
	cursor_skip(&c, 4); /* the vendor's own */
	entities = cursor_u8(&c);
	interactions = cursor_u8(&c);
	facts_flag(out, SUPPORTED, entities & IPMI);
	facts_flag(out, ASF, (entities & 0xf) == ASF_1);
	facts_flag(out, SECURE, interactions & SECURITY);
	if (enterprise != IANA_ASF)
		facts_number(out, ENTERPRISE, enterprise);
	return true;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *supported = facts_get(f, SUPPORTED);

	size_t start = out->len;

	if (supported && !supported->number)
		strbuf_puts(out, "ASF alone");
	if (!facts_get(f, ENTERPRISE))
		return;
	strbuf_puts(out, say_comma(out, start));
	say_number(f, ENTERPRISE, "enterprise ", out);
}

const struct query query_ipmi = {
	.protocol = "ipmi",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
};
