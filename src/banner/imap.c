/* SPDX-License-Identifier: MIT */
/* IMAP: RFC 9051, RFC 3501. */
#include "ascii.h"
#include "machines.h"
#include "reply.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"
#include "netprobe/base/text.h"

#include <string.h>

enum { STATUS, GREETING, CAPABILITIES, OFFERED };

static const struct fact_def defs[] = {
	[STATUS] = {"status", FACT_TEXT},
	[GREETING] = {"greeting", FACT_TEXT},
	[CAPABILITIES] = {"capabilities", FACT_LIST},
	[OFFERED] = {"starttls", FACT_FLAG},
};

enum { CAPABILITY = 1, STARTTLS, LOGOUT };

static const char *const unanswered[] = {
	[REPLY_GREETING] = "no whole greeting",
	[CAPABILITY] = "no whole answer to CAPABILITY",
	[STARTTLS] = "no whole answer to STARTTLS",
};

struct state {
	struct reply reply;
	unsigned tag;     /* of the last question */
	uint64_t literal; /* bytes of one that are still to come */
	bool tail;        /* the line goes on behind a literal */
	bool ok;          /* the tagged reply says so */
	bool bye;
	bool preauth;  /* it knows us already: too late for STARTTLS (RFC 9051, 6.2.1) */
	bool listed;   /* capabilities were told of */
	bool starttls; /* among them */
};

static void ask(struct machine *m, unsigned question, const char *command)
{
	struct state *s = m->state;

	reply_ask(m, question, "a%u %s", ++s->tag, command);
}

static void logout(struct machine *m)
{
	m->complete = true;
	ask(m, LOGOUT, "LOGOUT");
}

static void take_capabilities(struct machine *m, const char *at, size_t left)
{
	struct state *s = m->state;
	const char *word;
	size_t len;

	facts_clear(&m->facts, CAPABILITIES);
	s->listed = true;
	s->starttls = false;
	while ((word = reply_word(&at, &left, "", &len))) {
		facts_item(&m->facts, CAPABILITIES, word, len);
		s->starttls |= ascii_same(word, len, "starttls");
	}
	reply_offers(m, OFFERED, s->starttls);
}

/* "[CAPABILITY ...]" at the beginning of a text: what stands between, or NULL. *behind: the text
 * without it. */
static const char *in_brackets(const char *text, size_t text_len, size_t *len, const char **behind)
{
	static const char code[] = "[capability ";
	size_t code_len = sizeof code - 1;
	const char *end;

	if (!ascii_begins(text, text_len, code))
		return NULL;
	end = memchr(text, ']', text_len);
	if (!end)
		return NULL;
	*len = (size_t)(end - text) - code_len;
	*behind = end + 1;
	return text + code_len;
}

static void take_text(struct machine *m, const char *text, size_t text_len)
{
	const char *list, *behind;
	size_t len;

	ascii_trim(&text, &text_len);
	list = in_brackets(text, text_len, &len, &behind);
	if (list)
		take_capabilities(m, list, len);
}

static bool begins(const char *line, size_t len)
{
	return len >= 2 && line[0] == '*' && line[1] == ' ';
}

static void take_greeting(struct machine *m, const char *at, size_t left)
{
	static const char *const words[] = {"ok", "preauth", "bye"};
	static const char *const statuses[] = {"OK", "PREAUTH", "BYE"};
	struct state *s = m->state;
	size_t len, i = 0;
	const char *word = reply_word(&at, &left, "", &len);

	while (word && i < ARRAY_SIZE(statuses) && !ascii_same(word, len, words[i]))
		i++;
	if (!word || i == ARRAY_SIZE(statuses)) {
		reply_strange(m);
		return;
	}
	facts_puts(&m->facts, STATUS, statuses[i]);
	s->preauth = i == 1;
	s->bye = i == 2;
	s->reply.whole = true;
	ascii_trim(&at, &left);
	facts_text(&m->facts, GREETING, at, left);
	take_text(m, at, left);
}

/* "{42}" or "{42+}" at a line's end: so many bytes that are no lines, then the rest of this one. */
static void expect_literal(struct machine *m, const char *line, size_t len)
{
	struct state *s = m->state;
	const char *open;
	size_t digits;

	if (m->line_cut || len < 3 || line[len - 1] != '}')
		return;
	open = memrchr(line, '{', len);
	if (!open)
		return;
	digits = (size_t)(line + len - open) - 2;
	if (digits > 0 && open[digits] == '+')
		digits--;
	s->tail = parse_uint_n(open + 1, digits, 0, UINT32_MAX, &s->literal) == 0;
}

