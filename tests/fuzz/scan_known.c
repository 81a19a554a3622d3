/* SPDX-License-Identifier: MIT */
/* The bytes as a file of what is expected, lines or records: what it says of a port does not depend
 * on how it is asked. */
#include "../../src/cmd/scan_known.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1024, LINES_MAX = 16, ALL_STATES = (1 << PORT_STATES) - 2 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static struct scan_known *read_bytes(
	const uint8_t *data, size_t size, enum known_kind kind, struct strbuf *why)
{
	int fd = memfd_create("known", MFD_CLOEXEC);
	char path[64];
	struct scan_known *k;

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	k = scan_known_read(path, kind, why);
	close(fd);
	must(k ? why->len == 0
	       : why->len > strlen(path) && strncmp(why->text, path, strlen(path)) == 0);
	must(k || !memchr(why->text, '\n', strlen(why->text)) || memchr(data, '\n', size));
	return k;
}

static void check_named(const struct scan_known *k)
{
	struct addr a, before = {0};
	uint64_t at = 0;
	unsigned states;
	int proto, proto_before = 0;

	while (scan_known_next(k, &at, &a, &proto, &states)) {
		must(a.port != 0 && (proto == IPPROTO_TCP || proto == IPPROTO_UDP));
		must(states != 0 && (states & ~(unsigned)ALL_STATES) == 0);
		must(scan_known_states(k, &a, a.port, proto, NULL) == states);
		must(!scan_known_is_guess(k, &a, a.port, proto) ||
			(scan_known_is_records(k) && (states == 1 << PORT_OPEN_FILTERED ||
							     states == 1 << PORT_FILTERED ||
							     states == 1 << PORT_UNPROVED)));
		must(scan_known_has(k, proto));
		/* each once, in ascending order */
		must(addr_compare(&a, &before) != 0 || proto != proto_before ||
			a.port > before.port);
		before = a;
		proto_before = proto;
	}
	must(at == 0 || !scan_known_is_empty(k));
}

static void check_run(const struct scan_known *k)
{
	const struct known_run *run = scan_known_run(k);

	for (size_t i = 0; run && i < run->arg_count; i++)
		must(run->args[i] != NULL);
	must(!run || !run->args[run->arg_count]);
	must(!run || scan_known_is_records(k));
}

static bool has_many_lines(const uint8_t *data, size_t size)
{
	size_t lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	return lines > LINES_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf why = {0}, strict_why = {0};
	struct scan_known *k, *strict;
	uint64_t whole;

	/* a short line may name 65,534 ports */
	if (size > INPUT_MAX || has_many_lines(data, size))
		return 0;
	k = read_bytes(data, size, KNOWN_ANY, &why);
	strict = read_bytes(data, size, KNOWN_RECORDS, &strict_why);
	must(k || !strict);
	if (k) {
		check_named(k);
		check_run(k);
		must(!scan_known_cut(k, &whole) || (scan_known_is_records(k) && whole < size));
		must(!scan_known_is_records(k) || strict || memchr(data, '\n', size));
	}
	scan_known_free(k);
	scan_known_free(strict);
	strbuf_release(&why);
	strbuf_release(&strict_why);
	return 0;
}
