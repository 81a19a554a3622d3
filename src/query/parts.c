/* SPDX-License-Identifier: MIT */
#include "parts.h"

#include "netprobe/base/hash.h"
#include "netprobe/base/parse.h"

#include <arpa/inet.h>

enum { BLOCK = 8 }; /* bytes of a hash */
enum { TEXT_MAX = 72, ITEMS_SHOWN = 4 };

static const char digits[] = "0123456789abcdef";

void writer_add(struct writer *w, const void *bytes, size_t len)
{
	if (len > QUERY_MAX - w->len)
		len = QUERY_MAX - w->len;
	if (len > 0)
		memcpy(w->bytes + w->len, bytes, len);
	w->len += len;
}

void writer_text(struct writer *w, const char *text)
{
	writer_add(w, text, strlen(text));
}

void writer_number(struct writer *w, uint64_t value, unsigned size)
{
	while (size-- > 0) {
		uint8_t byte = (uint8_t)(size < sizeof value ? value >> 8 * size : 0);

		writer_add(w, &byte, 1);
	}
}

void writer_set(struct writer *w, size_t at, uint64_t value, unsigned size)
{
	struct writer over = {w->bytes, at};

	writer_number(&over, value, size);
}

/* The token is the key, so that ids that a server shows to others give nothing away. */
static uint8_t token_byte(const struct query_token *token, uint8_t purpose, size_t at)
{
	struct hash_key key = {.words = {token->words[0], token->words[1]}};
	uint8_t place[2] = {purpose, (uint8_t)(at / BLOCK)};

	return (uint8_t)(hash_keyed(&key, place, sizeof place) >> 8 * (at % BLOCK));
}

void token_bytes(const struct query_token *token, uint8_t purpose, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = token_byte(token, purpose, i);
}

void token_write(const struct query_token *token, uint8_t purpose, struct writer *w, size_t len)
{
	for (size_t i = 0; i < len; i++)
		writer_number(w, token_byte(token, purpose, i), 1);
}

void token_write_hex(const struct query_token *token, uint8_t purpose, struct writer *w, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = token_byte(token, purpose, i);

		writer_add(w, &digits[byte >> 4], 1);
		writer_add(w, &digits[byte & 0xf], 1);
	}
}

uint64_t token_number(const struct query_token *token, uint8_t purpose, unsigned size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | token_byte(token, purpose, i);
	return value;
}

bool token_gave(const struct query_token *token, uint8_t purpose, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; bytes && i < len; i++)
		if (bytes[i] != token_byte(token, purpose, i))
			return false;
	return bytes != NULL;
}

bool token_gave_hex(const struct query_token *token, uint8_t purpose, const char *text, size_t len)
{
	for (size_t i = 0; text && i < len; i++) {
		uint8_t byte = token_byte(token, purpose, i / 2);

		if (text[i] != digits[i % 2 ? byte & 0xf : byte >> 4])
			return false;
	}
	return text != NULL;
}

bool span_until(struct cursor *c, char end, struct span *out)
{
	const uint8_t *found = cursor_left(c) ? memchr(c->at, end, cursor_left(c)) : NULL;

	if (!found)
		return false;
	out->text = (const char *)c->at;
	out->len = (size_t)(found - c->at);
	cursor_skip(c, out->len + 1);
	return true;
}

