/* SPDX-License-Identifier: MIT */
/*
 * First byte: options; first line behind it: a target specification; second: an exclusion; the
 * rest: a list file, as targets if the options say so and else as exclusions.
 */
#include "netprobe/net/target.h"
#include "netprobe/base/err.h"
#include "netprobe/net/uri.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NEXT_MAX = 1000 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static char *take_line(const uint8_t **data, size_t *size)
{
	const uint8_t *end = memchr(*data, '\n', *size);
	size_t len = end ? (size_t)(end - *data) : *size;
	char *line = strndup((const char *)*data, len);

	must(line != NULL);
	len += end != NULL;
	*data += len;
	*size -= len;
	return line;
}

/* Files of this machine are none of the fuzzer's business. */
static bool is_list(const char *spec)
{
	return spec[0] == '@' || strcmp(spec, "-") == 0;
}

static int list_file(const uint8_t *data, size_t size, char spec[static 40])
{
	int fd = memfd_create("list", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(spec, 40, "@/proc/self/fd/%d", fd);
	return fd;
}

/* Both go to a server, and into its request line. */
static void check_url(const struct target *next)
{
	must(!next->path || next->scheme);
	if (!next->scheme)
		return;
	must(next->port != 0 && uri_scheme_ok(next->scheme, strlen(next->scheme)));
	for (const char *c = next->scheme; *c; c++)
		must(*c < 'A' || *c > 'Z');
	if (!next->path)
		return;
	must(next->path[0] == '/' && strlen(next->path) <= URI_PATH_MAX);
	for (const char *c = next->path; *c; c++)
		must(*c > ' ' && *c < 0x7f && *c != '#');
}

/* A range's text, excluded elsewhere, must cover what came out of the range. */
static void check_target(const struct targets *t, const struct target *next)
{
	struct targets *cover = targets_new(&(struct target_options){0});

	must(next->host && next->host[0] != '\0');
	check_url(next);
	must(targets_exclude(cover, next->host, NULL) == 0);
	if (next->addr.family == 0) {
		must(next->addr.scope == 0);
	} else {
		must(targets_excluded(cover, &next->addr));
		must(!targets_excluded(t, &next->addr));
	}
	targets_free(cover);
}

static void walk(struct targets *t, bool ascending)
{
	struct strbuf bad = {0};
	struct target next;
	struct addr before = {0};
	int got = 1;

	for (int i = 0; i < NEXT_MAX && got != 0; i++) {
		strbuf_reset(&bad);
		got = targets_next(t, &next, &bad);
		must(got >= 0 || bad.len > 0);
		must(got != 1 || bad.len == 0);
		if (got != 1)
			continue;
		check_target(t, &next);
		if (ascending && before.family != 0)
			must(addr_compare(&before, &next.addr) < 0);
		before = next.addr;
		if (i % 7 == 6 && next.addr.family != 0)
			targets_exclude_addr(t, &next.addr);
	}
	strbuf_release(&bad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t flags = size > 0 ? data[0] : 0;
	struct target_options options = {.sequential = flags & 1, .seed = flags};
	struct targets *t;
	char *spec, *gone, list[40];
	bool exact;
	int fd;

	if (size == 0)
		return 0;
	data++, size--;
	options.family = flags & 4 ? 4 : flags & 8 ? 6 : 0;
	t = targets_new(&options);
	spec = take_line(&data, &size);
	gone = take_line(&data, &size);
	fd = list_file(data, size, list);
	if (!is_list(gone))
		targets_exclude(t, gone, NULL);
	if (flags & 2)
		targets_exclude(t, list, NULL);
	if (!is_list(spec))
		targets_add(t, spec);
	if (!(flags & 2))
		must(targets_add(t, list) == 0);
	/* a list of ranges starts anew with each */
	walk(t, options.sequential && flags & 2);
	targets_count(t, &exact);
	targets_free(t);
	free(spec);
	free(gone);
	close(fd);
	return 0;
}
