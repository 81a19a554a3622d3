/* SPDX-License-Identifier: MIT */
#include "netprobe/output/ndjson.h"

#include "netprobe/base/err.h"

#include "../unit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct ndjson *read_bytes(const char *bytes, size_t len)
{
	char path[] = "/tmp/netprobe-unit-XXXXXX";
	int fd = mkstemp(path);
	struct ndjson *n;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
	n = ndjson_open(path);
	unlink(path);
	ck_assert_ptr_nonnull(n);
	return n;
}

static struct ndjson *read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void expect(struct ndjson *n, int code)
{
	const struct ndjson_record *r;

	ck_assert_int_eq(ndjson_next(n, &r), code);
	ck_assert((code == 1) == (r != NULL));
}

/* The only line of a text. */
static const struct ndjson_record *only(const char *text, struct ndjson **n)
{
	const struct ndjson_record *r;

	*n = read_text(text);
	ck_assert_msg(ndjson_next(*n, &r) == 1, "%s", text);
	return r;
}

START_TEST(records_come_a_line_each_and_empty_lines_do_not_count)
{
	struct ndjson *n = read_text("{\"a\":1}\n\n \t\r\n{\"a\":2}\r\n");
	const struct ndjson_record *r;
	uint64_t value, offset;

	ck_assert_int_eq(ndjson_next(n, &r), 1);
	ck_assert(ndjson_uint(r, "a", &value) && value == 1);
	ck_assert_uint_eq(ndjson_line(n), 1);
	ck_assert_int_eq(ndjson_next(n, &r), 1);
	ck_assert(ndjson_uint(r, "a", &value) && value == 2);
	ck_assert_uint_eq(ndjson_line(n), 4);
	expect(n, 0);
	expect(n, 0);
	ck_assert(!ndjson_cut(n, &offset));
	ck_assert_uint_eq(offset, 22);
	ndjson_close(n);
}
END_TEST

START_TEST(fields_have_their_kinds)
{
	static const char text[] =
		"{\"t\":\"x\\u00e4\",\"u\":18446744073709551615,\"b\":true,\"l\":[\"one\",2,"
		"\"three\"],"
		"\"n\":null,\"s\":{\"in\":{\"u\":7}},\"f\":1.5,\"m\":-1,\"z\":\"a\\u0000b\"}\n";
	struct ndjson *n;
	const struct ndjson_record *r = only(text, &n);
	uint64_t u = 5;
	bool b = false;

	ck_assert_str_eq(ndjson_text(r, "t"), "xä");
	ck_assert(ndjson_uint(r, "u", &u) && u == UINT64_MAX);
	ck_assert(ndjson_bool(r, "b", &b) && b);
	ck_assert_uint_eq(ndjson_list(r, "l"), 3);
	ck_assert_str_eq(ndjson_item(r, "l", 2), "three");
	ck_assert_ptr_null(ndjson_item(r, "l", 1));
	ck_assert_ptr_null(ndjson_item(r, "l", 3));
	ck_assert(ndjson_uint(r, "s.in.u", &u) && u == 7);
	ndjson_close(n);
}
END_TEST

START_TEST(fields_of_another_kind_are_not_there)
{
	static const char text[] =
		"{\"t\":\"x\",\"u\":1,\"b\":true,\"l\":[],\"n\":null,\"s\":{},\"f\":1.5,\"m\":-1,"
		"\"z\":\"a\\u0000b\"}\n";
	static const char *const names[] = {
		"n", "none", "s", "f", "m", "z", "u.x", "s.none", "", ".", "s."};
	struct ndjson *n;
	const struct ndjson_record *r = only(text, &n);
	uint64_t u;
	bool b;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		ck_assert_msg(!ndjson_text(r, names[i]), "%s", names[i]);
		ck_assert_msg(!ndjson_uint(r, names[i], &u), "%s", names[i]);
		ck_assert_msg(!ndjson_bool(r, names[i], &b), "%s", names[i]);
		ck_assert_uint_eq(ndjson_list(r, names[i]), 0);
		ck_assert_ptr_null(ndjson_item(r, names[i], 0));
	}
	ck_assert(!ndjson_text(r, "u") && !ndjson_uint(r, "t", &u) && !ndjson_bool(r, "u", &b));
	ndjson_close(n);
}
END_TEST

