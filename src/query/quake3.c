/* SPDX-License-Identifier: MIT */
/* Quake III's connectionless "getstatus", as the engine's released source (SVC_Status) answers it.
 */
#include "parts.h"
#include "protocols.h"

#include "netprobe/base/mem.h"

#define ANSWER "statusResponse\n"

enum { CHALLENGE_BYTES = 6, CHALLENGE_DIGITS = 2 * CHALLENGE_BYTES };

enum { NAME, GAME, VERSION, MAP, PLAYERS, MAX_PLAYERS, PROTOCOL };

static const struct fact_def defs[] = {
	[NAME] = {"name", FACT_TEXT},
	[GAME] = {"game", FACT_TEXT},
	[VERSION] = {"version", FACT_TEXT},
	[MAP] = {"map", FACT_TEXT},
	[PLAYERS] = {"players", FACT_NUMBER},
	[MAX_PLAYERS] = {"max_players", FACT_NUMBER},
	[PROTOCOL] = {"protocol", FACT_NUMBER},
};

static const struct {
	const char *key;
	size_t index;
} keys[] = {{"sv_hostname", NAME}, {"hostname", NAME}, {"gamename", GAME}, {"version", VERSION},
	{"mapname", MAP}, {"sv_maxclients", MAX_PLAYERS}, {"protocol", PROTOCOL}};

static size_t make(const struct query_token *token, uint8_t out[static QUERY_MAX])
{
	struct writer w = {.bytes = out};

	writer_number(&w, UINT32_MAX, 4);
	writer_text(&w, "getstatus ");
	token_write_hex(token, 0, &w, CHALLENGE_BYTES);
	return w.len;
}

static void take(struct facts *f, struct span key, struct span value)
{
	uint64_t number;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!span_is(key, keys[i].key))
			continue;
		if (defs[keys[i].index].kind == FACT_TEXT)
			fact_span(f, keys[i].index, value);
		else if (span_number(value, UINT32_MAX, &number))
			facts_number(f, keys[i].index, number);
	}
}

/* What ends at a backslash, or with the line. */
static struct span word(struct span *rest)
{
	const char *end = rest->len ? memchr(rest->text, '\\', rest->len) : NULL;
	struct span s = {rest->text, end ? (size_t)(end - rest->text) : rest->len};

	rest->text += s.len + (end != NULL);
	rest->len -= s.len + (end != NULL);
	return s;
}

/* "\key\value\key\value": one of them is what the question had. */
static bool variables(struct facts *f, const struct query_token *token, struct span line)
{
	bool ours = false;

	if (line.len == 0 || *line.text != '\\')
		return false;
	word(&line);
	while (line.len > 0) {
		struct span key = word(&line), value = word(&line);

		if (span_is(key, "challenge"))
			ours = value.len == CHALLENGE_DIGITS &&
			       token_gave_hex(token, 0, value.text, value.len);
		take(f, key, value);
	}
	return ours;
}

/* A line each: "score ping "name"". */
static void players(struct facts *f, struct cursor *c)
{
	struct span line;
	uint64_t count = 0;

	while (span_line(c, &line))
		count += line.len > 0;
	facts_number(f, PLAYERS, count);
}

static bool read(
	const struct query_token *token, const uint8_t *bytes, size_t len, struct facts *out)
{
	size_t size = strlen(ANSWER);
	const uint8_t *mark;
	struct cursor c;
	struct span line;

	cursor_init(&c, bytes, len);
	if (cursor_u32(&c) != UINT32_MAX)
		return false;
	mark = cursor_bytes(&c, size);
	if (!mark || memcmp(mark, ANSWER, size) != 0 || !span_line(&c, &line) ||
		!variables(out, token, line))
		return false;
	players(out, &c);
	return true;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	size_t start = out->len;

	if (!say_text(f, VERSION, "", out))
		say_text(f, GAME, "", out);
	say_text(f, NAME, say_comma(out, start), out);
}

const struct query query_quake3 = {
	.protocol = "quake3",
	.defs = defs,
	.def_count = ARRAY_SIZE(defs),
	.make = make,
	.read = read,
	.headline = headline,
	.echoes = true,
};
