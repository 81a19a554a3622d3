/* SPDX-License-Identifier: MIT */
/* NAT-PMP: what is the address outside? (RFC 6886, section 3.2). Who speaks PCP alone says so in
 * its own words (RFC 6887, section 9 and appendix A). */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { VERSION_PMP = 0, VERSION_PCP = 2, OP_ADDRESS = 0, RESPONSE = 0x80, PCP_BYTES = 24 };

enum { VERSION, RESULT, EPOCH, ADDRESS };

static const struct fact_def defs[] = {
	[VERSION] = {"version", FACT_NUMBER},
	[RESULT] = {"result", FACT_NUMBER},
	[EPOCH] = {"epoch", FACT_NUMBER}, /* seconds since its table of mappings is new */
	[ADDRESS] = {"address", FACT_TEXT},
};

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	(void)token;
	writer_number(&w, VERSION_PMP, 1);
	writer_number(&w, OP_ADDRESS, 1);
	return w.len;
}

/* An error may end behind the epoch. */
static bool pmp(struct cursor *c, struct facts *f)
{
	uint16_t result = cursor_u16(c);
	uint32_t epoch = cursor_u32(c);
	size_t left = cursor_left(c);

	if (!cursor_ok(c) || (left != 4 && (left != 0 || result == 0)) || result > 5)
		return false;
	facts_number(f, VERSION, VERSION_PMP);
	facts_number(f, RESULT, result);
	facts_number(f, EPOCH, epoch);
	if (result == 0)
		fact_address(f, ADDRESS, c->at, 4, 0);
	return true;
}

/* The version is not supported: 1. */
static bool pcp(struct cursor *c, struct facts *f)
{
	uint8_t result;

	cursor_skip(c, 1);
	result = cursor_u8(c);
	cursor_skip(c, 4); /* lifetime of the error */
	if (!cursor_ok(c) || result != 1 || cursor_left(c) != PCP_BYTES - 8)
		return false;
	facts_number(f, VERSION, VERSION_PCP);
	facts_number(f, RESULT, result);
	facts_number(f, EPOCH, cursor_u32(c));
	return true;
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint8_t version, opcode;
	struct cursor c;

	(void)token;
	cursor_init(&c, bytes, len);
	version = cursor_u8(&c);
	opcode = cursor_u8(&c);
	if (opcode != (RESPONSE | OP_ADDRESS))
		return false;
	return version == VERSION_PMP ? pmp(&c, out) : version == VERSION_PCP && pcp(&c, out);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *version = facts_get(f, VERSION);
	size_t start = out->len;

	if (version && version->number == VERSION_PCP)
		strbuf_puts(out, "PCP");
	if (say_text(f, ADDRESS, "outside ", out))
		return;
	strbuf_puts(out, say_comma(out, start));
	say_number(f, RESULT, "error ", out);
}

const struct query query_natpmp = {
	.protocol = "natpmp",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
};
