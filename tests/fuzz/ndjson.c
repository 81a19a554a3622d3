/* SPDX-License-Identifier: MIT */
/* The bytes as a file of records: each line comes once, as it stands there, and what is asked of a
 * record has its kind. */
#include "netprobe/output/ndjson.h"

#include "netprobe/base/err.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static struct ndjson *read_bytes(const uint8_t *data, size_t size)
{
	int fd = memfd_create("ndjson", MFD_CLOEXEC);
	char path[64];
	struct ndjson *n;

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	n = ndjson_open(path);
	must(n != NULL);
	close(fd);
	return n;
}

static void ask(const struct ndjson_record *r)
{
	static const char *const fields[] = {"type", "addr", "port", "state", "args", "seed",
		"counts", "counts.open|filtered", "a.b.c", ".", ""};
	uint64_t number;
	bool flag;

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const char *text = ndjson_text(r, fields[i]);
		size_t items = ndjson_list(r, fields[i]);
		int kinds = (text != NULL) + ndjson_uint(r, fields[i], &number) +
			    ndjson_bool(r, fields[i], &flag) + (items > 0);

		must(kinds <= 1);
		for (size_t item = 0; item < items; item++)
			ndjson_item(r, fields[i], item);
		must(!ndjson_item(r, fields[i], items));
	}
}

/* Where the line begins that follows, `from` where it is the last. */
static size_t next_line(const uint8_t *data, size_t size, size_t from)
{
	const uint8_t *end = from < size ? memchr(data + from, '\n', size - from) : NULL;

	return end ? (size_t)(end - data) + 1 : from;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ndjson *n = read_bytes(data, size);
	const struct ndjson_record *r;
	size_t at = 0;
	uint64_t line = 0, whole;
	int got;

	while ((got = ndjson_next(n, &r)) != 0) {
		size_t len, end;
		const char *raw = ndjson_raw(n, &len);

		must(got == 1 || got == ERR_SYNTAX || got == ERR_CUT);
		must((got == 1) == (r != NULL));
		for (; line + 1 < ndjson_line(n); line++)
			at = next_line(data, size, at);
		line = ndjson_line(n);
		must(at + len <= size && (len == 0 || memcmp(raw, data + at, len) == 0));
		end = next_line(data, size, at);
		must(got == ERR_CUT ? end == at && at + len == size : end == at + len + 1);
		if (got == ERR_CUT)
			must(ndjson_cut(n, &whole) && whole == at);
		at = end;
		if (r)
			ask(r);
	}
	must(ndjson_next(n, &r) == 0);
	must(ndjson_cut(n, &whole) == (size > 0 && data[size - 1] != '\n'));
	ndjson_close(n);
	return 0;
}
