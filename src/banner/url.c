/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/url.h"

#include "ascii.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/net/uri.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct part {
	const char *text;
	size_t len;
};

/* A reference in its parts, borrowed; length 0 where it has none. */
struct reference {
	struct part scheme, authority, path;
	struct part query;  /* with its '?' */
	bool has_authority; /* an empty one is one */
};

/* What is left of outside text once it may go into a request line. */
static int clean(const char *text, size_t len, struct strbuf *out)
{
	const char *fragment;

	strbuf_init(out);
	ascii_trim(&text, &len);
	if (len > URL_MAX)
		return ERR_TOO_LONG;
	fragment = len > 0 ? memchr(text, '#', len) : NULL;
	return uri_encode(text, fragment ? (size_t)(fragment - text) : len, out);
}

static void split_path(const char *text, struct part *path, struct part *query)
{
	*path = (struct part){text, strcspn(text, "?")};
	query->text = text + path->len;
	query->len = strlen(query->text);
}

/* RFC 3986, appendix B; the fragment is gone already. */
static struct reference split(const char *text)
{
	struct reference r = {0};
	size_t len = strcspn(text, ":/?");

	if (text[len] == ':' && uri_scheme_ok(text, len)) {
		r.scheme = (struct part){text, len};
		text += len + 1;
	}
	if (strncmp(text, "//", 2) == 0) {
		text += 2;
		r.has_authority = true;
		r.authority = (struct part){text, strcspn(text, "/?")};
		text += r.authority.len;
	}
	split_path(text, &r.path, &r.query);
	return r;
}

static uint16_t default_port(const char *scheme)
{
	return strcmp(scheme, "https") == 0 ? 443 : 80;
}

static int set_scheme(const struct part *scheme, struct url *out)
{
	static const char *const known[] = {"http", "https"};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (ascii_same(scheme->text, scheme->len, known[i]))
			out->scheme = mem_strdup(known[i]);
	return out->scheme ? 0 : ERR_SERVICE;
}

/* Names know no case, addresses have more than one spelling. */
static char *canonical(const struct uri_host *host)
{
	char text[ADDR_TEXT_MAX], *copy;

	if (host->addr.family)
		return mem_strdup(addr_text(&host->addr, text));
	copy = mem_strdup(host->host);
	for (char *c = copy; *c; c++)
		*c = ascii_lower(*c);
	return copy;
}

/* Stricter than for targets: a user would be told to whoever the redirect leads to, and brackets
 * are there for IPv6, and IPv6 is in brackets (section 3.2.2). */
static int set_authority(const struct part *authority, struct url *out)
{
	struct uri_host host;
	int err;

	if (memchr(authority->text, '@', authority->len))
		return ERR_SYNTAX;
	err = uri_authority(authority->text, authority->len, &host);
	if (err)
		return err;
	if ((authority->text[0] == '[') == (host.addr.family == 6)) {
		out->host = canonical(&host);
		out->addr = host.addr;
		out->port = host.port ? host.port : default_port(out->scheme);
		out->addr.port = out->addr.family ? out->port : 0;
	}
	free(host.host);
	return out->host ? 0 : ERR_ADDRESS;
}

static void copy_authority(const struct url *base, struct url *out)
{
	out->host = mem_strdup(base->host);
	out->addr = base->addr;
	out->port = base->port;
}

/* RFC 3986, section 5.2.4, in place; the path begins with '/'. */
static void remove_dots(struct strbuf *path)
{
	char *text = path->text;
	size_t in = 0, end = 0;

	while (in < path->len) {
		const char *segment = text + in + 1;
		size_t len = strcspn(segment, "/");
		bool up = len == 2 && memcmp(segment, "..", 2) == 0;
		bool same = len == 1 && segment[0] == '.';

		in += len + 1;
		while (up && end > 0 && text[--end] != '/')
			continue;
		if (!up && !same) {
			memmove(text + end, segment - 1, len + 1);
			end += len + 1;
		} else if (in == path->len) {
			text[end++] = '/'; /* "/a/.." is the folder, not its name */
		}
	}
	text[end] = '\0';
	path->len = end;
}