START_TEST(a_record_nests_where_it_has_one_of_its_own)
{
	static const char text[] =
		"{\"r\":{\"in\":{\"u\":7}},\"e\":{},\"t\":\"{}\",\"l\":[{}],\"n\":null,\"u\":1}\n";
	static const char *const plain[] = {
		"t", "l", "n", "u", "none", "r.in.u", "r.none", "t.in", ""};
	struct ndjson *n;
	const struct ndjson_record *r = only(text, &n);

	ck_assert(ndjson_nests(r, "r") && ndjson_nests(r, "r.in") && ndjson_nests(r, "e"));
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		ck_assert_msg(!ndjson_nests(r, plain[i]), "%s", plain[i]);
	ndjson_close(n);
}
END_TEST

START_TEST(a_last_line_without_newline_is_cut_wherever_it_ends)
{
	static const char last[] = "{\"a\":2}";

	for (size_t len = 1; len <= strlen(last); len++) {
		char text[32];
		struct ndjson *n;
		uint64_t offset;
		size_t raw;

		snprintf(text, sizeof text, "{\"a\":1}\n%.*s", (int)len, last);
		n = read_text(text);
		expect(n, 1);
		ck_assert(!ndjson_cut(n, &offset));
		expect(n, ERR_CUT);
		ck_assert_int_eq(strncmp(ndjson_raw(n, &raw), last, len), 0);
		ck_assert_uint_eq(raw, len);
		expect(n, 0);
		ck_assert(ndjson_cut(n, &offset));
		ck_assert_uint_eq(offset, 8);
		ck_assert_uint_eq(ndjson_line(n), 2);
		ndjson_close(n);
	}
}
END_TEST

START_TEST(lines_that_are_no_records_are_passed_over_one_by_one)
{
	static const char *const bad[] = {"x", "1", "\"text\"", "[1]", "null", "{", "{\"a\":1",
		"{\"a\":1}}", "{\"a\":1} x", "{\"a\":1}{\"a\":2}", "{\"a\":1,}", "{\"a\":nan}",
		"{\"a\":\"\xff\"}", "{\"a\":01}", "# note"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char text[64];
		const struct ndjson_record *r;
		struct ndjson *n;
		size_t len;
		int got;

		snprintf(text, sizeof text, "%s\n{\"b\":1}\n", bad[i]);
		n = read_text(text);
		got = ndjson_next(n, &r);
		ck_assert_msg(got == ERR_SYNTAX, "%s: %d", bad[i], got);
		ck_assert_str_eq(ndjson_raw(n, &len), bad[i]);
		expect(n, 1);
		expect(n, 0);
		ndjson_close(n);
	}
}
END_TEST

START_TEST(nuls_make_a_line_none)
{
	static const char bytes[] = "{\"a\":1}\0\n\0{\"a\":1}\n{\"a\0\":1}\n\0\n{\"a\":1}\n";
	struct ndjson *n = read_bytes(bytes, sizeof bytes - 1);

	for (int i = 0; i < 4; i++)
		expect(n, ERR_SYNTAX);
	expect(n, 1);
	expect(n, 0);
	ndjson_close(n);
}
END_TEST

START_TEST(what_nests_deep_is_refused_and_costs_no_stack)
{
	enum { DEEP = 100000 };
	char *text = malloc(5 + 2 * DEEP + 10);
	struct ndjson *n;

	memcpy(text, "{\"a\":", 5);
	memset(text + 5, '[', DEEP);
	memset(text + 5 + DEEP, ']', DEEP);
	memcpy(text + 5 + 2 * DEEP, "}\n{\"a\":1}\n", 10);
	n = read_bytes(text, 5 + 2 * DEEP + 10);
	expect(n, ERR_SYNTAX);
	expect(n, 1);
	expect(n, 0);
	ndjson_close(n);
	free(text);
}
END_TEST

