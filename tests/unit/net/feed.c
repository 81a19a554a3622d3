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

/* The resolver's calls arrive here: "lost.test" is not found, without asking a name server. */
int getaddrinfo(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	lookup_fn *real = (lookup_fn *)dlsym(RTLD_NEXT, "getaddrinfo");

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

/* Everything that comes: "host=addr" joined by "; ", with the port where there is one, errors as
 * "!why". */
static void expect(struct made m, const char *expected)
{
	struct strbuf text = {0}, why = {0};
	struct feed_item item;
	char addr[ADDR_TEXT_MAX];
	int got;

	strbuf_init(&text);
	while ((got = next(m.feed, &item, &why)) != 0) {
		strbuf_puts(&text, text.len ? "; " : "");
		if (got == 1)
			strbuf_printf(&text, "%s=%s", item.host, addr_text(&item.addr, addr));
		else
			strbuf_printf(&text, "!%s", why.text);
		if (got == 1 && item.addr.port)
			strbuf_printf(&text, " port %u", item.addr.port);
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
	the_port_of_a_name_comes_with_its_address, literals_do_not_wait_for_names,
	numeric_refuses_names_and_goes_on, numeric_names_are_an_error_of_their_kind,
	bad_lines_are_told_and_passed, names_that_do_not_resolve_are_told_and_passed,
	excluded_addresses_of_names_are_left_out)
