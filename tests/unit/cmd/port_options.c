/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "../../../src/cmd/port_options.h"
#include "../../../src/cmd/session.h"

#include "netprobe/net/ports.h"

#include <string.h>

static const struct command command = {.name = "try"};
static const struct common_options numeric = {.numeric = true};

static int parse(const struct port_options *o, struct session *s, struct ports **ports)
{
	char *operands[] = {(char *)"192.0.2.0/28"};
	const struct arguments args = {.operands = operands, .operand_count = 1};

	*s = (struct session){.cmd = &command, .common = &numeric};
	return port_options_parse(o, "try", s, &args, ports);
}

static int take(const char *chosen, const char *excluded, struct ports **ports)
{
	struct port_options o = {.standard = "1"};
	struct session s;
	int err;

	strbuf_puts(&o.chosen, chosen);
	if (excluded)
		strbuf_puts(&o.excluded, excluded);
	err = parse(&o, &s, ports);
	strbuf_release(&o.chosen);
	strbuf_release(&o.excluded);
	session_release(&s);
	return err;
}

START_TEST(ports_are_those_chosen_without_those_excluded)
{
	struct ports *p;

	ck_assert_int_eq(take("80,ssh,8000-8002", NULL, &p), 0);
	ck_assert_uint_eq(ports_count(p), 5);
	ports_free(p);
	ck_assert_int_eq(take("80,ssh,8000-8002", "22,8001-", &p), 0);
	ck_assert_uint_eq(ports_count(p), 2);
	ck_assert_uint_eq(ports_at(p, 0), 80);
	ck_assert_uint_eq(ports_at(p, 1), 8000);
	ports_free(p);
}
END_TEST

START_TEST(ports_that_are_none_are_refused)
{
	struct ports *p;

	ck_assert_int_ne(take("80,65536", NULL, &p), 0);
	ck_assert_ptr_null(p);
	ck_assert_int_ne(take("80", "no-such-service", &p), 0);
	ports_free(p);
}
END_TEST

START_TEST(ports_that_are_all_excluded_are_refused)
{
	struct ports *p;

	ck_assert_int_ne(take("22,80", "-", &p), 0);
	ports_free(p);
}
END_TEST

START_TEST(port_options_have_another_seed_each_run)
{
	struct port_options a = port_options_default("80"), b = port_options_default("80");

	ck_assert_str_eq(a.standard, "80");
	ck_assert_ptr_null(a.chosen.text);
	ck_assert_ptr_null(a.excluded.text);
	ck_assert(a.seed != b.seed);
	ck_assert(!a.sequential);
}
END_TEST

/* The last bytes of the network's addresses. */
static void walk(const struct port_options *o, uint8_t out[static 16])
{
	struct session s;
	struct ports *ports;
	struct target t;
	size_t count = 0;

	ck_assert_int_eq(parse(o, &s, &ports), 0);
	for (; count < 16 && targets_next(s.targets, &t, NULL) == 1; count++)
		out[count] = t.addr.ip[3];
	ck_assert_uint_eq(count, 16);
	session_release(&s);
	ports_free(ports);
}

START_TEST(targets_come_in_the_order_that_is_asked_for)
{
	struct port_options seven = {.standard = "1", .seed = 7},
			    eight = {.standard = "1", .seed = 8},
			    plain = {.standard = "1", .sequential = true};
	uint8_t first[16], second[16];

	walk(&plain, first);
	for (size_t i = 0; i < sizeof first; i++)
		ck_assert_uint_eq(first[i], i);
	walk(&seven, first);
	walk(&seven, second);
	ck_assert_mem_eq(first, second, sizeof first);
	walk(&eight, second);
	ck_assert_mem_ne(first, second, sizeof first);
}
END_TEST

UNIT_MAIN("cmd/port_options", ports_are_those_chosen_without_those_excluded,
	ports_that_are_none_are_refused, ports_that_are_all_excluded_are_refused,
	port_options_have_another_seed_each_run, targets_come_in_the_order_that_is_asked_for)
