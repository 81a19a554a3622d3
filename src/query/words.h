/* SPDX-License-Identifier: MIT */
#ifndef QUERY_WORDS_H
#define QUERY_WORDS_H

#include "netprobe/base/facts.h"

/* For headlines: `before` and the first line of the text, cut where it is long. Nothing where the
 * fact is not set, or empty: then false. */
bool words_text(struct strbuf *out, const char *before, const struct fact *fact);
/* The items of a list, some of them, with commas between. */
bool words_list(struct strbuf *out, const char *before, const struct fact *fact);

void words_facts_puts(struct facts *f, size_t index, const char *text);
/* "00:53:00:12:34:56"; "80001f88": any number of bytes, `between` each two (NUL: nothing). */
void words_facts_hex(struct facts *f, size_t index, const uint8_t *bytes, size_t len, char between);
void words_facts_ipv4(struct facts *f, size_t index, const uint8_t bytes[static 4]);

#endif
