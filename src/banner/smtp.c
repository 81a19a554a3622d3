/* SPDX-License-Identifier: MIT */
/* SMTP: RFC 5321, STARTTLS: RFC 3207. */
#include "ascii.h"
#include "machines.h"
#include "reply.h"

#include "netprobe/base/mem.h"

enum { CODE, HOSTNAME, GREETING, EXTENSIONS, OFFERED };

static const struct fact_def defs[] = {
	[CODE] = {"code", FACT_NUMBER},
	[HOSTNAME] = {"hostname", FACT_TEXT},
	[GREETING] = {"greeting", FACT_TEXT},
	[EXTENSIONS] = {"extensions", FACT_LIST},
	[OFFERED] = {"starttls", FACT_FLAG},
};

enum { EHLO = 1, HELO, STARTTLS, QUIT };

static const char *const unanswered[] = {
	[REPLY_GREETING] = "no whole greeting",
	[EHLO] = "no whole answer to EHLO",
	[HELO] = "no whole answer to HELO",
	[STARTTLS] = "no whole answer to STARTTLS",
};

struct state {
	struct reply reply;
	bool starttls; /* in an answer to EHLO */
};

/* An address literal (RFC 5321, 4.1.3), which has no zone. */
static void hello(struct machine *m, unsigned question, const char *verb)
{
	const struct addr *self = &m->setup->self;
	struct addr plain = *self;
	char text[ADDR_TEXT_MAX];

	plain.scope = 0;
	reply_ask(m, question, "%s [%s%s]", verb, self->family == 6 ? "IPv6:" : "",
		self->family ? addr_text(&plain, text) : "127.0.0.1");
}

static void quit(struct machine *m)
{
	m->complete = true;
	reply_ask(m, QUIT, "QUIT");
}

static void take_greeting(struct machine *m, const struct reply_line *line, bool first)
{
	const char *at = line->text, *word;
	size_t left = line->len, len;

	if (first)
		facts_number(&m->facts, CODE, line->code);
	if (first && line->code == 220 && (word = reply_word(&at, &left, "", &len)))
		facts_text(&m->facts, HOSTNAME, word, len);
	reply_add_line(m, GREETING, first, line->text, line->len);
}

/* The first line names the server again. What was offered without TLS counts no more once an
 * answer comes with it. */
static void take_extension(struct machine *m, const struct reply_line *line, bool first)
{
	struct state *s = m->state;
	const char *text = line->text, *at, *word;
	size_t text_len = line->len, left, len;

	if (first) {
		facts_clear(&m->facts, EXTENSIONS);
		return;
	}
	ascii_trim(&text, &text_len);
	at = text;
	left = text_len;
	word = reply_word(&at, &left, "", &len);
	if (!word)
		return;
	facts_item(&m->facts, EXTENSIONS, text, text_len);
	s->starttls |= ascii_same(word, len, "starttls");
}

static void take(struct machine *m, const char *bytes, size_t len)
{
	struct state *s = m->state;
	bool first = s->reply.lines == 0;
	struct reply_line line;

	if (!reply_take_code(&s->reply, false, bytes, len, &line))
		reply_strange(m);
	else if (s->reply.question == REPLY_GREETING)
		take_greeting(m, &line, first);
	else if (s->reply.question == EHLO && line.code == 250)
		take_extension(m, &line, first);
}

/* The other codes are FTP's, for a command that it does not know or that needs a login first. */
static bool is_smtp(unsigned code)
{
	return code == 250 || code / 100 == 4 ||
	       (code / 100 == 5 && code != 500 && code != 502 && code != 503 && code != 530);
}

/* 554 and its like wait for a QUIT (RFC 5321, 3.1), 421 does not. */
static void greeted(struct machine *m, unsigned code)
{
	if (code == 220)
		hello(m, EHLO, "EHLO");
	else if (code / 100 == 4)
		reply_done(m);
	else if (code / 100 == 5 && is_smtp(code))
		quit(m);
	else
		m->want = MACHINE_MISMATCH;
}

static void understood(struct machine *m)
{
	struct state *s = m->state;

	s->reply.known = true;
	reply_offers(m, OFFERED, s->starttls);
	if (s->starttls && m->setup->upgrade && !m->secure)
		reply_ask(m, STARTTLS, "STARTTLS");
	else
		quit(m);
}

static void answered_ehlo(struct machine *m, unsigned code)
{
	struct state *s = m->state;

	s->reply.known |= is_smtp(code);
	if (code == 250) {
		understood(m);
	} else if (code / 100 == 5) {
		hello(m, HELO, "HELO");
	} else if (!s->reply.known) {
		m->want = MACHINE_MISMATCH;
	} else {
		m->detail = "EHLO refused";
		quit(m);
	}
}

static void answered_helo(struct machine *m, unsigned code)
{
	struct state *s = m->state;

	s->reply.known |= is_smtp(code);
	if (code == 250) {
		understood(m);
	} else if (!s->reply.known) {
		m->want = MACHINE_MISMATCH;
	} else {
		m->detail = "EHLO and HELO refused";
		quit(m);
	}
}

static void answered_starttls(struct machine *m, unsigned code)
{
	if (code == 220) {
		reply_upgrade(m);
		return;
	}
	m->detail = "STARTTLS refused";
	quit(m);
}

static void answered(struct machine *m, unsigned question, unsigned code)
{
	if (question == EHLO)
		answered_ehlo(m, code);
	else if (question == HELO)
		answered_helo(m, code);
	else if (question == STARTTLS)
		answered_starttls(m, code);
	else
		reply_done(m);
}

static void act(struct machine *m)
{
	struct reply *r = m->state;

	if (r->question == REPLY_GREETING)
		greeted(m, r->code);
	else if (r->code == 421)
		reply_closing(m);
	else if (r->question != EHLO || r->code != 220)
		answered(m, r->question, r->code);
	/* else it greets again, and the answer is still to come */
}

static void start(struct machine *m)
{
	static const struct reply_way way = {reply_begins_with_code, take, act, unanswered};
	struct reply *r = m->state;

	r->way = &way;
}

static void secured(struct machine *m)
{
	reply_secured(m);
	hello(m, EHLO, "EHLO");
}

static void headline(const struct facts *f, struct strbuf *out)
{
	reply_headline(f, GREETING, out);
}

const struct protocol protocol_smtp = {
	.id = PROTOCOL_SMTP,
	.name = "smtp",
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
