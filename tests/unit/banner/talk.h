/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BANNER_TALK_H
#define TESTS_BANNER_TALK_H

#include "netprobe/banner/machine.h"
#include "netprobe/base/rng.h"
#include "netprobe/base/text.h"

#include <inttypes.h>
#include <string.h>

/*
 * A whole conversation with a machine, as text: what it said, what it wanted, what it found. The
 * same replies have to give the same text however they are cut. TLS and further connections are
 * played as if they were there: what is left of the replies goes on inside them. All that it says
 * on one connection (or in one TLS) is one line, for what comes between depends on the cuts.
 *
 *	> EHLO [192.0.2.1]\r\n
 *	want done, complete
 *	code=220
 *	extensions=[PIPELINING|STARTTLS]
 */
struct talk {
	const struct protocol *protocol;
	struct machine_setup setup;
	struct machine *m;
	struct strbuf out;
	bool speaking; /* what was told last are its words */
	bool over;
};

static inline void talk_said(struct talk *t)
{
	if (t->m->say.len == 0)
		return;
	if (t->speaking)
		t->out.len--; /* the end of the line */
	else
		strbuf_puts(&t->out, "> ");
	t->speaking = true;
	text_escape(&t->out, t->m->say.text, t->m->say.len);
	strbuf_putc(&t->out, '\n');
	strbuf_reset(&t->m->say);
}

static inline void talk_fact(struct talk *t, size_t index)
{
	const struct fact *fact = facts_get(&t->m->facts, index);
	const struct fact_def *def = &t->protocol->facts[index];

	if (!fact)
		return;
	strbuf_printf(&t->out, "%s=", def->name);
	if (def->kind == FACT_NUMBER)
		strbuf_printf(&t->out, "%" PRIu64, fact->number);
	else if (def->kind == FACT_FLAG)
		strbuf_puts(&t->out, fact->number ? "yes" : "no");
	else if (def->kind == FACT_TEXT)
		text_escape(&t->out, fact->text.text ? fact->text.text : "", fact->text.len);
	else
		strbuf_putc(&t->out, '[');
	for (size_t i = 0; def->kind == FACT_LIST && i < fact->count; i++) {
		size_t len;
		const char *item = fact_item(fact, i, &len);

		if (i)
			strbuf_putc(&t->out, '|');
		text_escape(&t->out, item, len);
	}
	strbuf_puts(&t->out, def->kind == FACT_LIST ? "]\n" : "\n");
}

static inline void talk_end(struct talk *t)
{
	static const char *const wants[] = {
		[MACHINE_MORE] = "more",
		[MACHINE_UPGRADE] = "upgrade",
		[MACHINE_AGAIN] = "again",
		[MACHINE_DONE] = "done",
		[MACHINE_MISMATCH] = "mismatch",
	};

	strbuf_printf(&t->out, "want %s%s%s\n", wants[t->m->want],
		t->m->complete ? ", complete" : "", t->m->over_limit ? ", over limit" : "");
	if (t->m->detail)
		strbuf_printf(&t->out, "detail: %s\n", t->m->detail);
	for (size_t i = 0; i < t->protocol->fact_count; i++)
		talk_fact(t, i);
	t->over = true;
}

static inline void talk_begin(struct talk *t)
{
	t->m = machine_new(t->protocol, &t->setup);
	machine_start(t->m);
	talk_said(t);
}

static inline void talk_feed(struct talk *t, const uint8_t *bytes, size_t len)
{
	enum machine_want want = machine_feed(t->m, bytes, len);
	unsigned turns = 0;

	while (!t->over) {
		struct strbuf rest = {0};

		talk_said(t);
		if (want == MACHINE_MORE)
			return;
		if (want == MACHINE_DONE || want == MACHINE_MISMATCH || turns++ == 8) {
			talk_end(t);
			return;
		}
		strbuf_add(&rest, t->m->held.text ? t->m->held.text : "", t->m->held.len);
		strbuf_reset(&t->m->held);
		t->speaking = false;
		if (want == MACHINE_UPGRADE) {
			strbuf_puts(&t->out, "upgrade\n");
			machine_secured(t->m);
		} else {
			strbuf_puts(&t->out, "again\n");
			t->setup.round++;
			machine_free(t->m);
			talk_begin(t);
		}
		talk_said(t);
		want = machine_feed(t->m, rest.text, rest.len);
		strbuf_release(&rest);
	}
}

/* Ends with the peer's closing. `cut` 0: whole; 1: byte by byte; else a seed for random pieces. The
 * caller releases the text. */
static inline char *talk_run(const struct protocol *protocol, const struct machine_setup *setup,
	const void *replies, size_t len, uint64_t cut)
{
	struct talk t = {.protocol = protocol, .setup = *setup};
	const uint8_t *bytes = replies;
	size_t at = 0;

	strbuf_init(&t.out);
	talk_begin(&t);
	while (at < len && !t.over) {
		size_t piece = cut == 0 ? len
			       : cut == 1
				       ? 1
				       : 1 + (size_t)(rng_mix(cut + at) % (1 + rng_mix(at) % 64));

		if (piece > len - at)
			piece = len - at;
		talk_feed(&t, bytes + at, piece);
		at += piece;
	}
	if (!t.over) {
		machine_ended(t.m);
		talk_said(&t);
		talk_end(&t);
	}
	machine_free(t.m);
	return t.out.text;
}

#endif
