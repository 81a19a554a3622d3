/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "../../../src/cmd/banner_options.h"

#include "netprobe/banner/grabber.h"
#include "netprobe/base/err.h"
#include "netprobe/cmd/banner.h"

#include <string.h>

enum { WORDS_MAX = 8 };

/* Parses words that are separated by blanks. */
static enum options_result parse(struct banner_options *o, const char *line)
{
	static char text[512]; /* texts of options point into it */
	char *argv[WORDS_MAX], *rest = NULL;
	struct strbuf why = {0};
	enum options_result result;
	int count = 0, operands;

	snprintf(text, sizeof text, "%s", line);
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[count++] = word;
	banner_defaults(o);
	result = options_parse(&command_banner, count, argv, o, &operands, &why);
	strbuf_release(&why);
	return result;
}

static void expect_parsed(const char *line, enum options_result result)
{
	struct banner_options o;

	ck_assert_msg(parse(&o, line) == result, "%s", line);
	options_release(&command_banner, &o);
}

START_TEST(options_keep_their_bounds)
{
	static const struct {
		const char *name, *least, *below, *most, *above;
	} cases[] = {
		{"--max-redirects", "1", "0", "100", "101"},
		{"--connect-timeout", "10ms", "9.999999ms", "10m", "600.000001"},
		{"--timeout", "10ms", "9.999999ms", "10m", "600.000001"},
		{"-w", "10ms", "9ms", "600", "601"},
		{"--listen", "10ms", "9.999999ms", "10m", "601s"},
		{"--deadline", "10ms", "9.999999ms", "60m", "3601"},
		{"--max-bytes", "64", "63", "16777216", "16777217"},
		{"--max-lines", "1", "0", "1000000", "1000001"},
		{"--rate", "1", "0", "10000000", "10000001"},
		{"--parallel", "1", "0", "1000000", "1000001"},
		{"--seed", "0", "-1", "18446744073709551615", "18446744073709551616"},
	};
	char line[64];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		snprintf(line, sizeof line, "%s %s", cases[i].name, cases[i].least);
		expect_parsed(line, OPTIONS_OK);
		snprintf(line, sizeof line, "%s %s", cases[i].name, cases[i].below);
		expect_parsed(line, OPTIONS_ERROR);
		snprintf(line, sizeof line, "%s %s", cases[i].name, cases[i].most);
		expect_parsed(line, OPTIONS_OK);
		snprintf(line, sizeof line, "%s %s", cases[i].name, cases[i].above);
		expect_parsed(line, OPTIONS_ERROR);
	}
}
END_TEST

START_TEST(defaults_are_those_of_the_grabber)
{
	struct grabber_options grabber;
	struct banner_options o;

	grabber_defaults(&grabber);
	banner_defaults(&o);
	ck_assert_str_eq(o.ports.standard, protocol_ports);
	ck_assert_int_eq(o.connect_timeout, grabber.connect_timeout);
	ck_assert_int_eq(o.timeout, grabber.timeout);
	ck_assert_int_eq(o.listen, grabber.listen);
	ck_assert_int_eq(o.deadline, grabber.deadline);
	ck_assert_uint_eq(o.max_bytes, grabber.max_bytes);
	ck_assert_uint_eq(o.max_lines, grabber.max_lines);
	ck_assert_uint_eq(o.max_redirects, BANNER_REDIRECTS_UNSET);
	ck_assert_uint_eq(o.rate, 0);
	ck_assert_uint_eq(o.parallel, 0);
}
END_TEST

/* The texts of help and manual name them. */
START_TEST(defaults_are_those_that_help_names)
{
	struct banner_options o;

	banner_defaults(&o);
	ck_assert_int_eq(o.connect_timeout, 4 * NSEC_PER_SEC);
	ck_assert_int_eq(o.timeout, 10 * NSEC_PER_SEC);
	ck_assert_int_eq(o.listen, 2 * NSEC_PER_SEC);
	ck_assert_int_eq(o.deadline, 30 * NSEC_PER_SEC);
	ck_assert_uint_eq(o.max_bytes, 65536);
	ck_assert_uint_eq(o.max_lines, 1000);
}
END_TEST

START_TEST(every_word_of_proto_is_the_protocol_of_that_name)
{
	struct banner_options o;
	int words = 0;

	banner_defaults(&o);
	ck_assert_int_eq(banner_proto(&o), PROTOCOL_UNKNOWN);
	for (; banner_protocols[words]; words++) {
		o.proto = words;
		ck_assert_str_eq(protocol_name(banner_proto(&o)), banner_protocols[words]);
		ck_assert_int_eq(protocol_by_name(banner_protocols[words]), banner_proto(&o));
	}
	ck_assert_int_eq(words, PROTOCOLS - 1);
}
END_TEST