bool span_line(struct cursor *c, struct span *out)
{
	if (!span_until(c, '\n', out))
		return false;
	if (out->len > 0 && out->text[out->len - 1] == '\r')
		out->len--;
	return true;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

bool span_begins(struct span s, const char *word)
{
	for (size_t i = 0; word[i]; i++)
		if (i == s.len || lower(s.text[i]) != word[i])
			return false;
	return true;
}

bool span_is(struct span s, const char *word)
{
	return s.len == strlen(word) && span_begins(s, word);
}

bool span_number(struct span s, uint64_t max, uint64_t *out)
{
	return parse_uint_n(s.text, s.len, 0, max, out) == 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trimmed(struct span s)
{
	while (s.len > 0 && is_blank(*s.text)) {
		s.text++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.text[s.len - 1]))
		s.len--;
	return s;
}

/* "Name: value", "Name : value". */
static bool is_header(struct span line, const char *name, struct span *out)
{
	const char *colon = line.len ? memchr(line.text, ':', line.len) : NULL;
	struct span key;

	if (!colon)
		return false;
	key = trimmed((struct span){line.text, (size_t)(colon - line.text)});
	if (!span_is(key, name))
		return false;
	*out = trimmed((struct span){colon + 1, line.len - (size_t)(colon + 1 - line.text)});
	return true;
}

bool header_ends(const uint8_t *bytes, size_t len)
{
	struct cursor c;
	struct span line;

	cursor_init(&c, bytes, len);
	while (span_line(&c, &line))
		if (line.len == 0)
			return true;
	return false;
}

bool header_value(const uint8_t *bytes, size_t len, const char *name, struct span *out)
{
	struct cursor c;
	struct span line;

	cursor_init(&c, bytes, len);
	if (!span_line(&c, &line))
		return false;
	while (span_line(&c, &line) && line.len > 0)
		if (is_header(line, name, out))
			return true;
	return false;
}

void fact_span(struct facts *f, size_t index, struct span s)
{
	facts_text(f, index, s.text, s.len);
}

void fact_header(struct facts *f, size_t index, const uint8_t *bytes, size_t len, const char *name)
{
	struct span value;

	if (header_value(bytes, len, name, &value) && value.len > 0)
		fact_span(f, index, value);
}

void fact_address(struct facts *f, size_t index, const uint8_t *bytes, size_t len, uint16_t port)
{
	bool six = len == sizeof(struct in6_addr);
	char text[INET6_ADDRSTRLEN + 10], addr[INET6_ADDRSTRLEN];

	inet_ntop(six ? AF_INET6 : AF_INET, bytes, addr, sizeof addr);
	if (port == 0)
		snprintf(text, sizeof text, "%s", addr);
	else
		snprintf(text, sizeof text, six ? "[%s]:%u" : "%s:%u", addr, port);
	if (f->defs[index].kind == FACT_LIST)
		facts_item(f, index, text, strlen(text));
	else
		facts_puts(f, index, text);
}

void fact_bytes(struct facts *f, size_t index, const uint8_t *bytes, size_t len, char between)
{
	facts_text(f, index, "", 0);
	for (size_t i = 0; i < len; i++) {
		const char pair[] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};

		if (i > 0 && between)
			facts_append(f, index, &between, 1);
		facts_append(f, index, pair, sizeof pair);
	}
}

void fact_hex(struct facts *f, size_t index, const uint8_t *bytes, size_t len)
{
	char text[128];
	size_t used = 0;

	for (size_t i = 0; i < len && used + 2 <= sizeof text; i++) {
		text[used++] = digits[bytes[i] >> 4];
		text[used++] = digits[bytes[i] & 0xf];
	}
	facts_item(f, index, text, used);
}

static size_t first_line(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && i < TEXT_MAX && text[i] != '\n' && text[i] != '\r' && text[i] != '\0')
		i++;
	return i;
}

bool say_text(const struct facts *f, size_t index, const char *before, struct strbuf *out)
{
	const struct fact *fact = facts_get(f, index);
	size_t len = fact ? first_line(fact->text.text, fact->text.len) : 0;

	if (len == 0)
		return false;
	strbuf_puts(out, before);
	strbuf_add(out, fact->text.text, len);
	return true;
}

bool say_number(const struct facts *f, size_t index, const char *before, struct strbuf *out)
{
	const struct fact *fact = facts_get(f, index);

	if (!fact)
		return false;
	strbuf_puts(out, before);
	strbuf_uint(out, fact->number);
	return true;
}

bool say_list(const struct facts *f, size_t index, const char *before, struct strbuf *out)
{
	const struct fact *fact = facts_get(f, index);

	if (!fact || fact->count == 0)
		return false;
	for (size_t i = 0; i < fact->count && i < ITEMS_SHOWN; i++) {
		size_t len;
		const char *item = fact_item(fact, i, &len);

		strbuf_puts(out, i ? ", " : before);
		strbuf_add(out, item, first_line(item, len));
	}
	if (fact->count > ITEMS_SHOWN)
		strbuf_printf(out, " and %zu more", fact->count - ITEMS_SHOWN);
	return true;
}

const char *say_comma(const struct strbuf *out, size_t start)
{
	return out->len > start ? ", " : "";
}