/* "{"a":1}", a line of `len` bytes, "{"b":22}" */
static struct ndjson *read_long(size_t len)
{
	char *text = malloc(8 + len + 10);
	struct ndjson *n;

	memset(text, ' ', 8 + len);
	memcpy(text, "{\"a\":1}\n{\"a\":1}", 15);
	memcpy(text + 8 + len, "\n{\"b\":22}\n", 10);
	n = read_bytes(text, 8 + len + 10);
	free(text);
	return n;
}

START_TEST(a_line_beyond_all_bounds_is_the_last_that_is_read)
{
	struct ndjson *n = read_long(NDJSON_LINE_MAX);
	uint64_t offset;
	size_t len;

	expect(n, 1);
	expect(n, 1);
	expect(n, 1);
	expect(n, 0);
	ndjson_close(n);
	n = read_long(NDJSON_LINE_MAX + 1);
	expect(n, 1);
	expect(n, ERR_TOO_LONG);
	ck_assert_uint_eq(ndjson_line(n), 2);
	ck_assert(strncmp(ndjson_raw(n, &len), "{\"a\":1} ", 8) == 0 && len <= NDJSON_LINE_MAX);
	expect(n, 0);
	expect(n, 0);
	ck_assert(!ndjson_cut(n, &offset));
	ck_assert_uint_eq(offset, 8);
	ndjson_close(n);
}
END_TEST

START_TEST(what_has_no_end_is_not_read_to_its_end)
{
	struct ndjson *n = ndjson_open("/dev/zero");

	expect(n, ERR_TOO_LONG);
	ck_assert_uint_eq(ndjson_line(n), 1);
	expect(n, 0);
	ndjson_close(n);
}
END_TEST

/* As file systems leave it where the power went: longer than what was written of it. */
START_TEST(a_tail_of_nuls_is_a_cut_line)
{
	enum { TAIL = 1 << 20 };
	char *text = malloc(8 + TAIL);
	struct ndjson *n;
	uint64_t offset;

	memset(text, 0, 8 + TAIL);
	memcpy(text, "{\"a\":1}\n", 8);
	n = read_bytes(text, 8 + TAIL);
	expect(n, 1);
	expect(n, ERR_CUT);
	expect(n, 0);
	ck_assert(ndjson_cut(n, &offset) && offset == 8);
	ndjson_close(n);
	free(text);
}
END_TEST

START_TEST(numbers_beyond_all_bounds_stay_within_theirs)
{
	struct ndjson *n;
	const struct ndjson_record *r = only("{\"big\":99999999999999999999999999,\"small\":-"
					     "99999999999999999999999999,\"e\":1e999}\n",
		&n);
	uint64_t u = 0;

	ck_assert(!ndjson_uint(r, "big", &u) || u == UINT64_MAX);
	ck_assert(!ndjson_uint(r, "small", &u));
	ck_assert(!ndjson_uint(r, "e", &u));
	ndjson_close(n);
}
END_TEST

START_TEST(what_cannot_be_read_says_why)
{
	errno = 0;
	ck_assert_ptr_null(ndjson_open("/nonexistent/file"));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_ptr_null(ndjson_open("/tmp"));
	ck_assert_int_eq(errno, EISDIR);
	ndjson_close(NULL);
}
END_TEST

UNIT_MAIN("output/ndjson", records_come_a_line_each_and_empty_lines_do_not_count,
	fields_have_their_kinds, fields_of_another_kind_are_not_there,
	a_record_nests_where_it_has_one_of_its_own,
	a_last_line_without_newline_is_cut_wherever_it_ends,
	lines_that_are_no_records_are_passed_over_one_by_one, nuls_make_a_line_none,
	what_nests_deep_is_refused_and_costs_no_stack,
	a_line_beyond_all_bounds_is_the_last_that_is_read, what_has_no_end_is_not_read_to_its_end,
	a_tail_of_nuls_is_a_cut_line, numbers_beyond_all_bounds_stay_within_theirs,
	what_cannot_be_read_says_why)
