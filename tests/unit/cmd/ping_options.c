/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "../../../src/cmd/ping_options.h"

#include "netprobe/base/err.h"
#include "netprobe/cmd/commands.h"
#include "netprobe/cmd/ping.h"
#include "netprobe/output/output.h"

#include <string.h>

enum { WORDS_MAX = 16 };

/* Parses a command line of words with a blank between them. */
static enum options_result parse(struct ping_options *o, const char *line, char text[static 128])
{
	char *argv[WORDS_MAX], *rest = text;
	struct strbuf why = {0};
	int argc = 0, operands;
	enum options_result result;

	snprintf(text, 128, "%s", line);
	while (argc < WORDS_MAX && (argv[argc] = strtok_r(rest, " ", &rest)))
		argc++;
	ping_defaults(o);
	result = options_parse(&command_ping, argc, argv, o, &operands, &why);
	options_release(&command_ping, o);
	strbuf_release(&why);
	return result;
}

static void require_check(const char *line, struct ping_request *out)
{
	struct strbuf why = {0};
	struct ping_options o;
	char text[128];

	ck_assert_int_eq(parse(&o, line, text), OPTIONS_OK);
	ck_assert_msg(ping_options_check(&o, out, &why) == 0, "%s: %s", line, why.text);
	ck_assert_uint_eq(why.len, 0);
	strbuf_release(&why);
}

static void require_refusal(const char *line, int code, const char *expected)
{
	struct ping_request request;
	struct strbuf why = {0};
	struct ping_options o;
	char text[128];

	ck_assert_int_eq(parse(&o, line, text), OPTIONS_OK);
	ck_assert_int_eq(ping_options_check(&o, &request, &why), code);
	ck_assert_str_eq(why.text, expected);
	strbuf_release(&why);
}

START_TEST(ping_options_keep_their_bounds)
{
	static const struct {
		const char *line;
		enum options_result result;
	} cases[] = {
		{"--tcp 0", OPTIONS_ERROR},
		{"--tcp 1", OPTIONS_OK},
		{"--tcp 65535", OPTIONS_OK},
		{"--tcp 65536", OPTIONS_ERROR},
		{"--udp 0", OPTIONS_ERROR},
		{"--udp 65535", OPTIONS_OK},
		{"--udp 65536", OPTIONS_ERROR},
		{"-s 0", OPTIONS_OK},
		{"-s 65527", OPTIONS_OK},
		{"-s 65528", OPTIONS_ERROR},
		{"-t 0", OPTIONS_ERROR},
		{"-t 1", OPTIONS_OK},
		{"-t 255", OPTIONS_OK},
		{"-t 256", OPTIONS_ERROR},
		{"-M maybe", OPTIONS_ERROR},
		{"-c 0", OPTIONS_OK},
		{"-c -1", OPTIONS_ERROR},
		{"-c 9223372036854775807", OPTIONS_OK},
		{"-c 9223372036854775808", OPTIONS_ERROR},
		{"-i 0", OPTIONS_OK},
		{"-i -1", OPTIONS_ERROR},
		{"-i 3600", OPTIONS_OK},
		{"-i 3600.001", OPTIONS_ERROR},
		{"--period 61m", OPTIONS_ERROR},
		{"-W 0", OPTIONS_ERROR},
		{"-W 0.999ms", OPTIONS_ERROR},
		{"-W 1ms", OPTIONS_OK},
		{"-W 60m", OPTIONS_OK},
		{"-W 3601", OPTIONS_ERROR},
		{"-w 0", OPTIONS_ERROR},
		{"-w 1ms", OPTIONS_OK},
		{"-w 1000000", OPTIONS_OK},
		{"-w 1000001", OPTIONS_ERROR},
		{"-l 0", OPTIONS_ERROR},
		{"-l 65536", OPTIONS_OK},
		{"-l 65537", OPTIONS_ERROR},
		{"--rate 0", OPTIONS_ERROR},
		{"--rate 10000000", OPTIONS_OK},
		{"--rate 10000001", OPTIONS_ERROR},
	};
	struct ping_options o;
	char text[128];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(
			parse(&o, cases[i].line, text) == cases[i].result, "%s", cases[i].line);
}
END_TEST

