/* SPDX-License-Identifier: MIT */
#include "pcap_parsed.h"
#include "said.h"

#include "netprobe/base/log.h"

#include <fcntl.h>

static void expect_parsed(const char *line, enum options_result result)
{
	struct pcap_options o;

	ck_assert_msg(parse(&o, line) == result, "%s", line);
	options_release(&command_pcap, &o);
}

/* What the check says of a line; empty: nothing. */
static void expect_check(const char *line, const char *expected)
{
	struct pcap_options o;
	struct said said;
	const char *text;
	int code;

	ck_assert_msg(parse(&o, line) == OPTIONS_OK, "%s", line);
	log_setup("pcap", LOG_WARN);
	said_begin(&said);
	code = pcap_options_check(&o);
	text = said_end(&said);
	ck_assert_msg((code == 0) == (*expected == '\0'), "%s: %d", line, code);
	ck_assert_msg(strncmp(text, expected, strlen(expected)) == 0, "%s: %s", line, text);
	options_release(&command_pcap, &o);
}

START_TEST(options_keep_their_bounds)
{
	static const struct {
		const char *name, *least, *below, *most, *above;
	} cases[] = {
		{"--snaplen", "0", "-1", "262144", "262145"},
		{"-c", "1", "0", "9223372036854775807", "9223372036854775808"},
		{"--duration", "1ms", "0.999999ms", "14400m", "864000.000001"},
		{"--max-flows", "1", "0", "100000000", "100000001"},
		{"--slow", "0.001ms", "0.000999ms", "1440m", "86400.000001"},
		{"--flow", "1", "0", "9223372036854775807", "9223372036854775808"},
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

/* The texts of help and manual name them. */
START_TEST(defaults_are_those_that_help_names)
{
	struct pcap_options o;

	ck_assert_int_eq(parse(&o, ""), OPTIONS_OK);
	ck_assert_ptr_null(o.interface);
	ck_assert_ptr_null(o.read);
	ck_assert_uint_eq(o.snaplen, 0);
	ck_assert_uint_eq(o.count, 0);
	ck_assert_uint_eq(o.max_flows, 200000);
	ck_assert_int_eq(o.slow, 0);
	ck_assert_uint_eq(o.flow, 0);
	options_release(&command_pcap, &o);
}
END_TEST

START_TEST(options_that_are_repeated_add_up)
{
	struct pcap_options o;

	ck_assert_int_eq(
		parse(&o, "--host a --host b --port 1 --state refused --state split"), OPTIONS_OK);
	ck_assert_uint_eq(o.hosts.count, 2);
	ck_assert_str_eq(o.hosts.values[1], "b");
	ck_assert_uint_eq(o.ports.count, 1);
	ck_assert_uint_eq(o.states.count, 2);
	options_release(&command_pcap, &o);
}
END_TEST

START_TEST(check_passes_what_goes_together)
{
	static const char *const lines[] = {
		"",
		"-i eth0 --snaplen 64 --promiscuous --duration 1s --follow -c 1",
		"-r x.pcap --ladder --svg y.svg -w z.pcap",
		"-r x.pcap --packets --failed --slow 1ms",
		"-r x.pcap -w - -o rows",
		"-r - -w x.pcap -o rows",
		"--summary --state refused --max-flows 1 --snaplen 0",
		"-r x.pcap --snaplen 0",
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		expect_check(lines[i], "");
}
END_TEST

START_TEST(check_names_what_is_for_live_captures)
{
	expect_check("-r x -i lo", "pcap: --interface and --read exclude each other\n");
	expect_check("-r x --snaplen 64", "pcap: --snaplen and --read exclude each other\n");
	expect_check("-r x --promiscuous", "pcap: --promiscuous and --read exclude each other\n");
	expect_check("-r x --duration 1", "pcap: --duration and --read exclude each other\n");
	expect_check("-r x --follow", "pcap: --follow and --read exclude each other\n");
}
END_TEST

START_TEST(check_names_what_excludes_each_other)
{
	expect_check("--ladder --packets", "pcap: --ladder and --packets exclude each other\n");
	expect_check("--ladder --summary", "pcap: --ladder and --summary exclude each other\n");
	expect_check("--packets --summary", "pcap: --packets and --summary exclude each other\n");
	expect_check("--failed --state split", "pcap: --failed and --state exclude each other\n");
}
END_TEST

START_TEST(check_wants_headers_in_the_snap_length)
{
	expect_check("--snaplen 63", "pcap: --snaplen 63: less than 64 holds no headers\n");
	expect_check("--snaplen 1", "pcap: --snaplen 1: less than 64 holds no headers\n");
	expect_check("--snaplen 64", "");
}
END_TEST

START_TEST(check_does_not_save_by_what_is_known_later)
{
	expect_check("-w x --failed", "pcap: --write saves packets as they come, before --failed "
				      "can be known (take --flow N)\n");
	expect_check("-w x --state refused", "pcap: --write saves packets as they come, before "
					     "--state can be known (take --flow N)\n");
	expect_check("-r y -w x --slow 1s", "pcap: --write saves packets as they come, before "
					    "--slow can be known (take --flow N)\n");
	expect_check("-r y -w x --flow 3 --host a --port 1", "");
}
END_TEST

START_TEST(check_wants_another_place_for_results_beside_packets)
{
	expect_check("-r x -w -", "pcap: --write - goes with --output FILE\n");
	expect_check("-r x -w - -o -", "pcap: --write and --output are the same file\n");
	expect_check("-r x -w y -o -", "");
}
END_TEST

START_TEST(check_never_lets_the_file_be_emptied_that_is_read)
{
	static const char *const options[] = {"--write", "--svg", "--output"};
	char path[] = "/tmp/netprobe-unit-XXXXXX", link_path[64], line[256], expected[256];

	close(mkstemp(path));
	snprintf(link_path, sizeof link_path, "%s.link", path);
	ck_assert_int_eq(symlink(path, link_path), 0);
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		snprintf(line, sizeof line, "-r %s %s %s", path, options[i], link_path);
		snprintf(expected, sizeof expected, "pcap: %s %s: the file that is read\n",
			options[i], link_path);
		expect_check(line, expected);
		snprintf(line, sizeof line, "-r %s %s %s.other", path, options[i], path);
		expect_check(line, "");
	}
	unlink(link_path);
	unlink(path);
	/* what is no file has nothing to lose */
	expect_check("-r /dev/null -w /dev/null", "");
}
END_TEST

START_TEST(check_never_lets_the_file_be_emptied_that_standard_input_is)
{
	char path[] = "/tmp/netprobe-unit-XXXXXX", line[128], expected[128];
	int fd = mkstemp(path), stdin_before = dup(STDIN_FILENO);

	dup2(fd, STDIN_FILENO);
	snprintf(line, sizeof line, "-r - -w %s", path);
	snprintf(expected, sizeof expected, "pcap: --write %s: the file that is read\n", path);
	expect_check(line, expected);
	dup2(stdin_before, STDIN_FILENO);
	close(stdin_before);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(check_wants_a_file_for_each_thing_that_is_written)
{
	char path[] = "/tmp/netprobe-unit-XXXXXX", link_path[64], line[256];

	expect_check("-r x -w gone/s -o gone/s", "pcap: --write and --output are the same file\n");
	expect_check("-r x -w gone/s --svg gone/s", "pcap: --write and --svg are the same file\n");
	expect_check("-r x --svg gone/s -o gone/s", "pcap: --svg and --output are the same file\n");
	expect_check("-r x -w /dev/null -o /dev/null", "");
	close(mkstemp(path));
	snprintf(link_path, sizeof link_path, "%s.link", path);
	ck_assert_int_eq(symlink(path, link_path), 0);
	snprintf(line, sizeof line, "-r x -w %s -o %s", path, link_path);
	expect_check(line, "pcap: --write and --output are the same file\n");
	unlink(link_path);
	unlink(path);
}
END_TEST

UNIT_MAIN("cmd/pcap_options", check_does_not_save_by_what_is_known_later,
	check_never_lets_the_file_be_emptied_that_standard_input_is,
	check_wants_a_file_for_each_thing_that_is_written, options_keep_their_bounds,
	defaults_are_those_that_help_names, options_that_are_repeated_add_up,
	check_passes_what_goes_together, check_names_what_is_for_live_captures,
	check_names_what_excludes_each_other, check_wants_headers_in_the_snap_length,
	check_wants_another_place_for_results_beside_packets,
	check_never_lets_the_file_be_emptied_that_is_read)
