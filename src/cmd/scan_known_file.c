/* SPDX-License-Identifier: MIT */
#include "netprobe/base/err.h"
#include "scan_known_store.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static int said(struct strbuf *why, const char *text)
{
	strbuf_puts(why, text);
	return ERR_SYNTAX;
}

/* Such as a device's: zeros without end. */
static int read_too_long(const struct ndjson *n, struct strbuf *why)
{
	size_t len;
	const char *text = ndjson_raw(n, &len);

	return said(why, memchr(text, '\0', len) ? "has a NUL" : "the line is too long");
}

static int read_record(struct scan_known *k, const struct ndjson_record *r, struct strbuf *why)
{
	if (k->is_lines)
		return said(why, "a record among lines of another kind");
	k->is_records = true;
	return known_read_record(k, r, why);
}

static int read_text(
	struct scan_known *k, const struct ndjson *n, enum known_kind wanted, struct strbuf *why)
{
	size_t len;
	const char *text = ndjson_raw(n, &len);

	if (k->is_records)
		return said(why, "no record");
	if (wanted == KNOWN_RECORDS)
		return said(why, "no record: only what 'netprobe scan -j' wrote is of use here");
	return known_read_line(k, text, len, why);
}

/* The last line, where its newline is missing: a record may not be all of it. */
static int read_last(
	struct scan_known *k, const struct ndjson *n, enum known_kind wanted, struct strbuf *why)
{
	size_t len;
	const char *text = ndjson_raw(n, &len);

	if (k->is_lines || (!k->is_records && text[0] != '{'))
		return read_text(k, n, wanted, why);
	k->is_records = k->cut = true;
	return 0;
}

static int read_file(
	struct scan_known *k, struct ndjson *n, enum known_kind wanted, struct strbuf *why)
{
	const struct ndjson_record *r;
	int got, err = 0;

	while (err == 0 && (got = ndjson_next(n, &r)) != 0) {
		if (got == 1)
			err = read_record(k, r, why);
		else if (got == ERR_SYNTAX)
			err = read_text(k, n, wanted, why);
		else if (got == ERR_CUT)
			err = read_last(k, n, wanted, why);
		else if (got == ERR_TOO_LONG)
			err = read_too_long(n, why);
		else
			err = said(why, err_text(got));
	}
	return err;
}

struct scan_known *scan_known_read(const char *path, enum known_kind wanted, struct strbuf *why)
{
	struct ndjson *n = ndjson_open(path);
	struct scan_known *k;
	struct strbuf wrong = {0};

	if (!n) {
		strbuf_printf(why, "%s: %s", path, err_text(-errno));
		return NULL;
	}
	k = known_new();
	if (read_file(k, n, wanted, &wrong) != 0) {
		strbuf_printf(why, "%s:%" PRIu64 ": %s", path, ndjson_line(n), wrong.text);
		scan_known_free(k);
		k = NULL;
	} else {
		ndjson_cut(n, &k->whole);
		known_settle(k);
	}
	ndjson_close(n);
	strbuf_release(&wrong);
	return k;
}