START_TEST(ping_options_have_defaults)
{
	struct ping_request request;
	struct ping_options o;
	char text[128];

	ck_assert_int_eq(parse(&o, "192.0.2.1", text), OPTIONS_OK);
	ck_assert(o.count == PING_COUNT_UNSET);
	ck_assert_int_eq(o.interval, NSEC_PER_SEC);
	ck_assert_int_eq(o.timeout, 0);
	ck_assert_int_eq(o.deadline, 0);
	ck_assert_uint_eq(o.preload, 1);
	ck_assert_uint_eq(o.ttl, 0);
	ck_assert_uint_eq(o.rate, 0);
	ck_assert_int_eq(o.pmtudisc, PMTUDISC_UNSET);
	ck_assert_int_eq(o.common.format, OUTPUT_TABLE);
	require_check("192.0.2.1", &request);
	ck_assert_int_eq(request.mode, PING_ECHO);
	ck_assert_uint_eq(request.size, 56);
	ck_assert_uint_eq(request.pattern_len, 0);
	ck_assert_int_eq(request.tos, -1);
}
END_TEST

START_TEST(ping_options_reach_their_fields)
{
	struct ping_options o;
	char text[128];

	ck_assert_int_eq(parse(&o, "-6fADOHjvq -c0 --period 20ms --graph", text), OPTIONS_OK);
	ck_assert(o.flood && o.adaptive && o.timestamps && o.outstanding && o.names && o.graph);
	ck_assert(!o.alive && !o.dead && !o.common.all_addresses);
	ck_assert_uint_eq(o.count, 0);
	ck_assert_int_eq(o.interval, 20 * NSEC_PER_MSEC);
	ck_assert_int_eq(o.common.family, 6);
	ck_assert_int_eq(o.common.format, OUTPUT_JSON);
	ck_assert(o.common.quiet);
	ck_assert_int_eq(
		parse(&o, "-M probe -W 2 -w 3 -I eth0 -l 4 -t 5 --rate 6", text), OPTIONS_OK);
	ck_assert_int_eq(o.pmtudisc, PMTUDISC_PROBE);
	ck_assert_int_eq(o.timeout, 2 * NSEC_PER_SEC);
	ck_assert_int_eq(o.deadline, 3 * NSEC_PER_SEC);
	ck_assert_str_eq(o.interface, "eth0");
	ck_assert_uint_eq(o.preload, 4);
	ck_assert_uint_eq(o.ttl, 5);
	ck_assert_uint_eq(o.rate, 6);
}
END_TEST

START_TEST(ping_mode_follows_tcp_and_udp)
{
	struct ping_request request;

	require_check("--tcp 443", &request);
	ck_assert_int_eq(request.mode, PING_TCP);
	ck_assert_uint_eq(request.port, 443);
	ck_assert_uint_eq(request.size, 0);
	require_check("--udp 65535", &request);
	ck_assert_int_eq(request.mode, PING_UDP);
	ck_assert_uint_eq(request.port, 65535);
	ck_assert_uint_eq(request.size, 0);
	require_check("-s 0", &request);
	ck_assert_int_eq(request.mode, PING_ECHO);
	ck_assert_uint_eq(request.size, 0);
}
END_TEST

START_TEST(ping_pattern_is_hexadecimal)
{
	static const uint8_t all[16] = {0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99,
		0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	struct ping_request request;

	require_check("-p 00112233445566778899AaBbcCDDeeff", &request);
	ck_assert_uint_eq(request.pattern_len, sizeof all);
	ck_assert_mem_eq(request.pattern, all, sizeof all);
	require_check("-p 0", &request);
	ck_assert_uint_eq(request.pattern_len, 1);
	ck_assert_uint_eq(request.pattern[0], 0);
}
END_TEST

START_TEST(ping_pattern_of_odd_length_ends_in_a_byte_of_one_digit)
{
	static const uint8_t two[] = {0xab, 0x0c};
	struct ping_request request;

	require_check("-p abc", &request);
	ck_assert_uint_eq(request.pattern_len, 2);
	ck_assert_mem_eq(request.pattern, two, 2);
	require_check("-p 0123456789abcdef0123456789abcde", &request);
	ck_assert_uint_eq(request.pattern_len, 16);
	ck_assert_uint_eq(request.pattern[15], 0x0e);
}
END_TEST

START_TEST(ping_pattern_that_is_none_is_refused)
{
	require_refusal("-p xyz", ERR_NUMBER, "-p xyz: not hexadecimal digits");
	require_refusal("-p 0xff", ERR_NUMBER, "-p 0xff: not hexadecimal digits");
	require_refusal("-p -1", ERR_NUMBER, "-p -1: not hexadecimal digits");
	require_refusal("--pattern=", ERR_EMPTY, "-p '': nothing given");
	require_refusal("-p 0123456789abcdef0123456789abcdef0", ERR_TOO_LONG,
		"-p 0123456789abcdef0123456789abcdef0: more than 16 bytes");
}
END_TEST

START_TEST(ping_tos_is_decimal_or_hexadecimal)
{
	static const struct {
		const char *line;
		int tos;
	} cases[] = {
		{"-Q 0", 0},
		{"-Q 16", 16},
		{"-Q 010", 10}, /* never octal */
		{"-Q 255", 255},
		{"-Q 0x0", 0},
		{"-Q 0x10", 16},
		{"-Q 0XfF", 255},
		{"-Q 0x0000000000000000000b8", 184},
	};
	struct ping_request request;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		require_check(cases[i].line, &request);
		ck_assert_int_eq(request.tos, cases[i].tos);
	}
}
END_TEST

