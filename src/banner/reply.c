/* SPDX-License-Identifier: MIT */
#include "reply.h"

#include "ascii.h"

#include "netprobe/base/text.h"

#include <string.h>

static struct reply *reply_of(struct machine *m)
{
	return m->state;
}

size_t reply_step(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct reply *r = reply_of(m);
	const char *line;
	size_t line_len, used = machine_line(m, bytes, len, &line, &line_len);

	if (m->over_limit)
		reply_ended(m, bytes, 0);
	if (line)
		r->way->take(m, line, line_len);
	/* The rest of a line that is too long comes first: behind it, TLS may begin. */
	if (r->whole && !m->skipping && m->want == MACHINE_MORE) {
		r->whole = false;
		r->lines = 0;
		r->way->act(m);
	}
	return used;
}

void reply_ended(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct reply *r = reply_of(m);
	bool begun = r->lines > 0 || r->whole;

	if (m->complete)
		return;
	if (r->question != REPLY_GREETING || r->known) {
		m->complete = true;
		m->detail = r->way->unanswered[r->question];
	} else if (!begun && len >= 4 && !r->way->begins((const char *)bytes, len)) {
		m->want = MACHINE_MISMATCH;
	} else if (begun || len > 0) {
		m->detail = r->way->unanswered[REPLY_GREETING];
	}
}

void reply_ask(struct machine *m, unsigned question, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strbuf_vprintf(&m->say, format, args);
	va_end(args);
	strbuf_puts(&m->say, "\r\n");
	reply_of(m)->question = question;
}

void reply_done(struct machine *m)
{
	m->complete = true;
	m->want = MACHINE_DONE;
}

void reply_closing(struct machine *m)
{
	if (!m->complete)
		m->detail = "it closed the session";
	reply_done(m);
}

void reply_upgrade(struct machine *m)
{
	m->complete = true;
	m->want = MACHINE_UPGRADE;
}

void reply_secured(struct machine *m)
{
	m->complete = false;
}

void reply_strange(struct machine *m)
{
	if (!reply_of(m)->known) {
		m->want = MACHINE_MISMATCH;
		return;
	}
	if (!m->complete)
		m->detail = "what it answered is no reply";
	reply_done(m);
}

static bool parse(const char *line, size_t len, struct reply_line *out)
{
	if (len < 3 || !ascii_is_digit(line[0]) || !ascii_is_digit(line[1]) ||
		!ascii_is_digit(line[2]))
		return false;
	if (line[0] < '1' || line[0] > '5' || (len > 3 && line[3] != ' ' && line[3] != '-'))
		return false;
	out->code = (unsigned)(line[0] - '0') * 100 + (unsigned)(line[1] - '0') * 10 +
		    (unsigned)(line[2] - '0');
	out->more = len > 3 && line[3] == '-';
	out->text = line + (len > 3 ? 4 : 3);
	out->len = len - (size_t)(out->text - line);
	return true;
}

bool reply_take_code(
	struct reply *r, bool loose, const char *line, size_t len, struct reply_line *out)
{
	bool inside = r->lines > 0, parsed = parse(line, len, out);

	if (inside && loose && (!parsed || out->code != r->code))
		*out = (struct reply_line){.code = r->code, .more = true, .text = line, .len = len};
	else if (!parsed)
		return false;
	r->code = out->code;
	r->lines++;
	r->whole = !out->more;
	return true;
}

bool reply_begins_with_code(const char *line, size_t len)
{
	struct reply_line unused;

	return parse(line, len, &unused);
}

void reply_add_line(struct machine *m, size_t fact, bool first, const char *line, size_t len)
{
	if (first)
		facts_clear(&m->facts, fact);
	else
		facts_append(&m->facts, fact, "\n", 1);
	facts_append(&m->facts, fact, line, len);
}

void reply_offers(struct machine *m, size_t fact, bool offered)
{
	if (m->secure == m->setup->secure)
		facts_flag(&m->facts, fact, offered);
}

void reply_headline(const struct facts *f, size_t greeting, struct strbuf *out)
{
	const struct fact *fact = facts_get(f, greeting);
	const char *at = fact ? fact->text.text : NULL;
	size_t left = at ? fact->text.len : 0;

	while (left > 0) {
		const char *end = memchr(at, '\n', left), *line = at;
		size_t len = end ? (size_t)(end - at) : left;

		at += end ? len + 1 : len;
		left -= end ? len + 1 : len;
		ascii_trim(&line, &len);
		if (len > 0) {
			text_escape(out, line, len);
			return;
		}
	}
}

static bool ends_word(char c, const char *also)
{
	return ascii_is_blank(c) || (c != '\0' && strchr(also, c));
}

const char *reply_word(const char **at, size_t *left, const char *also, size_t *len)
{
	const char *word;

	while (*left > 0 && ends_word(**at, also)) {
		++*at;
		--*left;
	}
	word = *at;
	while (*left > 0 && !ends_word(**at, also)) {
		++*at;
		--*left;
	}
	*len = (size_t)(*at - word);
	return *len ? word : NULL;
}
