/* SPDX-License-Identifier: MIT */
/* Kerberos 5 (RFC 4120): a ticket of a realm that nobody has. The error tells the server's time. */
#include "ber.h"
#include "parts.h"
#include "protocols.h"
#include "wire.h"

#include "netprobe/base/mem.h"

/* "NP-" and the token */
#define REALM 'N', 'P', '-', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
enum { REALM_LEN = 19, PREFIX_LEN = 3 };

enum { KRB_ERROR = 0x7e, VERSION = 5, ERROR_TYPE = 30, TIME_LEN = 15 };
/* Context tags of KRB-ERROR's fields (5.9.1) */
enum {
	PVNO = 0xa0,
	MSG_TYPE = 0xa1,
	STIME = 0xa4,
	CODE = 0xa6,
	CREALM = 0xa7,
	REALM_NAME = 0xa9,
	SNAME = 0xaa,
	E_TEXT = 0xab,
	FIELD_LAST = 0xac,
};

enum { ERROR_CODE, ERROR, SERVER_REALM, TIME, TEXT };

static const struct fact_def facts[] = {
	[ERROR_CODE] = {"error_code", FACT_NUMBER},
	[ERROR] = {"error", FACT_TEXT},
	[SERVER_REALM] = {"realm", FACT_TEXT},
	[TIME] = {"time", FACT_TEXT},
	[TEXT] = {"text", FACT_TEXT},
};

/* 7.5.9: what servers say of a realm that is not theirs. */
static const struct {
	uint8_t code;
	const char *name;
} errors[] = {
	{6, "KDC_ERR_C_PRINCIPAL_UNKNOWN"},
	{7, "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
	{12, "KDC_ERR_POLICY"},
	{14, "KDC_ERR_ETYPE_NOSUPP"},
	{25, "KDC_ERR_PREAUTH_REQUIRED"},
	{29, "KDC_ERR_SVC_UNAVAILABLE"},
	{52, "KRB_ERR_RESPONSE_TOO_BIG"},
	{60, "KRB_ERR_GENERIC"},
	{68, "KDC_ERR_WRONG_REALM"},
};

/* clang-format off */
static const uint8_t question[] = {
	0x6a, 0x81, 156, 0x30, 0x81, 153,               /* AS-REQ (5.4.1) */
	0xa1, 3, 0x02, 1, VERSION,                      /* pvno */
	0xa2, 3, 0x02, 1, 10,                           /* msg-type */
	0xa4, 0x81, 140, 0x30, 0x81, 137,               /* req-body */
	0xa0, 7, 0x03, 5, 0, 0, 0, 0, 0,                /* kdc-options: none */
	0xa1, 21, 0x30, 19, 0xa0, 3, 0x02, 1, 1,        /* cname: NT-PRINCIPAL */
	0xa1, 12, 0x30, 10, 0x1b, 8, 'n', 'e', 't', 'p', 'r', 'o', 'b', 'e',
	0xa2, 21, 0x1b, REALM_LEN, REALM,
	0xa3, 40, 0x30, 38, 0xa0, 3, 0x02, 1, 2,        /* sname: NT-SRV-INST */
	0xa1, 31, 0x30, 29, 0x1b, 6, 'k', 'r', 'b', 't', 'g', 't', 0x1b, REALM_LEN, REALM,
	0xa5, 17, 0x18, TIME_LEN,                       /* till */
	'2', '0', '3', '7', '0', '9', '1', '3', '0', '2', '4', '8', '0', '5', 'Z',
	0xa7, 6, 0x02, 4, 0, 0, 0, 0,                   /* nonce */
	0xa8, 11, 0x30, 9, 0x02, 1, 18, 0x02, 1, 17, 0x02, 1, 23, /* etype (RFC 3962, RFC 4757) */
};
/* clang-format on */

enum { FIRST_REALM = 58 + PREFIX_LEN, SECOND_REALM = 100 + PREFIX_LEN, NONCE = 142 };

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	memcpy(out, question, sizeof question);
	token_hex(token, out + FIRST_REALM);
	token_hex(token, out + SECOND_REALM);
	wire_u32(out + NONCE, token_integer(token));
	return sizeof question;
}

static bool is_ours(const struct query_token *token, const struct cursor *c)
{
	uint8_t hex[TOKEN_HEX];

	token_hex(token, hex);
	return memmem(c->at, cursor_left(c), hex, sizeof hex);
}

static void error_code(struct facts *f, uint64_t code)
{
	facts_number(f, ERROR_CODE, code);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].code == code)
			facts_puts(f, ERROR, errors[i].name);
}

static bool text(struct facts *f, size_t index, struct cursor *field, uint8_t tag)
{
	struct cursor content;

	if (!ber_enter(field, tag, &content))
		return false;
	facts_text(f, index, content.at, cursor_left(&content));
	return true;
}

/* A realm that is not the one asked for is the server's, or where it sends the client. */
static bool realm(const struct query_token *token, struct facts *f, struct cursor *field)
{
	return is_ours(token, field) || text(f, SERVER_REALM, field, BER_GENERAL_STRING);
}

static bool field(
	const struct query_token *token, struct facts *f, uint8_t tag, struct cursor *content)
{
	uint64_t number;

	switch (tag) {
	case PVNO:
		return ber_number(content, BER_INTEGER, &number) && number == VERSION;
	case MSG_TYPE:
		return ber_number(content, BER_INTEGER, &number) && number == ERROR_TYPE;
	case CODE:
		if (!ber_number(content, BER_INTEGER, &number))
			return false;
		error_code(f, number);
		return true;
	case STIME:
		return text(f, TIME, content, BER_GENERALIZED_TIME);
	case CREALM:
	case REALM_NAME:
		return realm(token, f, content);
	case E_TEXT:
		return text(f, TEXT, content, BER_GENERAL_STRING);
	default:
		return true;
	}
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c, error, fields;
	uint8_t before = 0;
	bool ours = false;

	cursor_init(&c, bytes, len);
	if (!ber_enter(&c, KRB_ERROR, &error) || cursor_left(&c) > 0 ||
		!ber_enter(&error, BER_SEQUENCE, &fields))
		return false;
	while (cursor_left(&fields) > 0) {
		struct cursor content;
		uint8_t tag;

		if (!ber_element(&fields, &tag, &content) || tag <= before || tag > FIELD_LAST)
			return false;
		if (tag == CREALM || tag == REALM_NAME || tag == SNAME)
			ours |= is_ours(token, &content);
		if (!field(token, out, tag, &content))
			return false;
		before = tag;
	}
	return ours && facts_get(out, ERROR_CODE);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (say_text(f, SERVER_REALM, "realm ", out))
		return;
	if (!say_text(f, ERROR, "", out))
		say_number(f, ERROR_CODE, "error ", out);
}

const struct query query_kerberos = {
	.protocol = "kerberos",
	.defs = facts,
	.def_count = ARRAY_SIZE(facts),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
