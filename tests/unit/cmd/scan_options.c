/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "../../../src/cmd/scan_options.h"

#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/scan.h"
#include "netprobe/output/output.h"

#include <string.h>

static enum options_result parse_kept(struct scan_options *o, const char *name, const char *value)
{
	char *argv[] = {(char *)name, (char *)value};
	struct strbuf why = {0};
	int operands;
	enum options_result result;

	scan_defaults(o);
	result = options_parse(&command_scan, value ? 2 : 1, argv, o, &operands, &why);
	strbuf_release(&why);
	return result;
}

static enum options_result parse(struct scan_options *o, const char *name, const char *value)
{
	enum options_result result = parse_kept(o, name, value);

	options_release(&command_scan, o);
	return result;
}

START_TEST(scan_options_keep_their_bounds)
{
	static const struct {
		const char *name, *value;
		enum options_result result;
	} cases[] = {
		{"--rate", "0", OPTIONS_ERROR},
		{"--rate", "1", OPTIONS_OK},
		{"--rate", "10000000", OPTIONS_OK},
		{"--rate", "10000001", OPTIONS_ERROR},
		{"--parallel", "0", OPTIONS_ERROR},
		{"--parallel", "1000000", OPTIONS_OK},
		{"--parallel", "1000001", OPTIONS_ERROR},
		{"--timeout", "9.999999ms", OPTIONS_ERROR},
		{"--timeout", "10ms", OPTIONS_OK},
		{"--timeout", "60", OPTIONS_OK},
		{"--timeout", "60.000001", OPTIONS_ERROR},
		{"--retries", "0", OPTIONS_OK},
		{"--retries", "100", OPTIONS_OK},
		{"--retries", "101", OPTIONS_ERROR},
		{"--delay", "0", OPTIONS_OK},
		{"--delay", "1m", OPTIONS_OK},
		{"--delay", "61s", OPTIONS_ERROR},
		{"--icmp-wait", "0", OPTIONS_OK},
		{"--icmp-wait", "60m", OPTIONS_OK},
		{"--icmp-wait", "3601", OPTIONS_ERROR},
		{"--seed", "18446744073709551615", OPTIONS_OK},
		{"--seed", "18446744073709551616", OPTIONS_ERROR},
	};
	struct scan_options o;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(parse(&o, cases[i].name, cases[i].value) == cases[i].result, "%s %s",
			cases[i].name, cases[i].value);
}
END_TEST

START_TEST(scan_options_have_defaults)
{
	struct scan_options o;

	ck_assert_int_eq(parse(&o, "192.0.2.1", NULL), OPTIONS_OK);
	ck_assert_str_eq(o.ports.standard, "top:100");
	ck_assert(o.retries == SCAN_RETRIES_UNSET);
	ck_assert_int_eq(o.icmp_wait, SCAN_ICMP_WAIT_UNSET);
	ck_assert_int_eq(o.timeout, 0);
	ck_assert_int_eq(o.common.format, SCAN_FORMAT_UNSET);
	ck_assert_int_eq(o.common.color, COLOR_AUTO);
	ck_assert_ptr_null(o.show.text);
}
END_TEST

START_TEST(scan_options_reach_the_common_part)
{
	struct scan_options o;

	ck_assert_int_eq(parse(&o, "-6jvvqn", NULL), OPTIONS_OK);
	ck_assert_int_eq(o.common.family, 6);
	ck_assert_int_eq(o.common.format, OUTPUT_JSON);
	ck_assert_uint_eq(o.common.verbose, 2);
	ck_assert(o.common.quiet);
	ck_assert(o.common.numeric);
	ck_assert_int_eq(parse(&o, "--color", "never"), OPTIONS_OK);
	ck_assert_int_eq(o.common.color, COLOR_NEVER);
	ck_assert_int_eq(parse(&o, "--format", "json"), OPTIONS_OK);
	ck_assert_int_eq(o.common.format, OUTPUT_JSON);
}
END_TEST

START_TEST(scan_options_know_what_was_given)
{
	struct scan_options o;
	static const char *const some[] = {"rate", "json", "format", "ports", NULL};

	parse(&o, "-q", NULL);
	ck_assert(scan_options_gave(&o, "quiet"));
	ck_assert(!scan_options_gave(&o, "seed") && !scan_options_gave(&o, "ports"));
	ck_assert_str_eq(scan_options_beside(&o, some), "quiet");
	parse(&o, "--seed", "0");
	ck_assert(scan_options_gave(&o, "seed"));
	/* as the default, and yet the user's own */
	parse_kept(&o, "-p", "top:100");
	ck_assert(scan_options_gave(&o, "ports"));
	ck_assert_ptr_null(scan_options_beside(&o, some));
	options_release(&command_scan, &o);
	parse(&o, "-j", NULL);
	ck_assert_ptr_null(scan_options_beside(&o, some));
	parse(&o, "--timeout", "3");
	ck_assert_str_eq(scan_options_beside(&o, some), "timeout");
}
END_TEST

START_TEST(scan_options_take_over_what_was_given_and_named)
{
	static const char *const names[] = {"rate", "timeout", NULL};
	struct scan_options o, other;

	parse(&o, "--rate", "5");
	parse(&other, "--timeout", "3");
	scan_options_take(&o, &other, names);
	ck_assert_uint_eq(o.rate, 5);
	ck_assert_int_eq(o.timeout, 3 * NSEC_PER_SEC);
	parse(&other, "--retries", "3");
	scan_options_take(&o, &other, names);
	ck_assert_uint_eq(o.retries, SCAN_RETRIES_UNSET);
}
END_TEST

START_TEST(commands_have_unique_letters_and_names)
{
	for (size_t i = 0; commands[i]; i++) {
		for (struct option_at a = {0}; options_each(commands[i], &a);) {
			struct option_at b = a;

			while (options_each(commands[i], &b)) {
				ck_assert_str_ne(a.def->name, b.def->name);
				ck_assert(!a.def->letter || a.def->letter != b.def->letter);
			}
		}
	}
}
END_TEST

UNIT_MAIN("cmd/scan_options", scan_options_keep_their_bounds, scan_options_have_defaults,
	scan_options_reach_the_common_part, scan_options_know_what_was_given,
	scan_options_take_over_what_was_given_and_named, commands_have_unique_letters_and_names)
