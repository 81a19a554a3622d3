/* SPDX-License-Identifier: MIT */
/* RFC 4253: the identification, and the algorithms that the server offers before any key. */
#include "machines.h"

#include "netprobe/banner/machine.h"
#include "netprobe/base/cursor.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/text.h"

#include <string.h>

/* 50 notices of 512 bytes, an identification and a whole packet fit into FACTS_BYTES_MAX. */
enum { NOTICES_MAX = 50, NOTICE_MAX = 512, IDENT_MAX = 255, PACKET_MAX = 35000 };

enum {
	IDENT,
	PROTOCOL,
	SOFTWARE,
	COMMENTS,
	KEX,
	HOST_KEY,
	CIPHERS,
	MACS,
	COMPRESSION,
	NOTICES,
};

static const struct fact_def facts[] = {
	[IDENT] = {"ident", FACT_TEXT},
	[PROTOCOL] = {"protocol", FACT_TEXT},
	[SOFTWARE] = {"software", FACT_TEXT},
	[COMMENTS] = {"comments", FACT_TEXT},
	[KEX] = {"kex", FACT_LIST},
	[HOST_KEY] = {"host_key", FACT_LIST},
	[CIPHERS] = {"ciphers", FACT_LIST},
	[MACS] = {"macs", FACT_LIST},
	[COMPRESSION] = {"compression", FACT_LIST},
	[NOTICES] = {"notices", FACT_LIST},
};

enum { MSG_DISCONNECT = 1, MSG_IGNORE = 2, MSG_UNIMPLEMENTED = 3, MSG_DEBUG = 4, MSG_KEXINIT = 20 };

/* RFC 4253, 11.1: by the reason's number. */
static const char *const disconnects[] = {
	"disconnected without a known reason",
	"disconnected: host not allowed to connect",
	"disconnected: protocol error",
	"disconnected: key exchange failed",
	"disconnected: reserved",
	"disconnected: MAC error",
	"disconnected: compression error",
	"disconnected: service not available",
	"disconnected: protocol version not supported",
	"disconnected: host key not verifiable",
	"disconnected: connection lost",
	"disconnected: by application",
	"disconnected: too many connections",
	"disconnected: authentication cancelled by user",
	"disconnected: no more authentication methods available",
	"disconnected: illegal user name",
};

