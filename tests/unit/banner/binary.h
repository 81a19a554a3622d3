/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BANNER_BINARY_H
#define TESTS_BANNER_BINARY_H

#include "talk_check.h"

/* What binary protocols are written with, in network order; at most 8 bytes. */
static inline void put(struct strbuf *out, uint64_t value, unsigned bytes)
{
	while (bytes-- > 0)
		strbuf_putc(out, (char)(value >> 8 * bytes & 0xff));
}

static inline void put_string(struct strbuf *out, const char *text)
{
	strbuf_add(out, text, strlen(text) + 1);
}

static inline void talk_expect_text(const struct protocol *protocol,
	const struct machine_setup *setup, const struct strbuf *replies, const char *expected)
{
	talk_expect_bytes(
		protocol, setup, replies->text ? replies->text : "", replies->len, expected);
}

/* What a row of a table says after these replies and the peer's closing. */
static inline void headline_expect(const struct protocol *protocol,
	const struct machine_setup *setup, const void *replies, size_t len, const char *expected)
{
	struct machine *m = machine_new(protocol, setup);
	struct strbuf text;

	strbuf_init(&text);
	machine_start(m);
	machine_feed(m, replies, len);
	machine_ended(m);
	protocol->headline(&m->facts, &text);
	ck_assert_str_eq(text.text, expected);
	strbuf_release(&text);
	machine_free(m);
}

#endif
