/* SPDX-License-Identifier: MIT */
/* SIP OPTIONS (RFC 3261, section 11), which asks what a server can do. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { BRANCH, TAG, CALL_ID };
enum { BRANCH_BYTES = 8, CALL_ID_BYTES = 12 };

enum { STATUS, REASON, SERVER, AGENT, ALLOW };

static const struct fact_def defs[] = {
	[STATUS] = {"status", FACT_NUMBER},
	[REASON] = {"reason", FACT_TEXT},
	[SERVER] = {"server", FACT_TEXT},
	[AGENT] = {"agent", FACT_TEXT},
	[ALLOW] = {"allow", FACT_TEXT},
};

/* Nobody passes it on: Max-Forwards is 0 (16.3). The name is one that cannot exist (RFC 2606);
 * rport (RFC 3581) brings the answer back to where the question came from all the same. */
static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	writer_text(&w, "OPTIONS sip:netprobe.invalid SIP/2.0\r\n"
			"Via: SIP/2.0/UDP netprobe.invalid;branch=z9hG4bK");
	token_write_hex(token, BRANCH, &w, BRANCH_BYTES);
	writer_text(&w, ";rport\r\nMax-Forwards: 0\r\nFrom: <sip:ask@netprobe.invalid>;tag=");
	token_write_hex(token, TAG, &w, BRANCH_BYTES);
	writer_text(&w, "\r\nTo: <sip:netprobe.invalid>\r\nCall-ID: ");
	token_write_hex(token, CALL_ID, &w, CALL_ID_BYTES);
	writer_text(&w, "\r\nCSeq: 1 OPTIONS\r\nContact: <sip:ask@netprobe.invalid>\r\n"
			"Accept: application/sdp\r\nContent-Length: 0\r\n\r\n");
	return w.len;
}

/* "SIP/2.0 200 OK"; the reason may be empty. */
static bool status_line(struct span line, struct facts *f)
{
	static const char version[] = "sip/2.0 ";
	struct span code = {line.text + sizeof version - 1, 3};
	uint64_t status;

	if (line.len < sizeof version - 1 + code.len || !span_begins(line, version) ||
		!span_number(code, 699, &status) || status < 100)
		return false;
	facts_number(f, STATUS, status);
	if (line.len > sizeof version + code.len)
		facts_text(f, REASON, code.text + 4, line.len - sizeof version - code.len);
	return true;
}

/* Its name may be short (7.3.3). */
static bool is_ours(const struct query_token *token, const uint8_t *bytes, size_t len)
{
	struct span id;

	if (!header_value(bytes, len, "call-id", &id) && !header_value(bytes, len, "i", &id))
		return false;
	return id.len == (size_t)2 * CALL_ID_BYTES &&
	       token_gave_hex(token, CALL_ID, id.text, id.len);
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;
	struct span line;

	cursor_init(&c, bytes, len);
	if (!span_line(&c, &line) || !header_ends(bytes, len) || !is_ours(token, bytes, len) ||
		!status_line(line, out))
		return false;
	fact_header(out, SERVER, bytes, len, "server");
	fact_header(out, AGENT, bytes, len, "user-agent");
	fact_header(out, ALLOW, bytes, len, "allow");
	return true;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (say_text(f, SERVER, "", out) || say_text(f, AGENT, "", out))
		return;
	if (say_number(f, STATUS, "", out))
		say_text(f, REASON, " ", out);
}

const struct query query_sip = {
	.protocol = "sip",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
