/* SPDX-License-Identifier: MIT */
#include "ascii.h"
#include "machines.h"

#include "netprobe/banner/machine.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"
#include "netprobe/base/text.h"

#include <string.h>

enum { BULK_MAX = 64 << 10 }; /* of what INFO says; it is a tenth of that */
enum { REDIS_VERSION, REDIS_MODE, REDIS_OS, REDIS_AUTH_REQUIRED, REDIS_ERROR };

enum redis_phase { PING, INFO, BULK, BULK_END, QUIT };

struct redis {
	enum redis_phase phase;
	uint64_t left; /* of the bulk string */
	size_t seen;   /* of it */
	bool version;  /* is redis_version, nothing that stands in for it */
};

static const struct fact_def facts[] = {
	[REDIS_VERSION] = {"version", FACT_TEXT},
	[REDIS_MODE] = {"mode", FACT_TEXT},
	[REDIS_OS] = {"os", FACT_TEXT},
	[REDIS_AUTH_REQUIRED] = {"auth_required", FACT_FLAG},
	[REDIS_ERROR] = {"error", FACT_TEXT},
};

static void start(struct machine *m)
{
	strbuf_puts(&m->say, "PING\r\n");
}

static void ask(struct machine *m, enum redis_phase phase, const char *words)
{
	struct redis *r = m->state;

	r->phase = phase;
	strbuf_puts(&m->say, words);
}

static void quit(struct machine *m)
{
	m->complete = true;
	ask(m, QUIT, "QUIT\r\n");
}

/* "ERR", "NOAUTH": the first word of an error is in capitals. */
static bool is_error(const char *line, size_t len)
{
	size_t at = 1;

	while (at < len && line[at] >= 'A' && line[at] <= 'Z')
		at++;
	return len > 0 && *line == '-' && at > 1 && (at == len || line[at] == ' ');
}

static void note_error(struct machine *m, const char *line, size_t len)
{
	facts_text(&m->facts, REDIS_ERROR, line + 1, len - 1);
	/* before 2.8 */
	if (ascii_begins(line, len, "-noauth") ||
		ascii_begins(line, len, "-err operation not permitted"))
		facts_flag(&m->facts, REDIS_AUTH_REQUIRED, true);
	m->complete = true;
}

/* Who still loads its data or is out of order refuses PING and answers INFO; who wants a password
 * or has no connection to spare answers nothing. */
static void pinged(struct machine *m, const char *line, size_t len)
{
	static const char *const final[] = {"-err", "-noauth", "-denied", "-noperm"};

	if (ascii_same(line, len, "+pong")) {
		ask(m, INFO, "INFO server\r\n");
		return;
	}
	if (!is_error(line, len)) {
		m->want = MACHINE_MISMATCH;
		return;
	}
	note_error(m, line, len);
	for (size_t i = 0; i < ARRAY_SIZE(final); i++) {
		if (ascii_begins(line, len, final[i])) {
			quit(m);
			return;
		}
	}
	ask(m, INFO, "INFO server\r\n");
}

static void informed(struct machine *m, const char *line, size_t len)
{
	struct redis *r = m->state;

	if (is_error(line, len))
		note_error(m, line, len);
	else if (len > 0 && *line == '$' &&
		 parse_uint_n(line + 1, len - 1, 0, UINT64_MAX, &r->left) == 0) {
		r->phase = r->left > 0 ? BULK : BULK_END;
		return;
	}
	quit(m);
}

static void take(struct machine *m, size_t index, const char *line, size_t len, const char *key)
{
	size_t key_len = strlen(key);

	if (ascii_begins(line, len, key) && len > key_len)
		facts_text(&m->facts, index, line + key_len, len - key_len);
}

static void info_line(struct machine *m, const char *line, size_t len)
{
	struct redis *r = m->state;

	if (!r->version)
		take(m, REDIS_VERSION, line, len, "valkey_version:");
	r->version = r->version || ascii_begins(line, len, "redis_version:");
	take(m, REDIS_VERSION, line, len, "redis_version:");
	take(m, REDIS_MODE, line, len, "redis_mode:");
	take(m, REDIS_OS, line, len, "os:");
	if (ascii_same(line, len, "server_name:valkey"))
		m->detail = "Valkey";
}

