/* SPDX-License-Identifier: MIT */
/* Valve's game servers: A2S_INFO (developer.valvesoftware.com/wiki/Server_queries). Numbers are
 * little-endian. */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

enum { INFO = 'I', CHALLENGED = 'A', ASK = 'T', THE_SHIP = 2400 };

enum { CHALLENGE, NAME, MAP, FOLDER, GAME, PLAYERS, MAX_PLAYERS, BOTS, SYSTEM, PASSWORD, VERSION };

static const struct fact_def defs[] = {
	[CHALLENGE] = {"challenge", FACT_FLAG},
	[NAME] = {"name", FACT_TEXT},
	[MAP] = {"map", FACT_TEXT},
	[FOLDER] = {"folder", FACT_TEXT},
	[GAME] = {"game", FACT_TEXT},
	[PLAYERS] = {"players", FACT_NUMBER},
	[MAX_PLAYERS] = {"max_players", FACT_NUMBER},
	[BOTS] = {"bots", FACT_NUMBER},
	[SYSTEM] = {"system", FACT_TEXT},
	[PASSWORD] = {"password", FACT_FLAG},
	[VERSION] = {"version", FACT_TEXT},
};

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	(void)token;
	writer_number(&w, UINT32_MAX, 4);
	writer_number(&w, ASK, 1);
	writer_add(&w, "Source Engine Query", sizeof "Source Engine Query");
	return w.len;
}

static bool text(struct cursor *c, struct facts *f, size_t index)
{
	struct span s;

	if (!span_until(c, '\0', &s))
		return false;
	fact_span(f, index, s);
	return true;
}

static void system_name(struct facts *f, uint8_t letter)
{
	switch (letter | 0x20) {
	case 'l':
		facts_puts(f, SYSTEM, "Linux");
		break;
	case 'w':
		facts_puts(f, SYSTEM, "Windows");
		break;
	case 'm':
	case 'o':
		facts_puts(f, SYSTEM, "macOS");
		break;
	default:
		break;
	}
}

static bool info(struct cursor *c, struct facts *f)
{
	uint8_t system;
	unsigned app;

	cursor_skip(c, 1); /* the protocol's version, which no two games agree on */
	if (!text(c, f, NAME) || !text(c, f, MAP) || !text(c, f, FOLDER) || !text(c, f, GAME))
		return false;
	app = cursor_u8(c);
	app |= (unsigned)cursor_u8(c) << 8;
	facts_number(f, PLAYERS, cursor_u8(c));
	facts_number(f, MAX_PLAYERS, cursor_u8(c));
	facts_number(f, BOTS, cursor_u8(c));
	cursor_skip(c, 1); /* dedicated, or not */
	system = cursor_u8(c);
	system_name(f, system);
	facts_flag(f, PASSWORD, cursor_u8(c));
	cursor_skip(
		c, app == THE_SHIP ? 4 : 1); /* whether it bans cheats; that game has three more */
	return cursor_ok(c) && text(c, f, VERSION);
}

/* A server that is asked for the first time may want the question once more with a number that it
 * picks: it is one all the same. */
static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	struct cursor c;
	uint8_t kind;

	(void)token;
	cursor_init(&c, bytes, len);
	if (cursor_u32(&c) != UINT32_MAX)
		return false;
	kind = cursor_u8(&c);
	if (kind == CHALLENGED && cursor_left(&c) == 4) {
		facts_flag(out, CHALLENGE, true);
		return true;
	}
	return kind == INFO && info(&c, out);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	size_t start = out->len;

	if (facts_get(f, CHALLENGE)) {
		strbuf_puts(out, "asks for a challenge");
		return;
	}
	if (!say_text(f, GAME, "", out))
		say_text(f, FOLDER, "", out);
	say_text(f, VERSION, " ", out);
	say_text(f, NAME, say_comma(out, start), out);
}

const struct query query_a2s = {
	.protocol = "a2s",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
};
