/* SPDX-License-Identifier: MIT */
/* The first byte chooses: h, a HOST of an option; p, its ports; else the rest is a filter's text.
 */
#include "netprobe/procfs/filter.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static const char *cgroup_path(void *user, uint64_t cgroup)
{
	(void)user;
	return cgroup == 1 ? "/system.slice/ssh.service" : NULL;
}

/* Whose loopback is mapped has ::ffff:127.0.0.1. */
static struct addr loopback(uint8_t family, bool mapped, uint16_t port)
{
	struct addr a = {.family = family, .port = port};

	if (mapped)
		memcpy(a.ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16);
	else if (family == 6)
		a.ip[15] = 1;
	else
		memcpy(a.ip, "\x7f\0\0\1", 4);
	return a;
}

enum { ENTRIES = 8 };

static void fill(struct socket_entry entries[static ENTRIES])
{
	memset(entries, 0, ENTRIES * sizeof *entries);
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct socket_entry *e = &entries[i];

		e->state = (uint8_t)(1 + i % (SOCKET_STATES - 1));
		e->inode = i;
		e->cgroup = i % 3;
		e->interface = i % 2;
		if (i >= 4) {
			e->proto = SOCKET_UNIX;
			continue;
		}
		e->family = i < 2 ? 4 : 6;
		e->local = loopback(e->family, i == 3, (uint16_t)(i * 22));
		e->peer = loopback(e->family, i == 3, (uint16_t)(i * 1000));
	}
	entries[5].path = "/run/a/b.sock";
	entries[5].path_len = 13;
	entries[6].path = "\0a@B\0\xff";
	entries[6].path_len = 6;
	entries[7].path = "";
}

/* A bit for each entry that matches. */
static unsigned matches(struct filter *f)
{
	struct socket_entry entries[ENTRIES];
	unsigned bits = 0;

	filter_on_cgroup(f, cgroup_path, NULL);
	fill(entries);
	for (unsigned i = 0; i < ENTRIES; i++)
		bits |= (unsigned)filter_matches(f, &entries[i]) << i;
	return bits;
}

static const unsigned all = (1U << ENTRIES) - 1;

static void check_error(struct filter *f, int err, const struct strbuf *why)
{
	must(err < 0 && why->len > 0 && why->len < 512);
	must(matches(f) == all);
}

/* What the text in brackets does not match, the text does; it may be too deep for them. */
static void check_complement(const char *text, unsigned have)
{
	struct strbuf turned = {0}, why = {0};
	struct filter *f = filter_new();
	size_t at;
	int err;

	strbuf_printf(&turned, "!(%s)", text);
	err = filter_parse(f, turned.text, FILTER_NO_NAMES, &why, &at);
	must(err == 0 || err == ERR_TOO_LONG);
	must(err != 0 || matches(f) == (all & ~have));
	filter_free(f);
	strbuf_release(&turned);
	strbuf_release(&why);
}

static void check_text(const char *text)
{
	struct strbuf why = {0};
	struct filter *f = filter_new();
	size_t at = SIZE_MAX;
	int err = filter_parse(f, text, FILTER_NO_NAMES, &why, &at);
	size_t len = strlen(text);
	bool given, empty = text[strspn(text, " \t\n\v\f\r")] == '\0';

	if (err) {
		must(at <= len);
		check_error(f, err, &why);
	} else {
		must(why.len == 0);
		must(filter_begins(text) == !empty);
		must((filter_states(f, &given) & ~SOCKET_ALL_STATES) == 0);
		/* a backslash at the end would take the bracket */
		if (!given && !empty && text[len - 1] != '\\')
			check_complement(text, matches(f));
	}
	filter_free(f);
	strbuf_release(&why);
}

static void check_option(const char *text, bool host)
{
	struct strbuf why = {0};
	struct filter *f = filter_new();
	int err = host ? filter_add_host(f, FILTER_EITHER, text, FILTER_NO_NAMES, &why)
		       : filter_add_ports(f, FILTER_EITHER, text, &why);

	if (err)
		must(err < 0 && why.len > 0 && matches(f) == all);
	else
		must(why.len == 0 && matches(f) <= all);
	filter_free(f);
	strbuf_release(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	text = mem_strndup((const char *)data + 1, size - 1);
	if (data[0] == 'h' || data[0] == 'p')
		check_option(text, data[0] == 'h');
	else
		check_text(text);
	free(text);
	return 0;
}