static void take_untagged(struct machine *m, const char *at, size_t left)
{
	struct state *s = m->state;
	size_t len;
	const char *word = reply_word(&at, &left, "", &len);
	bool wanted = s->reply.question == CAPABILITY;

	s->reply.lines++;
	if (!word)
		return;
	if (ascii_same(word, len, "bye")) {
		s->bye = s->reply.whole = s->reply.question != LOGOUT;
	} else if (ascii_same(word, len, "ok") || ascii_same(word, len, "no") ||
		   ascii_same(word, len, "bad")) {
		if (wanted)
			take_text(m, at, left);
	} else if (ascii_same(word, len, "capability")) {
		if (wanted)
			take_capabilities(m, at, left);
	} else {
		expect_literal(m, at, left);
	}
}

/* "a1 OK text", "a1 NO text", "a1 BAD text" */
static bool take_tagged(struct machine *m, const char *at, size_t left)
{
	struct state *s = m->state;
	size_t len;
	const char *word = reply_word(&at, &left, "", &len);
	uint64_t tag;

	if (!word || word[0] != 'a' || parse_uint_n(word + 1, len - 1, 0, UINT32_MAX, &tag) != 0 ||
		tag != s->tag)
		return false;
	word = reply_word(&at, &left, "", &len);
	s->ok = word && ascii_same(word, len, "ok");
	if (!s->ok && !(word && (ascii_same(word, len, "no") || ascii_same(word, len, "bad"))))
		return false;
	if (s->ok && s->reply.question == CAPABILITY && !s->listed)
		take_text(m, at, left);
	s->reply.whole = true;
	return true;
}

static void take(struct machine *m, const char *line, size_t len)
{
	struct state *s = m->state;

	if (s->tail) {
		s->tail = false;
		expect_literal(m, line, len);
	} else if (begins(line, len)) {
		if (s->reply.question == REPLY_GREETING)
			take_greeting(m, line + 2, len - 2);
		else
			take_untagged(m, line + 2, len - 2);
	} else if (s->reply.question == REPLY_GREETING ||
		   (!(len > 0 && line[0] == '+') && !take_tagged(m, line, len))) {
		reply_strange(m);
	}
}

static void listed(struct machine *m)
{
	struct state *s = m->state;

	s->reply.known = true;
	if (s->starttls && m->setup->upgrade && !m->secure && !s->preauth)
		ask(m, STARTTLS, "STARTTLS");
	else
		logout(m);
}

static void greeted(struct machine *m)
{
	struct state *s = m->state;

	if (s->bye)
		reply_done(m);
	else if (s->listed)
		listed(m);
	else
		ask(m, CAPABILITY, "CAPABILITY");
}

static void answered_starttls(struct machine *m, bool ok)
{
	if (ok) {
		reply_upgrade(m);
		return;
	}
	m->detail = "STARTTLS refused";
	logout(m);
}

static void act(struct machine *m)
{
	struct state *s = m->state;
	unsigned question = s->reply.question;

	if (question == REPLY_GREETING)
		greeted(m);
	else if (s->bye)
		reply_closing(m);
	else if (question == CAPABILITY)
		listed(m);
	else if (question == STARTTLS)
		answered_starttls(m, s->ok);
	else
		reply_done(m);
}

static void start(struct machine *m)
{
	static const struct reply_way way = {begins, take, act, unanswered};
	struct reply *r = m->state;

	r->way = &way;
}

static size_t step(struct machine *m, const uint8_t *bytes, size_t len)
{
	struct state *s = m->state;
	size_t used = len;

	if (s->literal == 0)
		return reply_step(m, bytes, len);
	if (used > s->literal)
		used = (size_t)s->literal;
	s->literal -= used;
	return used;
}

static void secured(struct machine *m)
{
	struct state *s = m->state;

	reply_secured(m);
	s->listed = false;
	ask(m, CAPABILITY, "CAPABILITY");
}

/* Without the capabilities, which stand in a list of their own. */
static void headline(const struct facts *f, struct strbuf *out)
{
	const struct fact *fact = facts_get(f, GREETING);
	const char *text, *behind;
	size_t len, list_len;

	if (!fact || fact->text.len == 0)
		return;
	text = behind = fact->text.text;
	in_brackets(text, fact->text.len, &list_len, &behind);
	len = fact->text.len - (size_t)(behind - text);
	ascii_trim(&behind, &len);
	text_escape(out, behind, len);
}

const struct protocol protocol_imap = {
	.id = PROTOCOL_IMAP,
	.name = "imap",
	.server_first = true,
	.state_size = sizeof(struct state),
	.facts = defs,
	.fact_count = ARRAY_SIZE(defs),
	.start = start,
	.step = step,
	.secured = secured,
	.ended = reply_ended,
	.headline = headline,
};
