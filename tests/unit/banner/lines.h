/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BANNER_LINES_H
#define TESTS_BANNER_LINES_H

#include "talk_check.h"

/* For machines that talk in lines. */

static const struct machine_setup plain = {.self = {.family = 4, .ip = {10, 0, 0, 2}}};
static const struct machine_setup upgrade = {
	.self = {.family = 4, .ip = {10, 0, 0, 2}}, .upgrade = true};
static const struct machine_setup secure = {
	.self = {.family = 4, .ip = {10, 0, 0, 2}}, .secure = true, .upgrade = true};
static const struct machine_setup five_lines = {
	.self = {.family = 4, .ip = {10, 0, 0, 2}}, .line_limit = 5};

static inline struct machine *told(
	enum protocol_id id, const struct machine_setup *setup, const char *replies)
{
	struct machine *m = machine_new(protocol_of(id), setup);

	machine_start(m);
	machine_feed(m, replies, strlen(replies));
	return m;
}

/* After exactly these replies: its words since the connection, "" for none. */
static inline void expect_said(enum protocol_id id, const struct machine_setup *setup,
	const char *replies, const char *words)
{
	struct machine *m = told(id, setup, replies);

	ck_assert_str_eq(m->say.text ? m->say.text : "", words);
	ck_assert_int_eq(m->want, MACHINE_MORE);
	machine_free(m);
}

/* It wants TLS, and has not looked at what came behind the reply that begins it. */
static inline void expect_held(enum protocol_id id, const char *replies, const char *held)
{
	struct machine *m = told(id, &upgrade, replies);

	ck_assert_int_eq(m->want, MACHINE_UPGRADE);
	ck_assert_str_eq(m->held.text ? m->held.text : "", held);
	machine_free(m);
}

static inline void expect_headline(enum protocol_id id, const char *replies, const char *expected)
{
	struct machine *m = told(id, &plain, replies);
	struct strbuf text = {0};

	m->protocol->headline(&m->facts, &text);
	ck_assert_str_eq(text.text ? text.text : "", expected);
	strbuf_release(&text);
	machine_free(m);
}

/* `head`, a million of `c`, `tail`. */
static inline char *long_line(const char *head, char c, const char *tail)
{
	struct strbuf out = {0};

	strbuf_puts(&out, head);
	strbuf_pad(&out, c, 1000000);
	strbuf_puts(&out, tail);
	return out.text;
}

/* Facts of such a line are as long as machine_line() gives it; only the ends matter here. */
static inline void expect_ends(enum protocol_id id, const struct machine_setup *setup,
	const char *replies, const char *head, const char *tail)
{
	for (uint64_t cut = 0; cut < 4; cut++) {
		char *text = talk_run(protocol_of(id), setup, replies, strlen(replies), cut);
		size_t len = strlen(text);

		ck_assert_uint_lt(len, 2 * MACHINE_LINE_MAX);
		ck_assert_uint_gt(len, strlen(tail));
		ck_assert_str_eq(text + len - strlen(tail), tail);
		text[strlen(head)] = '\0';
		ck_assert_str_eq(text, head);
		free(text);
	}
}

#endif
