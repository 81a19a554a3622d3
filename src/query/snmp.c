/* SPDX-License-Identifier: MIT */
/* SNMP versions 1 (RFC 1157) and 2c (RFC 1901): sysDescr.0 of the community "public". Where that is
 * not the name, agents keep silent; version 3 (snmp3.c) is asked first. */
#include "ber.h"
#include "protocols.h"
#include "snmp_facts.h"
#include "wire.h"

enum { VERSION_1 = 0, VERSION_2C = 1, GET_RESPONSE = 0xa2, REQUEST_ID = 17 };

static const uint8_t community[] = {'p', 'u', 'b', 'l', 'i', 'c'};

static const uint8_t question[] = {
	0x30, 41,                              /* Message */
	0x02, 1, VERSION_1,                    /* version */
	0x04, 6, 'p', 'u', 'b', 'l', 'i', 'c', /* community */
	0xa0, 28,                              /* GetRequest-PDU */
	0x02, 4, 0, 0, 0, 0,                   /* request-id */
	0x02, 1, 0,                            /* error-status */
	0x02, 1, 0,                            /* error-index */
	0x30, 14, 0x30, 12,                    /* variable-bindings, one */
	0x06, 8, 0x2b, 6, 1, 2, 1, 1, 1, 0,    /* 1.3.6.1.2.1.1.1.0, sysDescr.0 (RFC 3418) */
	0x05, 0,                               /* NULL */
};

enum { VERSION_AT = 4 };

static size_t make(const struct query_token *token, uint8_t version, uint8_t *out)
{
	memcpy(out, question, sizeof question);
	out[VERSION_AT] = version;
	wire_u32(out + REQUEST_ID, token_integer(token));
	return sizeof question;
}

static size_t make_1(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	return make(token, VERSION_1, out);
}

static size_t make_2c(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	return make(token, VERSION_2C, out);
}

/* An agent without a description answers with an error, or the same binding without a value. */
static bool bindings(struct cursor *pdu, struct facts *out)
{
	struct cursor list, binding, name, value;
	uint8_t tag;

	if (!ber_enter(pdu, BER_SEQUENCE, &list) || cursor_left(pdu) > 0)
		return false;
	if (cursor_left(&list) == 0)
		return true;
	if (!ber_enter(&list, BER_SEQUENCE, &binding) || !ber_enter(&binding, BER_OID, &name) ||
		!ber_element(&binding, &tag, &value))
		return false;
	if (tag == BER_OCTETS)
		facts_text(out, SNMP_DESCRIPTION, value.at, cursor_left(&value));
	return true;
}

static bool response(const struct query_token *token, struct cursor *message, struct facts *out)
{
	uint64_t id, error, index;
	struct cursor pdu;

	if (!ber_enter(message, GET_RESPONSE, &pdu) || cursor_left(message) > 0 ||
		!ber_number(&pdu, BER_INTEGER, &id) || !ber_number(&pdu, BER_INTEGER, &error) ||
		!ber_number(&pdu, BER_INTEGER, &index) || id != token_integer(token))
		return false;
	if (error > 0)
		facts_number(out, SNMP_ERROR, error);
	return bindings(&pdu, out);
}

static bool read(
	const struct query_token *token, uint8_t wanted, struct cursor c, struct facts *out)
{
	struct cursor message, name;
	uint64_t version;

	if (!ber_enter(&c, BER_SEQUENCE, &message) || cursor_left(&c) > 0 ||
		!ber_number(&message, BER_INTEGER, &version) || version != wanted ||
		!ber_enter(&message, BER_OCTETS, &name) || cursor_left(&name) != sizeof community ||
		memcmp(name.at, community, sizeof community) != 0)
		return false;
	facts_puts(out, SNMP_VERSION, wanted == VERSION_1 ? "1" : "2c");
	return response(token, &message, out);
}

static bool read_1(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;

	cursor_init(&c, bytes, len);
	return read(token, VERSION_1, c, out);
}

static bool read_2c(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;

	cursor_init(&c, bytes, len);
	return read(token, VERSION_2C, c, out);
}

const struct query query_snmp1 = {
	.protocol = "snmp",
	.defs = snmp_facts,
	.def_count = SNMP_FACTS,
	.make = make_1,
	.read = read_1,
	.headline = snmp_headline,
	.echoes = true,
};

const struct query query_snmp2c = {
	.protocol = "snmp",
	.defs = snmp_facts,
	.def_count = SNMP_FACTS,
	.make = make_2c,
	.read = read_2c,
	.headline = snmp_headline,
	.echoes = true,
};
