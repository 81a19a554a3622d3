/* SPDX-License-Identifier: MIT */
/* DNS (RFC 1035): version.bind TXT CH, which most servers answer or refuse (RFC 4892, section 2);
 * the servers of the root for those that drop the class. */
#include "dns_message.h"
#include "parts.h"
#include "protocols.h"
#include "wire.h"

#include "netprobe/base/mem.h"

enum { TYPE_TXT = 16, CLASS_CH = 3 };

enum { RCODE, VERSION, AUTHORITATIVE, RECURSION, ANSWERS };

static const struct fact_def facts[] = {
	[RCODE] = {"rcode", FACT_TEXT},
	[VERSION] = {"version", FACT_TEXT},
	[AUTHORITATIVE] = {"authoritative", FACT_FLAG},
	[RECURSION] = {"recursion", FACT_FLAG},
	[ANSWERS] = {"answers", FACT_NUMBER},
};

/* clang-format off */
static const uint8_t version_question[] = {
	0, 0,                   /* id */
	1, 0,                   /* RD, as everybody asks */
	0, 1, 0, 0, 0, 0, 0, 0, /* one question */
	7, 'v', 'e', 'r', 's', 'i', 'o', 'n', 4, 'b', 'i', 'n', 'd', 0,
	0, TYPE_TXT, 0, CLASS_CH,
};
/* clang-format on */

static const uint8_t root_question[] = {
	0, 0,                   /* id */
	1, 0,                   /* RD */
	0, 1, 0, 0, 0, 0, 0, 0, /* one question */
	0, 0, 2, 0, 1,          /* . NS IN */
};

static size_t make(
	const struct query_token *token, const uint8_t *question, size_t len, uint8_t *out)
{
	memcpy(out, question, len);
	wire_u16(out, token_u16(token));
	return len;
}

static size_t make_version(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	return make(token, version_question, sizeof version_question, out);
}

static size_t make_root(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	return make(token, root_question, sizeof root_question, out);
}

/* RFC 1035, 3.3.14: strings of their own lengths. */
static bool strings(struct facts *f, struct cursor *c)
{
	facts_text(f, VERSION, "", 0);
	while (cursor_left(c) > 0) {
		uint8_t size = cursor_u8(c);
		const uint8_t *text = cursor_bytes(c, size);

		if (!text)
			return false;
		facts_append(f, VERSION, text, size);
	}
	return true;
}

/* Takes the version from the first answer that has one. */
static bool records(struct facts *f, struct cursor *c, const struct dns_header *h)
{
	unsigned count = 0U + h->answers + h->authorities + h->additionals;
	struct dns_record r;

	for (unsigned i = 0; i < count; i++) {
		if (!dns_record(c, &r))
			return false;
		if (i < h->answers && r.type == TYPE_TXT && r.class == CLASS_CH &&
			!facts_get(f, VERSION) && !strings(f, &r.data))
			return false;
	}
	return true;
}

/* Errors may come without the question: it could not be read. */
static bool same_question(
	struct cursor *c, const struct dns_header *h, const uint8_t *question, size_t len)
{
	const uint8_t *echoed;

	if (h->questions == 0)
		return h->flags & DNS_RCODE;
	echoed = cursor_bytes(c, len);
	return h->questions == 1 && echoed && memcmp(echoed, question, len) == 0;
}

static bool read(const struct query_token *token, const uint8_t *question, size_t question_len,
	struct cursor *c, struct facts *out)
{
	struct dns_header h;

	if (!dns_header(c, &h) || h.id != token_u16(token) || !(h.flags & DNS_QR) ||
		h.flags & DNS_OPCODE)
		return false;
	if (!same_question(c, &h, question + DNS_HEADER, question_len - DNS_HEADER))
		return false;
	facts_puts(out, RCODE, dns_rcode(h.flags));
	facts_flag(out, AUTHORITATIVE, h.flags & DNS_AA);
	facts_flag(out, RECURSION, h.flags & DNS_RA);
	facts_number(out, ANSWERS, h.answers);
	return records(out, c, &h);
}

static bool read_version(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;

	cursor_init(&c, bytes, len);
	return read(token, version_question, sizeof version_question, &c, out);
}

static bool read_root(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;

	cursor_init(&c, bytes, len);
	return read(token, root_question, sizeof root_question, &c, out);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (!say_text(f, VERSION, "", out))
		say_text(f, RCODE, "", out);
}

const struct query query_dns = {
	.protocol = "dns",
	.defs = facts,
	.def_count = ARRAY_SIZE(facts),
	.make = make_version,
	.read = read_version,
	.headline = headline,
	.echoes = true,
};

const struct query query_dns_root = {
	.protocol = "dns",
	.defs = facts,
	.def_count = ARRAY_SIZE(facts),
	.make = make_root,
	.read = read_root,
	.headline = headline,
	.echoes = true,
};
