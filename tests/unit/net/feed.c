/* SPDX-License-Identifier: MIT */
#include "netprobe/net/feed.h"

#include "../unit.h"

#include "netprobe/base/err.h"

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct target_options ascending = {.sequential = true};

typedef int lookup_fn(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out);

/* The resolver's calls arrive here: "lost.test" is not found, without asking a name server, and
 * "slow.test" takes its time. */
int getaddrinfo(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	lookup_fn *real = (lookup_fn *)dlsym(RTLD_NEXT, "getaddrinfo");

	if (strcmp(name, "slow.test") == 0) {
		usleep(200 * 1000);
		name = "localhost";
	}
	return strcmp(name, "lost.test") == 0 ? EAI_NONAME : real(name, service, hints, out);
}

struct made {
	struct targets *targets;
	struct feed *feed;
};

static struct made make(const struct feed_options *options, const char *spec)
{
	struct made m = {.targets = targets_new(&ascending)};

	ck_assert_int_eq(targets_add(m.targets, spec), 0);
	m.feed = feed_new(m.targets, options);
	ck_assert_ptr_nonnull(m.feed);
	return m;
}

static struct made make_list(const struct feed_options *options, const char *lines)
{
	char path[40];
	int fd = memfd_create("list", MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, lines, strlen(lines)), (ssize_t)strlen(lines));
	snprintf(path, sizeof path, "@/proc/self/fd/%d", fd);
	return make(options, path);
}

static void unmake(struct made m)
{
	feed_free(m.feed);
	targets_free(m.targets);
}

static int next(struct feed *f, struct feed_item *out, struct strbuf *why)
{
	int got;

	while ((got = feed_next(f, out, why)) == -EAGAIN) {
		struct pollfd ready = {.fd = feed_fd(f), .events = POLLIN};

		ck_assert_int_eq(poll(&ready, 1, 20000), 1);
	}
	return got;
}

static void add_item(struct strbuf *text, const struct feed_item *item)
{
	char addr[ADDR_TEXT_MAX];

	strbuf_printf(text, "%s=%s", item->host, addr_text(&item->addr, addr));
	if (item->addr.port)
		strbuf_printf(text, " port %u", item->addr.port);
	if (item->scheme)
		strbuf_printf(text, " by %s", item->scheme);
	if (item->path)
		strbuf_printf(text, " at %s", item->path);
}

/* Everything that comes: "host=addr" joined by "; ", with port, scheme and path where there are
 * any, errors as "!why". */
static void expect(struct made m, const char *expected)
{
	struct strbuf text = {0}, why = {0};
	struct feed_item item;
	int got;

	strbuf_init(&text);
	while ((got = next(m.feed, &item, &why)) != 0) {
		strbuf_puts(&text, text.len ? "; " : "");
		if (got == 1)
			add_item(&text, &item);
		else
			strbuf_printf(&text, "!%s", why.text);
		strbuf_reset(&why);
	}
	ck_assert_str_eq(text.text, expected);
	ck_assert_int_eq(feed_next(m.feed, &item, &why), 0);
	strbuf_release(&text);
	strbuf_release(&why);
	unmake(m);
}

START_TEST(literals_come_as_they_are)
{
	expect(make(&(struct feed_options){0}, "192.0.2.1:80"), "192.0.2.1=192.0.2.1 port 80");
	expect(make(&(struct feed_options){0}, "[2001:db8::1]:443"),
		"2001:db8::1=2001:db8::1 port 443");
	expect(make(&(struct feed_options){0}, "192.0.2.0/31"),
		"192.0.2.0/31=192.0.2.0; 192.0.2.0/31=192.0.2.1");
}
END_TEST

START_TEST(names_are_looked_up)
{
	expect(make(&(struct feed_options){.family = 4}, "localhost"), "localhost=127.0.0.1");
}
END_TEST

START_TEST(the_port_of_a_name_comes_with_its_address)
{
	expect(make(&(struct feed_options){.family = 4}, "localhost:8080"),
		"localhost=127.0.0.1 port 8080");
}
END_TEST

