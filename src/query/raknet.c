/* SPDX-License-Identifier: MIT */
/* RakNet's unconnected ping (RakNet's MessageIdentifiers.h; wiki.bedrock.dev), which Minecraft puts
 * words about its world into. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { PING = 0x01, PONG = 0x1c, TIME_BYTES = 8, GUID_BYTES = 8, MAGIC_BYTES = 16 };
enum { TIME, GUID };

/* OFFLINE_MESSAGE_DATA_ID */
static const uint8_t magic[MAGIC_BYTES] = {0x00, 0xff, 0xff, 0x00, 0xfe, 0xfe, 0xfe, 0xfe, 0xfd,
	0xfd, 0xfd, 0xfd, 0x12, 0x34, 0x56, 0x78};

enum { MOTD, EDITION, NAME, VERSION, PLAYERS, MAX_PLAYERS };

static const struct fact_def defs[] = {
	[MOTD] = {"motd", FACT_TEXT},
	[EDITION] = {"edition", FACT_TEXT},
	[NAME] = {"name", FACT_TEXT},
	[VERSION] = {"version", FACT_TEXT},
	[PLAYERS] = {"players", FACT_NUMBER},
	[MAX_PLAYERS] = {"max_players", FACT_NUMBER},
};

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	writer_number(&w, PING, 1);
	token_write(token, TIME, &w, TIME_BYTES);
	writer_add(&w, magic, sizeof magic);
	token_write(token, GUID, &w, GUID_BYTES);
	return w.len;
}

static struct span part(struct span *rest)
{
	const char *end = rest->len ? memchr(rest->text, ';', rest->len) : NULL;
	struct span s = {rest->text, end ? (size_t)(end - rest->text) : rest->len};

	rest->text += s.len + (end != NULL);
	rest->len -= s.len + (end != NULL);
	return s;
}

static void count(struct facts *f, size_t index, struct span s)
{
	uint64_t number;

	if (span_number(s, UINT32_MAX, &number))
		facts_number(f, index, number);
}

/* "MCPE;the world's name;protocol;version;players;how many may;..." */
static void minecraft(struct facts *f, struct span rest)
{
	struct span edition = part(&rest);

	if (!span_is(edition, "mcpe") && !span_is(edition, "mcee"))
		return;
	fact_span(f, EDITION, edition);
	fact_span(f, NAME, part(&rest));
	part(&rest);
	fact_span(f, VERSION, part(&rest));
	count(f, PLAYERS, part(&rest));
	count(f, MAX_PLAYERS, part(&rest));
}

/* The words and their length are Minecraft's: others may say nothing, or what they like. */
static bool words(struct facts *f, struct cursor *c)
{
	struct span all;

	if (cursor_left(c) == 0)
		return true;
	all.len = cursor_u16(c);
	all.text = (const char *)cursor_bytes(c, all.len);
	if (!cursor_ok(c))
		return false;
	fact_span(f, MOTD, all);
	minecraft(f, all);
	return true;
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	const uint8_t *mark;
	struct cursor c;

	cursor_init(&c, bytes, len);
	if (cursor_u8(&c) != PONG ||
		!token_gave(token, TIME, cursor_bytes(&c, TIME_BYTES), TIME_BYTES))
		return false;
	cursor_skip(&c, GUID_BYTES);
	mark = cursor_bytes(&c, MAGIC_BYTES);
	return mark && memcmp(mark, magic, MAGIC_BYTES) == 0 && words(out, &c);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	if (!facts_get(f, EDITION)) {
		say_text(f, MOTD, "", out);
		return;
	}
	strbuf_puts(out, "Minecraft");
	say_text(f, VERSION, " ", out);
	say_text(f, NAME, ", ", out);
}

const struct query query_raknet = {
	.protocol = "raknet",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
