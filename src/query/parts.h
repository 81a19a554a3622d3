/* SPDX-License-Identifier: MIT */
#ifndef QUERY_PARTS_H
#define QUERY_PARTS_H

#include "netprobe/base/cursor.h"
#include "netprobe/query/query.h"

/* What the protocols' files are made of: questions written, tokens spread, texts read by lines. */

/* A question on its way into `out` of query.make(): what goes beyond QUERY_MAX is dropped. */
struct writer {
	uint8_t *bytes;
	size_t len;
};

void writer_add(struct writer *w, const void *bytes, size_t len);
void writer_text(struct writer *w, const char *text);
void writer_number(struct writer *w, uint64_t value, unsigned size); /* in network order */
void writer_set(
	struct writer *w, size_t at, uint64_t value, unsigned size); /* over what is there */

/* As many bytes as wanted, each `purpose` (a number that the protocol picks) other ones, none of
 * which tells of others. The hexadecimal ones take two digits a byte. */
void token_bytes(const struct query_token *token, uint8_t purpose, uint8_t *out, size_t len);
void token_write(const struct query_token *token, uint8_t purpose, struct writer *w, size_t len);
void token_write_hex(
	const struct query_token *token, uint8_t purpose, struct writer *w, size_t len);
uint64_t token_number(const struct query_token *token, uint8_t purpose, unsigned size);
/* Whether they are what the functions above give; of NULL they are not. */
bool token_gave(const struct query_token *token, uint8_t purpose, const uint8_t *bytes, size_t len);
bool token_gave_hex(const struct query_token *token, uint8_t purpose, const char *text, size_t len);

/* Borrowed bytes. */
struct span {
	const char *text;
	size_t len;
};

/* What stands before the next `end`, which is taken, too. False: there is none. */
bool span_until(struct cursor *c, char end, struct span *out);
/* A line without its LF or CR LF. */
bool span_line(struct cursor *c, struct span *out);
/* In ASCII, whatever the case of its letters; `word` is in lower case. */
bool span_begins(struct span s, const char *word);
bool span_is(struct span s, const char *word);
/* The digits that all of it is made of, not more than `max`. */
bool span_number(struct span s, uint64_t max, uint64_t *out);

/* Of a message whose first line, headers and empty line are those of RFC 822. False: the empty line
 * is missing, or the header is. */
bool header_ends(const uint8_t *bytes, size_t len);
bool header_value(const uint8_t *bytes, size_t len, const char *name, struct span *out);

void fact_span(struct facts *f, size_t index, struct span s);
/* The header's value, where it is there and not empty. */
void fact_header(struct facts *f, size_t index, const uint8_t *bytes, size_t len, const char *name);
/* "192.0.2.1:3478", "[2001:db8::1]:3478", without a port where it is 0; 4 or 16 bytes. To a list it
 * is added. */
void fact_address(struct facts *f, size_t index, const uint8_t *bytes, size_t len, uint16_t port);
/* "00:53:00:12:34:56"; "80001f88": `between` each two bytes (NUL: nothing). */
void fact_bytes(struct facts *f, size_t index, const uint8_t *bytes, size_t len, char between);
void fact_hex(struct facts *f, size_t index, const uint8_t *bytes, size_t len); /* adds an item */

/* Headlines: `before` and the fact, of a text the first line, cut where it is long, of a list some
 * items with commas between. Nothing where it is unset or empty;
 * whether it was said. */
bool say_text(const struct facts *f, size_t index, const char *before, struct strbuf *out);
bool say_number(const struct facts *f, size_t index, const char *before, struct strbuf *out);
bool say_list(const struct facts *f, size_t index, const char *before, struct strbuf *out);
/* ", " between two parts of a headline that begins at `start`. */
const char *say_comma(const struct strbuf *out, size_t start);

#endif
