/* SPDX-License-Identifier: MIT */
/* Discovery of an SNMP version 3 engine (RFC 3414, section 4): a request without a user is answered
 * with a report that carries the engine's id, boots and time, before any authentication. */
#include "ber.h"
#include "protocols.h"
#include "snmp_facts.h"
#include "wire.h"

enum { VERSION_3 = 3, USM = 3, REPORT = 0xa8 };

static const uint8_t question[] = {
	0x30, 58,            /* SNMPv3Message (RFC 3412, section 6) */
	0x02, 1, VERSION_3,  /* msgVersion */
	0x30, 16,            /* msgGlobalData */
	0x02, 4, 0, 0, 0, 0, /* msgID */
	0x02, 2, 0x05, 0xdc, /* msgMaxSize 1500 */
	0x04, 1, 4,          /* msgFlags: reportable */
	0x02, 1, USM,        /* msgSecurityModel */
};

enum { MESSAGE_ID = 9 };

/* clang-format off */
static const uint8_t security_and_pdu[] = {
	0x04, 16, 0x30, 14,                 /* msgSecurityParameters */
	0x04, 0,                            /* msgAuthoritativeEngineID */
	0x02, 1, 0, 0x02, 1, 0,             /* boots, time */
	0x04, 0, 0x04, 0, 0x04, 0,          /* user, authentication, privacy */
	0x30, 17,                           /* ScopedPDU */
	0x04, 0, 0x04, 0,                   /* contextEngineID, contextName */
	0xa0, 11,                           /* get-request without bindings */
	0x02, 1, 0, 0x02, 1, 0, 0x02, 1, 0, /* request-id, error-status, error-index */
	0x30, 0,
};
/* clang-format on */

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	memcpy(out, question, sizeof question);
	wire_u32(out + MESSAGE_ID, token_integer(token));
	memcpy(out + sizeof question, security_and_pdu, sizeof security_and_pdu);
	return sizeof question + sizeof security_and_pdu;
}

static bool global_data(const struct query_token *token, struct cursor *message)
{
	struct cursor global, flags;
	uint64_t id, size, model;

	return ber_enter(message, BER_SEQUENCE, &global) && ber_number(&global, BER_INTEGER, &id) &&
	       ber_number(&global, BER_INTEGER, &size) && ber_enter(&global, BER_OCTETS, &flags) &&
	       ber_number(&global, BER_INTEGER, &model) && id == token_integer(token) &&
	       cursor_left(&flags) == 1 && model == USM;
}

/* RFC 3414, 2.4 */
static bool security(struct cursor *message, struct facts *out)
{
	struct cursor octets, sequence, engine;
	uint64_t boots, time;

	if (!ber_enter(message, BER_OCTETS, &octets) ||
		!ber_enter(&octets, BER_SEQUENCE, &sequence) ||
		!ber_enter(&sequence, BER_OCTETS, &engine) ||
		!ber_number(&sequence, BER_INTEGER, &boots) ||
		!ber_number(&sequence, BER_INTEGER, &time))
		return false;
	snmp_engine(out, engine.at, cursor_left(&engine));
	facts_number(out, SNMP_BOOTS, boots);
	facts_number(out, SNMP_TIME, time);
	return true;
}

/* Nobody has a key here, so what answers is a report in the clear. */
static bool scoped_report(struct cursor *message)
{
	struct cursor scoped, engine, name, pdu;

	return ber_enter(message, BER_SEQUENCE, &scoped) && cursor_left(message) == 0 &&
	       ber_enter(&scoped, BER_OCTETS, &engine) && ber_enter(&scoped, BER_OCTETS, &name) &&
	       ber_enter(&scoped, REPORT, &pdu);
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c, message;
	uint64_t version;

	cursor_init(&c, bytes, len);
	if (!ber_enter(&c, BER_SEQUENCE, &message) || cursor_left(&c) > 0 ||
		!ber_number(&message, BER_INTEGER, &version) || version != VERSION_3)
		return false;
	facts_puts(out, SNMP_VERSION, "3");
	return global_data(token, &message) && security(&message, out) && scoped_report(&message);
}

const struct query query_snmp3 = {
	.protocol = "snmp",
	.defs = snmp_facts,
	.def_count = SNMP_FACTS,
	.make = make,
	.read = read,
	.headline = snmp_headline,
	.echoes = true,
};