static void put(struct strbuf *out, const struct part *part)
{
	strbuf_add(out, part->text, part->len);
}

/* Section 5.2.3: a relative path stands in the place of the base's last segment. */
static void merge(const struct part *base, const struct part *path, struct strbuf *out)
{
	const char *slash = memrchr(base->text, '/', base->len);

	strbuf_add(out, base->text, (size_t)(slash + 1 - base->text));
	put(out, path);
}

/* Section 5.2.2. */
static void set_path(const struct url *base, const struct reference *r, struct url *out)
{
	struct part base_path, base_query;
	const struct part *query = &r->query;
	struct strbuf path = {0};

	split_path(base && base->path ? base->path : "/", &base_path, &base_query);
	if (r->has_authority && r->path.len == 0) {
		strbuf_putc(&path, '/');
	} else if (r->has_authority || r->path.text[0] == '/') {
		put(&path, &r->path);
	} else if (r->path.len > 0) {
		merge(&base_path, &r->path, &path);
	} else {
		put(&path, &base_path);
		query = query->len > 0 ? query : &base_query;
	}
	remove_dots(&path);
	put(&path, query);
	out->path = path.text;
}

static int resolve(const struct url *base, const struct reference *r, struct url *out)
{
	int err = 0;

	if (r->scheme.len > 0)
		err = set_scheme(&r->scheme, out);
	else if (base)
		out->scheme = mem_strdup(base->scheme);
	if (err)
		return err;
	if (r->has_authority && out->scheme)
		err = set_authority(&r->authority, out);
	else if (base && r->scheme.len == 0)
		copy_authority(base, out);
	else /* "http:path" once meant what "path" does (section 5.2.2) */
		err = ERR_SYNTAX;
	if (err == 0)
		set_path(base, r, out);
	return err;
}

static int check_length(const struct url *url)
{
	struct strbuf text = {0};
	bool fits;

	url_text(url, &text);
	fits = text.len <= URL_MAX;
	strbuf_release(&text);
	return fits ? 0 : ERR_TOO_LONG;
}

static int read_reference(const struct url *base, const char *text, size_t len, struct url *out)
{
	struct strbuf plain;
	int err = clean(text, len, &plain);

	*out = (struct url){0};
	if (err == 0) {
		struct reference r = split(plain.text);

		err = resolve(base, &r, out);
	}
	if (err == 0)
		err = check_length(out);
	if (err)
		url_release(out);
	strbuf_release(&plain);
	return err;
}

int url_parse(const char *text, size_t len, struct url *out)
{
	return read_reference(NULL, text, len, out);
}

int url_join(const struct url *base, const char *location, size_t len, struct url *out)
{
	return read_reference(base, location, len, out);
}

/* RFC 6874, section 2: the percent sign before a zone is written "%25". */
static void put_literal(const char *host, struct strbuf *out)
{
	size_t ip = strcspn(host, "%");

	strbuf_putc(out, '[');
	strbuf_add(out, host, ip);
	if (host[ip])
		strbuf_printf(out, "%%25%s", host + ip + 1);
	strbuf_putc(out, ']');
}

void url_text(const struct url *url, struct strbuf *out)
{
	strbuf_printf(out, "%s://", url->scheme);
	if (strchr(url->host, ':'))
		put_literal(url->host, out);
	else
		strbuf_puts(out, url->host);
	if (url->port != default_port(url->scheme))
		strbuf_printf(out, ":%u", url->port);
	strbuf_puts(out, url->path ? url->path : "/");
}

void url_release(struct url *url)
{
	free(url->scheme);
	free(url->host);
	free(url->path);
	*url = (struct url){0};
}
