/* SPDX-License-Identifier: MIT */
/* LDAP in datagrams: the root DSE (RFC 4511, 4.5; RFC 4512, 5.1), which needs no bind. Active
 * Directory answers so ([MS-ADTS], 6.3.3); only four attributes are asked for, all is a lot. */
#include "ber.h"
#include "parts.h"
#include "protocols.h"
#include "wire.h"

#include "netprobe/base/mem.h"

enum { MESSAGE_ID = 4, RESULT_ENTRY = 0x64, RESULT_DONE = 0x65 };

enum { RESULT, HOST, CONTEXT, VENDOR, VENDOR_VERSION };

static const struct fact_def facts[] = {
	[RESULT] = {"result", FACT_NUMBER},
	[HOST] = {"host", FACT_TEXT},
	[CONTEXT] = {"naming_context", FACT_TEXT},
	[VENDOR] = {"vendor", FACT_TEXT},
	[VENDOR_VERSION] = {"vendor_version", FACT_TEXT},
};

/* Those of the question (RFC 3045: the last two), and where they go. */
static const struct {
	const char *name;
	uint8_t fact;
} attributes[] = {
	{"dnsHostName", HOST},
	{"defaultNamingContext", CONTEXT},
	{"vendorName", VENDOR},
	{"vendorVersion", VENDOR_VERSION},
};

/* clang-format off */
static const uint8_t question[] = {
	0x30, 102, 0x02, 4, 0, 0, 0, 0,         /* LDAPMessage, messageID */
	0x63, 94,                               /* SearchRequest */
	0x04, 0, 0x0a, 1, 0, 0x0a, 1, 0,        /* baseObject "", scope, derefAliases */
	0x02, 1, 0, 0x02, 1, 0, 0x01, 1, 0,     /* sizeLimit, timeLimit, typesOnly */
	0x87, 11, 'o', 'b', 'j', 'e', 'c', 't', 'C', 'l', 'a', 's', 's', /* present */
	0x30, 62,
	0x04, 11, 'd', 'n', 's', 'H', 'o', 's', 't', 'N', 'a', 'm', 'e',
	0x04, 20, 'd', 'e', 'f', 'a', 'u', 'l', 't', 'N', 'a', 'm', 'i', 'n', 'g',
	'C', 'o', 'n', 't', 'e', 'x', 't',
	0x04, 10, 'v', 'e', 'n', 'd', 'o', 'r', 'N', 'a', 'm', 'e',
	0x04, 13, 'v', 'e', 'n', 'd', 'o', 'r', 'V', 'e', 'r', 's', 'i', 'o', 'n',
};
/* clang-format on */

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	memcpy(out, question, sizeof question);
	wire_u32(out + MESSAGE_ID, token_integer(token));
	return sizeof question;
}

/* Names of attributes know no case (RFC 4512, 2.5). */
static bool is(const struct cursor *name, const char *wanted)
{
	size_t len = strlen(wanted);

	return cursor_left(name) == len && strncasecmp((const char *)name->at, wanted, len) == 0;
}

static void keep(struct facts *f, const struct cursor *name, const struct cursor *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (is(name, attributes[i].name))
			facts_text(f, attributes[i].fact, value->at, cursor_left(value));
}

static bool entry(struct cursor *c, struct facts *out)
{
	struct cursor dn, list;

	if (!ber_enter(c, BER_OCTETS, &dn) || !ber_enter(c, BER_SEQUENCE, &list))
		return false;
	while (cursor_left(&list) > 0) {
		struct cursor attribute, name, values, value;
		bool some;

		if (!ber_enter(&list, BER_SEQUENCE, &attribute) ||
			!ber_enter(&attribute, BER_OCTETS, &name) ||
			!ber_enter(&attribute, BER_SET, &values))
			return false;
		some = cursor_left(&values) > 0;
		if (some && !ber_enter(&values, BER_OCTETS, &value))
			return false;
		if (some)
			keep(out, &name, &value);
	}
	return true;
}

static bool done(struct cursor *c, struct facts *out)
{
	uint64_t result;

	if (!ber_number(c, BER_ENUMERATED, &result))
		return false;
	facts_number(out, RESULT, result);
	return true;
}

/* Entry and end come in one datagram. */
static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c, message, operation;
	uint64_t id;
	uint8_t tag;

	cursor_init(&c, bytes, len);
	for (;;) {
		if (!ber_enter(&c, BER_SEQUENCE, &message) ||
			!ber_number(&message, BER_INTEGER, &id) || id != token_integer(token) ||
			!ber_element(&message, &tag, &operation))
			return false;
		if (tag == RESULT_DONE)
			return done(&operation, out) && cursor_left(&c) == 0;
		if (tag != RESULT_ENTRY || !entry(&operation, out))
			return false;
	}
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (say_text(f, HOST, "", out))
		say_text(f, CONTEXT, ", ", out);
	else if (!say_text(f, VENDOR, "", out))
		say_number(f, RESULT, "result ", out);
}

const struct query query_cldap = {
	.protocol = "cldap",
	.defs = facts,
	.def_count = ARRAY_SIZE(facts),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