START_TEST(scheme_and_path_of_a_url_come_with_its_address)
{
	expect(make(&(struct feed_options){0}, "https://192.0.2.1/a?b"),
		"192.0.2.1=192.0.2.1 port 443 by https at /a?b");
	expect(make(&(struct feed_options){.family = 4}, "HTTP://localhost:8080/x"),
		"localhost=127.0.0.1 port 8080 by http at /x");
	expect(make(&(struct feed_options){.family = 4}, "ssh://localhost"),
		"localhost=127.0.0.1 port 22 by ssh");
	expect(make_list(&(struct feed_options){.numeric = true},
		       "ftp://192.0.2.1/x\nhttp://localhost/y\n192.0.2.2\n"),
		"192.0.2.1=192.0.2.1 port 21 by ftp at /x; !localhost: a name, and -n looks none "
		"up; 192.0.2.2=192.0.2.2");
}
END_TEST

START_TEST(each_address_of_a_name_has_what_was_asked_for)
{
	struct made m = make(&(struct feed_options){.all_addresses = true}, "http://localhost/x");
	struct strbuf why = {0};
	struct feed_item item;
	unsigned count = 0;

	for (; next(m.feed, &item, &why) == 1; count++) {
		ck_assert_uint_eq(item.addr.port, 80);
		ck_assert_str_eq(item.path, "/x");
	}
	ck_assert_uint_ge(count, 1);
	unmake(m);
}
END_TEST

START_TEST(names_under_way_keep_apart_what_was_asked_for)
{
	struct made m = make_list(&(struct feed_options){.family = 4},
		"http://slow.test/1\nhttps://localhost/2\nlost.test:3\nlocalhost\n");
	struct strbuf why = {0};
	struct feed_item item;
	unsigned seen = 0;
	int got;

	while ((got = next(m.feed, &item, &why)) != 0) {
		if (got < 0)
			continue;
		if (strcmp(item.host, "slow.test") == 0) {
			ck_assert_str_eq(item.path, "/1");
			ck_assert_uint_eq(item.addr.port, 80);
			seen |= 1;
		} else if (item.path) {
			ck_assert_str_eq(item.scheme, "https");
			ck_assert_str_eq(item.path, "/2");
			seen |= 2;
		} else {
			ck_assert_ptr_null(item.scheme);
			ck_assert_uint_eq(item.addr.port, 0);
			seen |= 4;
		}
	}
	ck_assert_uint_eq(seen, 7);
	strbuf_release(&why);
	unmake(m);
}
END_TEST

START_TEST(lookup_says_what_the_name_took)
{
	struct made m = make_list(&(struct feed_options){.family = 4}, "slow.test\n192.0.2.1\n");
	struct strbuf why = {0};
	struct feed_item item;

	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(next(m.feed, &item, &why), 1);
		if (strcmp(item.host, "slow.test") == 0)
			ck_assert_int_ge(item.lookup, 200 * NSEC_PER_MSEC);
		else
			ck_assert_int_lt(item.lookup, 0);
	}
	unmake(m);
}
END_TEST

/* Leaks are the sanitizer's to find. */
START_TEST(feed_can_be_freed_while_names_are_pending)
{
	struct made m =
		make_list(&(struct feed_options){0}, "http://slow.test/a\nhttp://slow.test/b\n");
	struct strbuf why = {0};
	struct feed_item item;

	ck_assert_int_eq(feed_next(m.feed, &item, &why), -EAGAIN);
	unmake(m);
	m = make(&(struct feed_options){.family = 4}, "http://localhost/a");
	ck_assert_int_eq(next(m.feed, &item, &why), 1);
	unmake(m);
}
END_TEST

