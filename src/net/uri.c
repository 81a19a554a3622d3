/* SPDX-License-Identifier: MIT */
#include "netprobe/net/uri.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/base/parse.h"
#include "netprobe/base/text.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 253, LABEL_MAX_BYTES = 63 }; /* RFC 1035, section 2.3.4 */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name_byte(char c)
{
	return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

static bool label_ok(const char *label, size_t len)
{
	if (len == 0 || len > LABEL_MAX_BYTES || label[0] == '-' || label[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_name_byte(label[i]))
			return false;
	return true;
}

/* Valid UTF-8 without invisible characters is just what the escaping leaves as it is. */
static bool shows_as_is(const char *text, size_t len)
{
	struct strbuf escaped = {0};
	bool same;

	text_escape(&escaped, text, len);
	same = escaped.len == len;
	strbuf_release(&escaped);
	return same;
}

/* RFC 1123, section 2.1, with the underscore and with IDNs as UTF-8; a final dot is no label. */
static bool name_ok(const char *name, size_t len)
{
	size_t start = 0;

	if (len > 0 && name[len - 1] == '.')
		len--;
	if (len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && name[i] != '.')
			continue;
		if (!label_ok(name + start, i - start))
			return false;
		start = i + 1;
	}
	return shows_as_is(name, len);
}

static size_t number_len(const char *text, size_t len)
{
	bool hex = len >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	size_t i = hex ? 2 : 0;

	while (i < len && (is_digit(text[i]) || (hex && strchr("abcdefABCDEF", text[i]))))
		i++;
	return i;
}

/* Numbers and dots alone: the resolver would read "10.1" and "0x7f.1" as inet_aton(3) does, and
 * quietly turn a slip into an address that nobody wrote. */
static bool all_numbers(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len) {
		i += number_len(text + i, len - i);
		if (i < len && text[i++] != '.')
			return false;
	}
	return len > 0;
}

/* "10.0.0-50" and the like: no name ends in such labels, and no range is written so. */
static bool all_numbers_and_dashes(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_digit(text[i]) && text[i] != '.' && text[i] != '-')
			return false;
	return len > 0 && memchr(text, '.', len - 1);
}

/* RFC 3986, section 3.1 */
bool uri_scheme_ok(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_alpha(text[i]) && !is_digit(text[i]) && !memchr("+-.", text[i], 3))
			return false;
	return len > 0 && is_alpha(text[0]);
}

size_t uri_authority_len(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && !memchr("/?#", text[i], 3))
		i++;
	return i;
}

static int set_port(const char *text, size_t len, struct uri_host *out)
{
	uint64_t port;

	if (parse_uint_n(text, len, 1, 65535, &port) != 0)
		return ERR_PORT;
	out->port = (uint16_t)port;
	return 0;
}

static int check_name(const char *text, size_t len)
{
	if (all_numbers(text, len) || all_numbers_and_dashes(text, len))
		return ERR_ADDRESS;
	return name_ok(text, len) ? 0 : ERR_NAME;
}

static int set_host(const char *text, size_t len, struct uri_host *out)
{
	int err = addr_parse(text, len, &out->addr);

	/* a colon or bracket is no part of a name, so it says why the address is wrong */
	if (err && !memchr(text, ':', len) && !memchr(text, '[', len))
		err = check_name(text, len);
	if (err)
		return err;
	if (text[0] == '[') {
		text++;
		len -= 2;
	}
	out->host = mem_strndup(text, len);
	return 0;
}

static int split(const char *text, size_t len, struct uri_host *out)
{
	const char *close = text[0] == '[' ? memrchr(text, ']', len) : NULL;
	const char *colon = memrchr(text, ':', len);
	size_t host = colon ? (size_t)(colon - text) : len;
	int err;

	if (!colon || (close && close > colon))
		return set_host(text, len, out);
	if (close ? close + 1 != colon : memchr(text, ':', host) != NULL)
		return close ? ERR_SYNTAX : set_host(text, len, out);
	if (host == 0)
		return ERR_SYNTAX;
	err = set_port(colon + 1, len - host - 1, out);
	return err ? err : set_host(text, host, out);
}

int uri_host_port(const char *text, size_t len, struct uri_host *out)
{
	int err;

	*out = (struct uri_host){0};
	err = len > 0 ? split(text, len, out) : ERR_EMPTY;
	if (err)
		*out = (struct uri_host){0};
	return err;
}

/* RFC 6874, section 2: a URL writes the percent sign before a zone as "%25". */
static int unescape_zone(const char *host, size_t len, struct uri_host *out)
{
	const char *escape = host[0] == '[' ? memmem(host, len, "%25", 3) : NULL;
	size_t before = escape ? (size_t)(escape - host) + 1 : len;
	char *plain;
	int err;

	if (len - before < 3 || escape[3] == ']')
		return uri_host_port(host, len, out);
	plain = mem_strndup(host, len - 2);
	memcpy(plain + before, escape + 3, len - before - 2);
	err = uri_host_port(plain, len - 2, out);
	free(plain);
	return err;
}

int uri_authority(const char *text, size_t len, struct uri_host *out)
{
	const char *at = memrchr(text, '@', len);

	*out = (struct uri_host){0};
	if (at) {
		len -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	if (len > 0 && text[len - 1] == ':')
		len--;
	return len > 0 ? unescape_zone(text, len, out) : ERR_SYNTAX;
}

int uri_encode(const char *text, size_t len, struct strbuf *out)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 0x7f)
			return ERR_SYNTAX;
		if (c == ' ' || c >= 0x80)
			strbuf_printf(out, "%%%02X", c);
		else
			strbuf_putc(out, (char)c);
	}
	return 0;
}
