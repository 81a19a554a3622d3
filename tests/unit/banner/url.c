/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/url.h"

#include "../unit.h"

#include "netprobe/base/err.h"

#include <string.h>

static void check_text(const struct url *url, const char *want)
{
	struct strbuf have = {0};

	url_text(url, &have);
	ck_assert_str_eq(have.text, want);
	strbuf_release(&have);
}

static void check_parsed(const char *text, const char *want)
{
	struct url url;

	ck_assert_msg(url_parse(text, strlen(text), &url) == 0, "%s", text);
	check_text(&url, want);
	url_release(&url);
}

static void check_bad_bytes(const char *text, size_t len, int want)
{
	struct url url;
	int have = url_parse(text, len, &url);

	ck_assert_msg(have == want, "%s: %d, not %d", text, have, want);
	ck_assert(!url.scheme && !url.host && !url.path && url.port == 0);
}

static void check_bad(const char *text, int want)
{
	check_bad_bytes(text, strlen(text), want);
}

static void check_joined(const char *base, const char *location, const char *want)
{
	struct url from, to;

	ck_assert_int_eq(url_parse(base, strlen(base), &from), 0);
	ck_assert_msg(url_join(&from, location, strlen(location), &to) == 0, "%s", location);
	check_text(&to, want);
	url_release(&from);
	url_release(&to);
}

static void check_bad_join(const char *location, int want)
{
	struct url from, to;

	ck_assert_int_eq(url_parse("https://h/", 10, &from), 0);
	ck_assert_int_eq(url_join(&from, location, strlen(location), &to), want);
	ck_assert(!to.scheme && !to.host && !to.path);
	url_release(&from);
}

START_TEST(url_has_scheme_host_port_and_path)
{
	struct url url;

	ck_assert_int_eq(url_parse("HTTPS://Web.Example:8443/A?b", 28, &url), 0);
	ck_assert_str_eq(url.scheme, "https");
	ck_assert_str_eq(url.host, "web.example");
	ck_assert_uint_eq(url.port, 8443);
	ck_assert_str_eq(url.path, "/A?b");
	ck_assert_uint_eq(url.addr.family, 0);
	url_release(&url);
	ck_assert_ptr_null(url.host);
	url_release(&url);
}
END_TEST

START_TEST(url_port_comes_from_the_scheme)
{
	struct url url;

	ck_assert_int_eq(url_parse("http://a", 8, &url), 0);
	ck_assert_uint_eq(url.port, 80);
	url_release(&url);
	ck_assert_int_eq(url_parse("https://a:/", 11, &url), 0);
	ck_assert_uint_eq(url.port, 443);
	url_release(&url);
	check_parsed("http://a:80/", "http://a/");
	check_parsed("http://a:443/", "http://a:443/");
	check_parsed("https://a:443/", "https://a/");
}
END_TEST

START_TEST(url_literals_are_addresses)
{
	struct url url;
	struct addr want;

	ck_assert_int_eq(url_parse("http://[2001:DB8::0:1]:81", 25, &url), 0);
	addr_parse("2001:db8::1", 11, &want);
	ck_assert_int_eq(addr_compare(&url.addr, &want), 0);
	ck_assert_uint_eq(url.addr.port, 81);
	ck_assert_str_eq(url.host, "2001:db8::1");
	url_release(&url);
	check_parsed("http://[2001:DB8::0:1]:81", "http://[2001:db8::1]:81/");
	check_parsed("https://10.0.0.1", "https://10.0.0.1/");
	check_parsed("http://[fe80::1%25lo]/", "http://[fe80::1%25lo]/");
	check_bad("http://2001:db8::1/", ERR_ADDRESS);
	check_bad("http://[10.0.0.1]/", ERR_ADDRESS);
	check_bad("http://10.1/", ERR_ADDRESS);
	check_bad("http://0x7f000001/", ERR_ADDRESS);
	check_bad("http://[fe80::1%25no-such-if]/", ERR_ZONE);
}
END_TEST