START_TEST(literals_do_not_wait_for_names)
{
	struct made m = make_list(&(struct feed_options){.family = 4}, "localhost\n192.0.2.1\n");
	struct strbuf why = {0};
	struct feed_item item;
	unsigned names = 0, literals = 0;

	while (next(m.feed, &item, &why) == 1) {
		names += strcmp(item.host, "localhost") == 0;
		literals += strcmp(item.host, "192.0.2.1") == 0;
	}
	ck_assert_uint_eq(names, 1);
	ck_assert_uint_eq(literals, 1);
	unmake(m);
}
END_TEST

START_TEST(numeric_refuses_names_and_goes_on)
{
	expect(make_list(&(struct feed_options){.numeric = true},
		       "192.0.2.1\nlocalhost\n192.0.2.2\n"),
		"192.0.2.1=192.0.2.1; !localhost: a name, and -n looks none up; "
		"192.0.2.2=192.0.2.2");
}
END_TEST

START_TEST(numeric_names_are_an_error_of_their_kind)
{
	struct made m = make(&(struct feed_options){.numeric = true}, "localhost");
	struct strbuf why = {0};
	struct feed_item item;

	ck_assert_int_eq(feed_next(m.feed, &item, &why), ERR_NAME);
	strbuf_release(&why);
	unmake(m);
}
END_TEST

START_TEST(bad_lines_are_told_and_passed)
{
	struct made m = make_list(
		&(struct feed_options){0}, "192.0.2.1\n192.0.2.0/33\n300.1.1.1\n192.0.2.2\n");
	struct strbuf why = {0};
	struct feed_item item;

	ck_assert_int_eq(feed_next(m.feed, &item, &why), 1);
	ck_assert_int_eq(feed_next(m.feed, &item, &why), ERR_PREFIX);
	ck_assert_ptr_nonnull(strstr(why.text, ":2: 192.0.2.0/33: "));
	strbuf_reset(&why);
	ck_assert_int_eq(feed_next(m.feed, &item, &why), ERR_ADDRESS);
	ck_assert_ptr_nonnull(strstr(why.text, ":3: 300.1.1.1: "));
	ck_assert_int_eq(feed_next(m.feed, &item, &why), 1);
	ck_assert_str_eq(item.host, "192.0.2.2");
	ck_assert_int_eq(feed_next(m.feed, &item, &why), 0);
	strbuf_release(&why);
	unmake(m);
}
END_TEST

START_TEST(names_that_do_not_resolve_are_told_and_passed)
{
	struct made m = make_list(&(struct feed_options){.family = 4}, "lost.test\nlocalhost\n");
	struct strbuf why = {0};
	struct feed_item item;
	unsigned found = 0, failed = 0;
	int got;

	while ((got = next(m.feed, &item, &why)) != 0) {
		found += got == 1;
		failed += got == ERR_NAME;
	}
	ck_assert_uint_eq(found, 1);
	ck_assert_uint_eq(failed, 1);
	ck_assert_ptr_nonnull(strstr(why.text, "lost.test: name not found"));
	strbuf_release(&why);
	unmake(m);
}
END_TEST

START_TEST(excluded_addresses_of_names_are_left_out)
{
	struct made m = {.targets = targets_new(&ascending)};

	ck_assert_int_eq(targets_add(m.targets, "localhost"), 0);
	ck_assert_int_eq(targets_exclude(m.targets, "127.0.0.0/8", NULL), 0);
	m.feed = feed_new(m.targets, &(struct feed_options){.family = 4, .all_addresses = true});
	expect(m, "");
}
END_TEST

UNIT_MAIN("net/feed", literals_come_as_they_are, names_are_looked_up,
	the_port_of_a_name_comes_with_its_address, scheme_and_path_of_a_url_come_with_its_address,
	each_address_of_a_name_has_what_was_asked_for,
	names_under_way_keep_apart_what_was_asked_for, lookup_says_what_the_name_took,
	feed_can_be_freed_while_names_are_pending, literals_do_not_wait_for_names,
	numeric_refuses_names_and_goes_on, numeric_names_are_an_error_of_their_kind,
	bad_lines_are_told_and_passed, names_that_do_not_resolve_are_told_and_passed,
	excluded_addresses_of_names_are_left_out)
