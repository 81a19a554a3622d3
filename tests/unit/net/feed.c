/* SPDX-License-Identifier: MIT */
#include "netprobe/net/feed.h"

#include "netprobe/base/err.h"

#include "../unit.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

static struct targets *targets_of(const char *const *specs)
{
	struct target_options options = {.sequential = true};
	struct targets *t = targets_new(&options);

	for (; *specs; specs++)
		ck_assert_int_eq(targets_add(t, *specs), 0);
	return t;
}

/* As the loop does: asks again when the descriptor is readable. */
static int next(struct feed *f, struct feed_item *item, struct strbuf *why)
{
	struct pollfd p = {.fd = feed_fd(f), .events = POLLIN};
	int got;

	while ((got = feed_next(f, item, why)) == -EAGAIN)
		ck_assert_int_eq(poll(&p, 1, 10000), 1);
	return got;
}

START_TEST(feed_gives_literals_with_their_ports)
{
	const char *const specs[] = {"192.0.2.1:80", "192.0.2.8/31", NULL};
	struct targets *t = targets_of(specs);
	struct feed *f = feed_new(t, &(struct feed_options){0});
	struct feed_item item;
	char text[ADDR_TEXT_MAX];

	ck_assert_int_eq(next(f, &item, NULL), 1);
	ck_assert_str_eq(addr_port_text(&item.addr, text), "192.0.2.1:80");
	ck_assert_int_eq(next(f, &item, NULL), 1);
	ck_assert_str_eq(addr_text(&item.addr, text), "192.0.2.8");
	ck_assert_str_eq(item.host, "192.0.2.8/31");
	ck_assert_uint_eq(item.addr.port, 0);
	ck_assert_int_eq(next(f, &item, NULL), 1);
	ck_assert_int_eq(next(f, &item, NULL), 0);
	feed_free(f);
	targets_free(t);
}
END_TEST

START_TEST(feed_resolves_names_and_keeps_their_port)
{
	const char *const specs[] = {"localhost:8080", NULL};
	struct targets *t = targets_of(specs);
	struct feed *f = feed_new(t, &(struct feed_options){.family = 4});
	struct feed_item item;
	struct strbuf why = {0};

	ck_assert_int_eq(next(f, &item, &why), 1);
	ck_assert(addr_is_loopback(&item.addr));
	ck_assert_uint_eq(item.addr.port, 8080);
	ck_assert_str_eq(item.host, "localhost");
	ck_assert_int_eq(next(f, &item, &why), 0);
	strbuf_release(&why);
	feed_free(f);
	targets_free(t);
}
END_TEST

START_TEST(feed_goes_on_behind_a_name_when_names_are_refused)
{
	const char *const specs[] = {"localhost", "192.0.2.1", NULL};
	struct targets *t = targets_of(specs);
	struct feed *f = feed_new(t, &(struct feed_options){.numeric = true});
	struct feed_item item;
	struct strbuf why = {0};

	ck_assert_int_eq(next(f, &item, &why), ERR_NAME);
	ck_assert_ptr_nonnull(strstr(why.text, "localhost"));
	ck_assert_int_eq(next(f, &item, &why), 1);
	ck_assert_int_eq(next(f, &item, &why), 0);
	strbuf_release(&why);
	feed_free(f);
	targets_free(t);
}
END_TEST

UNIT_MAIN("net/feed", feed_gives_literals_with_their_ports,
	feed_resolves_names_and_keeps_their_port, feed_goes_on_behind_a_name_when_names_are_refused)
