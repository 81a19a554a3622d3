/* SPDX-License-Identifier: MIT */
/* First line: a URL; the rest: what a Location field says behind it. */
#include "netprobe/banner/url.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_bytes(const char *text)
{
	for (const char *c = text; *c; c++)
		must(*c > ' ' && *c < 0x7f && *c != '#');
}

static bool has_dots(const char *path)
{
	size_t len = strcspn(path, "?");

	for (size_t at = 0; at < len; at++) {
		size_t segment = strcspn(path + at + 1, "/?");

		if ((segment == 1 || segment == 2) && memcmp(path + at + 1, "..", segment) == 0)
			return true;
		at += segment;
	}
	return false;
}

static void check_same(const struct url *a, const struct url *b)
{
	must(strcmp(a->scheme, b->scheme) == 0 && strcmp(a->host, b->host) == 0);
	must(strcmp(a->path, b->path) == 0 && a->port == b->port);
	must(addr_compare(&a->addr, &b->addr) == 0 && a->addr.port == b->addr.port);
}

/* Its own text, and its own path, lead to where it is. */
static void check_again(const struct url *url, const char *text, size_t len)
{
	struct url again;

	must(url_parse(text, len, &again) == 0);
	check_same(url, &again);
	url_release(&again);
	must(url_join(url, text, len, &again) == 0);
	check_same(url, &again);
	url_release(&again);
	if (strncmp(url->path, "//", 2) == 0)
		return;
	must(url_join(url, url->path, strlen(url->path), &again) == 0);
	check_same(url, &again);
	url_release(&again);
}

static void check_url(const struct url *url)
{
	struct strbuf text = {0};

	must(strcmp(url->scheme, "http") == 0 || strcmp(url->scheme, "https") == 0);
	must(url->port != 0 && url->host[0] != '\0' && url->path[0] == '/');
	must(!url->addr.family || url->addr.port == url->port);
	must(!strpbrk(url->host, "/?#@[]\\"));
	must(!strchr(url->host, ':') || url->addr.family == 6);
	must(!has_dots(url->path));
	url_text(url, &text);
	must(text.len <= URL_MAX && strlen(text.text) == text.len);
	check_bytes(text.text);
	check_again(url, text.text, text.len);
	strbuf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char scheme[] = "http", host[] = "h", path[] = "/a/b/c?d";
	struct url home = {.scheme = scheme, .host = host, .path = path, .port = 80};
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	size_t first = end ? (size_t)(end - data) : size;
	struct url base, joined;
	bool based = url_parse((const char *)data, first, &base) == 0;

	if (based)
		check_url(&base);
	first += end != NULL;
	if (url_join(based ? &base : &home, (const char *)data + first, size - first, &joined) == 0)
		check_url(&joined);
	url_release(&joined);
	url_release(&base);
	return 0;
}
