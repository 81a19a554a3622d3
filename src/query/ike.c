/* SPDX-License-Identifier: MIT */
/* IKE: IKE_SA_INIT (RFC 7296, section 1.2), and main mode of version 1 (RFC 2409, section 5;
 * ISAKMP: RFC 2408) for those who know no other. Keys are never agreed upon: the number sent for
 * them is nobody's. */
#include "ike_messages.h"
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { MAIN_MODE = 2, INFORMATIONAL_1 = 5, SA_INIT = 34, INFORMATIONAL_2 = 37 };
enum { FLAG_RESPONSE = 0x20 };

static const struct fact_def defs[] = {
	[IKE_VERSION] = {"version", FACT_TEXT},
	[IKE_EXCHANGE] = {"exchange", FACT_TEXT},
	[IKE_NOTIFY] = {"notify", FACT_LIST},
	[IKE_VENDORS] = {"vendors", FACT_LIST},
	[IKE_CHOSEN] = {"chosen", FACT_FLAG},
};

static const char *exchange_name(uint8_t version, uint8_t exchange)
{
	if (version >> 4 == 1)
		return exchange == MAIN_MODE         ? "main mode"
		       : exchange == INFORMATIONAL_1 ? "informational"
						     : NULL;
	return exchange == SA_INIT           ? "IKE_SA_INIT"
	       : exchange == INFORMATIONAL_2 ? "INFORMATIONAL"
					     : NULL;
}

/* An echo of the question has no SPI of the other side and no flag of a response. */
static bool is_answer(uint8_t version, const uint8_t *theirs, uint8_t flags)
{
	static const uint8_t none[IKE_SPI_BYTES];

	if (version >> 4 == 2)
		return flags & FLAG_RESPONSE;
	return version >> 4 == 1 && theirs && memcmp(theirs, none, IKE_SPI_BYTES) != 0;
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint8_t first, version, exchange, flags;
	const uint8_t *theirs;
	struct cursor c;
	const char *name;
	size_t size;

	if (len > IKE_MARKER && !token_gave(token, IKE_SPI, bytes, 1) &&
		memcmp(bytes, "\0\0\0", 4) == 0) {
		bytes += IKE_MARKER;
		len -= IKE_MARKER;
	}
	cursor_init(&c, bytes, len);
	if (!token_gave(token, IKE_SPI, cursor_bytes(&c, IKE_SPI_BYTES), IKE_SPI_BYTES))
		return false;
	theirs = cursor_bytes(&c, IKE_SPI_BYTES);
	first = cursor_u8(&c);
	version = cursor_u8(&c);
	exchange = cursor_u8(&c);
	flags = cursor_u8(&c);
	cursor_skip(&c, 4);
	size = cursor_u32(&c);
	name = exchange_name(version, exchange);
	if (!cursor_ok(&c) || size != len || !name || !is_answer(version, theirs, flags))
		return false;
	facts_puts(out, IKE_VERSION, version >> 4 == 1 ? "1.0" : "2.0");
	facts_puts(out, IKE_EXCHANGE, name);
	return ike_payloads(&c, version >> 4, first, out);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (!say_text(f, IKE_VERSION, "version ", out))
		return;
	if (!say_list(f, IKE_VENDORS, ", ", out))
		say_list(f, IKE_NOTIFY, ", ", out);
}

#define QUERY_IKE(how)                                                                             \
	{                                                                                          \
		.protocol = "ike", .defs = defs, .def_count = ARRAY_SIZE(defs), .make = (how),     \
		.read = read, .headline = headline, .echoes = true,                                \
	}

const struct query query_ike = QUERY_IKE(ike_make_2);
const struct query query_ike_nat = QUERY_IKE(ike_make_nat);
const struct query query_ikev1 = QUERY_IKE(ike_make_1);
