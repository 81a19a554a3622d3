/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BANNER_TALK_CHECK_H
#define TESTS_BANNER_TALK_CHECK_H

#include "talk.h"

#include <check.h>
#include <stdlib.h>

/* The replies, whole, byte by byte and cut at random, give `expected`. */
static inline void talk_expect_bytes(const struct protocol *protocol,
	const struct machine_setup *setup, const void *replies, size_t len, const char *expected)
{
	for (uint64_t cut = 0; cut < 32; cut++) {
		char *text = talk_run(protocol, setup, replies, len, cut);

		ck_assert_str_eq(text, expected);
		free(text);
	}
}

static inline void talk_expect(const struct protocol *protocol, const struct machine_setup *setup,
	const char *replies, const char *expected)
{
	talk_expect_bytes(protocol, setup, replies, strlen(replies), expected);
}

#endif
