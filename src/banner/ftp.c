/* SPDX-License-Identifier: MIT */
/* FTP: RFC 959, FEAT: RFC 2389, AUTH TLS: RFC 4217. */
#include "ascii.h"
#include "machines.h"
#include "reply.h"

#include "netprobe/base/mem.h"

enum { CODE, GREETING, FEATURES, OFFERED };

static const struct fact_def defs[] = {
	[CODE] = {"code", FACT_NUMBER},
	[GREETING] = {"greeting", FACT_TEXT},
	[FEATURES] = {"features", FACT_LIST},
	[OFFERED] = {"starttls", FACT_FLAG},
};

enum { FEAT = 1, AUTH, QUIT };

static const char *const unanswered[] = {
	[REPLY_GREETING] = "no whole greeting",
	[FEAT] = "no whole answer to FEAT",
	[AUTH] = "no whole answer to AUTH TLS",
};

struct state {
	struct reply reply;
	bool starttls; /* in the answer to FEAT */
};

static void quit(struct machine *m)
{
	m->complete = true;
	reply_ask(m, QUIT, "QUIT");
}

/* "AUTH TLS", and what is seen besides: "AUTH SSL", "AUTH TLS;SSL;", "AUTH TLS-C;TLS-P;". */
static bool is_auth_tls(const char *at, size_t left)
{
	size_t len;
	const char *word = reply_word(&at, &left, "", &len);

	if (!word || !ascii_same(word, len, "auth"))
		return false;
	while ((word = reply_word(&at, &left, ";,", &len)))
		if (ascii_same(word, len, "tls") || ascii_same(word, len, "tls-c") ||
			ascii_same(word, len, "ssl"))
			return true;
	return false;
}

static void take_greeting(struct machine *m, const struct reply_line *line, bool first)
{
	if (first)
		facts_number(&m->facts, CODE, line->code);
	reply_add_line(m, GREETING, first, line->text, line->len);
}

/* The first line and the last one are for people. */
static void take_feature(struct machine *m, const struct reply_line *line, bool first)
{
	struct state *s = m->state;
	const char *text = line->text;
	size_t len = line->len;

	ascii_trim(&text, &len);
	if (first || !line->more || len == 0)
		return;
	facts_item(&m->facts, FEATURES, text, len);
	s->starttls |= is_auth_tls(text, len);
}

static void take(struct machine *m, const char *bytes, size_t len)
{
	struct state *s = m->state;
	bool first = s->reply.lines == 0;
	struct reply_line line;

	if (!reply_take_code(&s->reply, true, bytes, len, &line))
		reply_strange(m);
	else if (s->reply.question == REPLY_GREETING)
		take_greeting(m, &line, first);
	else if (s->reply.question == FEAT && line.code == 211)
		take_feature(m, &line, first);
}

static void greeted(struct machine *m, unsigned code)
{
	struct state *s = m->state;

	if (code == 220) {
		reply_ask(m, FEAT, "FEAT");
	} else if (code == 120) {
		s->reply.known = true; /* another greeting follows once it is ready */
	} else if (code / 100 == 4) {
		reply_done(m);
	} else if (code / 100 == 5 && code != 554 && code != 521) {
		quit(m);
	} else {
		m->want = MACHINE_MISMATCH; /* 554 and 521 are how SMTP declines */
	}
}

/* SMTP has replies of the same form, and does not know FEAT either. */
static bool greets_as_smtp(const struct machine *m)
{
	const struct fact *greeting = facts_get(&m->facts, GREETING);
	const char *text = greeting ? greeting->text.text : NULL;

	return text && ascii_has(text, greeting->text.len, "smtp") &&
	       !ascii_has(text, greeting->text.len, "ftp");
}

static void answered_feat(struct machine *m, unsigned code)
{
	struct state *s = m->state;

	if (code / 100 == 5 && greets_as_smtp(m)) {
		m->want = MACHINE_MISMATCH;
		return;
	}
	s->reply.known = true;
	if (code == 211)
		reply_offers(m, OFFERED, s->starttls);
	if (s->starttls && m->setup->upgrade && !m->secure)
		reply_ask(m, AUTH, "AUTH TLS");
	else
		quit(m);
}

static void answered_auth(struct machine *m, unsigned code)
{
	if (code == 234) {
		reply_upgrade(m);
		return;
	}
	m->detail = "AUTH TLS refused";
	quit(m);
}

static void act(struct machine *m)
{
	struct reply *r = m->state;

	if (r->question == REPLY_GREETING)
		greeted(m, r->code);
	else if (r->code == 421)
		reply_closing(m);
	else if (r->question == FEAT && r->code != 220)
		answered_feat(m, r->code);
	else if (r->question == AUTH)
		answered_auth(m, r->code);
	else if (r->question == QUIT)
		reply_done(m);
	/* else it greets again, and the answer is still to come */
}

static void start(struct machine *m)
{
	static const struct reply_way way = {reply_begins_with_code, take, act, unanswered};
	struct reply *r = m->state;

	r->way = &way;
}

static void headline(const struct facts *f, struct strbuf *out)
{
	reply_headline(f, GREETING, out);
}

const struct protocol protocol_ftp = {
	.id = PROTOCOL_FTP,
	.name = "ftp",
	.server_first = true,
	.state_size = sizeof(struct state),
	.facts = defs,
	.fact_count = ARRAY_SIZE(defs),
	.start = start,
	.step = reply_step,
	.secured = quit,
	.ended = reply_ended,
	.headline = headline,
};
