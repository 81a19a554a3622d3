/* SPDX-License-Identifier: MIT */
/* DTLS 1.2: a ClientHello (RFC 6347, section 4.2; RFC 5246, section 7.4.1.2), which a server sends
 * back a cookie for, without keeping anything. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { HANDSHAKE = 22, ALERT = 21, DTLS_1_0 = 0xfeff, DTLS_1_2 = 0xfefd };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2, HELLO_VERIFY_REQUEST = 3 };
enum { RANDOM = 32, FATAL = 2, RECORD = 13, MESSAGE = 12 };

enum { ANSWER, VERSION, CIPHER, ALERT_NUMBER };

static const struct fact_def defs[] = {
	[ANSWER] = {"answer", FACT_TEXT},
	[VERSION] = {"version", FACT_TEXT},
	[CIPHER] = {"cipher", FACT_NUMBER},
	[ALERT_NUMBER] = {"alert", FACT_NUMBER},
};

/* With certificates, and the shared keys of small devices (RFC 7925). */
static const uint16_t ciphers[] = {0xc02b, 0xc02f, 0xc0ac, 0xc0ae, 0xc02c, 0xc030, 0xcca9, 0xcca8,
	0xc00a, 0xc014, 0xc009, 0xc013, 0x009c, 0x002f, 0xc0a8, 0xc0a4, 0x00a8, 0x00ae};

static void extensions(struct writer *w)
{
	static const uint8_t bytes[] = {
		0, 10, 0, 8, 0, 6, 0, 29, 0, 23, 0, 24,            /* supported_groups */
		0, 11, 0, 2, 1, 0,                                 /* ec_point_formats */
		0, 13, 0, 12, 0, 10, 4, 3, 8, 4, 4, 1, 5, 3, 2, 1, /* signature_algorithms */
		0, 14, 0, 7, 0, 4, 0, 7, 0, 8, 0,                  /* use_srtp (RFC 5764) */
	};

	writer_number(w, sizeof bytes, 2);
	writer_add(w, bytes, sizeof bytes);
}

static void hello(struct writer *w, const struct query_token *token)
{
	writer_number(w, DTLS_1_2, 2);
	token_write(token, 0, w, RANDOM);
	writer_number(w, 0, 2); /* no session, no cookie yet */
	writer_number(w, sizeof ciphers, 2);
	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++)
		writer_number(w, ciphers[i], 2);
	writer_number(w, 0x0100, 2); /* one compression: none */
	extensions(w);
}

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};
	size_t size;

	writer_number(&w, HANDSHAKE, 1);
	writer_number(&w, DTLS_1_0, 2); /* every server takes it in a first record */
	writer_number(&w, 0, 8);        /* epoch, sequence number */
	writer_number(&w, 0, 2);
	writer_number(&w, CLIENT_HELLO, 1);
	writer_number(&w, 0, 11); /* length, number, offset and length of the fragment */
	hello(&w, token);
	size = w.len - RECORD - MESSAGE;
	writer_set(&w, RECORD - 2, MESSAGE + size, 2);
	writer_set(&w, RECORD + 1, size, 3);
	writer_set(&w, RECORD + MESSAGE - 3, size, 3);
	return w.len;
}

static bool version(struct facts *f, uint16_t number)
{
	if (number != DTLS_1_0 && number != DTLS_1_2)
		return false;
	facts_puts(f, VERSION, number == DTLS_1_0 ? "1.0" : "1.2");
	return true;
}

static bool server_hello(struct facts *f, struct cursor *c)
{
	bool known = version(f, cursor_u16(c));
	uint16_t cipher;

	cursor_skip(c, RANDOM);
	cursor_skip(c, cursor_u8(c));
	cipher = cursor_u16(c);
	facts_number(f, CIPHER, cipher);
	facts_puts(f, ANSWER, "ServerHello");
	return known && cursor_ok(c);
}

/* Its version says nothing of the one that will be spoken (RFC 6347, section 4.2.1). */
static bool verify_request(struct facts *f, struct cursor *c)
{
	uint16_t number = cursor_u16(c);
	uint8_t size = cursor_u8(c);

	cursor_skip(c, size);
	facts_puts(f, ANSWER, "HelloVerifyRequest");
	return (number == DTLS_1_0 || number == DTLS_1_2) && size > 0 && cursor_ok(c);
}

static bool message(struct facts *f, struct cursor *c)
{
	uint8_t type = cursor_u8(c);
	uint32_t size = (uint32_t)cursor_u8(c) << 16;

	size |= cursor_u16(c);
	cursor_skip(c, MESSAGE - 4);
	if (!cursor_ok(c) || size == 0)
		return false;
	return type == HELLO_VERIFY_REQUEST ? verify_request(f, c)
	       : type == SERVER_HELLO       ? server_hello(f, c)
					    : false;
}

static bool alert(struct facts *f, struct cursor *c)
{
	uint8_t level = cursor_u8(c), number = cursor_u8(c);

	if (!cursor_ok(c) || level == 0 || level > FATAL || cursor_left(c) > 0)
		return false;
	facts_puts(f, ANSWER, "alert");
	facts_number(f, ALERT_NUMBER, number);
	return true;
}

/* Nothing of ours comes back: the first record has to be sound all the more. */
static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint16_t record, epoch, size;
	struct cursor c, body;
	uint8_t type;

	(void)token;
	cursor_init(&c, bytes, len);
	type = cursor_u8(&c);
	record = cursor_u16(&c);
	epoch = cursor_u16(&c);
	cursor_skip(&c, 6);
	size = cursor_u16(&c);
	if (!cursor_part(&c, size, &body) || epoch != 0 ||
		(record != DTLS_1_0 && record != DTLS_1_2))
		return false;
	return type == HANDSHAKE ? message(out, &body) : type == ALERT && alert(out, &body);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	size_t start = out->len;

	say_text(f, VERSION, "version ", out);
	if (say_text(f, ANSWER, say_comma(out, start), out))
		say_number(f, ALERT_NUMBER, " ", out);
}

const struct query query_dtls = {
	.protocol = "dtls",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
};