START_TEST(url_hosts_are_checked_strictly)
{
	check_parsed("http://a_b-1.example./", "http://a_b-1.example./");
	check_bad("http:///x", ERR_SYNTAX);
	check_bad("http://?x", ERR_SYNTAX);
	check_bad("http://:80/", ERR_SYNTAX);
	check_bad("http://a b/", ERR_NAME);
	check_bad("http://a\\b/", ERR_NAME);
	check_bad("http://a%2eb/", ERR_NAME);
	check_bad("http://b\xc3\xbc"
		  "cher/",
		ERR_NAME);
	check_bad("http://a..b/", ERR_NAME);
	check_bad("http://a:0/", ERR_PORT);
	check_bad("http://a:65536/", ERR_PORT);
	check_bad("http://a:8o/", ERR_PORT);
}
END_TEST

START_TEST(url_refuses_users)
{
	check_bad("http://me@a/", ERR_SYNTAX);
	check_bad("http://me:secret@a/", ERR_SYNTAX);
	check_bad("http://@a/", ERR_SYNTAX);
	check_parsed("http://a/me@b", "http://a/me@b");
}
END_TEST

START_TEST(url_is_of_http_and_nothing_else)
{
	check_bad("ftp://a/", ERR_SERVICE);
	check_bad("javascript:alert(1)", ERR_SERVICE);
	check_bad("file:///etc/passwd", ERR_SERVICE);
	check_bad("httpss://a/", ERR_SERVICE);
	check_bad("http:a", ERR_SYNTAX);
	check_bad("http:/a", ERR_SYNTAX);
	check_bad("a.example/x", ERR_SYNTAX);
	check_bad("//a.example/x", ERR_SYNTAX);
	check_bad("/x", ERR_SYNTAX);
	check_bad("", ERR_SYNTAX);
}
END_TEST

START_TEST(url_can_go_into_a_request_line)
{
	check_parsed(" \thttp://a/b c?d e\t ", "http://a/b%20c?d%20e");
	check_parsed("http://a/\xc3\xbc\xff%20", "http://a/%C3%BC%FF%20");
	check_bad("http://a/\r\nHost: b", ERR_SYNTAX);
	check_bad("http://a/b\tc", ERR_SYNTAX);
	check_bad("http://a/\x7f", ERR_SYNTAX);
	check_bad_bytes("http://a/\0b", 11, ERR_SYNTAX);
	check_parsed("http://a/b#c\nd", "http://a/b");
}
END_TEST

START_TEST(url_has_a_bound)
{
	struct strbuf text = {0};
	struct url url, joined;

	strbuf_puts(&text, "http://a/");
	strbuf_pad(&text, 'x', URL_MAX - text.len);
	ck_assert_int_eq(url_parse(text.text, text.len, &url), 0);
	ck_assert_int_eq(url_join(&url, "/x", 2, &joined), 0);
	url_release(&joined);
	/* what fits by itself need not fit behind a host */
	ck_assert_int_eq(url_join(&url, text.text + 7, URL_MAX - 7, &joined), ERR_TOO_LONG);
	url_release(&url);
	strbuf_putc(&text, 'x');
	check_bad(text.text, ERR_TOO_LONG);
	/* nor what was encoded */
	text.text[--text.len] = '\0';
	text.text[20] = ' ';
	check_bad(text.text, ERR_TOO_LONG);
	strbuf_release(&text);
}
END_TEST

