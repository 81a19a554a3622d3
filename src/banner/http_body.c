/* SPDX-License-Identifier: MIT */
#include "ascii.h"
#include "http.h"

#include "netprobe/banner/machine.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"

#include <string.h>

enum { BODY_MAX = 32 << 10, PAGE_MAX = 4 << 10 };

/* In the words of nginx, Apache, Go's net/http and Tomcat. */
bool http_wants_tls(const char *text, size_t len)
{
	static const char *const words[] = {
		"plain http request was sent to https port",
		"speaking plain http to an ssl-enabled server port",
		"client sent an http request to an https server",
		"combination of host and port requires tls",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (ascii_has(text, len, words[i]))
			return true;
	return false;
}

void http_body_length(struct http_body *b, const char *value, size_t len)
{
	if (!b->has_length)
		b->has_length = parse_uint_n(value, len, 0, UINT64_MAX, &b->left) == 0;
}

/* RFC 9112, section 6.3: the last coding decides. */
void http_body_coding(struct http_body *b, const char *value, size_t len)
{
	const char *comma = memrchr(value, ',', len);

	if (comma) {
		len -= (size_t)(comma - value) + 1;
		value = comma + 1;
	}
	ascii_trim(&value, &len);
	b->coding = ascii_same(value, len, "chunked") ? CODING_CHUNKED : CODING_OTHER;
}

static bool chunked(const struct http_body *b)
{
	return b->coding == CODING_CHUNKED;
}

static bool measured(const struct http_body *b)
{
	return chunked(b) || (b->has_length && b->coding == CODING_NONE);
}

bool http_body_begin(struct http_body *b)
{
	if (chunked(b))
		b->left = 0;
	return chunked(b) || !measured(b) || b->left > 0;
}

static void keep(struct http_body *b, const uint8_t *bytes, size_t len)
{
	size_t room = PAGE_MAX - b->page.len;

	if (b->to_the_end)
		strbuf_add(&b->page, bytes, len < room ? len : room);
}

static size_t data(struct machine *m, struct http_body *b, const uint8_t *bytes, size_t len)
{
	size_t room = BODY_MAX - b->seen, used;

	if (len > room)
		len = room;
	if (measured(b) && len > b->left)
		len = (size_t)b->left;
	used = http_title_feed(&b->title, bytes, len);
	if (b->to_the_end)
		used = len;
	keep(b, bytes, used);
	b->seen += used;
	if (measured(b))
		b->left -= used;
	if (b->seen == BODY_MAX || (!chunked(b) && measured(b) && b->left == 0) ||
		(!b->to_the_end && b->title.place == TITLE_OVER))
		m->want = MACHINE_DONE;
	return used;
}

/* RFC 9112, section 7.1: hexadecimal, and behind it extensions that nobody has to understand. */
static bool chunk_size(const char *line, size_t len, uint64_t *size)
{
	size_t at = 0;
	uint64_t value = 0;

	for (; at < len; at++) {
		char c = ascii_lower(line[at]);
		bool letter = c >= 'a' && c <= 'f';

		if (!letter && !ascii_is_digit(c))
			break;
		if (value >> 60)
			return false;
		value = value << 4 | (uint64_t)(letter ? c - 'a' + 10 : c - '0');
	}
	*size = value;
	return at > 0 && (at == len || line[at] == ';' || ascii_is_blank(line[at]));
}

/* What comes behind the last chunk, trailers, tells nothing. */
static size_t chunk_line(struct machine *m, struct http_body *b, const uint8_t *bytes, size_t len)
{
	const char *line;
	size_t line_len, used = machine_line(m, bytes, len, &line, &line_len);

	if (!line)
		return used;
	if (b->after_chunk) {
		b->after_chunk = false;
		if (line_len > 0)
			m->want = MACHINE_DONE;
		return used;
	}
	b->after_chunk = true;
	if (!chunk_size(line, line_len, &b->left) || b->left == 0)
		m->want = MACHINE_DONE;
	return used;
}

size_t http_body_step(struct machine *m, struct http_body *b, const uint8_t *bytes, size_t len)
{
	if (chunked(b) && (b->left == 0 || m->skipping))
		return chunk_line(m, b, bytes, len);
	return data(m, b, bytes, len);
}

void http_body_end(struct machine *m, struct http_body *b)
{
	struct strbuf title = {0};

	if (b->title.place != TITLE_OVER)
		return;
	if (!http_title_text(&b->title, &title))
		m->facts.truncated = true;
	if (title.len > 0)
		facts_text(&m->facts, HTTP_TITLE, title.text, title.len);
	strbuf_release(&title);
}

void http_body_release(struct http_body *b)
{
	strbuf_release(&b->title.text);
	strbuf_release(&b->page);
}
