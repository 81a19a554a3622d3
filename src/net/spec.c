/* SPDX-License-Identifier: MIT */
#include "spec.h"

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

static int set_port(const char *text, size_t len, struct spec *out)
{
	uint64_t port;

	if (parse_uint_n(text, len, 1, 65535, &port) != 0)
		return ERR_PORT;
	out->port = (uint16_t)port;
	return 0;
}

static int set_literal(const char *text, size_t len, struct spec *out)
{
	struct addr a;
	int err = addr_parse(text, len, &a);

	if (err)
		return err;
	if (text[0] == '[') {
		text++;
		len -= 2;
	}
	out->kind = SPEC_ADDR;
	out->range = range_of(&a);
	out->host = mem_strndup(text, len);
	return 0;
}

static int set_name(const char *text, size_t len, struct spec *out)
{
	if (all_numbers(text, len) || all_numbers_and_dashes(text, len))
		return ERR_ADDRESS;
	if (!name_ok(text, len))
		return ERR_NAME;
	out->kind = SPEC_NAME;
	out->host = mem_strndup(text, len);
	return 0;
}

static int set_host(const char *text, size_t len, struct spec *out)
{
	int err = set_literal(text, len, out);

	/* a colon or bracket is no part of a name, so it says why the address is wrong */
	if (err == 0 || memchr(text, ':', len) || memchr(text, '[', len))
		return err;
	return set_name(text, len, out);
}

/* HOST, HOST:PORT, V6, [V6], [V6]:PORT */
static int parse_host_port(const char *text, size_t len, struct spec *out)
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

static uint16_t scheme_port(const char *text, size_t len)
{
	static const struct {
		const char *scheme;
		uint16_t port;
	} schemes[] = {
		{"http", 80},
		{"https", 443},
		{"ws", 80},
		{"wss", 443},
		{"ftp", 21},
		{"ftps", 990},
		{"ssh", 22},
		{"sftp", 22},
		{"telnet", 23},
		{"smtp", 25},
		{"smtps", 465},
		{"pop3", 110},
		{"pop3s", 995},
		{"imap", 143},
		{"imaps", 993},
		{"ldap", 389},
		{"ldaps", 636},
		{"dns", 53},
		{"nntp", 119},
		{"rtsp", 554},
		{"irc", 6667},
		{"ircs", 6697},
		{"mysql", 3306},
		{"amqp", 5672},
		{"amqps", 5671},
		{"mqtt", 1883},
		{"mqtts", 8883},
		{"redis", 6379},
		{"git", 9418},
		{"rsync", 873},
		{"vnc", 5900},
		{"xmpp", 5222},
		{"sip", 5060},
		{"sips", 5061},
		{"ipp", 631},
		{"ipps", 631},
		{"rdp", 3389},
		{"smb", 445},
		{"nfs", 2049},
		{"postgres", 5432},
		{"postgresql", 5432},
		{"mongodb", 27017},
	};

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (strlen(schemes[i].scheme) == len &&
			strncasecmp(text, schemes[i].scheme, len) == 0)
			return schemes[i].port;
	return 0;
}

/* RFC 3986, section 3.1 */
static bool scheme_ok(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_alpha(text[i]) && !is_digit(text[i]) && !memchr("+-.", text[i], 3))
			return false;
	return len > 0 && is_alpha(text[0]);
}

static size_t authority_len(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && !memchr("/?#", text[i], 3))
		i++;
	return i;
}

/* RFC 6874, section 2: a URL writes the percent sign before a zone as "%25". */
static int parse_url_host(const char *host, size_t len, struct spec *out)
{
	const char *escape = host[0] == '[' ? memmem(host, len, "%25", 3) : NULL;
	size_t before = escape ? (size_t)(escape - host) + 1 : len;
	char *plain;
	int err;

	if (len - before < 3 || escape[3] == ']')
		return parse_host_port(host, len, out);
	plain = mem_strndup(host, len - 2);
	memcpy(plain + before, escape + 3, len - before - 2);
	err = parse_host_port(plain, len - 2, out);
	free(plain);
	return err;
}

/* RFC 3986, section 3.2: SCHEME://[USER@]HOST[:[PORT]][/...] */
static int parse_url(const char *text, size_t scheme, size_t len, struct spec *out)
{
	const char *host = text + scheme + 3, *at;
	size_t host_len = authority_len(host, len - scheme - 3);
	int err;

	if (!scheme_ok(text, scheme))
		return ERR_SYNTAX;
	at = memrchr(host, '@', host_len);
	if (at) {
		host_len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	if (host_len > 0 && host[host_len - 1] == ':')
		host_len--;
	if (host_len == 0)
		return ERR_SYNTAX;
	err = parse_url_host(host, host_len, out);
	if (err == 0 && out->port == 0)
		out->port = scheme_port(text, scheme);
	return err == 0 && out->port == 0 ? ERR_SERVICE : err;
}

static int set_range(int err, const char *text, size_t len, struct spec *out)
{
	if (err)
		return err;
	out->kind = SPEC_RANGE;
	out->host = mem_strndup(text, len);
	return 0;
}

static int parse_form(const char *text, size_t len, struct spec *out)
{
	const char *scheme_end = memmem(text, len, "://", 3);
	int err;

	if (len == 0)
		return ERR_EMPTY;
	if (memchr(text, '\0', len))
		return ERR_SYNTAX;
	if (scheme_end)
		return parse_url(text, (size_t)(scheme_end - text), len, out);
	if (memchr(text, '/', len))
		return set_range(range_parse_cidr(text, len, &out->range), text, len, out);
	/* before ranges: a zone's name can have a dash */
	if (set_literal(text, len, out) == 0)
		return 0;
	err = range_parse_ends(text, len, &out->range);
	if (err != ERR_SYNTAX)
		return set_range(err, text, len, out);
	return parse_host_port(text, len, out);
}

int spec_parse(const char *text, size_t len, int family, struct spec *out)
{
	int err;

	*out = (struct spec){0};
	err = parse_form(text, len, out);
	if (err == 0 && out->kind != SPEC_NAME && family != 0 && out->range.first.family != family)
		err = ERR_FAMILY;
	if (err)
		spec_release(out);
	return err;
}

void spec_release(struct spec *s)
{
	free(s->host);
	*s = (struct spec){0};
}
