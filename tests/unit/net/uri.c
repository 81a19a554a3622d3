/* SPDX-License-Identifier: MIT */
#include "netprobe/net/uri.h"

#include "../unit.h"

#include "netprobe/base/err.h"

#include <string.h>

typedef int parser(const char *text, size_t len, struct uri_host *out);

static void check(parser *parse, const char *text, const char *host, unsigned family, unsigned port)
{
	struct uri_host have;

	ck_assert_msg(parse(text, strlen(text), &have) == 0, "%s", text);
	ck_assert_str_eq(have.host, host);
	ck_assert_uint_eq(have.addr.family, family);
	ck_assert_uint_eq(have.port, port);
	free(have.host);
}

static void check_bad(parser *parse, const char *text, int want)
{
	struct uri_host have;

	ck_assert_int_eq(parse(text, strlen(text), &have), want);
	ck_assert_ptr_null(have.host);
	ck_assert_uint_eq(have.port, 0);
	ck_assert_uint_eq(have.addr.family, 0);
}

START_TEST(uri_host_is_a_name_or_a_literal)
{
	check(uri_host_port, "Web.example:80", "Web.example", 0, 80);
	check(uri_host_port, "10.0.0.1", "10.0.0.1", 4, 0);
	check(uri_host_port, "::1", "::1", 6, 0);
	check(uri_host_port, "[::1]:443", "::1", 6, 443);
	check_bad(uri_host_port, "", ERR_EMPTY);
	check_bad(uri_host_port, ":80", ERR_SYNTAX);
	check_bad(uri_host_port, "web.example:", ERR_PORT);
	check_bad(uri_host_port, "web.example:65536", ERR_PORT);
	check_bad(uri_host_port, "-a:80", ERR_NAME);
	check_bad(uri_host_port, "10.1:80", ERR_ADDRESS);
}
END_TEST

START_TEST(uri_authority_passes_over_users_and_empty_ports)
{
	check(uri_authority, "me:pw@web.example:", "web.example", 0, 0);
	check(uri_authority, "a@b@web.example:81", "web.example", 0, 81);
	check(uri_authority, "[fe80::1%25lo]:81", "fe80::1%lo", 6, 81);
	check_bad(uri_authority, "", ERR_SYNTAX);
	check_bad(uri_authority, "me@", ERR_SYNTAX);
	check_bad(uri_authority, "[fe80::1%25]", ERR_ZONE);
}
END_TEST

START_TEST(uri_authority_ends_where_path_query_or_fragment_begin)
{
	ck_assert_uint_eq(uri_authority_len("web/a", 5), 3);
	ck_assert_uint_eq(uri_authority_len("web?a", 5), 3);
	ck_assert_uint_eq(uri_authority_len("web#a", 5), 3);
	ck_assert_uint_eq(uri_authority_len("web", 3), 3);
	ck_assert_uint_eq(uri_authority_len("web/a", 2), 2);
}
END_TEST

START_TEST(uri_scheme_begins_with_a_letter)
{
	ck_assert(uri_scheme_ok("git+ssh", 7));
	ck_assert(uri_scheme_ok("a.b-2", 5));
	ck_assert(!uri_scheme_ok("", 0));
	ck_assert(!uri_scheme_ok("2a", 2));
	ck_assert(!uri_scheme_ok("a_b", 3));
}
END_TEST

START_TEST(uri_encode_leaves_no_blank_and_nothing_beyond_ascii)
{
	struct strbuf out = {0};

	ck_assert_int_eq(uri_encode("/a b%20\xc3\xbc~", 10, &out), 0);
	ck_assert_str_eq(out.text, "/a%20b%20%C3%BC~");
	ck_assert_int_eq(uri_encode("\n", 1, &out), ERR_SYNTAX);
	ck_assert_int_eq(uri_encode("\0", 1, &out), ERR_SYNTAX);
	ck_assert_int_eq(uri_encode("\x7f", 1, &out), ERR_SYNTAX);
	strbuf_release(&out);
}
END_TEST

UNIT_MAIN("net/uri", uri_host_is_a_name_or_a_literal,
	uri_authority_passes_over_users_and_empty_ports,
	uri_authority_ends_where_path_query_or_fragment_begin, uri_scheme_begins_with_a_letter,
	uri_encode_leaves_no_blank_and_nothing_beyond_ascii)
