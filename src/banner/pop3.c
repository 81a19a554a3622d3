/* SPDX-License-Identifier: MIT */
/* POP3: RFC 1939, CAPA: RFC 2449, STLS: RFC 2595. */
#include "ascii.h"
#include "machines.h"
#include "reply.h"

#include "netprobe/base/mem.h"

#include <string.h>

enum { GREETING, CAPABILITIES, OFFERED };

static const struct fact_def defs[] = {
	[GREETING] = {"greeting", FACT_TEXT},
	[CAPABILITIES] = {"capabilities", FACT_LIST},
	[OFFERED] = {"starttls", FACT_FLAG},
};

enum { CAPA = 1, STLS, QUIT };

static const char *const unanswered[] = {
	[REPLY_GREETING] = "no whole greeting",
	[CAPA] = "no whole answer to CAPA",
	[STLS] = "no whole answer to STLS",
};

struct state {
	struct reply reply;
	bool ok;   /* "+OK" */
	bool stls; /* in an answer to CAPA */
};

static void quit(struct machine *m)
{
	m->complete = true;
	reply_ask(m, QUIT, "QUIT");
}

static bool begins(const char *line, size_t len)
{
	return (len >= 3 && memcmp(line, "+OK", 3) == 0) ||
	       (len >= 4 && memcmp(line, "-ERR", 4) == 0);
}

static void take_status(struct machine *m, const char *line, size_t len)
{
	struct state *s = m->state;
	const char *text;
	size_t text_len;

	if (!begins(line, len)) {
		reply_strange(m);
		return;
	}
	s->ok = line[0] == '+';
	text = line + (s->ok ? 3 : 4);
	text_len = len - (size_t)(text - line);
	ascii_trim(&text, &text_len);
	if (s->reply.question == REPLY_GREETING)
		facts_text(&m->facts, GREETING, text, text_len);
	s->reply.lines++;
	s->reply.whole = s->reply.question != CAPA || !s->ok;
	if (!s->reply.whole)
		facts_clear(&m->facts, CAPABILITIES);
}

/* Until a line of one dot; others that begin with a dot have one more (RFC 1939, 3). */
static void take_capability(struct machine *m, const char *line, size_t len)
{
	struct state *s = m->state;

	s->reply.lines++;
	if (len > 0 && line[0] == '.') {
		s->reply.whole = len == 1;
		line++;
		len--;
	}
	ascii_trim(&line, &len);
	if (len == 0)
		return;
	facts_item(&m->facts, CAPABILITIES, line, len);
	s->stls |= ascii_same(line, len, "stls");
}

static void take(struct machine *m, const char *line, size_t len)
{
	struct reply *r = m->state;

	if (r->lines == 0)
		take_status(m, line, len);
	else
		take_capability(m, line, len);
}

static void answered_capa(struct machine *m, bool ok)
{
	struct state *s = m->state;

	s->reply.known = true;
	if (ok)
		reply_offers(m, OFFERED, s->stls);
	if (s->stls && m->setup->upgrade && !m->secure)
		reply_ask(m, STLS, "STLS");
	else
		quit(m);
}

static void answered_stls(struct machine *m, bool ok)
{
	if (ok) {
		reply_upgrade(m);
		return;
	}
	m->detail = "STLS refused";
	quit(m);
}

static void act(struct machine *m)
{
	struct state *s = m->state;
	unsigned question = s->reply.question;

	if (question == REPLY_GREETING && s->ok)
		reply_ask(m, CAPA, "CAPA");
	else if (question == CAPA)
		answered_capa(m, s->ok);
	else if (question == STLS)
		answered_stls(m, s->ok);
	else
		reply_done(m);
}

static void start(struct machine *m)
{
	static const struct reply_way way = {begins, take, act, unanswered};
	struct reply *r = m->state;

	r->way = &way;
}

static void secured(struct machine *m)
{
	reply_secured(m);
	reply_ask(m, CAPA, "CAPA");
}

static void headline(const struct facts *f, struct strbuf *out)
{
	reply_headline(f, GREETING, out);
}

const struct protocol protocol_pop3 = {
	.id = PROTOCOL_POP3,
	.name = "pop3",
	.server_first = true,
	.state_size = sizeof(struct state),
	.facts = defs,
	.fact_count = ARRAY_SIZE(defs),
	.start = start,
	.step = reply_step,
	.secured = secured,
	.ended = reply_ended,
	.headline = headline,
};
