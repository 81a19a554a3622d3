/* SPDX-License-Identifier: MIT */
/* IAX2: POKE (RFC 5456, section 6.7.1), which asks whether somebody is there, without a call. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { FULL = 0x8000, CALL = 0x7fff, FRAME_IAX = 6 };
/* section 8.2 */
enum {
	PONG = 0x03,
	ACK = 0x04,
	HANGUP = 0x05,
	REJECT = 0x06,
	INVAL = 0x0a,
	UNSUPPORTED = 0x21,
	POKE = 0x1e
};
enum { CALL_NUMBER, TIMESTAMP };

enum { ANSWER };

static const struct fact_def defs[] = {[ANSWER] = {"answer", FACT_TEXT}};

static const struct {
	uint8_t subclass;
	const char *name;
} answers[] = {{PONG, "PONG"}, {ACK, "ACK"}, {HANGUP, "HANGUP"}, {REJECT, "REJECT"},
	{INVAL, "INVAL"}, {UNSUPPORTED, "UNSUPPORT"}};

/* 0 is no call's number. */
static uint16_t call_number(const struct query_token *token)
{
	return (uint16_t)(token_number(token, CALL_NUMBER, 2) & CALL) | 1;
}

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	writer_number(&w, FULL | call_number(token), 2);
	writer_number(&w, 0, 2); /* the other side has no number yet */
	token_write(token, TIMESTAMP, &w, 4);
	writer_number(&w, 0, 2); /* sequence numbers: sent, received */
	writer_number(&w, FRAME_IAX, 1);
	writer_number(&w, POKE, 1);
	return w.len;
}

/* Our call's number, and our timestamp (sections 6.7.3 and 6.9.1). */
static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	uint16_t source, destination;
	uint8_t type, subclass;
	struct cursor c;
	bool ours;

	cursor_init(&c, bytes, len);
	source = cursor_u16(&c);
	destination = cursor_u16(&c) & CALL;
	ours = token_gave(token, TIMESTAMP, cursor_bytes(&c, 4), 4);
	cursor_skip(&c, 2);
	type = cursor_u8(&c);
	subclass = cursor_u8(&c);
	if (!cursor_ok(&c) || !ours || !(source & FULL) || destination != call_number(token) ||
		type != FRAME_IAX)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		if (answers[i].subclass == subclass) {
			facts_puts(out, ANSWER, answers[i].name);
			return true;
		}
	}
	return false;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	say_text(f, ANSWER, "", out);
}

const struct query query_iax2 = {
	.protocol = "iax2",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
