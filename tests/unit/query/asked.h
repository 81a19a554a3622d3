/* SPDX-License-Identifier: MIT */
#ifndef TESTS_QUERY_ASKED_H
#define TESTS_QUERY_ASKED_H

#include "../unit.h"

#include "netprobe/base/text.h"
#include "netprobe/query/query.h"

#include <ctype.h>
#include <string.h>

/* Bytes that are written as text, without the NUL behind it. */
#define LEN(text) (sizeof(text) - 1)

/* What the answers of the tests were given to. */
static const struct query_token asked_token = {{0x0123456789abcdef, 0xfedcba9876543210}};
static const struct query_token other_token = {{0x0123456789abcdee, 0xfedcba9876543210}};

static inline void told_fact(const struct fact_def *def, const struct fact *fact, struct strbuf *to)
{
	strbuf_printf(to, "%s=", def->name);
	if (def->kind == FACT_NUMBER)
		strbuf_uint(to, fact->number);
	else if (def->kind == FACT_FLAG)
		strbuf_puts(to, fact->number ? "yes" : "no");
	else if (def->kind == FACT_TEXT)
		text_escape(to, fact->text.text, fact->text.len);
	for (size_t i = 0; def->kind == FACT_LIST && i < fact->count; i++) {
		size_t len;
		const char *item = fact_item(fact, i, &len);

		strbuf_puts(to, i ? "|" : "");
		text_escape(to, item, len);
	}
	strbuf_putc(to, '\n');
}

/* A headline stands behind the protocol's name, and does not say it once more: "NAT-PMP" is natpmp.
 */
static inline bool names_protocol(const struct query *q, const struct strbuf *head)
{
	const char *name = q->protocol;
	size_t i = 0;

	for (; i < head->len && *name; i++)
		if (isalnum((unsigned char)head->text[i]) &&
			tolower((unsigned char)head->text[i]) != *name++)
			return false;
	return *name == '\0' && (i == head->len || !isalnum((unsigned char)head->text[i]));
}

/* The facts, a line each, and ": " with the headline; or "no answer". Bytes are copied so that a
 * sanitizer sees a read beyond them. */
static inline void told(const struct query *q, const struct query_token *token, const void *bytes,
	size_t len, struct strbuf *to)
{
	struct strbuf head = {0};
	uint8_t *copy = malloc(len ? len : 1);
	struct facts f;

	memcpy(copy, bytes, len);
	facts_init(&f, q->defs, q->def_count);
	if (q->read(token, copy, len, &f)) {
		for (size_t i = 0; i < q->def_count; i++)
			if (facts_get(&f, i))
				told_fact(&q->defs[i], facts_get(&f, i), to);
		q->headline(&f, &head);
		ck_assert_msg(!names_protocol(q, &head), "%s", head.text);
		strbuf_puts(to, ": ");
		text_escape(to, head.text ? head.text : "", head.len);
	} else {
		strbuf_puts(to, "no answer");
	}
	facts_release(&f);
	strbuf_release(&head);
	free(copy);
}

static inline void expect_told(const struct query *q, const struct query_token *token,
	const void *bytes, size_t len, const char *expected)
{
	struct strbuf to = {0};

	told(q, token, bytes, len, &to);
	ck_assert_str_eq(to.text, expected);
	strbuf_release(&to);
}

static inline void expect_answer(
	const struct query *q, const void *bytes, size_t len, const char *expected)
{
	expect_told(q, &asked_token, bytes, len, expected);
}

static inline void expect_refused(const struct query *q, const void *bytes, size_t len)
{
	expect_answer(q, bytes, len, "no answer");
}

/* Cut anywhere from its `whole` first bytes on it is the answer, before them it is none. */
static inline void expect_cuts(const struct query *q, const void *bytes, size_t len, size_t whole)
{
	for (size_t cut = 0; cut <= len; cut++) {
		struct strbuf to = {0};

		told(q, &asked_token, bytes, cut, &to);
		ck_assert_msg((strcmp(to.text, "no answer") != 0) == (cut >= whole),
			"%zu bytes: %s", cut, to.text);
		strbuf_release(&to);
	}
}

/* Every byte of these that changes makes it nobody's answer. */
static inline void expect_matters(
	const struct query *q, const void *bytes, size_t len, size_t from, size_t to)
{
	for (size_t at = from; at < to; at++) {
		uint8_t *other = malloc(len);

		memcpy(other, bytes, len);
		other[at] ^= 0x5a;
		expect_refused(q, other, len);
		free(other);
	}
}

static inline void foreign_noise(const struct query *q)
{
	uint8_t noise[512];
	uint64_t state = 1;

	for (unsigned round = 0; round < 200; round++) {
		for (size_t i = 0; i < sizeof noise; i++) {
			state = state * 6364136223846793005U + 1442695040888963407U;
			noise[i] = (uint8_t)(state >> 56);
		}
		expect_refused(q, noise, round < 100 ? round : sizeof noise);
	}
}

/* What others say is no answer; nor is the question, which an echo service would send back. */
static inline void expect_foreign_refused(const struct query *q)
{
	static const char *const others[] = {"", "\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n",
		"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n", "ERROR\r\n",
		"OK\r\n", "VERSION 1\r\n", "\xff\xff\xff\xffprint\nno\n",
		"<?xml version=\"1.0\"?><a/>"};
	static const uint8_t blank[1500];
	uint8_t question[QUERY_MAX];
	size_t len = q->make(&asked_token, question);

	expect_refused(q, question, len);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		expect_refused(q, others[i], strlen(others[i]));
	for (size_t i = 0; i < sizeof blank; i++)
		expect_refused(q, blank, i);
	foreign_noise(q);
}

/* The same token gives the same bytes; where the protocol has room for it, another one gives
 * others. */
static inline void expect_question(
	const struct query *q, const void *bytes, size_t len, bool tokens)
{
	uint8_t one[QUERY_MAX], two[QUERY_MAX], other[QUERY_MAX];

	memset(two, 0xff, sizeof two);
	ck_assert_uint_eq(q->make(&asked_token, one), len);
	ck_assert_uint_eq(q->make(&asked_token, two), len);
	ck_assert_uint_eq(q->make(&other_token, other), len);
	ck_assert_uint_le(len, QUERY_MAX);
	ck_assert_mem_eq(one, two, len);
	ck_assert_mem_eq(one, bytes, len);
	ck_assert_int_eq(memcmp(one, other, len) != 0, tokens);
}

#endif
