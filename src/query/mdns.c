/* SPDX-License-Identifier: MIT */
/* Multicast DNS, asked by unicast (RFC 6762, 5.5): which services are there (RFC 6763, section 9).
 * To a port other than 5353 the answer repeats id and question (RFC 6762, 6.7). */
#include "dns_message.h"
#include "parts.h"
#include "protocols.h"
#include "wire.h"

#include "netprobe/base/mem.h"

enum { TYPE_PTR = 12, CLASS_IN = 1, UNICAST = 0x80 };

enum { SERVICES };

static const struct fact_def facts[] = {
	[SERVICES] = {"services", FACT_LIST},
};

/* clang-format off */
static const uint8_t question[] = {
	0, 0,                   /* id */
	0, 0,                   /* RFC 6762, 18.2 to 18.11: all zero */
	0, 1, 0, 0, 0, 0, 0, 0, /* one question */
	9, '_', 's', 'e', 'r', 'v', 'i', 'c', 'e', 's',
	7, '_', 'd', 'n', 's', '-', 's', 'd',
	4, '_', 'u', 'd', 'p', 5, 'l', 'o', 'c', 'a', 'l', 0,
	0, TYPE_PTR, UNICAST, CLASS_IN,
};
/* clang-format on */

enum { NAME_AND_TYPE = sizeof question - DNS_HEADER - 2 };

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	memcpy(out, question, sizeof question);
	wire_u16(out, token_u16(token));
	return sizeof question;
}

/* With or without the bit that wishes for unicast: responders differ. */
static bool same_question(struct cursor *c, const struct dns_header *h)
{
	const uint8_t *echoed;

	if (h->questions == 0)
		return true;
	echoed = cursor_bytes(c, NAME_AND_TYPE);
	cursor_skip(c, 2);
	return h->questions == 1 && cursor_ok(c) &&
	       memcmp(echoed, question + DNS_HEADER, NAME_AND_TYPE) == 0;
}

/* "_http._tcp.local" without its domain. */
static void add_service(struct facts *f, const char *name, size_t len)
{
	static const char domain[] = ".local";
	size_t tail = sizeof domain - 1;

	if (len > tail && memcmp(name + len - tail, domain, tail) == 0)
		len -= tail;
	facts_item(f, SERVICES, name, len);
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct dns_header h;
	struct cursor c;

	cursor_init(&c, bytes, len);
	if (!dns_header(&c, &h) || h.id != token_u16(token) || !(h.flags & DNS_QR) ||
		h.flags & DNS_OPCODE || !same_question(&c, &h))
		return false;
	for (unsigned i = 0; i < 0U + h.answers + h.authorities + h.additionals; i++) {
		char name[DNS_NAME_MAX + 1];
		struct dns_record r;
		size_t used;

		if (!dns_record(&c, &r))
			return false;
		used = i < h.answers && r.type == TYPE_PTR ? dns_name(&r.data, bytes, name) : 0;
		if (used > 0)
			add_service(out, name, used);
	}
	return h.questions == 1 || facts_get(out, SERVICES);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	say_list(f, SERVICES, "", out);
}

const struct query query_mdns = {
	.protocol = "mdns",
	.defs = facts,
	.def_count = ARRAY_SIZE(facts),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
