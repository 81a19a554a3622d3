/* SPDX-License-Identifier: MIT */
#ifndef BANNER_HTTP_H
#define BANNER_HTTP_H

#include "netprobe/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine;
struct machine_setup;

enum http_fact {
	HTTP_STATUS,
	HTTP_REASON,
	HTTP_VERSION,
	HTTP_SERVER,
	HTTP_CONTENT_TYPE,
	HTTP_LOCATION,
	HTTP_TITLE,
	HTTP_HEADERS,
	HTTP_FACTS,
};

void http_request(struct strbuf *say, const struct machine_setup *setup, const char *method);

/* Borrowed from the line. */
struct http_status {
	const char *version, *reason;
	size_t version_len, reason_len;
	unsigned code;
};

/* Of a line that begins with "HTTP/". False: it is no status line. */
bool http_status_parse(const char *line, size_t len, struct http_status *out);

/* The first <title> of a page, which may come in any pieces. */
struct http_title {
	enum { TITLE_BEFORE, TITLE_TAG, TITLE_INSIDE, TITLE_OVER } place;
	size_t matched;     /* of the tag that is looked for */
	size_t length;      /* of what stands inside, with what is matched of the end */
	struct strbuf text; /* its beginning */
};

/* Returns how many bytes it looked at: all of them, or those up to the end of the title. */
size_t http_title_feed(struct http_title *t, const uint8_t *bytes, size_t len);
/* Once it is over: appends it with its entities decoded and its white space collapsed, and returns
 * whether that is all of it. */
bool http_title_text(const struct http_title *t, struct strbuf *out);

/* The body of the answer to a GET: how it is framed, and what is looked for in it. */
struct http_body {
	enum { CODING_NONE, CODING_CHUNKED, CODING_OTHER } coding;
	bool has_length;
	bool to_the_end;  /* there is more to find than a title */
	bool after_chunk; /* the line that ends a chunk's data is due */
	uint64_t left;    /* of the length, or of the chunk */
	size_t seen;
	struct http_title title;
	struct strbuf page; /* the beginning, with to_the_end */
};

/* Values of Content-Length and Transfer-Encoding. */
void http_body_length(struct http_body *b, const char *value, size_t len);
void http_body_coding(struct http_body *b, const char *value, size_t len);

/* The headers have ended. False: there is no body. */
bool http_body_begin(struct http_body *b);
/* A machine's step; MACHINE_DONE at the body's end, or where there is nothing more to find. */
size_t http_body_step(struct machine *m, struct http_body *b, const uint8_t *bytes, size_t len);
/* Makes facts of what was found; once. */
void http_body_end(struct machine *m, struct http_body *b);
/* Is this the text of a server that expects TLS where it was spoken to in the clear? */
bool http_wants_tls(const char *text, size_t len);
void http_body_release(struct http_body *b);

#endif
