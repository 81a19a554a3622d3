/* SPDX-License-Identifier: MIT */
#include "spec.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/net/uri.h"

#include <stdlib.h>
#include <string.h>

/* Takes the host over. */
static int set_host(int err, const struct uri_host *host, struct spec *out)
{
	if (err)
		return err;
	out->kind = host->addr.family ? SPEC_ADDR : SPEC_NAME;
	if (host->addr.family)
		out->range = range_of(&host->addr);
	out->host = host->host;
	out->port = host->port;
	return 0;
}

static uint16_t scheme_port(const char *scheme)
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
		{"rediss", 6379},
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
		if (strcmp(schemes[i].scheme, scheme) == 0)
			return schemes[i].port;
	return 0;
}

/* No locale has a say in this. */
static char *lower_case(const char *text, size_t len)
{
	char *copy = mem_strndup(text, len);

	for (size_t i = 0; i < len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return copy;
}

/* What stands behind the authority. A query alone belongs to the root (RFC 9112, section 3.2.1). */
static int set_path(const char *text, size_t len, struct spec *out)
{
	const char *fragment = memchr(text, '#', len);
	struct strbuf path = {0};
	int err;

	len = fragment ? (size_t)(fragment - text) : len;
	if (len == 0)
		return 0;
	if (memchr(text, ' ', len))
		return ERR_SYNTAX;
	if (text[0] == '?')
		strbuf_putc(&path, '/');
	err = uri_encode(text, len, &path);
	if (err == 0 && path.len > URI_PATH_MAX)
		err = ERR_TOO_LONG;
	if (err)
		strbuf_release(&path);
	out->path = path.text;
	return err;
}

/* RFC 3986, section 3.2: SCHEME://[USER@]HOST[:[PORT]][/...] */
static int parse_url(const char *text, size_t scheme, size_t len, struct spec *out)
{
	const char *rest = text + scheme + 3;
	size_t rest_len = len - scheme - 3, authority = uri_authority_len(rest, rest_len);
	struct uri_host host;
	int err;

	if (!uri_scheme_ok(text, scheme))
		return ERR_SYNTAX;
	err = set_host(uri_authority(rest, authority, &host), &host, out);
	if (err)
		return err;
	out->scheme = lower_case(text, scheme);
	if (out->port == 0)
		out->port = scheme_port(out->scheme);
	if (out->port == 0)
		return ERR_SERVICE;
	return set_path(rest + authority, rest_len - authority, out);
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
	struct uri_host host;
	struct addr literal;
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
	if (addr_parse(text, len, &literal) != 0) {
		err = range_parse_ends(text, len, &out->range);
		if (err != ERR_SYNTAX)
			return set_range(err, text, len, out);
	}
	return set_host(uri_host_port(text, len, &host), &host, out);
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
	free(s->scheme);
	free(s->path);
	*s = (struct spec){0};
}
