/* SPDX-License-Identifier: MIT */
#include "netprobe/net/target.h"

#include "../unit.h"
#include "netprobe/base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct target_options shuffled = {.seed = 7}, ascending = {.sequential = true};

/* A list file of these bytes: "@/proc/self/fd/N". The descriptor lives as long as the test. */
static const char *list_of(const char *bytes, size_t len, char out[static 40])
{
	int fd = memfd_create("list", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	snprintf(out, 40, "@/proc/self/fd/%d", fd);
	return out;
}

static struct targets *with(const struct target_options *options, const char *spec)
{
	struct targets *t = targets_new(options);

	ck_assert_msg(targets_add(t, spec) == 0, "%s", spec);
	return t;
}

static struct targets *with_list(const struct target_options *options, const char *lines)
{
	char path[40];

	return with(options, list_of(lines, strlen(lines), path));
}

/* Everything that comes, as "host addr port" joined by "; ", errors as "!code place". */
static char *all(struct targets *t)
{
	struct strbuf text = {0}, bad = {0};
	struct target next;
	char addr[ADDR_TEXT_MAX];
	int got;

	strbuf_init(&text);
	strbuf_init(&bad);
	while ((got = targets_next(t, &next, &bad)) != 0) {
		if (text.len > 0)
			strbuf_puts(&text, "; ");
		if (got < 0)
			strbuf_printf(&text, "!%s", strchr(bad.text, ':'));
		else
			strbuf_printf(&text, "%s %s %u", next.host, addr_text(&next.addr, addr),
				next.port);
		strbuf_reset(&bad);
	}
	strbuf_release(&bad);
	return text.text;
}

static void check_all(struct targets *t, const char *want)
{
	char *have = all(t);

	ck_assert_str_eq(have, want);
	free(have);
	targets_free(t);
}

static void check_one(const char *spec, const char *want)
{
	check_all(with(&shuffled, spec), want);
}

static void check_bad(const char *spec, int want)
{
	struct targets *t = targets_new(&shuffled);
	int have = targets_add(t, spec);

	ck_assert_msg(have == want, "%s: %d, not %d", spec, have, want);
	targets_free(t);
}

static void exclude(struct targets *t, const char *spec)
{
	ck_assert_msg(targets_exclude(t, spec, NULL) == 0, "%s", spec);
}

/* How many addresses come, all of them different (up to /16) and none excluded. */
static unsigned count_distinct(struct targets *t)
{
	uint8_t *seen = calloc(65536, 1);
	struct target next;
	unsigned count = 0, excluded = 0, again = 0;

	while (targets_next(t, &next, NULL) == 1) {
		unsigned low = (unsigned)addr_number(&next.addr) & 0xffff;

		excluded += targets_excluded(t, &next.addr);
		again += seen[low];
		seen[low] = 1;
		count++;
	}
	ck_assert_uint_eq(excluded, 0);
	ck_assert_uint_eq(again, 0);
	free(seen);
	targets_free(t);
	return count;
}

START_TEST(target_takes_literals_and_names)
{
	check_one("10.0.0.1", "10.0.0.1 10.0.0.1 0");
	check_one("10.0.0.1:80", "10.0.0.1 10.0.0.1 80");
	check_one("::1", "::1 ::1 0");
	check_one("[::1]", "::1 ::1 0");
	check_one("[2001:DB8::1]:443", "2001:DB8::1 2001:db8::1 443");
	check_one("fe80::1%lo", "fe80::1%lo fe80::1%lo 0");
	check_one("[fe80::1%lo]:22", "fe80::1%lo fe80::1%lo 22");
	check_one("my-host_1.example.com", "my-host_1.example.com  0");
	check_one("example.com.:8080", "example.com.  8080");
	check_one("10.0.0.1-static.example.net", "10.0.0.1-static.example.net  0");
	check_one("1-2", "1-2  0");
	check_one("web.1", "web.1  0");
	check_one("b\xc3\xbc"
		  "cher.example",
		"b\xc3\xbc"
		"cher.example  0");
}
END_TEST

START_TEST(target_takes_urls)
{
	check_one("http://example.com", "example.com  80");
	check_one("HTTPS://example.com/a:1/b?c#d", "example.com  443");
	check_one("https://user:pw@10.0.0.1:8443/", "10.0.0.1 10.0.0.1 8443");
	check_one("http://[::1]/x", "::1 ::1 80");
	check_one("http://[::1]:81/x", "::1 ::1 81");
	check_one("http://[fe80::1%25lo]:81/x", "fe80::1%lo fe80::1%lo 81");
	check_one("http://[fe80::1%lo]/x", "fe80::1%lo fe80::1%lo 80");
	check_bad("http://[fe80::1%25]", ERR_ZONE);
	check_bad("http://[fe80::1%25", ERR_ADDRESS);
	check_bad("http://[fe80::1%25%25lo]", ERR_ZONE);
	check_one("smtp://mail.example.com:", "mail.example.com  25");
	check_one("gopher+x://old.example:70", "old.example  70");
	check_bad("gopher+x://old.example", ERR_SERVICE);
	check_bad("tls://example.com", ERR_SERVICE);
	check_one("rediss://old.example", "old.example  6379");
	check_bad("http://", ERR_SYNTAX);
	check_bad("http:///x", ERR_SYNTAX);
	check_bad("http://user@/x", ERR_SYNTAX);
	check_bad("http://:80/", ERR_SYNTAX);
	check_bad("://host", ERR_SYNTAX);
	check_bad("http://host:0/", ERR_PORT);
	check_bad("http://300.1.1.1/", ERR_ADDRESS);
}
END_TEST

/* Scheme and path of one target, "-" for none. */
static void check_url(const char *spec, const char *scheme, const char *path)
{
	struct targets *t = with(&shuffled, spec);
	struct target next;

	ck_assert_int_eq(targets_next(t, &next, NULL), 1);
	ck_assert_str_eq(next.scheme ? next.scheme : "-", scheme);
	ck_assert_str_eq(next.path ? next.path : "-", path);
	targets_free(t);
}

START_TEST(target_keeps_the_scheme_and_path_of_a_url)
{
	check_url("https://example.com/a/../b?c=d#e", "https", "/a/../b?c=d");
	check_url("SSH://[::1]:2222", "ssh", "-");
	check_url("http://10.0.0.1/", "http", "/");
	check_url("http://example.com?x=1", "http", "/?x=1");
	check_url("http://example.com:81?", "http", "/?");
	check_url("http://example.com#top", "http", "-");
	check_url("http://example.com/?a?b/c", "http", "/?a?b/c");
	check_url("http://me:secret@example.com/x@y:1", "http", "/x@y:1");
	check_url("rediss://example.com", "rediss", "-");
	check_url("tls://example.com:9000", "tls", "-");
	check_url("gopher+x://old.example:70/1", "gopher+x", "/1");
	check_url("10.0.0.1:80", "-", "-");
	check_url("10.0.0.0/31", "-", "-");
	check_url("example.com", "-", "-");
}
END_TEST

START_TEST(target_list_keeps_schemes_and_paths_too)
{
	struct targets *t = with_list(&shuffled, "http://a.example/x # why\nb.example\n");
	struct target next;

	ck_assert_int_eq(targets_next(t, &next, NULL), 1);
	ck_assert_str_eq(next.scheme, "http");
	ck_assert_str_eq(next.path, "/x");
	ck_assert_int_eq(targets_next(t, &next, NULL), 1);
	ck_assert_ptr_null(next.scheme);
	ck_assert_ptr_null(next.path);
	targets_free(t);
}
END_TEST

START_TEST(target_path_can_go_into_a_request_line)
{
	check_url("http://h/b\xc3\xbc"
		  "cher%20\"<>\\^`{|}",
		"http",
		"/b%C3%BC"
		"cher%20\"<>\\^`{|}");
	check_bad("http://h/a b", ERR_SYNTAX);
	check_bad("http://h?a b", ERR_SYNTAX);
	check_bad("http://h/a\r\nHost: b", ERR_SYNTAX);
	check_bad("http://h/\t", ERR_SYNTAX);
	check_bad("http://h/\x7f", ERR_SYNTAX);
	/* nobody is told of the fragment */
	check_url("http://h/a#b c\n", "http", "/a");
}
END_TEST

START_TEST(target_path_has_a_bound)
{
	struct strbuf url = {0};

	strbuf_puts(&url, "http://h/");
	strbuf_pad(&url, 'a', 2047);
	targets_free(with(&shuffled, url.text));
	strbuf_putc(&url, 'a');
	check_bad(url.text, ERR_TOO_LONG);
	url.text[url.len - 1] = '#';
	targets_free(with(&shuffled, url.text));
	/* it is the bytes on the wire that count */
	url.text[url.len - 1] = '\0';
	url.text[url.len - 2] = '\xff';
	check_bad(url.text, ERR_TOO_LONG);
	strbuf_release(&url);
}
END_TEST

START_TEST(target_rejects_what_is_no_address)
{
	check_bad("300.1.1.1", ERR_ADDRESS);
	check_bad("10.1", ERR_ADDRESS);
	check_bad("167772161", ERR_ADDRESS);
	check_bad("0x7f.1", ERR_ADDRESS);
	check_bad("0x7f000001:80", ERR_ADDRESS);
	check_bad("10.0.0.1.", ERR_ADDRESS);
	check_bad("10.0.0.01", ERR_ADDRESS);
	check_bad("1:2:3", ERR_ADDRESS);
	check_bad("[::1", ERR_ADDRESS);
	check_bad("[host]:80", ERR_ADDRESS);
	check_bad("fe80::1%no-such-if", ERR_ZONE);
}
END_TEST

START_TEST(target_rejects_impossible_names)
{
	char longest[300];

	check_bad("", ERR_EMPTY);
	check_bad("@", ERR_EMPTY);
	check_bad("a..b", ERR_NAME);
	check_bad(".a", ERR_NAME);
	check_bad("-a.example", ERR_NAME);
	check_bad("a-.example", ERR_NAME);
	check_bad("a b", ERR_NAME);
	check_bad("a,b", ERR_NAME);
	check_bad("a\x1b[31m", ERR_ADDRESS);
	check_bad("\xff\xfe", ERR_NAME);
	check_bad("a\xe2\x80\xae"
		  "b",
		ERR_NAME);
	memset(longest, 'a', sizeof longest);
	longest[64] = '\0';
	check_bad(longest, ERR_NAME);
	longest[63] = '\0';
	check_all(with(&shuffled, longest),
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  0");
	memset(longest, 'a', sizeof longest);
	for (size_t i = 60; i < 250; i += 60)
		longest[i] = '.';
	longest[254] = '\0';
	check_bad(longest, ERR_NAME);
	longest[253] = '\0';
	targets_free(with(&shuffled, longest));
}
END_TEST

START_TEST(target_rejects_bad_ports)
{
	check_bad("host:", ERR_PORT);
	check_bad("host:0", ERR_PORT);
	check_bad("host:65536", ERR_PORT);
	check_bad("host:80-90", ERR_PORT);
	check_bad("[::1]:x", ERR_PORT);
	check_bad("[::1]x:80", ERR_SYNTAX);
	check_bad(":80", ERR_SYNTAX);
}
END_TEST

START_TEST(target_takes_the_block_an_address_lies_in)
{
	check_all(with(&ascending, "10.0.0.5/30"),
		"10.0.0.5/30 10.0.0.4 0; 10.0.0.5/30 10.0.0.5 0; 10.0.0.5/30 10.0.0.6 0; "
		"10.0.0.5/30 10.0.0.7 0");
	check_one("10.0.0.1/32", "10.0.0.1/32 10.0.0.1 0");
	check_one("fd00::7/128", "fd00::7/128 fd00::7 0");
	check_all(with(&ascending, "fe80::9%lo/127"),
		"fe80::9%lo/127 fe80::8%lo 0; fe80::9%lo/127 fe80::9%lo 0");
}
END_TEST

START_TEST(target_rejects_bad_cidr)
{
	check_bad("10.0.0.0/33", ERR_PREFIX);
	check_bad("fd00::/129", ERR_PREFIX);
	check_bad("fd00::/99999999999999999999999", ERR_PREFIX);
	check_bad("10.0.0.0/", ERR_SYNTAX);
	check_bad("10.0.0.0/-1", ERR_SYNTAX);
	check_bad("10.0.0.0/24:80", ERR_SYNTAX);
	check_bad("/24", ERR_SYNTAX);
	check_bad("example.com/24", ERR_SYNTAX);
	check_bad("10.0.0/24", ERR_ADDRESS);
	check_bad("fd00::x/24", ERR_ADDRESS);
	check_bad("fe80::1%lo/9", ERR_ZONE);
}
END_TEST

START_TEST(target_on_a_link_names_it_unless_who_asks_is_bound_to_one)
{
	struct target_options bound = {.sequential = true, .zoned = true};
	struct target out;
	struct targets *t;

	check_bad("fe80::1", ERR_NO_ZONE);
	check_bad("[fe80::1]:22", ERR_NO_ZONE);
	check_bad("http://[fe80::1]/x", ERR_NO_ZONE);
	check_bad("fe80::/120", ERR_NO_ZONE);
	check_bad("fe80::1-fe80::9", ERR_NO_ZONE);
	check_one("169.254.0.1", "169.254.0.1 169.254.0.1 0");
	check_all(with(&bound, "fe80::1"), "fe80::1 fe80::1 0");
	t = with_list(&ascending, "fe80::1\n::1\n");
	ck_assert_int_eq(targets_next(t, &out, NULL), ERR_NO_ZONE);
	ck_assert_int_eq(targets_next(t, &out, NULL), 1);
	targets_free(t);
}
END_TEST

START_TEST(target_takes_ranges)
{
	check_all(with(&ascending, "10.0.0.254-255"),
		"10.0.0.254-255 10.0.0.254 0; 10.0.0.254-255 10.0.0.255 0");
	check_all(with(&ascending, "10.0.0.255-10.0.1.0"),
		"10.0.0.255-10.0.1.0 10.0.0.255 0; 10.0.0.255-10.0.1.0 10.0.1.0 0");
	check_all(with(&ascending, "fd00::ffff-fd00::1:0"),
		"fd00::ffff-fd00::1:0 fd00::ffff 0; fd00::ffff-fd00::1:0 fd00::1:0 0");
	check_all(with(&ascending, "fe80::1%lo-fe80::2"),
		"fe80::1%lo-fe80::2 fe80::1%lo 0; fe80::1%lo-fe80::2 fe80::2%lo 0");
	check_one("10.0.0.1-10.0.0.1", "10.0.0.1-10.0.0.1 10.0.0.1 0");
}
END_TEST

START_TEST(target_rejects_bad_ranges)
{
	check_bad("10.0.0.50-1", ERR_REVERSED);
	check_bad("10.0.1.0-10.0.0.255", ERR_REVERSED);
	check_bad("fd00::2-fd00::1", ERR_REVERSED);
	check_bad("10.0.0.1-fd00::1", ERR_FAMILY);
	check_bad("10.0.0.1-256", ERR_ADDRESS);
	check_bad("10.0.0.1-050", ERR_ADDRESS);
	check_bad("10.0.0-50", ERR_ADDRESS);
	check_bad("10.0.0-5.1-20", ERR_ADDRESS);
	check_bad("http://10.0.0-5/", ERR_ADDRESS);
	check_bad("10.0.0.1-", ERR_ADDRESS);
	check_bad("10.0.0.1-50:80", ERR_ADDRESS);
	check_bad("fe80::1%lo-ff00::1", ERR_ZONE);
}
END_TEST

START_TEST(target_keeps_to_a_family)
{
	struct targets *t = targets_new(&(struct target_options){.family = 6});

	ck_assert_int_eq(targets_add(t, "10.0.0.1"), ERR_FAMILY);
	ck_assert_int_eq(targets_add(t, "10.0.0.0/24"), ERR_FAMILY);
	ck_assert_int_eq(targets_add(t, "::1"), 0);
	ck_assert_int_eq(targets_add(t, "localhost"), 0);
	ck_assert_int_eq(targets_exclude(t, "10.0.0.0/8", NULL), 0);
	targets_free(t);
}
END_TEST

START_TEST(target_shuffle_visits_every_address_once)
{
	ck_assert_uint_eq(count_distinct(with(&shuffled, "10.1.0.0/16")), 65536);
	ck_assert_uint_eq(count_distinct(with(&ascending, "10.1.0.0/16")), 65536);
	ck_assert_uint_eq(count_distinct(with(&shuffled, "255.255.255.0/24")), 256);
	ck_assert_uint_eq(count_distinct(with(&ascending, "255.255.255.0/24")), 256);
	ck_assert_uint_eq(
		count_distinct(with(&ascending, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:0/112")),
		65536);
}
END_TEST

START_TEST(target_order_depends_on_seed_and_place)
{
	static const struct target_options other = {.seed = 8};
	struct targets *t[] = {with(&shuffled, "10.0.0.0/28"), with(&shuffled, "10.0.0.0/28"),
		with(&other, "10.0.0.0/28"), with(&shuffled, "a")};
	char *order[4];

	ck_assert_int_eq(targets_add(t[3], "10.0.0.0/28"), 0);
	for (int i = 0; i < 4; i++)
		order[i] = all(t[i]);
	ck_assert_str_eq(order[0], order[1]);
	ck_assert_str_ne(order[0], order[2]);
	ck_assert_str_ne(order[0], strchr(order[3], ';') + 2);
	for (int i = 0; i < 4; i++) {
		free(order[i]);
		targets_free(t[i]);
	}
}
END_TEST

START_TEST(target_walks_whole_address_spaces)
{
	struct targets *t = with(&shuffled, "::/0");
	struct target next;
	bool exact;

	ck_assert_int_eq(targets_add(t, "0.0.0.0/0"), 0);
	ck_assert(targets_count(t, &exact) == ~(u128)0);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(targets_next(t, &next, NULL), 1);
	ck_assert_uint_eq(next.addr.family, 6);
	targets_free(t);
	t = with(&ascending, "::/0");
	exclude(t, "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
	check_all(t, "::/0 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 0");
}
END_TEST

START_TEST(target_excludes_in_ascending_order)
{
	struct targets *t = with(&ascending, "10.0.0.0/29");

	exclude(t, "10.0.0.0/31");
	exclude(t, "10.0.0.4-6");
	exclude(t, "10.0.0.2");
	check_all(t, "10.0.0.0/29 10.0.0.3 0; 10.0.0.0/29 10.0.0.7 0");
}
END_TEST

START_TEST(target_excludes_in_shuffled_order)
{
	struct targets *t = with(&shuffled, "10.0.0.0/16");

	exclude(t, "10.0.0.0/24");
	exclude(t, "10.0.0.128-10.0.1.9");
	exclude(t, "10.0.255.255");
	exclude(t, "10.0.77.0/24");
	exclude(t, "10.0.99.9");
	exclude(t, "9.0.0.0/8");
	ck_assert_uint_eq(count_distinct(t), 65536 - 256 - 10 - 1 - 256 - 1);
}
END_TEST

START_TEST(target_exclusions_may_lie_within_each_other)
{
	static const char *const parts[] = {"10.0.0.16/28", "10.0.0.20", "10.0.0.18-22"};

	for (unsigned i = 0; i < 6; i++) {
		struct targets *t = with(i & 1 ? &ascending : &shuffled, "10.0.0.0/24");

		for (unsigned k = 0; k < 3; k++)
			exclude(t, parts[(i / 2 + k) % 3]);
		ck_assert_uint_eq(count_distinct(t), 240);
	}
}
END_TEST

START_TEST(target_jumps_over_huge_exclusions)
{
	for (int i = 0; i < 2; i++) {
		struct targets *t = with(i ? &ascending : &shuffled, "fd00::/8");

		exclude(t, "fd00::/9");
		exclude(t, "fd80::2-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
		exclude(t, "fd80::");
		check_all(t, "fd00::/8 fd80::1 0");
		t = with(i ? &ascending : &shuffled, "::/0");
		exclude(t, "::/0");
		check_all(t, "");
	}
}
END_TEST

START_TEST(target_excludes_while_walking)
{
	for (int i = 0; i < 2; i++) {
		struct targets *t = with(i ? &ascending : &shuffled, "10.0.0.0/30");
		struct target next;
		struct addr gone;

		ck_assert_int_eq(targets_next(t, &next, NULL), 1);
		addr_parse("10.0.0.3", 8, &gone);
		if (addr_same(&gone, &next.addr))
			addr_parse("10.0.0.1", 8, &gone);
		targets_exclude_addr(t, &gone);
		ck_assert(targets_excluded(t, &gone));
		ck_assert_uint_eq(count_distinct(t), 2);
	}
}
END_TEST

START_TEST(target_can_be_added_to_while_walking)
{
	struct targets *t = with(&ascending, "10.0.0.0/31");
	struct target next;

	ck_assert_int_eq(targets_next(t, &next, NULL), 1);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(targets_add(t, "localhost"), 0);
	ck_assert_int_eq(targets_next(t, &next, NULL), 1);
	ck_assert_str_eq(next.host, "10.0.0.0/31");
	ck_assert_int_eq(targets_next(t, &next, NULL), 1);
	ck_assert_str_eq(next.host, "localhost");
	targets_free(t);
}
END_TEST

START_TEST(target_exclusion_with_zone_is_for_that_zone)
{
	struct targets *t = targets_new(&shuffled);
	struct addr a;

	exclude(t, "fe80::1%lo");
	addr_parse("fe80::1%lo", 10, &a);
	ck_assert(targets_excluded(t, &a));
	a.scope++;
	ck_assert(!targets_excluded(t, &a));
	exclude(t, "fe80::1");
	ck_assert(targets_excluded(t, &a));
	targets_free(t);
}
END_TEST

START_TEST(target_exclusion_without_zone_is_for_every_zone)
{
	for (int i = 0; i < 2; i++) {
		const struct target_options *order = i ? &ascending : &shuffled;
		struct targets *t = with(order, "fe80::%lo/126");

		exclude(t, "fe80::1");
		exclude(t, "fe80::2/127");
		check_all(t, "fe80::%lo/126 fe80::%lo 0");
		t = with(order, "fe80::1%lo");
		exclude(t, "fe80::/10");
		check_all(t, "");
	}
}
END_TEST

static void join_name(const char *name, void *user)
{
	strbuf_puts(user, name);
	strbuf_putc(user, ' ');
}

START_TEST(target_excludes_names)
{
	struct targets *t = with(&shuffled, "b.example");
	struct strbuf names = {0};

	ck_assert_int_eq(targets_add(t, "A.example."), 0);
	ck_assert_int_eq(targets_add(t, "a.example.net"), 0);
	exclude(t, "B.Example.");
	exclude(t, "a.EXAMPLE");
	targets_excluded_names(t, join_name, &names);
	ck_assert_str_eq(names.text, "a.EXAMPLE B.Example. ");
	strbuf_release(&names);
	check_all(t, "a.example.net  0");
}
END_TEST

START_TEST(target_exclusions_come_from_lists_too)
{
	struct targets *t = with(&ascending, "10.0.0.0/30");
	char path[40];

	exclude(t, list_of("# not these\n10.0.0.0/31\n\n10.0.0.3", 33, path));
	check_all(t, "10.0.0.0/30 10.0.0.2 0");
}
END_TEST

START_TEST(target_exclusion_errors_name_the_piece)
{
	struct targets *t = targets_new(&shuffled);
	struct strbuf bad = {0};
	char path[40];

	ck_assert_int_eq(targets_exclude(t, "10.0.0.0/40", &bad), ERR_PREFIX);
	ck_assert_str_eq(bad.text, "10.0.0.0/40");
	strbuf_reset(&bad);
	ck_assert_int_eq(targets_exclude(t, "10.0.0.1:80", &bad), ERR_SYNTAX);
	strbuf_reset(&bad);
	ck_assert_int_eq(targets_exclude(t, "@/no/such", &bad), -ENOENT);
	ck_assert_str_eq(bad.text, "@/no/such");
	strbuf_reset(&bad);
	ck_assert_int_eq(
		targets_exclude(t, list_of("a\n10.0.0.999\n", 13, path), &bad), ERR_ADDRESS);
	ck_assert_str_eq(strchr(bad.text, ':'), ":2: 10.0.0.999");
	strbuf_release(&bad);
	targets_free(t);
}
END_TEST

START_TEST(target_list_ignores_blanks_comments_and_line_ends)
{
	check_all(with_list(&shuffled, "\xef\xbb\xbf"
				       "10.0.0.1\r\n\n \t\r\n# comment\n\t b.example \t# why\n::1"),
		"10.0.0.1 10.0.0.1 0; b.example  0; ::1 ::1 0");
	check_all(with_list(&shuffled, ""), "");
}
END_TEST

START_TEST(target_list_goes_on_behind_a_bad_line)
{
	check_all(with_list(&ascending, "10.0.0.0/33\nhost:0\n10.0.0.2/31\n@other\n-\nlast"),
		"!:1: 10.0.0.0/33; !:2: host:0; 10.0.0.2/31 10.0.0.2 0; 10.0.0.2/31 10.0.0.3 0; "
		"!:4: @other; !:5: -; last  0");
}
END_TEST

START_TEST(target_list_names_the_code_of_a_bad_line)
{
	struct targets *t = with_list(&shuffled, "10.0.0.9-1\n");
	struct target next;

	ck_assert_int_eq(targets_next(t, &next, NULL), ERR_REVERSED);
	ck_assert_int_eq(targets_next(t, &next, NULL), 0);
	ck_assert_int_eq(targets_next(t, &next, NULL), 0);
	targets_free(t);
}
END_TEST

START_TEST(target_list_takes_nul_for_a_bad_line)
{
	char path[40];
	struct targets *t = with(&shuffled, list_of("a\0b\nc\n", 6, path));
	struct target next;

	ck_assert_int_eq(targets_next(t, &next, NULL), ERR_SYNTAX);
	ck_assert_int_eq(targets_next(t, &next, NULL), 1);
	ck_assert_str_eq(next.host, "c");
	targets_free(t);
}
END_TEST

START_TEST(target_list_skips_lines_beyond_1024_bytes)
{
	static const size_t widths[] = {1023, 1024, 1025, 1026, 9000};

	for (size_t i = 0; i < 5; i++) {
		struct strbuf text = {0};
		struct targets *t;
		struct target next;

		strbuf_puts(&text, "a.example");
		strbuf_pad(&text, ' ', widths[i] - text.len);
		strbuf_puts(&text, "\r\nb.example\n");
		t = with_list(&shuffled, text.text);
		ck_assert_int_eq(targets_next(t, &next, NULL), widths[i] > 1024 ? ERR_TOO_LONG : 1);
		ck_assert_int_eq(targets_next(t, &next, NULL), 1);
		ck_assert_str_eq(next.host, "b.example");
		targets_free(t);
		strbuf_release(&text);
	}
}
END_TEST

START_TEST(target_list_comments_may_be_long)
{
	struct strbuf text = {0};

	strbuf_puts(&text, "a.example #");
	strbuf_pad(&text, 'x', 10000);
	check_all(with_list(&shuffled, text.text), "a.example  0");
	strbuf_release(&text);
}
END_TEST

static void check_endless(struct targets *t, const char *first)
{
	struct strbuf bad = {0};
	struct target next;

	ck_assert_int_eq(targets_next(t, &next, &bad), ERR_TOO_LONG);
	ck_assert_msg(strncmp(bad.text, first, strlen(first)) == 0, "%s", bad.text);
	ck_assert_int_eq(targets_next(t, &next, NULL), 0);
	targets_free(t);
	strbuf_release(&bad);
}

START_TEST(target_list_without_end_is_given_up)
{
	struct targets *t = targets_new(&shuffled);
	struct strbuf text = {0};

	check_endless(with(&shuffled, "@/dev/zero"), "/dev/zero:1");
	ck_assert_int_eq(targets_exclude(t, "@/dev/zero", NULL), ERR_TOO_LONG);
	targets_free(t);
	strbuf_puts(&text, "#");
	strbuf_pad(&text, 'x', 2 << 20);
	strbuf_puts(&text, "\na\n");
	check_endless(with_list(&shuffled, text.text), "");
	strbuf_release(&text);
}
END_TEST

START_TEST(target_list_that_says_nothing_is_given_up)
{
	struct strbuf text = {0};
	struct targets *t;
	struct target next;

	strbuf_puts(&text, "a.example\n");
	strbuf_pad(&text, '\n', 16 << 20);
	strbuf_puts(&text, "b.example\n");
	strbuf_pad(&text, '\n', (16 << 20) + 1);
	strbuf_puts(&text, "c.example\n");
	t = with_list(&shuffled, text.text);
	ck_assert_int_eq(targets_next(t, &next, NULL), 1);
	ck_assert_int_eq(targets_next(t, &next, NULL), 1);
	ck_assert_str_eq(next.host, "b.example");
	ck_assert_int_eq(targets_next(t, &next, NULL), ERR_SILENT);
	ck_assert_int_eq(targets_next(t, &next, NULL), 0);
	targets_free(t);
	strbuf_release(&text);
}
END_TEST

START_TEST(target_list_must_open)
{
	check_bad("@/no/such/file", -ENOENT);
	check_bad("@/tmp", -EISDIR);
}
END_TEST

START_TEST(target_list_on_standard_input_is_read_once)
{
	int fds[2];
	struct targets *t;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "a\nb", 3), 3);
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	t = with(&shuffled, "-");
	ck_assert_int_eq(targets_add(t, "-"), -EBUSY);
	ck_assert_int_eq(targets_exclude(t, "@-", NULL), -EBUSY);
	check_all(t, "a  0; b  0");
}
END_TEST

START_TEST(target_read_error_ends_the_list)
{
	/* a folder opens, and cannot be read, whoever asks */
	struct targets *t;
	struct target next;

	dup2(open("/", O_RDONLY), STDIN_FILENO);
	t = with(&shuffled, "-");
	ck_assert_int_eq(targets_add(t, "a"), 0);
	ck_assert_int_eq(targets_next(t, &next, NULL), -EISDIR);
	ck_assert_int_eq(targets_next(t, &next, NULL), 1);
	ck_assert_int_eq(targets_next(t, &next, NULL), 0);
	targets_free(t);
}
END_TEST

START_TEST(target_list_on_standard_input_that_is_not_for_reading_is_no_list)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	dup2(fds[1], STDIN_FILENO);
	check_bad("-", -EBADF);
	check_bad("@-", -EBADF);
}
END_TEST

START_TEST(target_counts_what_is_in_sight)
{
	struct targets *t = with(&shuffled, "10.0.0.0/24");
	struct target next;
	char path[40];
	bool exact;

	ck_assert(targets_count(t, &exact) == 256 && exact);
	ck_assert_int_eq(targets_add(t, "localhost"), 0);
	ck_assert_int_eq(targets_add(t, list_of("10.0.0.0/30\nbad:\na\n", 19, path)), 0);
	ck_assert(targets_count(t, &exact) == 257 && !exact);
	while (targets_next(t, &next, NULL) != 0)
		continue;
	ck_assert(targets_count(t, &exact) == 262 && exact);
	targets_free(t);
}
END_TEST

START_TEST(target_million_exclusions_are_quick)
{
	struct targets *t = with(&shuffled, "10.0.0.0/8");
	struct strbuf text = {0};
	struct target next;
	char path[40];

	/* every even address of a /12, in no good order */
	for (unsigned i = 0; i < 1u << 19; i++) {
		unsigned ip = (i * 2654435761u) % (1u << 19) * 2;

		strbuf_printf(&text, "10.%u.%u.%u\n", ip >> 16, ip >> 8 & 255, ip & 255);
	}
	exclude(t, list_of(text.text, text.len, path));
	for (int i = 0; i < 10000; i++) {
		ck_assert_int_eq(targets_next(t, &next, NULL), 1);
		ck_assert(next.addr.ip[1] >= 16 || next.addr.ip[3] & 1);
	}
	strbuf_release(&text);
	targets_free(t);
}
END_TEST

UNIT_MAIN("net/target", target_on_a_link_names_it_unless_who_asks_is_bound_to_one,
	target_takes_literals_and_names, target_takes_urls,
	target_keeps_the_scheme_and_path_of_a_url, target_list_keeps_schemes_and_paths_too,
	target_path_can_go_into_a_request_line, target_path_has_a_bound,
	target_rejects_what_is_no_address, target_rejects_impossible_names,
	target_rejects_bad_ports, target_takes_the_block_an_address_lies_in,
	target_rejects_bad_cidr, target_takes_ranges, target_rejects_bad_ranges,
	target_keeps_to_a_family, target_shuffle_visits_every_address_once,
	target_order_depends_on_seed_and_place, target_walks_whole_address_spaces,
	target_excludes_in_ascending_order, target_excludes_in_shuffled_order,
	target_exclusions_may_lie_within_each_other, target_jumps_over_huge_exclusions,
	target_excludes_while_walking, target_can_be_added_to_while_walking,
	target_exclusion_with_zone_is_for_that_zone,
	target_exclusion_without_zone_is_for_every_zone, target_excludes_names,
	target_exclusions_come_from_lists_too, target_exclusion_errors_name_the_piece,
	target_list_ignores_blanks_comments_and_line_ends, target_list_goes_on_behind_a_bad_line,
	target_list_names_the_code_of_a_bad_line, target_list_takes_nul_for_a_bad_line,
	target_list_skips_lines_beyond_1024_bytes, target_list_comments_may_be_long,
	target_list_without_end_is_given_up, target_list_that_says_nothing_is_given_up,
	target_list_must_open, target_list_on_standard_input_is_read_once,
	target_read_error_ends_the_list,
	target_list_on_standard_input_that_is_not_for_reading_is_no_list,
	target_counts_what_is_in_sight, target_million_exclusions_are_quick)