/* RFC 3986, section 5.4, with a base of http; a fragment is dropped. */
START_TEST(url_join_resolves_as_the_standard_has_it)
{
	static const char *const pairs[][2] = {
		{"g", "http://a/b/c/g"},
		{"./g", "http://a/b/c/g"},
		{"g/", "http://a/b/c/g/"},
		{"/g", "http://a/g"},
		{"//g", "http://g/"},
		{"?y", "http://a/b/c/d;p?y"},
		{"g?y", "http://a/b/c/g?y"},
		{"#s", "http://a/b/c/d;p?q"},
		{"g#s", "http://a/b/c/g"},
		{"g?y#s", "http://a/b/c/g?y"},
		{";x", "http://a/b/c/;x"},
		{"g;x?y#s", "http://a/b/c/g;x?y"},
		{"", "http://a/b/c/d;p?q"},
		{".", "http://a/b/c/"},
		{"./", "http://a/b/c/"},
		{"..", "http://a/b/"},
		{"../", "http://a/b/"},
		{"../g", "http://a/b/g"},
		{"../..", "http://a/"},
		{"../../g", "http://a/g"},
		{"../../../g", "http://a/g"},
		{"../../../../g", "http://a/g"},
		{"/./g", "http://a/g"},
		{"/../g", "http://a/g"},
		{"g.", "http://a/b/c/g."},
		{".g", "http://a/b/c/.g"},
		{"g..", "http://a/b/c/g.."},
		{"..g", "http://a/b/c/..g"},
		{"./../g", "http://a/b/g"},
		{"./g/.", "http://a/b/c/g/"},
		{"g/./h", "http://a/b/c/g/h"},
		{"g/../h", "http://a/b/c/h"},
		{"g;x=1/../y", "http://a/b/c/y"},
		{"g?y/../x", "http://a/b/c/g?y/../x"},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		check_joined("http://a/b/c/d;p?q", pairs[i][0], pairs[i][1]);
}
END_TEST

START_TEST(url_join_takes_absolute_urls)
{
	check_joined("http://a/b", "HTTPS://C:8443/d/../e#f", "https://c:8443/e");
	check_joined("http://a:8080/b", "http://a", "http://a/");
	check_joined("http://a/b", "https://c?d", "https://c/?d");
	check_bad_join("ftp://c/", ERR_SERVICE);
	check_bad_join("mailto:me@c", ERR_SERVICE);
	check_bad_join("c:8080/d", ERR_SERVICE);
	check_bad_join("http:d", ERR_SYNTAX);
	check_bad_join("https://me@c/", ERR_SYNTAX);
}
END_TEST

START_TEST(url_join_keeps_what_the_reference_does_not_say)
{
	check_joined("https://a:8443/b", "//c/d", "https://c/d");
	check_joined("https://a:8443/b", "/d", "https://a:8443/d");
	check_joined("https://[::1]:8443/b/c?d", "?e", "https://[::1]:8443/b/c?e");
	check_joined("https://a", "d", "https://a/d");
	check_joined("http://a/b?c/d", "e", "http://a/e");
	check_joined("http://a/", "2:3", "http://a/2:3");
	check_joined("http://a/", "./c:8080", "http://a/c:8080");
	check_bad_join("//", ERR_SYNTAX);
	check_bad_join("///c", ERR_SYNTAX);
	check_bad_join("//me@c/", ERR_SYNTAX);
}
END_TEST

START_TEST(url_join_takes_a_path_of_slashes_for_a_path)
{
	check_joined("http://a//b/c", "d", "http://a//b/d");
	check_joined("http://a//b/c", "?d", "http://a//b/c?d");
	check_joined("http://a/b", "/.//c", "http://a//c");
}
END_TEST

START_TEST(url_join_lets_no_bytes_pass_that_break_lines)
{
	check_joined("http://a/", "b c\xc3\xbc", "http://a/b%20c%C3%BC");
	check_bad_join("/a\r\nX: y", ERR_SYNTAX);
	check_bad_join("/a\x01", ERR_SYNTAX);
}
END_TEST

START_TEST(url_join_takes_a_base_made_of_a_target)
{
	char scheme[] = "https", host[] = "b\xc3\xbc.example", path[] = "/a/../b/c?d";
	struct url base = {.scheme = scheme, .host = host, .port = 444}, out;

	ck_assert_int_eq(url_join(&base, "x", 1, &out), 0);
	ck_assert_str_eq(out.host, base.host);
	ck_assert_str_eq(out.path, "/x");
	ck_assert_uint_eq(out.port, 444);
	url_release(&out);
	base.path = path;
	ck_assert_int_eq(url_join(&base, "x", 1, &out), 0);
	ck_assert_str_eq(out.path, "/b/x");
	url_release(&out);
}
END_TEST

UNIT_MAIN("banner/url", url_has_scheme_host_port_and_path, url_port_comes_from_the_scheme,
	url_literals_are_addresses, url_hosts_are_checked_strictly, url_refuses_users,
	url_is_of_http_and_nothing_else, url_can_go_into_a_request_line, url_has_a_bound,
	url_join_resolves_as_the_standard_has_it, url_join_takes_absolute_urls,
	url_join_keeps_what_the_reference_does_not_say, url_join_takes_a_path_of_slashes_for_a_path,
	url_join_lets_no_bytes_pass_that_break_lines, url_join_takes_a_base_made_of_a_target)