/* One line of the bulk string, the last of which may lack its end. */
static size_t bulk(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct redis *r = m->state;
	size_t room = len < r->left ? len : (size_t)r->left, line_len, used;
	const char *line;

	used = machine_line(m, bytes, room, &line, &line_len);
	if (used == 0 && m->want == MACHINE_MORE && room == r->left) {
		line = (const char *)bytes;
		line_len = used = room;
	}
	if (line)
		info_line(m, line, line_len);
	r->left -= used;
	r->seen += used;
	if (r->left == 0) {
		m->skipping = false;
		r->phase = BULK_END;
	} else if (r->seen >= BULK_MAX) {
		m->complete = true;
		m->want = MACHINE_DONE;
	}
	return used;
}

/* Behind the bulk string: whoever got it needs no password. */
static void bulk_end(struct machine *m)
{
	if (facts_get(&m->facts, REDIS_VERSION))
		facts_flag(&m->facts, REDIS_AUTH_REQUIRED, false);
	quit(m);
}

static void answer(struct machine *m, const char *line, size_t len)
{
	struct redis *r = m->state;

	switch (r->phase) {
	case PING:
		pinged(m, line, len);
		break;
	case INFO:
		informed(m, line, len);
		break;
	case BULK: /* bulk() has its lines */
		break;
	case BULK_END:
		bulk_end(m);
		break;
	case QUIT:
		m->want = MACHINE_DONE;
		break;
	}
}

static bool is_foreign(const struct redis *r, uint8_t first)
{
	return r->phase == PING && first != '+' && first != '-';
}

static size_t simple(struct machine *m, const uint8_t *bytes, size_t len)
{
	size_t line_len, used;
	const char *line;

	if (is_foreign(m->state, *bytes)) {
		m->want = MACHINE_MISMATCH;
		return 0;
	}
	used = machine_line(m, bytes, len, &line, &line_len);
	if (line)
		answer(m, line, line_len);
	return used;
}

/* Who answered PING is known, at the least. */
static void make_do(struct machine *m)
{
	struct redis *r = m->state;

	m->complete = m->complete || r->phase != PING;
}

static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct redis *r = m->state;
	size_t used = r->phase == BULK ? bulk(m, bytes, len) : simple(m, bytes, len);

	if (m->over_limit)
		make_do(m);
	return used;
}

/* A server in protected mode says why, and is gone. */
static void ended(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct redis *r = m->state;

	make_do(m);
	if (r->phase == PING && is_error((const char *)bytes, len))
		note_error(m, (const char *)bytes, len);
}

static void add_fact(const struct facts *f, size_t index, const char *before, struct strbuf *out)
{
	const struct fact *fact = facts_get(f, index);

	if (!fact)
		return;
	strbuf_puts(out, before);
	text_escape(out, fact->text.text, fact->text.len);
}

/* Errors may be whole paragraphs: the first sentence. */
static void add_error(const struct fact *error, struct strbuf *out)
{
	const char *text = error->text.text, *stop = memmem(text, error->text.len, ". ", 2);

	text_escape(out, text, stop ? (size_t)(stop - text) + 1 : error->text.len);
}

static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *error = facts_get(f, REDIS_ERROR);

	if (error && !facts_get(f, REDIS_VERSION)) {
		add_error(error, out);
		return;
	}
	strbuf_puts(out, "Redis");
	add_fact(f, REDIS_VERSION, " ", out);
	add_fact(f, REDIS_MODE, " ", out);
}

const struct protocol protocol_redis = {
	.id = PROTOCOL_REDIS,
	.name = "redis",
	.state_size = sizeof(struct redis),
	.facts = facts,
	.fact_count = ARRAY_SIZE(facts),
	.start = start,
	.step = step,
	.ended = ended,
	.headline = headline,
};