/* SSH_MSG_DISCONNECT, by application, in a packet of its own: the server's log stays clean. */
static const uint8_t farewell[] = {0, 0, 0, 28, 6, MSG_DISCONNECT, 0, 0, 0, 11, 0, 0, 0, 8, 'n',
	'e', 't', 'p', 'r', 'o', 'b', 'e', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

static void finish(struct machine *m, const char *detail)
{
	m->complete = true;
	m->want = MACHINE_DONE;
	if (detail)
		m->detail = detail;
}

static bool begins(const char *line, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

static bool is(const struct fact *fact, const char *text)
{
	return fact && fact->text.len == strlen(text) &&
	       begins(fact->text.text, fact->text.len, text);
}

/* 4.2, 5.1: 1.99 is a 2.0 that understands clients of 1.x, too. */
static bool speaks_2(const struct machine *m)
{
	const struct fact *protocol = facts_get(&m->facts, PROTOCOL);

	return is(protocol, "2.0") || is(protocol, "1.99");
}

/* Up to a character or the end; returns what stands behind both. */
static const char *part(
	struct machine *m, size_t index, const char *text, const char *end, char until)
{
	const char *stop = text < end ? memchr(text, until, (size_t)(end - text)) : NULL;

	if (!stop)
		stop = end;
	if (stop > text)
		facts_text(&m->facts, index, text, (size_t)(stop - text));
	return stop < end ? stop + 1 : end;
}

/* SSH-protoversion-softwareversion SP comments. There are versions with a minus sign in them,
 * against the RFC. */
static void identify(struct machine *m, const char *line, size_t len)
{
	const char *end;

	if (len > IDENT_MAX) {
		len = IDENT_MAX;
		m->detail = "its identification is longer than 255 bytes";
	}
	end = line + len;
	facts_text(&m->facts, IDENT, line, len);
	line = part(m, PROTOCOL, line + strlen("SSH-"), end, '-');
	line = part(m, SOFTWARE, line, end, ' ');
	if (line < end)
		facts_text(&m->facts, COMMENTS, line, (size_t)(end - line));
}

/* Both sides may speak at once; ours waits, for it may not be an SSH server at all. */
static void answer(struct machine *m)
{
	if (speaks_2(m))
		strbuf_puts(&m->say, "SSH-2.0-netprobe_" NETPROBE_VERSION "\r\n");
	else
		finish(m, NULL);
}

static void notice(struct machine *m, const char *line, size_t len)
{
	facts_item(&m->facts, NOTICES, line, len < NOTICE_MAX ? len : NOTICE_MAX);
}

static size_t line_step(struct machine *m, const uint8_t *bytes, size_t len)
{
	const char *line;
	size_t line_len, used = machine_line(m, bytes, len, &line, &line_len);

	if (!line)
		return used;
	if (begins(line, line_len, "SSH-")) {
		identify(m, line, line_len);
		answer(m);
	} else if (m->lines > NOTICES_MAX) {
		m->want = MACHINE_MISMATCH;
	} else {
		notice(m, line, line_len);
	}
	return used;
}

static bool has(const struct fact *fact, const char *name, size_t len)
{
	for (size_t i = 0; fact && i < fact->count; i++) {
		size_t item_len;
		const char *item = fact_item(fact, i, &item_len);

		if (item_len == len && memcmp(item, name, len) == 0)
			return true;
	}
	return false;
}

/* RFC 4251, 5: names with commas between them. Those of the two directions become one list. */
static void add_names(struct machine *m, size_t index, const uint8_t *names, size_t len)
{
	const char *name = (const char *)names, *end = name + len;

	while (name < end) {
		const char *comma = memchr(name, ',', (size_t)(end - name));
		size_t name_len = (size_t)((comma ? comma : end) - name);

		if (name_len > 0 && !has(facts_get(&m->facts, index), name, name_len))
			facts_item(&m->facts, index, name, name_len);
		name += name_len + 1;
	}
}

/* 7.1: a cookie, then for each direction what stands here, then languages. */
static void kexinit(struct machine *m, struct cursor *c)
{
	static const size_t lists[] = {
		KEX, HOST_KEY, CIPHERS, CIPHERS, MACS, MACS, COMPRESSION, COMPRESSION};
	const uint8_t *names[ARRAY_SIZE(lists)];
	uint32_t sizes[ARRAY_SIZE(lists)];

	cursor_skip(c, 16);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		sizes[i] = cursor_u32(c);
		names[i] = cursor_bytes(c, sizes[i]);
	}
	if (!cursor_ok(c)) {
		finish(m, "its key exchange is malformed");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		add_names(m, lists[i], names[i], sizes[i]);
	strbuf_add(&m->say, farewell, sizeof farewell);
	finish(m, NULL);
}

static void message(struct machine *m, struct cursor *c)
{
	uint32_t reason;

	switch (cursor_u8(c)) {
	case MSG_KEXINIT:
		kexinit(m, c);
		return;
	case MSG_DISCONNECT:
		reason = cursor_u32(c);
		finish(m, disconnects[reason < ARRAY_SIZE(disconnects) ? reason : 0]);
		return;
	case MSG_IGNORE:
	case MSG_UNIMPLEMENTED:
	case MSG_DEBUG:
		return;
	default:
		finish(m, "no key exchange after its identification");
	}
}

/* 6: length of what follows, length of the padding, payload, padding; no MAC yet. */
static size_t packet_step(struct machine *m, const uint8_t *bytes, size_t len)
{
	uint32_t size, padding;
	struct cursor c;

	cursor_init(&c, bytes, len);
	size = cursor_u32(&c);
	padding = cursor_u8(&c);
	if (!cursor_ok(&c))
		return 0;
	if (size > PACKET_MAX - 4 || size < padding + 2) {
		finish(m, "no packet after its identification");
		return 0;
	}
	if (len < size + 4)
		return 0;
	cursor_init(&c, bytes + 5, size - 1 - padding);
	message(m, &c);
	return size + 4;
}

static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	if (m->skipping || !facts_get(&m->facts, IDENT))
		return line_step(m, bytes, len);
	return packet_step(m, bytes, len);
}

/* What stands there may be a line that lacks its end. */
static void last_line(struct machine *m, const uint8_t *bytes, size_t len)
{
	const char *line = (const char *)bytes;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (begins(line, len, "SSH-")) {
		identify(m, line, len);
		m->detail = "its identification has no end";
	} else if (len > 0) {
		notice(m, line, len);
	}
}

/* OpenSSH has no time for us (MaxStartups), or does not want us (sshd under a TCP wrapper). */
static bool turned_away(const struct machine *m)
{
	const struct fact *notices = facts_get(&m->facts, NOTICES);
	size_t len;
	const char *first = fact_item(notices, 0, &len);

	return begins(first, len, "Exceeded") || begins(first, len, "Not allowed");
}

static void ended(struct machine *m, const uint8_t *bytes, size_t len)
{
	if (!facts_get(&m->facts, IDENT))
		last_line(m, bytes, len);
	if (facts_get(&m->facts, IDENT)) {
		m->complete = true;
		if (!m->detail)
			m->detail = "no key exchange after its identification";
	} else if (facts_get(&m->facts, NOTICES)) {
		if (turned_away(m))
			m->detail = "closed before its identification";
		else
			m->want = MACHINE_MISMATCH;
	}
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *ident = facts_get(f, IDENT);

	if (ident)
		text_escape(out, ident->text.text, ident->text.len);
}

const struct protocol protocol_ssh = {
	.id = PROTOCOL_SSH,
	.name = "ssh",
	.server_first = true,
	.facts = facts,
	.fact_count = ARRAY_SIZE(facts),
	.step = step,
	.ended = ended,
	.headline = headline,
};
