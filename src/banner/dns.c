/* SPDX-License-Identifier: MIT */
/* DNS over TCP (RFC 1035, 4.2.2): version.bind TXT CH, which most servers answer or refuse. */
#include "machines.h"

#include "netprobe/banner/machine.h"
#include "netprobe/base/cursor.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"

#include <string.h>

enum { HEADER = 12, ID = 0x4e50, TYPE_TXT = 16, CLASS_CH = 3, NAME_MAX_BYTES = 255 };
enum { FLAG_QR = 0x8000, FLAG_AA = 0x400, FLAG_RA = 0x80, RCODE = 0xf };

enum { RCODE_NAME, VERSION, AUTHORITATIVE, RECURSION };

static const struct fact_def facts[] = {
	[RCODE_NAME] = {"rcode", FACT_TEXT},
	[VERSION] = {"version", FACT_TEXT},
	[AUTHORITATIVE] = {"authoritative", FACT_FLAG},
	[RECURSION] = {"recursion", FACT_FLAG},
};

/* IANA's names; the numbers are those of the header, without EDNS. */
static const char *const rcodes[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
	"REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI", "RCODE12",
	"RCODE13", "RCODE14", "RCODE15"};

static const uint8_t query[] = {0, 30, ID >> 8, ID & 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 'v',
	'e', 'r', 's', 'i', 'o', 'n', 4, 'b', 'i', 'n', 'd', 0, 0, TYPE_TXT, 0, CLASS_CH};

static void start(struct machine *m)
{
	strbuf_add(&m->say, query, sizeof query);
}

/* Whose name it is does not matter, so a pointer, which always is a name's end, is never followed:
 * there is no loop to fall into. */
static bool skip_name(struct cursor *c)
{
	for (size_t total = 0; total < NAME_MAX_BYTES;) {
		uint8_t len = cursor_u8(c);

		if (len >= 0xc0)
			cursor_skip(c, 1);
		else
			cursor_skip(c, len);
		if (!cursor_ok(c) || (len > 63 && len < 0xc0))
			return false;
		if (len == 0 || len >= 0xc0)
			return true;
		total += 1U + len;
	}
	return false;
}

static bool skip_questions(struct cursor *c, unsigned count)
{
	while (count-- > 0) {
		if (!skip_name(c))
			return false;
		cursor_skip(c, 4);
	}
	return cursor_ok(c);
}

static bool strings(struct facts *f, const uint8_t *bytes, size_t len)
{
	struct cursor c;

	cursor_init(&c, bytes, len);
	facts_text(f, VERSION, "", 0);
	while (cursor_left(&c) > 0) {
		uint8_t size = cursor_u8(&c);
		const uint8_t *text = cursor_bytes(&c, size);

		if (!text)
			return false;
		facts_append(f, VERSION, text, size);
	}
	return true;
}

/* Takes the version from the first answer that has one. False: the message is malformed. */
static bool answers(struct facts *f, struct cursor *c, unsigned count)
{
	while (count-- > 0) {
		uint16_t type, class, len;
		const uint8_t *data;

		if (!skip_name(c))
			return false;
		type = cursor_u16(c);
		class = cursor_u16(c);
		cursor_skip(c, 4);
		len = cursor_u16(c);
		data = cursor_bytes(c, len);
		if (!cursor_ok(c))
			return false;
		if (type == TYPE_TXT && class == CLASS_CH)
			return strings(f, data, len);
	}
	return true;
}

static void read_reply(struct machine *m, struct cursor *c)
{
	struct facts *f = &m->facts;
	uint16_t flags, questions, count;
	const char *rcode;

	cursor_skip(c, 2);
	flags = cursor_u16(c);
	questions = cursor_u16(c);
	count = cursor_u16(c);
	cursor_skip(c, 4);
	rcode = rcodes[flags & RCODE];
	facts_puts(f, RCODE_NAME, rcode);
	facts_flag(f, AUTHORITATIVE, flags & FLAG_AA);
	facts_flag(f, RECURSION, flags & FLAG_RA);
	if (!skip_questions(c, questions) || !answers(f, c, count)) {
		facts_clear(f, VERSION);
		m->detail = "its answer is malformed";
	}
	m->complete = true;
	m->want = MACHINE_DONE;
}

/* What is no answer to our query is found out by its first bytes: the length that it seems to have
 * may be one that never comes. */
static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	uint16_t size, id, flags;
	struct cursor c;

	cursor_init(&c, bytes, len);
	size = cursor_u16(&c);
	id = cursor_u16(&c);
	flags = cursor_u16(&c);
	if (!cursor_ok(&c))
		return 0;
	if (size < HEADER || id != ID || !(flags & FLAG_QR)) {
		m->want = MACHINE_MISMATCH;
		return 0;
	}
	if (len < 2U + size)
		return 0;
	cursor_init(&c, bytes + 2, size);
	read_reply(m, &c);
	return 2U + size;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *version = facts_get(f, VERSION), *rcode = facts_get(f, RCODE_NAME);

	if (version && version->text.len > 0)
		text_escape(out, version->text.text, version->text.len);
	else if (rcode)
		text_escape(out, rcode->text.text, rcode->text.len);
}

const struct protocol protocol_dns = {
	.id = PROTOCOL_DNS,
	.name = "dns",
	.alpn = "dot",
	.facts = facts,
	.fact_count = ARRAY_SIZE(facts),
	.start = start,
	.step = step,
	.headline = headline,
};