static void expect_check(const char *line, int code, const char *expected)
{
	struct banner_options o;
	struct strbuf why = {0};

	ck_assert_msg(parse(&o, line) == OPTIONS_OK, "%s", line);
	ck_assert_msg(banner_options_check(&o, &why) == code, "%s: %s", line,
		why.text ? why.text : "fine");
	ck_assert_msg(strcmp(why.text ? why.text : "", expected) == 0, "%s: %s", line, why.text);
	strbuf_release(&why);
	options_release(&command_banner, &o);
}

START_TEST(check_passes_what_goes_together)
{
	static const char *const lines[] = {
		"--tls --proto smtp",
		"--tls --proto tls --ca x.pem",
		"--no-tls --proto http --get --follow --max-redirects 1",
		"--follow",
		"--get --proto tls",
		"--name www.example.net",
		"--name \xc3\xbcmlaut.example",
		"--name 2001:db8::1",
		"--name 192.0.2.1",
		"--name localhost",
		"--name _sip.example.net.",
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		expect_check(lines[i], 0, "");
}
END_TEST

START_TEST(check_refuses_tls_and_no_tls_together)
{
	expect_check("--tls --no-tls", ERR_SYNTAX, "--no-tls and --tls exclude each other");
	expect_check(
		"--proto tls --no-tls", ERR_SYNTAX, "--no-tls and --proto tls exclude each other");
	expect_check("--ca x.pem --no-tls", ERR_SYNTAX, "--no-tls and --ca exclude each other");
}
END_TEST

START_TEST(check_refuses_what_has_no_effect)
{
	expect_check(
		"--max-redirects 10", ERR_SYNTAX, "--max-redirects has no effect without --follow");
	expect_check("--proto ssh --get", ERR_SYNTAX, "--get and --proto ssh exclude each other");
	expect_check("--proto smtp --follow", ERR_SYNTAX,
		"--follow and --proto smtp exclude each other");
}
END_TEST

START_TEST(check_refuses_names_that_would_break_a_line_or_a_url)
{
	expect_check("--name=", ERR_EMPTY, "--name '': nothing given");
	expect_check("--name a/b", ERR_NAME, "--name a/b: not a host name");
	expect_check("--name a@b", ERR_NAME, "--name a@b: not a host name");
	expect_check("--name a\tb", ERR_NAME, "--name a\tb: not a host name");
	expect_check("--name a\r\nHost:b", ERR_NAME, "--name a\r\nHost:b: not a host name");
	expect_check("--name a\x7f", ERR_NAME, "--name a\x7f: not a host name");
}
END_TEST

START_TEST(check_refuses_names_with_a_port_or_brackets)
{
	expect_check("--name evil.com:443", ERR_NAME, "--name evil.com:443: not a host name");
	expect_check("--name 192.0.2.1:443", ERR_NAME, "--name 192.0.2.1:443: not a host name");
	expect_check("--name :80", ERR_NAME, "--name :80: not a host name");
	expect_check("--name a:b:c", ERR_NAME, "--name a:b:c: not a host name");
	expect_check("--name [fd77:1::1", ERR_NAME, "--name [fd77:1::1: not a host name");
	expect_check("--name [::1]", ERR_NAME, "--name [::1]: not a host name");
	expect_check("--name [192.0.2.1]", ERR_NAME, "--name [192.0.2.1]: not a host name");
}
END_TEST

START_TEST(check_refuses_names_that_no_host_has)
{
	expect_check("--name .", ERR_ADDRESS, "--name .: not an IP address");
	expect_check("--name 300.1.1.1", ERR_ADDRESS, "--name 300.1.1.1: not an IP address");
	expect_check("--name a..b", ERR_NAME, "--name a..b: not a host name");
	expect_check("--name -a.example", ERR_NAME, "--name -a.example: not a host name");
	expect_check("--name *.example", ERR_NAME, "--name *.example: not a host name");
	expect_check("--name \xff", ERR_NAME, "--name \xff: not a host name");
}
END_TEST

START_TEST(check_refuses_a_name_that_is_too_long)
{
	struct banner_options o;
	struct strbuf why = {0};
	char name[255] = "";

	banner_defaults(&o);
	for (int i = 0; i < 253; i++)
		name[i] = i % 2 ? '.' : 'a';
	o.name = name;
	ck_assert_int_eq(banner_options_check(&o, &why), 0);
	name[253] = 'a';
	ck_assert_int_eq(banner_options_check(&o, &why), ERR_TOO_LONG);
	strbuf_release(&why);
}
END_TEST

UNIT_MAIN("cmd/banner_options", options_keep_their_bounds, defaults_are_those_of_the_grabber,
	defaults_are_those_that_help_names, every_word_of_proto_is_the_protocol_of_that_name,
	check_passes_what_goes_together, check_refuses_tls_and_no_tls_together,
	check_refuses_what_has_no_effect, check_refuses_names_that_would_break_a_line_or_a_url,
	check_refuses_names_with_a_port_or_brackets, check_refuses_names_that_no_host_has,
	check_refuses_a_name_that_is_too_long)
