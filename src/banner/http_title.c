/* SPDX-License-Identifier: MIT */
#include "ascii.h"
#include "http.h"

#include "netprobe/base/mem.h"

#include <string.h>

enum { RAW_MAX = 4096, TITLE_MAX = 1024 };

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool ends_name(char c)
{
	return c == '>' || c == '/' || is_space(c);
}

/* Neither tag holds another '<': what does not match can only be a new beginning. */
static bool match(struct http_title *t, const char *tag, char c)
{
	if (tag[t->matched] == '\0') {
		t->matched = c == '<';
		return ends_name(c);
	}
	t->matched = ascii_lower(c) == tag[t->matched] ? t->matched + 1 : c == '<';
	return false;
}

static void inside(struct http_title *t, char c)
{
	static const char end[] = "</title";

	if (match(t, end, c)) {
		t->place = TITLE_OVER;
		t->length -= sizeof end - 1;
		return;
	}
	if (t->length++ < RAW_MAX)
		strbuf_putc(&t->text, c);
}

static void look(struct http_title *t, char c)
{
	if (t->place == TITLE_INSIDE)
		inside(t, c);
	else if (t->place == TITLE_TAG)
		t->place = c == '>' ? TITLE_INSIDE : TITLE_TAG;
	else if (match(t, "<title", c))
		t->place = c == '>' ? TITLE_INSIDE : TITLE_TAG;
}

size_t http_title_feed(struct http_title *t, const uint8_t *bytes, size_t len)
{
	size_t at = 0;

	while (at < len && t->place != TITLE_OVER)
		look(t, (char)bytes[at++]);
	return at;
}

static size_t utf8(uint32_t code, char out[static 4])
{
	size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	static const uint8_t first[] = {0, 0xc0, 0xe0, 0xf0};

	for (size_t i = more; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(first[more] | code);
	return more + 1;
}

static int digit_of(char c, uint32_t base)
{
	int value = ascii_is_digit(c) ? c - '0' : ascii_lower(c) - 'a' + 10;

	return value >= 0 && value < (int)base ? value : -1;
}

/* "60" or "x3c": 0 for what is no character. */
static uint32_t number_of(const char *text, size_t len)
{
	uint32_t base = len > 0 && ascii_lower(*text) == 'x' ? 16 : 10, code = 0;

	for (size_t i = base == 16; i < len; i++) {
		int digit = digit_of(text[i], base);

		if (digit < 0)
			return 0;
		code = code * base + (uint32_t)digit;
		if (code > 0x10ffff)
			return 0;
	}
	return code >= 0xd800 && code < 0xe000 ? 0 : code;
}

static uint32_t entity(const char *name, size_t len)
{
	static const struct {
		const char *name;
		char c;
	} entities[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};

	if (len > 0 && *name == '#')
		return number_of(name + 1, len - 1);
	for (size_t i = 0; i < ARRAY_SIZE(entities); i++)
		if (ascii_same(name, len, entities[i].name))
			return (uint32_t)entities[i].c;
	return 0;
}

/* One character, or one byte where it is no entity. Returns what it takes of the text. */
static size_t character(const char *text, size_t len, char out[static 4], size_t *made)
{
	enum { ENTITY_MAX = 12 };
	const char *end = NULL;
	uint32_t code = 0;

	if (*text == '&')
		end = memchr(text, ';', len < ENTITY_MAX ? len : ENTITY_MAX);
	if (end)
		code = entity(text + 1, (size_t)(end - text) - 1);
	*made = 1;
	out[0] = *text;
	if (code == 0)
		return 1;
	*made = utf8(code, out);
	return (size_t)(end - text) + 1;
}

static void tidy(const char *text, size_t len, struct strbuf *out)
{
	size_t begin = out->len, used, made;
	bool space = false;

	for (size_t at = 0; at < len; at += used) {
		char c[4];

		used = character(text + at, len - at, c, &made);
		if (made == 1 && is_space(*c)) {
			space = out->len > begin;
			continue;
		}
		if (space)
			strbuf_putc(out, ' ');
		space = false;
		strbuf_add(out, c, made);
	}
}

/* No part of a UTF-8 sequence stays at the end. */
static bool cut(struct strbuf *out, size_t begin)
{
	size_t len = begin + TITLE_MAX;

	if (out->len <= len)
		return false;
	for (int back = 0; back < 3 && ((uint8_t)out->text[len] & 0xc0) == 0x80; back++)
		len--;
	out->len = len;
	out->text[len] = '\0';
	return true;
}

bool http_title_text(const struct http_title *t, struct strbuf *out)
{
	size_t begin = out->len, len = t->length < t->text.len ? t->length : t->text.len;

	if (len > 0)
		tidy(t->text.text, len, out);
	return !cut(out, begin) && t->length <= RAW_MAX;
}