START_TEST(ping_tos_that_is_none_is_refused)
{
	require_refusal("-Q 256", ERR_RANGE, "-Q 256: out of range: 0 to 255");
	require_refusal("-Q 0x100", ERR_RANGE, "-Q 0x100: out of range: 0 to 255");
	require_refusal("-Q 0x100000000000000000000", ERR_RANGE,
		"-Q 0x100000000000000000000: out of range: 0 to 255");
	require_refusal("-Q -1", ERR_NUMBER, "-Q -1: not a whole number");
	require_refusal("-Q 0x", ERR_NUMBER, "-Q 0x: not a whole number");
	require_refusal("-Q 0x100000000000000000000g", ERR_NUMBER,
		"-Q 0x100000000000000000000g: not a whole number");
	require_refusal("-Q ff", ERR_NUMBER, "-Q ff: not a whole number");
	require_refusal("--tos=", ERR_EMPTY, "-Q '': nothing given");
}
END_TEST

START_TEST(ping_options_that_exclude_each_other_are_named)
{
	require_refusal("--tcp 1 --udp 1", ERR_SYNTAX, "--tcp and --udp exclude each other");
	require_refusal("--alive --dead", ERR_SYNTAX, "--alive and --dead exclude each other");
	require_refusal("-nH", ERR_SYNTAX, "-H and -n exclude each other");
	require_refusal("--tcp 1 -s 56", ERR_SYNTAX, "-s and --tcp exclude each other");
	require_refusal("--udp 1 -s 56", ERR_SYNTAX, "-s and --udp exclude each other");
	require_refusal("--tcp 1 -p ff", ERR_SYNTAX, "-p and --tcp exclude each other");
	require_refusal("--tcp 1 -t 9", ERR_SYNTAX, "-t and --tcp exclude each other");
	require_refusal("--tcp 1 -Q 8", ERR_SYNTAX, "-Q and --tcp exclude each other");
	require_refusal("--udp 1 -M do", ERR_SYNTAX, "-M and --udp exclude each other");
	require_refusal("--udp 1 -I lo", ERR_SYNTAX, "-I and --udp exclude each other");
}
END_TEST

START_TEST(ping_options_that_go_together_are_taken)
{
	static const char *const lines[] = {
		"-s 0 -p ff -M do -Q 8 -t 3 -I lo",
		"--tcp 80 -f",
		"-f -A -l 3 -i 0 --rate 7",
		"--alive -q -D -O -c 0 -w 3",
		"--dead -j -v",
	};
	struct ping_request request;

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		require_check(lines[i], &request);
}
END_TEST

UNIT_MAIN("cmd/ping_options", ping_options_keep_their_bounds, ping_options_have_defaults,
	ping_options_reach_their_fields, ping_mode_follows_tcp_and_udp, ping_pattern_is_hexadecimal,
	ping_pattern_of_odd_length_ends_in_a_byte_of_one_digit,
	ping_pattern_that_is_none_is_refused, ping_tos_is_decimal_or_hexadecimal,
	ping_tos_that_is_none_is_refused, ping_options_that_exclude_each_other_are_named,
	ping_options_that_go_together_are_taken)
