/* SPDX-License-Identifier: MIT */
/* OpenVPN's control channel, as draft-openvpn-protocol-00 (sections 4 and 5) has it: a hard reset,
 * which a server answers with one of its own, unless it wants packets to be signed (tls-auth,
 * tls-crypt). */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { OPCODE_SHIFT = 3, HARD_RESET_CLIENT_V2 = 7, HARD_RESET_SERVER_V2 = 8 };
enum { SESSION = 8, ACKS_MAX = 8 };

enum { SIGNED, KEY };

static const struct fact_def defs[] = {
	[SIGNED] = {"tls_auth", FACT_FLAG},
	[KEY] = {"key_id", FACT_NUMBER},
};

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	writer_number(&w, HARD_RESET_CLIENT_V2 << OPCODE_SHIFT, 1);
	token_write(token, 0, &w, SESSION);
	writer_number(&w, 0, 1); /* acknowledges nothing */
	writer_number(&w, 0, 4); /* packet 0 */
	return w.len;
}

/* Behind the server's own session: how many packets of ours it has got, which, and of which
 * session. */
static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;
	uint8_t head, acks;

	cursor_init(&c, bytes, len);
	head = cursor_u8(&c);
	cursor_skip(&c, SESSION);
	acks = cursor_u8(&c);
	if (head >> OPCODE_SHIFT != HARD_RESET_SERVER_V2 || acks == 0 || acks > ACKS_MAX)
		return false;
	cursor_skip(&c, (size_t)4 * acks);
	if (!token_gave(token, 0, cursor_bytes(&c, SESSION), SESSION))
		return false;
	cursor_skip(&c, 4); /* its packet's number */
	if (!cursor_ok(&c))
		return false;
	facts_flag(out, SIGNED, false);
	facts_number(out, KEY, head & 7);
	return true;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (facts_get(f, SIGNED))
		strbuf_puts(out, "without tls-auth");
}

const struct query query_openvpn = {
	.protocol = "openvpn",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
